"""Twenty bookings as different callers make them, by the day on which they call.

The house is closed on Mondays, seats from noon until eight in the evening, and eight people at most.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tests.calls.agent_words import MONTHS, WEEKDAYS, Table
from tests.calls.answers import Wanted, ordinal, spelled

MONDAY = 0


@dataclass(frozen=True)
class Step:
    """One thing that a caller wants.

    Attributes:
        says: how he begins.
        wanted: what he answers with.
        until: the tool that has to succeed; "": only an answer is wanted.
        into: the first words are a question; `says` is said into the answer to it.
        after_ms: … when that has been heard for so long.
    """

    says: str
    wanted: Wanted
    until: str = "book_table"
    into: str = ""
    after_ms: float = 0


@dataclass(frozen=True)
class Wish:
    """One call.

    Attributes:
        kind: what is special about it.
        steps: what he wants, one after the other.
        tables: all that is to stand in the book afterwards.
    """

    kind: str
    steps: tuple[Step, ...]
    tables: tuple[Table, ...]


class Days:
    """Open days as a caller names them.

    Args:
        today: the day of the call.
    """

    def __init__(self, today: dt.date) -> None:
        self.today = today
        ahead = (today + dt.timedelta(days=n) for n in range(1, 7))
        self.near = [day for day in ahead if day.weekday() != MONDAY]
        """Within the week: a weekday's name says which."""

    def soon(self) -> tuple[str, dt.date]:
        """Says "tomorrow", or the day after where that is a Monday."""
        return self.spoken_ahead(1 if self._open(1) else 2)

    def later(self) -> tuple[str, dt.date]:
        """Says "the day after tomorrow", or tomorrow where that is a Monday."""
        return self.spoken_ahead(2 if self._open(2) else 1)

    def spoken_ahead(self, days: int) -> tuple[str, dt.date]:
        """A day at most two days ahead."""
        return ("tomorrow", "the day after tomorrow")[days - 1], self.today + dt.timedelta(days=days)

    def in_a_week(self, nth: int) -> tuple[str, dt.date]:
        """For example "a week from Friday"."""
        day = self.near[nth]
        return f"a week from {WEEKDAYS[day.weekday()]}", day + dt.timedelta(days=7)

    def far(self, days: int) -> dt.date:
        """The first open day so many days ahead, or more."""
        return self.today + dt.timedelta(days=days if self._open(days) else days + 1)

    def _open(self, days: int) -> bool:
        return (self.today + dt.timedelta(days=days)).weekday() != MONDAY


def wishes(today: dt.date) -> list[Wish]:
    """All twenty, in order."""
    days = Days(today)
    return [*_plain(days), *_changed(days), *_dates(days), *_talk(days), *_after(days)]


def _name_of(day: dt.date) -> str:
    return WEEKDAYS[day.weekday()]


def _one(kind: str, says: str, wanted: Wanted, **how: object) -> Wish:
    """A call with one step."""
    assert wanted.table is not None
    return Wish(kind, (Step(says, wanted, **how),), (wanted.table,))  # type: ignore[arg-type]


def _plain(days: Days) -> Iterator[Wish]:
    day = days.near[1]
    table = Table("Miller", 4, day, dt.time(19))
    yield _one(
        "one breath",
        f"Hello, I would like to book a table for four people on {_name_of(day)} at seven in the evening. My name is Miller.",
        Wanted("Miller", "four people", f"on {_name_of(day)}", "at seven in the evening", table=table),
    )
    said, day = days.soon()
    yield _one(
        "step by step",
        "I'd like to book a table, please.",
        Wanted("Baker", "two", said, "half past seven", table=Table("Baker", 2, day, dt.time(19, 30))),
    )
    day = days.near[2]
    yield _one(
        "full name, in sentences",
        "Good evening. It is my mother's birthday, and we would like to reserve a table.",
        Wanted(
            "My name is Anna Berg.",
            "We will be six people.",
            f"We would like to come on {_name_of(day)}.",
            "At about six o'clock, please.",
            table=Table("Anna Berg", 6, day, dt.time(18)),
        ),
    )
    day = days.near[3]
    yield _one(
        "party size in words",
        f"Hi, do you have a table on {_name_of(day)} for lunch?",
        Wanted(
            "Taylor",
            "just the two of us",
            f"on {_name_of(day)}",
            "at one o'clock",
            half="in the afternoon",
            table=Table("Taylor", 2, day, dt.time(13)),
        ),
    )


