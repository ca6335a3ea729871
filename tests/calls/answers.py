"""What a guest says to what the agent asks: the value, his own question first, an objection to what was taken down wrongly."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.calls.agent_words import (
    MONTHS,
    NUMBERS,
    WEEKDAYS,
    Asked,
    Part,
    Table,
    Told,
    asked,
    not_caught,
    told,
)

_HOURS = (*NUMBERS, "eleven", "twelve")


@dataclass(frozen=True)
class Wanted:
    """What a guest wants to book, in words that can be said.

    Attributes:
        name: a bare name ("Miller"), or what he says when he is asked for it ("The name is Brandt, B, R, A, N, D, T.").
        half: which half of the day it is, should he be asked that.
        table: what is to stand in the book: he listens to what is read back, and objects to anything else. None: he says yes to all.
        first: what he says at the first question of a kind instead of the answer: a question of his own, a change of mind.
    """

    name: str
    people: str = "four"
    day: str = "thursday"
    time: str = "at seven p m"
    half: str = "in the evening"
    table: Table | None = None
    first: Mapping[Asked, str] = field(default_factory=dict)


class Answers:
    """One wish, and what was asked about it so far.

    Args:
        wanted: the wish.
        opening: the words that it was told in first; said again when the agent wants to know what it can do.
    """

    def __init__(self, wanted: Wanted, opening: str = "") -> None:
        self._wanted = wanted
        self._opening = opening
        self._own = dict(wanted.first)
        self._asked: Counter[Asked] = Counter()
        self._standing: Asked = ""
        self._told = Told()

    def reply(self, words: str, last: str = "") -> str:
        """What he says to the agent's words.

        Args:
            words: all that the agent said since he spoke.
            last: what he said last; said again if it was not understood.
        """
        kind = asked(words)
        if kind in ("", "wish") and not_caught(words) and last:
            return last
        kind = kind or self._standing  # the agent said something, but did not ask again: its question stands
        self._standing = kind
        if own := self._own.pop(kind, ""):
            return own
        self._asked[kind] += 1
        wanted, again = self._wanted, self._asked[kind] > 1
        match kind:
            case "confirm" | "other":
                self._told = told(words)
                return self._objection() or "yes please"
            case "change":
                return self._objection() or self._opening or "nothing"
            case "time" if re.search(r"\b(?:morning|afternoon) or\b", words):
                return wanted.half
            case "people" | "day" | "time" | "name" if again and wanted.table:
                return careful(kind, wanted.table)
            case "people":
                return wanted.people
            case "day":
                return wanted.day
            case "time":
                return wanted.time
            case "name":
                bare = re.fullmatch(r"[\w'-]+(?: [\w'-]+)?", wanted.name)
                return f"It is under the name of {wanted.name}." if bare else wanted.name
            case "phone":
                return "five five five one two three four"
            case "wish" | "":
                return self._opening or "yes please"

    def _objection(self) -> str:
        """For example "No, for four people, on Friday the 27th of November."; "" if nothing was taken down wrongly."""
        table = self._wanted.table
        wrong = self._told.wrong(table) if table else []
        return f"No, {', '.join(careful(part, table) for part in wrong)}." if table and wrong else ""


def careful(part: Part, table: Table) -> str:
    """A value as somebody says it who was not understood: the day in full, the name spelled."""
    match part:
        case "people":
            return f"for {NUMBERS[table.people]} people"
        case "day":
            return f"on {in_full(table.day)}"
        case "time":
            return f"at {clock(table.time)}"
        case "name":
            return f"the name is {table.name}, {spelled(table.name.split()[-1])}"


def in_full(day: dt.date) -> str:
    """For example "Friday the 27th of November"."""
    return f"{WEEKDAYS[day.weekday()]} the {ordinal(day.day)} of {MONTHS[day.month - 1]}"


def ordinal(number: int) -> str:
    """For example "27th"."""
    end = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{end}"


def clock(time: dt.time) -> str:
    """For example "seven thirty p.m."; quarters of an hour only."""
    minutes = {0: "", 15: " fifteen", 30: " thirty", 45: " forty-five"}[time.minute]
    return f"{_HOURS[time.hour % 12 or 12]}{minutes} {'p.m.' if time.hour >= 12 else 'a.m.'}"


def spelled(name: str) -> str:
    """For example "M, I, L, L, E, R": with commas a synthetic voice makes the pauses that a person makes."""
    return ", ".join(name.upper())
