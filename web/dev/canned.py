"""The page's server with canned answers, to work on the page without an engine: `python web/dev/canned.py --port 8130`.

The line is the real one; only the agent is canned. It hears the caller by energy, answers with a hum that has the rhythm of speech, and
plays what the page must show: speculation, tools, refusals, interruptions. It answers `answer_ms` after the caller's last sound, so the
page's own measurement can be checked. Typed `/think` makes it ponder; `/problem`, `/recovered`, `/fatal` and `/end` play failures.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from antiphon.agent.events import (
    CallEvent,
    Cut,
    Ended,
    Problem,
    Recovered,
    StateChanged,
    ToolEnded,
    ToolStarted,
    Transcript,
    TurnTimed,
)
from antiphon.clock import monotonic_ms
from antiphon.errors import CallRefused
from antiphon.lines.page_server import serve_page
from antiphon.lines.seam import Pcm16
from antiphon.settings import load

HZ = 24_000
FRAME_MS = 20
WORD_MS = 260
LOUD = 250
"""Root mean square above which a frame is speech."""

ONSET_MS = 60
"""So much speech opens a turn and stops the agent."""

ABOUT = {
    "name": "Antiphon",
    "line": "direct WebRTC",
    "recogniser": "none",
    "voice": "a hum",
    "brain": "canned",
    "try_saying": [
        "What are your opening hours?",
        "A table for four on Thursday at seven.",
        "Move it to eight.",
    ],
}
GREETING = "Good evening, this is the Blue Door. How can I help you?"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is "recognised" of a turn, and what is said to it."""

    heard: str
    say: str
    tool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""
    refused: bool = False


EXCHANGES = (
    Exchange(
        "What are your opening hours?",
        "We are open from Tuesday to Sunday, from five in the afternoon until eleven at night.",
    ),
    Exchange(
        "A table for four on Thursday at seven, please.",
        "There is a table for four on Thursday at seven. Under which name shall I book it?",
        tool="find_table",
        arguments={"people": 4, "day": "2026-11-26", "time": "19:00"},
        output='{"free": true, "table": 5, "seats": 4}',
    ),
    Exchange(
        "Could you make it Monday instead?",
        "I am sorry, we are closed on Mondays. Would you like to stay with Thursday?",
        tool="find_table",
        arguments={"people": 4, "day": "2026-11-23", "time": "19:00"},
        output="We are closed on Mondays.",
        refused=True,
    ),
    Exchange(
        "Yes, under Miller.",
        "Your table is booked: Thursday at seven, four people, under Miller. Is there anything else?",
        tool="book_table",
        arguments={"name": "Miller", "people": 4, "day": "2026-11-26", "time": "19:00"},
        output='{"booking": 17, "table": 5}',
    ),
)


