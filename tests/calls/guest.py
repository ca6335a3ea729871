"""A guest of the desk: says recorded words where there are recordings, and answers what is asked."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import LINE_HZ
from antiphon.ear.metrics import CallerTurn
from tests.calls.engine import ZONE
from tests.support.speech import can_say, flite, say
from tests.support.voices import utterance

PATIENCE_MS = 20_000
"""How long a guest waits for an answer: a loaded machine is slow, and latency is no matter of tests."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def spoken(text: str, voice: str = "slt") -> Utterance:
    """Recorded words if there are recordings of all of them, else flite."""
    return utterance(say(text, rate_hz=LINE_HZ) if can_say(text) else flite(text, voice, LINE_HZ))


def open_day(ahead: int = 2) -> dt.date:
    """A day on which the desk takes bookings (never a Monday), at least so many days ahead, within the week."""
    day = dt.datetime.now(ZoneInfo(ZONE)).date() + dt.timedelta(days=ahead)
    return day + dt.timedelta(days=1) if day.weekday() == 0 else day


def day_name(day: dt.date) -> str:
    return DAYS[day.weekday()].lower()


@dataclass
class Wanted:
    """What a guest wants to book, in words that can be said."""

    name: str
    people: str = "four"
    day: str = "thursday"
    time: str = "at seven p m"


@dataclass
class Guest:
    """One caller and the talk so far.

    Attributes:
        voice: flite's, where there is no recording.
        heard: the agent's words, turn by turn.
    """

    caller: Caller
    voice: str = "slt"

    def __post_init__(self) -> None:
        self.heard: list[str] = []
        self.said: list[str] = []
        self._known: set[str] = set()

    async def greeted(self) -> str:
        """Hears the greeting out."""
        assert await self.caller.until_speaking(timeout_ms=15_000), "there was no greeting"
        await self.caller.until_quiet()
        return self._news()

    async def say(self, text: str) -> str:
        """Says something, hears the answer out, and gives its words."""
        self.said.append(text)
        # a synthesiser that runs here would hold up every call of this loop
        return await self.do(await asyncio.to_thread(spoken, text, self.voice))

    async def do(self, what: Utterance) -> str:
        turn = await self.caller.say(what)
        assert await self.caller.until_answered(turn, within_ms=PATIENCE_MS), (
            f"no answer to {what.text!r}; {self.story()}"
        )
        return self._news()

    async def book(self, wanted: Wanted, first: str, turns: int = 10) -> None:
        """Talks until a table is booked, answering what the agent asks, whatever the order.

        Raises:
            AssertionError: it was not booked after so many turns.
        """
        answer = await self.say(first)
        for _ in range(turns):
            if self.booked:
                return
            answer = await self.say(self.reply(answer, wanted))
        assert self.booked, f"nothing was booked; {self.story()}"

    @property
    def booked(self) -> bool:
        """Whether the booking tool has succeeded."""
        return self.done("book_table")

    def done(self, tool: str) -> bool:
        """Whether a tool has succeeded."""
        calls = self.caller.log.tools.values()
        return any(call.name == tool and call.output is not None and not call.is_error for call in calls)

    def reply(self, question: str, wanted: Wanted) -> str:
        """An answer to the question that the agent's words end with."""
        sentences = re.split(r"(?<=[.?!])\s+", question.strip())
        asked = next((s for s in reversed(sentences) if s.endswith("?")), sentences[-1]).lower()
        for pattern, answer in (
            (r"(what|which|whose|your) (name|.*name)", f"It is under the name of {wanted.name}."),
            (r"right\?|correct|shall i|should i|confirm|go ahead|book it|do that", "yes please"),
            (r"phone|number", "five five five one two three four"),
            (r"how many|people|party", wanted.people),
            (r"what time|which time|when .*time|time", wanted.time),
            (r"day|date|when", wanted.day),
        ):
            if re.search(pattern, asked):
                return answer
        return "yes please"

    def _news(self) -> str:
        """The agent's words since the last time."""
        new = [
            words.text
            for key, words in self.caller.log.segments.items()
            if words.speaker == "agent" and key not in self._known
        ]
        self._known.update(self.caller.log.segments)
        self.heard.append(" ".join(new))
        return self.heard[-1]

    @property
    def understood(self) -> list[str]:
        """The caller's turns as the transcript has them."""
        return self.caller.log.said_by("caller")

    def story(self) -> str:
        """The talk so far, for a failed test."""
        lines = [
            f"{w.speaker}: {w.text}" + (f" [unheard: {w.unheard}]" if w.unheard else "")
            for w in self.caller.log.segments.values()
        ]
        tools = [f"{t.name}({t.arguments}) -> {t.output}" for t in self.caller.log.tools.values()]
        return "\n".join(["", *lines, *tools, *(str(p) for p in self.caller.log.problems)])


__all__ = ["CallerTurn", "Guest", "Wanted", "day_name", "open_day", "spoken"]