def _changed(days: Days) -> Iterator[Wish]:
    day = days.near[1]
    yield _one(
        "another party size at the read-back",
        f"I want a table for four on {_name_of(day)} at eight p.m., under the name of Johnson.",
        Wanted(
            "Johnson",
            "six people",
            f"on {_name_of(day)}",
            "at eight p.m.",
            table=Table("Johnson", 6, day, dt.time(20)),
            first={"confirm": "Sorry, make that six people."},
        ),
    )
    day = days.near[2]
    yield _one(
        "another time at the read-back",
        f"Could I reserve a table for three people on {_name_of(day)}?",
        Wanted(
            "Walker",
            "three",
            f"on {_name_of(day)}",
            "at six in the evening",
            table=Table("Walker", 3, day, dt.time(19, 15)),
            first={"confirm": "No, a quarter past seven would be better."},
        ),
    )
    first, day = days.near[0], days.near[3]
    yield _one(
        "another day at the read-back",
        f"A table for two on {_name_of(first)} at half past six in the evening, please. The name is Cooper.",
        Wanted(
            "Cooper",
            "two",
            f"on {_name_of(day)}",
            "half past six in the evening",
            table=Table("Cooper", 2, day, dt.time(18, 30)),
            first={"confirm": f"Wait, not {_name_of(first)}, {_name_of(day)}."},
        ),
    )
    day = days.near[4]
    yield _one(
        "corrects himself in mid-sentence",
        f"I need a table for three, no, sorry, for four people on {_name_of(day)} at six p.m. for Roberts.",
        Wanted(
            "Roberts", "four", f"on {_name_of(day)}", "six p.m.", table=Table("Roberts", 4, day, dt.time(18))
        ),
    )


def _dates(days: Days) -> Iterator[Wish]:
    said, day = days.later()
    yield _one(
        "the day after tomorrow, an odd time",
        f"I would like a table for two {said}.",
        Wanted(
            "Wilson", "two", said, "at a quarter to seven", table=Table("Wilson", 2, day, dt.time(18, 45))
        ),
    )
    said, day = days.in_a_week(2)
    yield _one(
        "a week from a weekday",
        f"Can I book a table for five people {said} at seven thirty p.m.?",
        Wanted("Clark", "five", said, "seven thirty p.m.", table=Table("Clark", 5, day, dt.time(19, 30))),
    )
    day = days.far(16)
    date = f"the {ordinal(day.day)} of {MONTHS[day.month - 1]}"
    yield _one(
        "a date, half past twelve",
        f"Hello, I want to book lunch for eight people on {date}.",
        Wanted(
            "Robinson",
            "eight",
            f"on {date}",
            "at half past twelve",
            half="in the afternoon",
            table=Table("Robinson", 8, day, dt.time(12, 30)),
        ),
    )


