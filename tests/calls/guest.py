"""A guest of the desk: says recorded words where there are recordings, answers what is asked, listens to what is read back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from zoneinfo import ZoneInfo

from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import LINE_HZ
from tests.calls.agent_words import WEEKDAYS
from tests.calls.answers import Answers, Wanted
from tests.calls.engine import ZONE
from tests.support.clip import Clip
from tests.support.speech import can_say, flite, say
from tests.support.voices import utterance

PATIENCE_MS = 20_000
"""How long a guest waits for an answer: a loaded machine is slow, and latency is no matter of tests."""

FLITE = ("slt", "rms", "awb", "kal16")
SLOWER = (1.0, 1.2, 1.1, 1.35)
"""How much longer words take that are said for the first, second … time."""


def in_voice(text: str, voice: str, slower: float = 1.0) -> Clip:
    """The words in a voice, at the line's rate.

    Args:
        text: what is said.
        voice: one of FLITE, or a natural one of tests/support/kokoro.py where that is.
        slower: 1.2 takes a fifth longer.

    Raises:
        ValueError: there is no such voice.
    """
    if voice in FLITE:
        return flite(text, voice, LINE_HZ, slower)
    try:
        natural = import_module("tests.support.kokoro")
    except ModuleNotFoundError:
        raise ValueError(f"there is no voice {voice!r}; there are: {', '.join(FLITE)}") from None
    clip: Clip = natural.kokoro(text, voice, LINE_HZ, 1 / slower)
    return clip


def spoken(text: str, voice: str = "slt") -> Utterance:
    """Recorded words if there are recordings of all of them, else the voice's."""
    return utterance(say(text, rate_hz=LINE_HZ) if can_say(text) else in_voice(text, voice))


def open_day(ahead: int = 2) -> dt.date:
    """A day on which the desk takes bookings (never a Monday), at least so many days ahead, within the week."""
    day = dt.datetime.now(ZoneInfo(ZONE)).date() + dt.timedelta(days=ahead)
    return day + dt.timedelta(days=1) if day.weekday() == 0 else day


def day_name(day: dt.date) -> str:
    return WEEKDAYS[day.weekday()].lower()


@dataclass
class Guest:
    """One caller and the talk so far.

    Attributes:
        voice: whose words are heard where there is no recording.
        recorded: whether recordings are used where there are some; False: one voice all the time, slower when a thing is said again.
        patience_ms: how long he waits for an answer.
        tries: how often he says a thing that nobody answers.
        heard: the agent's words, turn by turn.
        said: his own.
    """

    caller: Caller
    voice: str = "slt"
    recorded: bool = True
    patience_ms: float = PATIENCE_MS
    tries: int = 1

    def __post_init__(self) -> None:
        self.heard: list[str] = []
        self.said: list[str] = []
        self._times: Counter[str] = Counter()
        self._known: set[str] = set()

    async def greeted(self) -> str:
        """Hears the greeting out."""
        assert await self.caller.until_speaking(timeout_ms=15_000), "there was no greeting"
        await self.caller.until_quiet()
        return self.hear_news()

    async def say(self, text: str) -> str:
        """Says something, hears the answer out, and gives its words.

        Raises:
            AssertionError: nobody answered, as often as he said it.
        """
        for _ in range(self.tries - 1):
            turn = await self.caller.say(await self._voiced(text))
            if await self.caller.until_answered(turn, within_ms=self.patience_ms):
                return self.hear_news()
        return await self.do(await self._voiced(text))

    async def cut_in(self, first: str, after_ms: float, then: str) -> str:
        """Says something, lets the agent answer for so long, and says something else into it; gives the words since then."""
        what, cut = await self._voiced(first), await self._voiced(then)
        await self.caller.say(what)
        await self.caller.until_speaking(for_ms=after_ms, timeout_ms=self.patience_ms)
        self.hear_news()
        return await self.do(cut)

    async def do(self, what: Utterance) -> str:
        turn = await self.caller.say(what)
        assert await self.caller.until_answered(turn, within_ms=self.patience_ms), (
            f"no answer to {what.text!r}; {self.story()}"
        )
        return self.hear_news()

    async def book(self, wanted: Wanted, first: str, turns: int = 10) -> None:
        """Talks until a table is booked, answering what the agent asks, whatever the order.

        Raises:
            AssertionError: it was not booked after so many turns.
        """
        await self.talk_until("book_table", Answers(wanted, first), await self.say(first), turns)

    async def talk_until(
        self, tool: str, answers: Answers, heard: str, turns: int = 10, before: int = 0
    ) -> None:
        """Answers what the agent asks until a tool has succeeded more often than before.

        Raises:
            AssertionError: it has not after so many turns.
        """
        for _ in range(turns):
            if self.done(tool) > before:
                return
            heard = await self.say(answers.reply(heard, self.said[-1]))
        assert self.done(tool) > before, f"no {tool} after {turns} turns; {self.story()}"

    @property
    def booked(self) -> bool:
        """Whether the booking tool has succeeded."""
        return self.done("book_table") > 0

    def done(self, tool: str) -> int:
        """How often a tool has succeeded."""
        calls = self.caller.log.tools.values()
        return sum(call.name == tool and call.output is not None and not call.is_error for call in calls)

    def reply(self, question: str, wanted: Wanted) -> str:
        """An answer to the question that the agent's words end with."""
        return Answers(wanted).reply(question)

    async def _voiced(self, text: str) -> Utterance:
        self.said.append(text)
        slower = SLOWER[min(self._times[text], len(SLOWER) - 1)]
        self._times[text] += 1
        # a synthesiser that runs here would hold up every call of this loop
        return await asyncio.to_thread(self._utterance, text, slower)

    def _utterance(self, text: str, slower: float) -> Utterance:
        return spoken(text, self.voice) if self.recorded else utterance(in_voice(text, self.voice, slower))

    def hear_news(self) -> str:
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


__all__ = ["Guest", "Wanted", "day_name", "in_voice", "open_day", "spoken"]