def hum(words: int) -> Pcm16:
    """Something with the rhythm of `words` words, at HZ."""
    t = np.arange(words * WORD_MS * HZ // 1000) / HZ
    syllables = np.clip(np.sin(2 * np.pi * t * 1000 / WORD_MS - 0.5) + 0.75, 0, None) / 1.75
    voice = np.sum([np.sin(2 * np.pi * 120 * k * t + k) / k for k in range(1, 12)], axis=0) / 3
    loudness = 9000 * (0.7 + 0.3 * np.sin(2 * np.pi * t / 1.7))
    return np.asarray(voice * syllables * loudness, np.int16)


@dataclass(slots=True)
class Speech:
    """What the agent is saying."""

    segment_id: str
    words: list[str]
    pcm: Pcm16
    user_segment: str
    stamps: dict[str, float]
    taken: int = 0

    @property
    def shown(self) -> int:
        """Words that have begun."""
        return min(len(self.words), self.taken * 1000 // HZ // WORD_MS + 1)


class CannedCall:
    """One call. Implements `antiphon.lines.seam.LineCall`."""

    def __init__(self, tell: Callable[[CallEvent], None], answer_ms: float) -> None:
        self.id = uuid.uuid4().hex
        self._tell = tell
        self._answer_ms = answer_ms
        self._ids = itertools.count(1)
        self._exchanges = itertools.cycle(EXCHANGES)
        self._speech: Speech | None = None
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._turn = ""
        self._exchange = EXCHANGES[0]
        self._loud_ms = 0
        self._last_sound_ms = 0.0
        tell(StateChanged("initializing"))
        self._say(GREETING)

    def hear(self, pcm: Pcm16) -> None:
        """Dates the caller's speech by energy."""
        now = monotonic_ms()
        if float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))) > LOUD:
            self._loud_ms += FRAME_MS
            self._last_sound_ms = now
            if not self._turn and self._loud_ms >= ONSET_MS:
                self._begin_turn()
            if self._turn:
                words = self._exchange.heard.split()[: self._loud_ms // WORD_MS + 1]
                self._tell(Transcript(self._turn, "caller", " ".join(words), final=False))
        elif self._turn and now - self._last_sound_ms >= self._answer_ms:
            self._end_turn(now)
        elif not self._turn:
            self._loud_ms = 0

    def take(self, samples: int) -> Pcm16:
        """The hum; its words are shown as they begin."""
        frame = np.zeros(samples, np.int16)
        if (speech := self._speech) is None:
            return frame
        piece = speech.pcm[speech.taken : speech.taken + samples]
        frame[: len(piece)] = piece
        if speech.taken == 0:
            self._time(speech)
        before, speech.taken = speech.shown, speech.taken + samples
        final = speech.taken >= len(speech.pcm)
        if final or speech.shown > before:
            self._tell(Transcript(speech.segment_id, "agent", " ".join(speech.words[: speech.shown]), final))
        if final:
            self._speech = None
            self._tell(StateChanged("listening"))
        return frame

    def type_text(self, text: str, segment_id: str = "") -> None:
        """Answers typed text at once."""
        self._interrupt()
        self._tell(Transcript(segment_id, "caller", text, final=True, typed=True))
        match text:
            case "/problem":
                self._tell(Problem("engine_lost", "The line to the speech engine is lost; connecting again."))
            case "/think":
                self._tell(StateChanged("thinking"))
            case "/recovered":
                self._tell(Recovered("engine_lost"))
            case "/fatal":
                self._tell(Problem("model_gone", "The speech model can't be used.", fatal=True))
            case "/end":
                self._end("agent")
            case _:
                now = monotonic_ms()
                self._answer(next(self._exchanges), "", {"reply_ready": now + 12, "audio_sent": now + 14})

    async def hang_up(self, reason: str = "hang_up") -> None:
        """Ends the call."""
        self._end(reason)

    async def wait_ended(self) -> str:
        """Waits for its end."""
        return await asyncio.shield(self._ended)

    def _end(self, reason: str) -> None:
        if not self._ended.done():
            self._tell(Ended(reason))
            self._ended.set_result(reason)

    def _begin_turn(self) -> None:
        self._turn, self._exchange = f"{self.id}-user-{next(self._ids)}", next(self._exchanges)
        self._interrupt()
        self._tell(StateChanged("listening"))

    def _end_turn(self, now: float) -> None:
        turn, self._turn, self._loud_ms = self._turn, "", 0
        self._tell(Transcript(turn, "caller", self._exchange.heard, final=True))
        paused = self._last_sound_ms + 64
        stamps = {"speech_ended": self._last_sound_ms, "pause_seen": paused, "recognised": paused + 138}
        stamps |= {"reply_ready": paused + 169, "turn_over": now, "audio_sent": now + 1}
        self._answer(self._exchange, turn, stamps)

    def _interrupt(self) -> None:
        if (speech := self._speech) is not None:
            self._speech = None
            heard = speech.taken * 1000 // HZ // WORD_MS
            self._tell(Cut(speech.segment_id, " ".join(speech.words[:heard]), " ".join(speech.words[heard:])))

    def _answer(self, exchange: Exchange, user_segment: str, stamps: dict[str, float]) -> None:
        if exchange.tool:
            self._tell(StateChanged("thinking"))
            call_id = f"call_{next(self._ids)}"
            self._tell(ToolStarted(call_id, exchange.tool, exchange.arguments))
            self._tell(ToolEnded(call_id, exchange.tool, exchange.output, exchange.refused, 11.6))
        self._say(exchange.say, user_segment, stamps)

    def _say(self, text: str, user_segment: str = "", stamps: dict[str, float] | None = None) -> None:
        words = text.split()
        segment_id = f"{self.id}-item-{next(self._ids)}"
        self._speech = Speech(segment_id, words, hum(len(words)), user_segment, stamps or {})
        self._tell(StateChanged("speaking"))
        self._tell(Transcript(segment_id, "agent", words[0], final=False))

    def _time(self, speech: Speech) -> None:
        stamps = speech.stamps | {"audio_played": monotonic_ms()}
        details = {"speculation": "kept", "end_of_turn": 0.94} if speech.user_segment else {}
        self._tell(TurnTimed(speech.segment_id, speech.user_segment, stamps, details))


class CannedCalls:
    """Opens canned calls, as many as there are `places`. Implements `antiphon.lines.seam.LineCalls`."""

    def __init__(self, answer_ms: float = 360, places: int = 40) -> None:
        self._answer_ms = answer_ms
        self._places = places

    async def open(self, on_event: Callable[[CallEvent], None], *, line: str) -> CannedCall:
        """A call that greets.

        Raises:
            CallRefused: there are no places.
        """
        if not self._places:
            raise CallRefused("All lines are taken just now; please try again in a minute.")
        return CannedCall(on_event, self._answer_ms)


async def _serve(port: int, calls: CannedCalls) -> None:
    await serve_page(load(page={"port": port}), calls, ABOUT)
    print(f"http://127.0.0.1:{port}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="The page's server with canned answers.")
    options.add_argument("--port", type=int, default=8130)
    options.add_argument("--answer-ms", type=float, default=360, help="silence after which it answers")
    options.add_argument("--full", action="store_true", help="refuse every call")
    given = options.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.port, CannedCalls(given.answer_ms, 0 if given.full else 40)))
