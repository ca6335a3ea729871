"""The observations behind a figure, taken from a run's calls: what a comparison tests on.

A figure that is a percentile, a share of yes and no, or a sum over a sum. Each observation bears the moment of the script that it stands
for (scenario, voice, repeat, which turn), so that the same moment of another run can be found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from antiphon.ear.figure_names import percentile_of, share_of
from antiphon.ear.results import Call, Event, Turn
from antiphon.ear.significance import Observations, Statistic

Kind = Literal["percentile", "share", "ratio"]
Seen = tuple[Hashable, float, float]
"""Where in the call, value, weight."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Observations of one figure.

    Attributes:
        about: what they are of; two figures of one `about` and `statistic` are one test.
    """

    kind: Kind
    about: str
    statistic: Statistic
    seen: Observations


def sample(figure: str, calls: Sequence[Call]) -> Sample | None:
    """The observations of a figure; None: it is not known what stands behind this name."""
    if (found := percentile_of(figure)) is not None:
        base, q = found
        values = _LATENCIES.get(base)
        return _sample("percentile", base, Statistic(q), values, calls) if values else None
    if (limit := share_of(figure)) is not None:
        return _sample("share", figure, Statistic(), lambda call: _within(call, limit), calls)
    if (kind := _false_interruption_of(figure)) is not None:
        return _sample("share", figure, Statistic(), lambda call: _false(call, kind), calls)
    if figure in _SHARES:
        about = _SAME.get(figure, figure)
        return _sample("share", about, Statistic(), _SHARES[figure], calls)
    if figure in _RATIOS:
        return _sample("ratio", figure, Statistic(), _RATIOS[figure], calls)
    return None


def _sample(
    kind: Kind,
    about: str,
    statistic: Statistic,
    values: Callable[[Call], Iterable[Seen]],
    calls: Sequence[Call],
) -> Sample:
    seen: dict[Hashable, tuple[float, float]] = {}
    for call in calls:
        if call.error:  # what a broken call told is in no figure
            continue
        for where, value, weight in values(call):
            key: tuple[Hashable, ...] = (call.scenario, call.voice, call.repeat, where)
            while key in seen:  # the same words twice in a call
                key = (*key, "again")
            seen[key] = (value, weight)
    return Sample(kind, about, statistic, seen)


# Percentiles: one value a moment, weight 1.


def _turns(
    value: Callable[[Turn], float | None], *, awaited: bool = True
) -> Callable[[Call], Iterator[Seen]]:
    """Of turns; `awaited`: only of those that want an answer."""

    def values(call: Call) -> Iterator[Seen]:
        for turn in call.turns:
            if (turn.wants_answer or not awaited) and (found := value(turn)) is not None:
                yield turn.label, found, 1.0

    return values


def _drain(event: Event) -> float | None:
    if event.time_to_yield_ms is None or event.detect_ms is None:
        return None
    return event.time_to_yield_ms - event.detect_ms


def _claim(turn: Turn) -> float | None:
    """The server's own latency, of turns that were heard to be answered."""
    claim = turn.details.get("e2e_latency_ms")
    if not isinstance(claim, int | float) or turn.heard_e2e_latency_ms is None:
        return None
    return float(claim)


def _claim_bias(turn: Turn) -> float | None:
    claim = _claim(turn)
    if claim is None or turn.heard_e2e_latency_ms is None:
        return None
    return claim - turn.heard_e2e_latency_ms


def _events(interruption: bool, value: Callable[[Event], float | None]) -> Callable[[Call], Iterator[Seen]]:
    def values(call: Call) -> Iterator[Seen]:
        for event in call.events:
            if event.counts and (event.kind == "interruption") == interruption:
                found = value(event)
                if found is not None:
                    yield (event.kind, event.label), found, 1.0

    return values


def _typed(shown: bool) -> Callable[[Call], Iterator[Seen]]:
    def values(call: Call) -> Iterator[Seen]:
        for typed in call.typed:
            found = typed.first_text_ms if shown else typed.first_audio_ms
            if found is not None:
                yield typed.label, found, 1.0

    return values


def _of_call(value: Callable[[Call], float | None]) -> Callable[[Call], Iterator[Seen]]:
    def values(call: Call) -> Iterator[Seen]:
        found = value(call)
        if found is not None:
            yield "", found, 1.0

    return values


