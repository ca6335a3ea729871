"""What callers of a front desk say: the turns that heard latency is measured on. Words only; a voice makes them audio.

Nine calls of seven to nine turns, all different: questions, bookings in one breath and bit by bit, digits, names,
spelling, corrections, hesitations, one-word answers, and turns longer than 5 s. A turn is said by a person where
recordings of its words exist (voice "recorded"), by a synthetic voice otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from antiphon.ear.caller import Utterance

VoiceName = Literal["recorded", "woman", "man"]


@dataclass(frozen=True, slots=True)
class TurnSpec:
    """One turn of a script.

    Attributes:
        text: the words.
        voice: who says them.
        pauses: hesitations, for recorded words: after the n-th recording (0 the first), so many ms of silence.
    """

    text: str
    voice: VoiceName
    pauses: dict[int, float] = field(default_factory=dict)


Speak = Callable[[TurnSpec], Utterance]
"""Makes a turn's audio. The tests' corpus has one (`tests/support/voices.py`)."""


def _recorded(text: str, **pauses: float) -> TurnSpec:
    """Recorded words; `after0=700` is a pause of 700 ms after the first recording."""
    return TurnSpec(text, "recorded", {int(name.removeprefix("after")): ms for name, ms in pauses.items()})


def _woman(text: str) -> TurnSpec:
    return TurnSpec(text, "woman")


def _man(text: str) -> TurnSpec:
    return TurnSpec(text, "man")


DESK_CALLS: tuple[tuple[TurnSpec, ...], ...] = (
    (
        _woman("What are your opening hours?"),
        _woman("What is your address?"),
        _woman("Is there parking?"),
        _woman("Do you have vegetarian dishes?"),
        _woman("Can I bring my dog?"),
        _woman("And are you open on Mondays?"),
        _recorded("thank you"),
        _recorded("goodbye"),
    ),
    (
        _woman("I'd like to book a table, please."),
        _recorded("four"),
        _recorded("thursday"),
        _recorded("at seven p m"),
        _woman("The name is Miller."),
        _recorded("five five five one two three four"),
        _woman("Yes, please."),
    ),
    (
        _man("Hello, could I reserve a table for two people on Friday at eight in the evening?"),
        _man("My name is Peter Johnson."),
        _man("You can reach me at five five five, zero one nine nine."),
        _man("No, make that three people."),
        _man("Yes, that's right."),
        _man("Do I have to pay when I cancel?"),
        _recorded("no"),
    ),
    (
        _woman("Hello, I want a table for six people."),
        _recorded("saturday at six p m", after0=400),
        _woman("Is that free?"),
        _woman("Then seven thirty, please."),
        _woman("The name is Sarah Brown."),
        _recorded("b r o w n"),
        _woman("And my number is five five five, seven eight six two."),
        _woman("That's correct."),
    ),
    (
        _man("Do you have a table for this evening?"),
        _recorded("two"),
        _recorded("tomorrow at eight o'clock"),
        _man("What does a main course cost?"),
        _man("How do I get to you from the station?"),
        _man("Okay, book it under the name of Baker."),
        _recorded("five five five four four zero nine"),
        _man("Yes."),
    ),
    (
        _woman(
            "I have booked a table for Thursday, and I would like to change it, because there will be more of us."
        ),
        _woman("It is under the name of Miller."),
        _recorded("six"),
        _woman("Yes, go ahead."),
        _woman("And could we come half an hour later?"),
        _woman("Seven thirty in the evening."),
        _recorded("one moment please"),
        _woman("Yes, do that please."),
    ),
    (
        _man("Please cancel my booking."),
        _man("Johnson."),
        _recorded("friday"),
        _man("Yes, cancel it."),
        _man("Are children welcome, and do you have high chairs for the very small ones?"),
        _man("Is there wireless internet?"),
        _man("Which bus stops near you?"),
    ),
    (
        _woman(
            "Good evening, my name is Anna Clark, and I would like to book a table for eight people "
            "on Sunday at one o'clock, if that is possible."
        ),
        _recorded("five five five two one eight three"),
        _recorded("sunday at eight p m", after0=500),
        _woman("Yes, book it."),
        _woman("Can you take away dishes?"),
        _woman("Is the garden open at this time of the year, or is it too cold for that?"),
        _woman("What about allergies?"),
    ),
    (
        _man("I need a table."),
        _recorded("three"),
        _recorded("tomorrow"),
        _recorded("twelve o'clock"),
        _man("Robert Green."),
        _recorded("g r e e n"),
        _man("Wait, make that five people instead of three, my parents are coming too."),
        _recorded("five five five six one one seven", after2=600),
    ),
)


def all_turns() -> tuple[TurnSpec, ...]:
    """Every turn of every call, in order."""
    return tuple(turn for call in DESK_CALLS for turn in call)
