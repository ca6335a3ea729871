"""The instrument proves itself, in virtual time, before anything is reported.

It calls an echo whose delay is known, and an agent whose answers, stops, gaps and cutoffs are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.known_agent import KnownAgent
from antiphon.ear.line import FRAME_MS, LINE_HZ, Line, OnMessage
from antiphon.ear.metrics import audio_gaps, time_to_yield
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError

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
        spread_ms: standard deviation of the errors.
        stop_bias_ms: mean of measured minus true time to yield.
        missed: what the known agent did and the instrument did not find, or found and the agent did not do.
    """

    turns: int
    bias_ms: float
    worst_ms: float
    spread_ms: float = 0.0
    stop_bias_ms: float = 0.0
    missed: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the instrument may be used."""
        return max(abs(self.bias_ms), abs(self.stop_bias_ms)) <= MAX_BIAS_MS and not self.missed

    def as_dict(self) -> dict[str, Any]:
        """For a report."""
        return {
            name: round(value, 2) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


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
    stops, missed = await _known()
    return Calibration(
        len(errors),
        float(np.mean(errors)),
        float(max(errors, key=abs)),
        float(np.std(errors)),
        float(np.mean(stops)),
        tuple(missed),
    )


KNOWN_STOPS_MS = (60.0, 143.0, 310.0)
KNOWN_GAP_MS = (700.0, 60.0)
KNOWN_PAUSE_MS = 600.0
"""Longer than the known agent's patience: it takes the pause for the end, and answers inside it."""


async def _known() -> tuple[list[float], list[str]]:
    """Errors of the time to yield, and what was not found, over calls to a known agent."""
    errors: list[float] = []
    missed: list[str] = []
    for stop_ms in KNOWN_STOPS_MS:
        agent = KnownAgent(stop_ms=stop_ms, notices_ms=0, delay_ms=370, patience_ms=300, gap=KNOWN_GAP_MS)
        time = VirtualTime()
        async with Caller(agent.open, clock=time.clock, sleep=time.sleep) as caller:
            await caller.until_speaking()
            await caller.until_quiet()
            whole = await caller.say(tone(800))
            await caller.until_speaking(2000)
            interruption = await caller.say(tone(700))
            await caller.until_answered(interruption)
            await caller.say(_with_pause(KNOWN_PAUSE_MS))
            await caller.until_quiet()
        spans = caller.agent_spans()
        yielded = time_to_yield(interruption.start_ms, spans)
        if yielded is None or yielded.time_to_yield_ms is None:
            missed.append(f"a stop after {stop_ms:g} ms")
        else:
            errors.append(yielded.time_to_yield_ms - stop_ms)
        gaps = audio_gaps(caller.received(), LINE_HZ, spans)
        lengths = [gap.duration_ms for gap in gaps]
        if not lengths or max(abs(length - KNOWN_GAP_MS[1]) for length in lengths) > 1:
            missed.append(f"gaps of {KNOWN_GAP_MS[1]:g} ms; found {lengths}")
        heard = caller.heard()
        if [turn.cutoffs for turn in heard] != [0, 0, 1] or heard[0].turn != whole:
            missed.append(f"one cutoff in the third turn; found {[turn.cutoffs for turn in heard]}")
    return errors or [float("inf")], missed


def _with_pause(pause_ms: float) -> Utterance:
    first, second = tone(700), tone(900)
    assert first.edges is not None
    assert second.edges is not None
    silence = np.zeros(round(pause_ms * LINE_HZ / 1000), np.int16)
    one, two = (u.pcm[u.edges[0] : u.edges[1]] for u in (first, second) if u.edges)
    pcm = np.concatenate((one, silence, two))
    return Utterance(pcm, "a turn with a pause", (0, len(pcm)))


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


class Untrue(LineError):
    """The instrument is off: nothing it says may be used."""

    code = "instrument"
    exit_code = 1


async def proved() -> Calibration:
    """The instrument's proof.

    Raises:
        Untrue: it is off.
    """
    found = await calibrate()
    if not found.good:
        raise Untrue(
            f"The instrument is off by {found.bias_ms:+.1f} ms ({'; '.join(found.missed) or 'bias'}); nothing was measured.",
            mend="This is a mistake in Antiphon.",
        )
    return found
