"""What a guest understands of the agent's words: what he is asked, and what the agent took down. By keywords, as on a bad line."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from antiphon.desk.names import LIKE, alike, words

Asked = Literal["confirm", "name", "phone", "people", "day", "time", "change", "wish", "other", ""]
"""A question: for a yes, a value, what to change, what can be done; "other": one he does not know; "": none."""

Part = Literal["people", "day", "time", "name"]
PARTS: tuple[Part, ...] = ("people", "day", "time", "name")

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_NOT_CAUGHT = re.compile(
    r"didn't (?:catch|get|understand|hear)|couldn't make|say that again|repeat that\?", re.I
)
_QUESTIONS: tuple[tuple[str, Asked], ...] = (
    # the first that fits; "Shall I put it under the name Miller?" asks for a yes, "What name shall I put it under?" for the name
    (r"\b(?:what|which|whose|your)\b.*\bname\b|\bspell\b", "name"),
    (r"would you like to change|should be changed", "change"),
    (
        r"^\W*(?:shall|should|may|can) i\b(?!.*\b(?:help|do for you)\b)|\b(?:right|correct)\?|go ahead",
        "confirm",
    ),
    (r"\bphone\b|\btelephone\b|\breach you\b", "phone"),
    (r"\bhow many\b|\bparty size\b", "people"),
    (r"\b(?:what|which|other) time\b|\bwhen\b|\bo'clock\b|[ap]\.m\.|\bmorning or\b|\bafternoon or\b", "time"),
    (r"\bday\b|\bdate\b|\b(?:" + "|".join((*WEEKDAYS, *MONTHS)) + r")\b", "day"),
    (r"\bhelp\b|\banything else\b|\bdo for you\b|\bwhat would you like\b", "wish"),
)


def question(text: str) -> str:
    """The last question of the agent's words; "" if there is none."""
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z0-9])", text.strip())
    return next((s for s in reversed(sentences) if s.endswith("?")), "")


def asked(text: str) -> Asked:
    """What the agent's words ask for, by their last question."""
    last = question(text)
    if not last:
        return ""
    return next((kind for pattern, kind in _QUESTIONS if re.search(pattern, last, re.IGNORECASE)), "other")


def not_caught(text: str) -> bool:
    """Whether the agent says that it did not understand."""
    return bool(_NOT_CAUGHT.search(text))


@dataclass(frozen=True)
class Table:
    """A booking as it is to stand in the book."""

    name: str
    people: int
    day: dt.date
    time: dt.time

    def __str__(self) -> str:
        return f"{self.name}, {self.people}, {self.day:%a %d %b}, {self.time:%H:%M}"


@dataclass(frozen=True)
class Told:
    """What the agent's words tell of a booking; None: nothing."""

    people: int | None = None
    day: tuple[int, int] | None = None
    """Month and day of the month."""
    time: dt.time | None = None
    name: str | None = None

    def wrong(self, table: Table) -> list[Part]:
        """Which parts were told, and otherwise than they should be."""
        right = {
            "people": self.people in (None, table.people),
            "day": self.day in (None, (table.day.month, table.day.day)),
            "time": self.time in (None, table.time),
            "name": self.name is None or same_name(self.name, table.name),
        }
        return [part for part in PARTS if not right[part]]


def told(text: str) -> Told:
    """The values of a read-back, such as "A table for 4 people, on Thursday the 26th of November, at 7 p.m., under the name Smith."."""
    text = re.sub(r"\bnow (?:on|at|for) [^,.]+(?:[ap]\.m\.)?", "", text)  # what a change is to change
    people = re.search(
        r"\b(\d+|" + "|".join(NUMBERS) + r") (?:people|persons?|guests?)\b", text, re.IGNORECASE
    )
    day = re.search(rf"\b(\d+)(?:st|nd|rd|th) of ({'|'.join(MONTHS)})\b", text)
    name = re.search(r"\b(?:under the )?name (?:is )?([A-Z][\w'’. -]*?)(?=[,?!]|\.(?:\s|$)|\band\b|$)", text)
    return Told(
        people=_number(people[1].lower()) if people else None,
        day=(MONTHS.index(day[2]) + 1, int(day[1])) if day else None,
        time=_time(text),
        name=name[1].strip() if name else None,
    )


def same_name(one: str, other: str) -> bool:
    """Whether names cannot be told apart by ear, word by word: Thomson and Thompson; not Berg and Anna Berg."""
    return len(words(one)) == len(words(other)) and alike(one, other) >= LIKE


def _number(word: str) -> int:
    return NUMBERS.index(word) if word in NUMBERS else int(word)


def _time(text: str) -> dt.time | None:
    if match := re.search(r"\b(\d{1,2})(?::(\d\d))? ([ap])\.m\.", text):
        hour = int(match[1]) % 12 + (12 if match[3] == "p" else 0)
        return dt.time(hour, int(match[2] or 0))
    return dt.time(12) if re.search(r"\bnoon\b", text) else None