_LATENCIES: dict[str, Callable[[Call], Iterator[Seen]]] = {
    "heard_e2e_latency": _turns(lambda turn: turn.heard_e2e_latency_ms),
    "endpointing_delay": _turns(lambda turn: turn.endpointing_delay_ms, awaited=False),
    "server_e2e_latency": _turns(_claim, awaited=False),
    "server_e2e_latency_bias": _turns(_claim_bias, awaited=False),
    "greeting_latency": _of_call(lambda call: call.greeting_latency_ms),
    "connect": _of_call(lambda call: call.connect_ms),
    "chat_text": _typed(shown=True),
    "chat_audio": _typed(shown=False),
    "time_to_yield": _events(True, lambda event: event.time_to_yield_ms),
    "time_to_yield_detect": _events(True, lambda event: event.detect_ms),
    "time_to_yield_drain": _events(True, _drain),
    "resume_latency": _events(False, lambda event: event.resume_latency_ms),
}


# Shares: 1 or 0 for each moment, weight 1.


def _within(call: Call, limit_ms: float) -> Iterator[Seen]:
    for turn in call.turns:
        if turn.wants_answer:
            latency = turn.heard_e2e_latency_ms
            yield turn.label, float(latency is not None and latency <= limit_ms), 1.0


def _pauses(call: Call) -> Iterator[Seen]:
    for turn in call.turns:
        for index in range(len(turn.pauses)):
            yield (turn.label, index), float(index < turn.cutoffs), 1.0


def _cut_off(call: Call) -> Iterator[Seen]:
    for turn in call.turns:
        yield turn.label, float(turn.cut_off), 1.0


def _unanswered(call: Call) -> Iterator[Seen]:
    return _turns(lambda turn: float(turn.heard_e2e_latency_ms is None))(call)


def _false_interruption_of(figure: str) -> str | None:
    """The kind of event that a figure such as "false_interruption_backchannel_rate" is of."""
    found = re.fullmatch(r"false_interruption_(\w+)_rate", figure)
    return found[1] if found else None


def _false(call: Call, kind: str) -> Iterator[Seen]:
    for event in call.events:
        if event.counts and event.kind == kind:
            yield event.label, float(bool(event.false_interruption)), 1.0


def _resumed(event: Event) -> float | None:
    return float(event.resume_latency_ms is not None) if event.false_interruption else None


def _succeeded(call: Call) -> Iterator[Seen]:
    if call.expectations:
        yield "", float(all(each.met for each in call.expectations)), 1.0


_SHARES: dict[str, Callable[[Call], Iterable[Seen]]] = {
    "eot_misprediction_rate": _pauses,
    "eot_misprediction_count": _pauses,
    "turns_cut_off_rate": _cut_off,
    "turns_cut_off_count": _cut_off,
    "unanswered_turn_rate": _unanswered,
    "unanswered_turn_count": _unanswered,
    "yield_rate": _events(True, lambda event: float(event.time_to_yield_ms is not None)),
    "false_interruption_rate": _events(False, lambda event: float(bool(event.false_interruption))),
    "false_interruption_count": _events(False, lambda event: float(bool(event.false_interruption))),
    "resume_rate": _events(False, _resumed),
    "task_success_rate": _succeeded,
}

_SAME = {name: name.replace("_count", "_rate") for name in _SHARES if name.endswith("_count")}
"""A count and its rate are one question."""


# Sums over sums, call by call.


def _ratio(
    above: Callable[[Call], float | None], below: Callable[[Call], float]
) -> Callable[[Call], Iterator[Seen]]:
    def values(call: Call) -> Iterator[Seen]:
        found = above(call)
        if found is not None:
            yield "", found, below(call)

    return values


def _gap_ms(call: Call) -> float:
    return sum(gap.duration_ms for gap in call.gaps)


def _minutes(call: Call) -> float:
    return call.duration_ms / 60_000


def _unheard(call: Call) -> float | None:
    known = [event.unheard_words for event in call.events if event.unheard_words is not None]
    return float(sum(known)) if known else None


def _one(_: Call) -> float:
    return 1.0


_RATIOS: dict[str, Callable[[Call], Iterator[Seen]]] = {
    "overlap_rate": _ratio(lambda call: call.overlap_ms, lambda call: call.speech_ms),
    "overlap_speech_ms": _ratio(lambda call: call.overlap_ms, _one),
    "overlap_agent_ms": _ratio(lambda call: call.overlap_agent_ms, _one),
    "audio_gap_count": _ratio(lambda call: float(len(call.gaps)), _one),
    "audio_gap_per_minute_count": _ratio(lambda call: float(len(call.gaps)), _minutes),
    "clipped_onset_count": _ratio(lambda call: float(len(call.clipped_ms)), _one),
    "audio_gap_ms": _ratio(_gap_ms, _one),
    "unheard_words_count": _ratio(_unheard, _one),
    "word_error_rate": _ratio(
        lambda call: None if call.word_errors is None else float(call.word_errors),
        lambda call: float(call.words),
    ),
}
