"""Small agents to try the ear on: deterministic, in the call's own time, made of tones instead of words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from antiphon.ear.line import FRAME_MS, LINE_HZ, Line, OnMessage
from antiphon.ear.signal import Pcm16


def tone(length_ms: float, hz: float = 330) -> Pcm16:
    t = np.arange(round(length_ms * LINE_HZ / 1000)) / LINE_HZ
    return np.asarray(6000 * np.sin(2 * np.pi * hz * t), np.int16)


def quiet(length_ms: float) -> Pcm16:
    return np.zeros(round(length_ms * LINE_HZ / 1000), np.int16)


@dataclass(slots=True)
class ToneAgent:
    """Greets with a tone, and answers every turn with one, `silence_ms` after the caller fell silent.

    Attributes:
        silence_ms: patience; shorter than a caller's pause, and the agent cuts in.
        deaf: answers nothing after the greeting.
        yields: stops when the caller speaks.
        ends_after: says that the call is over after so many answers.
        messages: sent with the n-th answer (0: the greeting).
    """

    silence_ms: float = 400.0
    greeting_ms: float = 600.0
    answer_ms: float = 1000.0
    deaf: bool = False
    yields: bool = True
    ends_after: int = 10**6
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    hung_up: int = 0
    answers: int = 0
    _tell: OnMessage | None = None
    _out: Pcm16 = field(default_factory=lambda: quiet(0))
    _silent_ms: float = 0.0
    _heard: bool = False

    async def open(self, on_message: OnMessage) -> Line:
        self._tell = on_message
        self._answer(self.greeting_ms)
        return self

    def hear(self, pcm: Pcm16) -> None:
        if np.abs(pcm).max() > 500:
            self._heard, self._silent_ms = True, 0.0
            if self.yields:
                self._out = quiet(0)
            return
        self._silent_ms += FRAME_MS
        if self._heard and self._silent_ms >= self.silence_ms and not self.deaf:
            self._heard = False
            self.answers += 1
            self._answer(self.answer_ms)

    def _answer(self, length_ms: float) -> None:
        assert self._tell is not None
        self._tell({"topic": "lk.agent.state", "state": "speaking"})
        for message in self.messages.get(self.answers, []):
            self._tell(message)
        self._out = tone(length_ms)
        if self.answers >= self.ends_after:
            self._tell({"topic": "antiphon.ended", "reason": "agent"})

    def take(self, samples: int) -> Pcm16:
        out, self._out = self._out[:samples], self._out[samples:]
        if not len(self._out):
            assert self._tell is not None
            self._tell({"topic": "lk.agent.state", "state": "listening"})
        return np.concatenate((out, np.zeros(samples - len(out), np.int16)))

    def type_text(self, text: str) -> None:
        self.typed.append(text)

    async def hang_up(self) -> None:
        self.hung_up += 1
