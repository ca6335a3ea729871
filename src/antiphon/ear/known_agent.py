"""An agent whose every delay is known to the sample: what the instrument is proved against, and, with a fault, what it must catch.

It greets, answers each turn with a tone, and stops when it is interrupted. It runs in the call's own time: no clock, no network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from antiphon.ear.line import FRAME_SAMPLES, LINE_HZ, Line, OnMessage
from antiphon.ear.signal import Pcm16

LOUD = 300
"""A sample this large is sound: what callers send here is clean."""

MERGE_MS = 90.0
"""Shorter silences are part of a sound: the zero crossings and the closures of speech."""

TONE_HZ = 310.0
FADE_MS = 4.0
"""A voice begins and ends softly; what is cut off does not."""


def samples(ms: float) -> int:
    """Milliseconds as samples of the line."""
    return round(ms * LINE_HZ / 1000)


def tone(length_ms: float, dbfs: float = -18.0) -> Pcm16:
    """A tone with soft ends."""
    t = np.arange(samples(length_ms)) / LINE_HZ
    wave = np.sqrt(2) * 10 ** (dbfs / 20) * 32767 * np.sin(2 * np.pi * TONE_HZ * t)
    fade = np.minimum(1.0, np.minimum(t, t[::-1]) / (FADE_MS / 1000)) if len(t) else t
    return np.asarray(wave * fade, np.int16)


@dataclass(slots=True)
class KnownAgent:
    """The agent. Times are to the sample; each fault is one attribute.

    Attributes:
        delay_ms: u_e → the answer's first sample; at least `patience_ms` and a frame, or it comes later.
        patience_ms: the silence that ends a turn.
        answer_ms, greeting_ms: how long it speaks.
        stop_ms: first voiced sample of an interruption → its own last sample; None: it never yields.
        notices_ms: sounds shorter than this do not interrupt it (coughs, "uh-huh").
        deaf: it answers nothing.
        gap: dead silence inside each answer: where it begins (ms), and how long.
        clip_ms: so much of the start of each utterance is missing.
        claims_ms: the latency that its own dashboard shows, whatever is true; None: it tells nothing.
    """

    delay_ms: float = 400.0
    patience_ms: float = 300.0
    answer_ms: float = 4000.0
    greeting_ms: float = 800.0
    stop_ms: float | None = 150.0
    notices_ms: float = 600.0
    deaf: bool = False
    gap: tuple[float, float] | None = None
    clip_ms: float = 0.0
    claims_ms: float | None = None
    answers: int = 0
    _tell: OnMessage | None = None
    _now: int = 0
    _play: Pcm16 = field(default_factory=lambda: np.zeros(0, np.int16))
    _play_at: int = 0
    _first: int = -1
    _last: int = -1

    async def open(self, on_message: OnMessage) -> Line:
        """Opens a call: the greeting begins one frame later."""
        self._tell = on_message
        self._say(self.greeting_ms, FRAME_SAMPLES)
        return self

    def hear(self, pcm: Pcm16) -> None:
        """The caller's next frame: it was spoken in the 20 ms before now."""
        loud = np.flatnonzero(np.abs(pcm) >= LOUD)
        began = self._now - FRAME_SAMPLES
        if len(loud):
            if self._first < 0:
                self._first = began + int(loud[0])
            self._last = began + int(loud[-1]) + 1
        if self._first >= 0:
            self._judge()

    def _judge(self) -> None:
        length = self._last - self._first
        silent = self._now - self._last
        speaking = self._play_at <= self._now < self._play_at + len(self._play)
        noticed = length >= samples(self.notices_ms)
        if speaking and noticed and self.stop_ms is not None:
            self._stop(max(self._now, self._first + samples(self.stop_ms)))
        if silent < samples(MERGE_MS if speaking and not noticed else self.patience_ms):
            return
        last, self._first = self._last, -1
        if speaking and not noticed:
            return  # a sound that is no turn
        if not self.deaf:
            self._answer(max(self._now, last + samples(self.delay_ms)))

    def _stop(self, at: int) -> None:
        end = max(0, at - self._play_at)
        if end < len(self._play):
            self._play = self._play[:end]

    def _answer(self, at: int) -> None:
        if self.stop_ms is None and self._play_at + len(self._play) > at:
            return  # it speaks on
        self.answers += 1
        self._say(self.answer_ms, at)
        if self.claims_ms is not None:
            self._claim(at)

    def _say(self, length_ms: float, at: int) -> None:
        pcm = tone(length_ms)
        if self.gap is not None and length_ms == self.answer_ms:
            start, length = (samples(ms) for ms in self.gap)
            pcm = np.concatenate((pcm[:start], np.zeros(length, np.int16), pcm[start:]))
        pcm = pcm[samples(self.clip_ms) :]
        self._play, self._play_at = pcm, at

    def _claim(self, at: int) -> None:
        assert self._tell is not None
        assert self.claims_ms is not None
        self._tell(claim(self.answers, at * 1000 / LINE_HZ, self.claims_ms))

    def take(self, count: int) -> Pcm16:
        """What is heard from now on."""
        out = np.zeros(count, np.int16)
        low, high = max(self._play_at, self._now), min(self._play_at + len(self._play), self._now + count)
        if low < high:
            out[low - self._now : high - self._now] = self._play[low - self._play_at : high - self._play_at]
        self._now += count
        return out

    def type_text(self, text: str) -> None:
        """Answers what was typed as what was said."""
        if not self.deaf:
            self._answer(self._now + samples(self.delay_ms))

    async def hang_up(self) -> None:
        """Nothing to end."""


def claim(number: int, at_ms: float, e2e_ms: float) -> dict[str, Any]:
    """A dashboard's word on one answer: its first frame was played then, and it took so long."""
    return {
        "topic": "antiphon.turn",
        "segment_id": f"answer-{number}",
        "user_segment_id": "",
        "stamps": {"audio_played": at_ms},
        "details": {"e2e_latency_ms": e2e_ms},
    }
