"""What the caller heard, as figures: the definitions of docs/PERFORMANCE_GUIDE.md, computed from the audio.

Everything stands on one timeline, in milliseconds from the call's start: the caller's turns with their exact
edges (u_s, u_e), and the spans in which the agent was heard, A(t). Latencies are signed and never clamped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.ear.signal import Pcm16, Span, merge

UNANSWERED_AFTER_MS = 5000.0
"""No onset so long after u_e: the turn was missed."""

HELD_PAUSE_MS = 200.0
"""The shortest silence inside a turn that counts as a pause that the caller holds."""

LEFT_TO_SAY_MS = 2000.0
"""An interruption counts for the stop only where the agent had so much left to say."""

YIELD_WITHIN_MS = 2000.0
"""An interruption after which the agent was not silent within this time was not obeyed."""

GAP_MS = 20.0
"""The shortest dead silence inside an utterance that counts as a gap: one frame."""


GAP_STEP = 100
"""A sample this large beside dead silence was cut off: a voice's pauses fade to less (-50 dBFS)."""


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """A turn that the caller spoke.

    Attributes:
        start_ms: u_s, its first voiced sample.
        end_ms: u_e, the end of its last voiced sample.
        text: the script's words; "" for noise.
        pauses: silences of HELD_PAUSE_MS or more inside it, on the same timeline.
    """

    start_ms: float
    end_ms: float
    text: str = ""
    pauses: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """A turn with what the caller heard after it.

    Attributes:
        latency_ms: the answer's first onset minus u_e, signed; None: unanswered.
        onset_ms: that onset on the call's timeline.
        cutoffs: how many of the turn's held pauses the agent took for its end (by sound or by commit).
        cut_off: whether the agent began, or committed, inside the turn.
    """

    turn: CallerTurn
    latency_ms: float | None
    onset_ms: float | None
    cutoffs: int
    cut_off: bool