def _talk(days: Days) -> Iterator[Wish]:
    said, day = days.soon()
    yield _one(
        "a question in the middle",
        f"I'd like to reserve a table for {said}.",
        Wanted(
            "Martin",
            "three people",
            said,
            "at seven p.m.",
            table=Table("Martin", 3, day, dt.time(19)),
            first={"time": "Do you have high chairs for children?"},
        ),
    )
    day = days.near[2]
    table = Table("Green", 2, day, dt.time(18))
    wanted = Wanted("Green", "two", f"on {_name_of(day)}", "at six p.m.", table=table)
    yield Wish(
        "asks whether there is a table first",
        (
            Step(
                f"Do you have a table for two people on {_name_of(day)} at six in the evening?",
                wanted,
                "check_availability",
            ),
            Step("Then book it, please. The name is Green.", wanted),
        ),
        (table,),
    )
    day = days.near[3]
    yield _one(
        "two wishes in one breath",
        f"Is there parking, and could I book a table for four on {_name_of(day)} at noon?",
        Wanted(
            "Evans",
            "four",
            f"on {_name_of(day)}",
            "at noon",
            half="in the afternoon",
            table=Table("Evans", 4, day, dt.time(12)),
        ),
    )
    day = days.near[4]
    yield _one(
        "interrupts an answer",
        f"Wait, I would like to book a table for three on {_name_of(day)} at seven p.m.",
        Wanted(
            "Harris",
            "three",
            f"on {_name_of(day)}",
            "at seven p.m.",
            table=Table("Harris", 3, day, dt.time(19)),
        ),
        into="What is the address, and how long is a table kept if I am late?",
        after_ms=1000,
    )
    day = days.near[1]
    yield _one(
        "interrupts the read-back",
        "No, sorry, make it five people.",
        Wanted(
            "Anderson",
            "five people",
            f"on {_name_of(day)}",
            "at six p.m.",
            table=Table("Anderson", 5, day, dt.time(18)),
        ),
        into=f"I would like to book a table for three people on {_name_of(day)} at six in the evening. My name is Anderson.",
        after_ms=1800,
    )


def _after(days: Days) -> Iterator[Wish]:
    day = days.near[2]
    yield _one(
        "a spelled name, in one breath",
        f"A table for two on {_name_of(day)} at eight in the evening. My name is Kowalski, {spelled('Kowalski')}.",
        Wanted(
            f"Kowalski. {spelled('Kowalski')}.",
            "two",
            f"on {_name_of(day)}",
            "at eight p.m.",
            table=Table("Kowalski", 2, day, dt.time(20)),
        ),
    )
    said, day = days.later()
    yield _one(
        "a spelled name, when asked",
        f"I would like to make a reservation for {said}.",
        Wanted(
            f"The name is Brandt. {spelled('Brandt')}.",
            "There will be four of us.",
            said,
            "At six thirty in the evening.",
            table=Table("Brandt", 4, day, dt.time(18, 30)),
        ),
    )
    day = days.near[3]
    before = Table("Thompson", 3, day, dt.time(19))
    after = Table("Thompson", 5, day, dt.time(19))
    yield Wish(
        "a change after the booking",
        (
            Step(
                f"I'd like a table for three people on {_name_of(day)} at seven in the evening, please.",
                Wanted("Thompson", "three", f"on {_name_of(day)}", "at seven p.m.", table=before),
            ),
            Step(
                "Oh, two more people are coming. Please change it to five people.",
                Wanted("Thompson", "five people", f"on {_name_of(day)}", "at seven p.m.", table=after),
                "change_booking",
            ),
        ),
        (after,),
    )
    one, other = days.near[1], days.near[4]
    tables = (Table("Davis", 2, one, dt.time(19)), Table("Davis", 6, other, dt.time(13)))
    yield Wish(
        "two bookings in one call",
        (
            Step(
                f"Hello, this is Davis. I would like a table for two on {_name_of(one)} at seven in the evening.",
                Wanted("Davis", "two", f"on {_name_of(one)}", "at seven p.m.", table=tables[0]),
            ),
            Step(
                f"And I need another table for six people on {_name_of(other)} at one o'clock in the afternoon.",
                Wanted(
                    "Davis",
                    "six",
                    f"on {_name_of(other)}",
                    "at one p.m.",
                    half="in the afternoon",
                    table=tables[1],
                ),
            ),
        ),
        tables,
    )
