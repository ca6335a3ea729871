"""What every kind of value has in common: how it is found in an utterance, asked for and spoken.

To add a kind: write a module with a class like those beside this one, name it in `KindName` and in `kind_of` (schema.py), and list it in
`kinds/__init__.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Protocol

from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a value that was heard cannot be taken as it is.

    Attributes:
        why: "choice" (it may mean several things), "low", "high" (out of range), "past", "short" (digits are missing), "part"
            (only a part was said, such as "next week").
        options: for a choice: the values, in the order to offer them.
    """

    why: str
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value found in tokens `first`…`last` (half open).

    Attributes:
        strength: 0…1, how surely these words mean this value of this slot. Below 0.5 it counts only as the answer to a question.
        why: the reason, for the call's record.
    """

    value: Any
    first: int
    last: int
    strength: float
    why: str
    doubt: Doubt | None = None

    def overlaps(self, other: Candidate) -> bool:
        """Whether both claim a token."""
        return self.first < other.last and other.first < self.last


@dataclass(frozen=True, slots=True)
class Context:
    """What an extractor may know.

    Attributes:
        now: civil time.
        asked: the agent has just asked for this slot.
        current: the slot's present value, for "the day after" and corrections.
        open_hours: (from, to) in which things happen, from the instructions; for "at seven". (to < from: past midnight.)
        daypart: "morning", "afternoon", "evening", when it was said earlier.
        partial: digits given so far, of a phone number in groups.
        after: the moment where the span begins whose end this slot is.
        likely: names that are known (earlier in the call), for values that sound alike.
    """

    now: datetime
    asked: bool = False
    current: Any = None
    open_hours: tuple[tuple[time, time], ...] = ()
    daypart: str = ""
    partial: str = ""
    after: Any = None
    likely: tuple[str, ...] = field(default=())


class Kind(Protocol):
    """A kind of value."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Every place where a value of this slot may have been said."""
        ...

    def say(self, value: Any, slot: Slot) -> str:
        """The value in words for the voice, as part of a sentence: "on Thursday the 26th of November"."""
        ...

    def question(self, slot: Slot) -> str:
        """One natural question for it."""
        ...

    def hint(self, slot: Slot) -> str:
        """How to say it, with an example, for the second time of asking."""
        ...
