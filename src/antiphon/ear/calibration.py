"""The instrument proves itself: calls to an echo whose delay is known, in virtual time, before anything is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import FRAME_MS, LINE_HZ, Line, OnMessage
from antiphon.ear.signal import Pcm16

MAX_BIAS_MS = 5.0
"""An instrument that is further off must not be used."""


@dataclass(slots=True)
class VirtualTime:
    """A clock that sleeping moves: a call of minutes takes moments, and always the same."""

    now: float = 0.0

    def clock(self) -> float:
        """Milliseconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Moves the clock, and lets others run."""
        self.now += seconds * 1000
        await asyncio.sleep(0)


class EchoLine:
    """An agent that says what it heard, `delay_ms` later, to the sample.

    A frame is complete when its last sample was spoken, and heard from then on: so the shortest echo is FRAME_MS late,
    and the true delay is FRAME_MS + delay_ms.
    """

    def __init__(self, delay_ms: float) -> None:
        self._pcm = np.zeros(round(delay_ms * LINE_HZ / 1000), np.int16)

    @staticmethod
    def true_delay_ms(delay_ms: float) -> float:
        """From a sample that was spoken to the same sample heard."""
        return delay_ms + FRAME_MS

    def hear(self, pcm: Pcm16) -> None:
        """Takes a frame."""
        self._pcm = np.concatenate((self._pcm, pcm))

    def take(self, samples: int) -> Pcm16:
        """Gives a frame."""
        out, self._pcm = self._pcm[:samples], self._pcm[samples:]
        return out

    def type_text(self, text: str) -> None:
        """An echo doesn't read."""

    async def hang_up(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the instrument is off.

    Attributes:
        turns: how many were measured.
        bias_ms: mean of measured minus true latency.
        worst_ms: the largest single error.
    """

    turns: int
    bias_ms: float
    worst_ms: float

    @property
    def good(self) -> bool:
        """Whether the instrument may be used."""
        return abs(self.bias_ms) <= MAX_BIAS_MS

    def as_dict(self) -> dict[str, float]:
        """For a report."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def tone(length_ms: float, dbfs: float = -20.0) -> Utterance:
    """A tone burst between silences that are no whole hops: its edges are known by construction."""
    before, count = 37 + round(0.3 * LINE_HZ), round(length_ms * LINE_HZ / 1000)
    wave = np.sin(2 * np.pi * 220 * np.arange(count) / LINE_HZ) * np.sqrt(2) * 10 ** (dbfs / 20) * 32767
    pcm = np.concatenate((np.zeros(before), wave, np.zeros(before))).astype(np.int16)
    return Utterance(pcm, f"tone {length_ms:g} ms {dbfs:g} dBFS", (before, before + count))


async def calibrate(utterances: Sequence[Utterance] = (), *, delays_ms: Sequence[float] = ()) -> Calibration:
    """Measures echoes of utterances (tones, if none are given) with every delay, in virtual time.

    A delay is counted from the end of a turn: the echo of a turn of length L comes L + delay after its start.
    """
    utterances = utterances or [tone(length, dbfs) for length in (120, 433.3, 1000) for dbfs in (-12, -30)]
    lengths = [turn.end_ms - turn.start_ms for turn in (utterance.turn(0) for utterance in utterances)]
    errors = [
        await _one_error(utterance, length_ms + delay_ms)
        for utterance, length_ms in zip(utterances, lengths, strict=True)
        for delay_ms in delays_ms or (7.0, 250.0, 431.7)
    ]
    return Calibration(len(errors), float(np.mean(errors)), float(max(errors, key=abs)))


async def _one_error(utterance: Utterance, echo_ms: float) -> float:
    time = VirtualTime()

    async def opener(_: OnMessage) -> Line:
        return EchoLine(echo_ms)

    async with Caller(opener, clock=time.clock, sleep=time.sleep) as caller:
        turn = await caller.say(utterance)
        await caller.until(lambda: False, timeout_ms=echo_ms + 1000)
        (heard,) = caller.heard()
    if heard.latency_ms is None:
        return float("inf")
    return heard.latency_ms - (turn.start_ms + EchoLine.true_delay_ms(echo_ms) - turn.end_ms)