def held_pauses(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The pauses that a caller holds inside a turn, from the turn's unmerged activity."""
    joined = merge(spans, HELD_PAUSE_MS - 1e-6)
    return tuple(Span(a.end_ms, b.start_ms) for a, b in zip(joined, joined[1:], strict=False))


def heard_turns(
    turns: Sequence[CallerTurn], agent: Sequence[Span], commits_ms: Sequence[float] = ()
) -> list[HeardTurn]:
    """What was heard after each turn.

    Args:
        turns: the caller's turns in order.
        agent: A(t), merged, in order.
        commits_ms: when the server ended turns, if it told: a commit inside a held pause is a cutoff even
            if the agent was quick enough to stay silent.
    """
    heard: list[HeardTurn] = []
    for index, turn in enumerate(turns):
        until = turns[index + 1].start_ms if index + 1 < len(turns) else float("inf")
        until = min(until, turn.end_ms + UNANSWERED_AFTER_MS)
        onsets = [span.start_ms for span in agent if turn.start_ms < span.start_ms <= until]
        early = [at for at in onsets if at < turn.end_ms]
        early += [at for at in commits_ms if turn.start_ms < at < turn.end_ms]
        taken = {_pause_before(turn, at) for at in early} - {None}
        onset = onsets[0] if onsets else None
        heard.append(
            HeardTurn(
                turn=turn,
                latency_ms=None if onset is None else onset - turn.end_ms,
                onset_ms=onset,
                cutoffs=len(taken),
                cut_off=bool(early),
            )
        )
    return heard


def _pause_before(turn: CallerTurn, at_ms: float) -> Span | None:
    """The latest held pause that had begun by then: the one that was taken for the end."""
    return next((pause for pause in reversed(turn.pauses) if pause.start_ms <= at_ms), None)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


MIN_TURNS = {50: 1, 90: 1, 95: 200, 99: 1000}
"""How many turns a percentile needs to mean something."""


def percentile(values: Sequence[float], q: int, *, seed: int = 1, rounds: int = 2000) -> Estimate | None:
    """A percentile with its interval; None if there are too few values for it (MIN_TURNS)."""
    if len(values) < MIN_TURNS.get(q, 1):
        return None
    return _bootstrap(values, lambda rows: np.percentile(rows, q, axis=-1), seed, rounds)


def rate(hits: Sequence[bool]) -> Estimate | None:
    """A rate (0…1) with Wilson's score interval, which is honest about "none of five"; None of nothing."""
    count = len(hits)
    if not count:
        return None
    found, z = sum(hits) / count, 1.959964
    middle = (found + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(found * (1 - found) / count + z * z / (4 * count * count)))
    return Estimate(found, max(0.0, middle - half), min(1.0, middle + half))


def share(values: Sequence[float | None], at_most_ms: float) -> Estimate:
    """The share (0…1) of turns answered within a latency; an unanswered turn (None) is not."""
    return rate([value is not None and value <= at_most_ms for value in values]) or Estimate(0.0, 0.0, 0.0)


def _bootstrap(values: Sequence[float], statistic: object, seed: int, rounds: int) -> Estimate | None:
    assert callable(statistic)
    if not values:
        return None
    data: NDArray[np.float64] = np.asarray(values, np.float64)
    picks = np.random.default_rng(seed).integers(0, len(data), (rounds, len(data)))
    low, high = np.percentile(statistic(data[picks]), (2.5, 97.5))
    return Estimate(float(statistic(data)), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Yielded:
    """How the agent gave way to an interruption.

    Attributes:
        time_to_yield_ms: end of the agent's audio minus the interruption's first voiced sample; None: it did
            not stop within YIELD_WITHIN_MS.
    """

    time_to_yield_ms: float | None


def time_to_yield(
    interruption_ms: float, agent: Sequence[Span], *, left_ms: float | None = None
) -> Yielded | None:
    """How long the agent was heard after an interruption began.

    Args:
        interruption_ms: the first voiced sample of the interruption.
        agent: A(t), merged.
        left_ms: how much the agent still had to say, where known.

    Returns:
        None where it does not count: the agent was silent then, or had less than LEFT_TO_SAY_MS left.
    """
    speaking = next((s for s in agent if s.start_ms <= interruption_ms < s.end_ms), None)
    if speaking is None or (left_ms is not None and left_ms < LEFT_TO_SAY_MS):
        return None
    took = speaking.end_ms - interruption_ms
    return Yielded(took if took <= YIELD_WITHIN_MS else None)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a sound that was no turn did to the agent's speech.

    Attributes:
        interrupted: within 1 s the agent fell silent for 400 ms or more.
        resume_latency_ms: from that silence's start until the agent went on; None: not within 2 s, or not
            interrupted.
    """

    interrupted: bool
    resume_latency_ms: float | None


def false_interruption(event_ms: float, agent: Sequence[Span]) -> Resumed | None:
    """What a cough, a noise or a backchannel at `event_ms` did; None if the agent was silent then."""
    index = next((i for i, s in enumerate(agent) if s.start_ms <= event_ms < s.end_ms), None)
    if index is None:
        return None
    stopped = agent[index].end_ms
    after = agent[index + 1].start_ms if index + 1 < len(agent) else float("inf")
    if stopped > event_ms + 1000 or after - stopped < 400:
        return Resumed(False, None)
    return Resumed(True, after - stopped if after - stopped <= 2000 else None)


def audio_gaps(pcm: Pcm16, rate_hz: int, agent: Sequence[Span]) -> list[Span]:
    """Dead silence inside utterances that is not in their source: zero samples, GAP_MS or more, that break off a sound.

    A voice's own pauses, and those that an agent makes between its clauses, begin and end softly; a frame that came late
    or never leaves a step. (By chance a step may be small on both sides: about one gap in a hundred is missed.)
    """
    need = int(rate_hz * GAP_MS / 1000)
    gaps: list[Span] = []
    for span in agent:
        low, high = (round(at * rate_hz / 1000) for at in (span.start_ms, span.end_ms))
        zero = np.concatenate(([False], pcm[low:high] == 0, [False]))
        edges = (
            np.flatnonzero(zero[1:] != zero[:-1]) + low
        ).tolist()  # no numbers of numpy's in a run's JSON
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            beside = np.abs(
                np.concatenate((pcm[max(0, begin - 1) : begin], pcm[end : end + 1])).astype(np.int32)
            )
            if end - begin >= need and len(beside) and beside.max() >= GAP_STEP:
                gaps.append(Span(begin * 1000 / rate_hz, end * 1000 / rate_hz))
    return gaps


CLIP_STEP = 200
"""An utterance whose first samples are this large lost its beginning: a voice's first ones are far softer (-44 dBFS)."""

CLIP_SAMPLES = 3


def clipped_onsets(pcm: Pcm16, rate_hz: int, agent: Sequence[Span]) -> list[float]:
    """Where an utterance begins in the middle of a sound (ms): dead silence of a frame before it, and no soft start.

    A lossy codec on the line hides it: it makes every start soft.
    """
    found: list[float] = []
    before = int(rate_hz * GAP_MS / 1000)
    for span in agent:
        near = round(span.start_ms * rate_hz / 1000)
        low = max(0, near - before)
        sound = np.flatnonzero(pcm[low : near + before])
        if not len(sound):
            continue
        first = low + int(sound[0])
        if pcm[max(0, first - before) : first].any():
            continue
        if np.abs(pcm[first : first + CLIP_SAMPLES].astype(np.int32)).max() >= CLIP_STEP:
            found.append(span.start_ms)
    return found


def overlap_ms(caller: Sequence[CallerTurn], agent: Sequence[Span]) -> float:
    """How long both spoke at once."""
    return sum(
        max(0.0, min(turn.end_ms, span.end_ms) - max(turn.start_ms, span.start_ms))
        for turn in caller
        for span in agent
    )
