"""Figures over calls: every metric of docs/BENCH.md from scored calls, with intervals and how many observations stand behind each."""

from __future__ import annotations

from collections.abc import Sequence

from antiphon.ear.metrics import MIN_TURNS, percentile, rate
from antiphon.ear.results import Call, Event, Figure, Figures, Turn

SHARES_MS = (300, 500, 800, 1500)

TOLD = frozenset(
    {"unheard_words_count", "word_error_rate", "endpointing_delay_p50_ms", "endpointing_delay_p90_ms"}
)
"""Figures that need the line's own word: a line that tells nothing keeps their bounds, with a note."""


def figures(calls: Sequence[Call]) -> Figures:
    """All figures that the calls give; one that has no observation is left out."""
    calls = [call for call in calls if not call.error]
    turns = [turn for call in calls for turn in call.turns]
    events = [event for call in calls for event in call.events if event.counts]
    found: Figures = {}
    found |= _latencies([turn for turn in turns if turn.wants_answer])
    found |= _percentiles("greeting_latency", [c.greeting_latency_ms for c in calls], (50, 90))
    found |= _percentiles("chat_text", [typed.first_text_ms for c in calls for typed in c.typed], (50, 90))
    found |= _percentiles("chat_audio", [typed.first_audio_ms for c in calls for typed in c.typed], (50, 90))
    found |= _endpointing(turns)
    found |= _claims(turns)
    found |= _barge_in([event for event in events if event.kind == "interruption"])
    found |= _false_interruptions([event for event in events if event.kind != "interruption"])
    found |= _floor(calls)
    found |= _outcome(calls)
    return found


def _rate(name: str, hits: Sequence[bool]) -> Figures:
    if not hits:
        return {}
    return {name: Figure.of(rate(hits), len(hits))}


def _percentiles(name: str, values: Sequence[float | None], which: Sequence[int]) -> Figures:
    known = [value for value in values if value is not None]
    if not known:
        return {}
    return {f"{name}_p{q}_ms": Figure.of(percentile(known, q), len(known)) for q in which}


def _latencies(turns: Sequence[Turn]) -> Figures:
    if not turns:
        return {}
    latencies = [turn.heard_e2e_latency_ms for turn in turns]
    known = [value for value in latencies if value is not None]
    found: Figures = {}
    for q, needed in MIN_TURNS.items():
        note = "" if len(known) >= needed else f"a p{q} needs {needed} turns; there are {len(known)}"
        found[f"heard_e2e_latency_p{q}_ms"] = Figure.of(percentile(known, q), len(known), note)
    for ms in SHARES_MS:
        found |= _rate(f"share_at_most_{ms}_rate", [value is not None and value <= ms for value in latencies])
    found["unanswered_turn_count"] = Figure(value=float(len(latencies) - len(known)), count=len(latencies))
    return found


def _endpointing(turns: Sequence[Turn]) -> Figures:
    pauses = [taken for turn in turns for taken in _taken(turn)]
    return (
        _percentiles("endpointing_delay", [turn.endpointing_delay_ms for turn in turns], (50, 90))
        | _rate("eot_misprediction_rate", pauses)
        | ({"eot_misprediction_count": Figure(value=float(sum(pauses)), count=len(pauses))} if pauses else {})
        | _rate("turns_cut_off_rate", [turn.cut_off for turn in turns])
    )


def _claims(turns: Sequence[Turn]) -> Figures:
    """What the agent's own dashboard says of its latency, and how far that is from what was heard (its claim minus the truth)."""
    claims = [(turn.details.get("e2e_latency_ms"), turn.heard_e2e_latency_ms) for turn in turns]
    told = [(float(claim), heard) for claim, heard in claims if claim is not None and heard is not None]
    return _percentiles("server_e2e_latency", [claim for claim, _ in told], (50, 90)) | _percentiles(
        "server_e2e_latency_bias", [claim - heard for claim, heard in told], (50,)
    )


def _taken(turn: Turn) -> list[bool]:
    return [index < turn.cutoffs for index in range(len(turn.pauses))]


def _barge_in(interruptions: Sequence[Event]) -> Figures:
    if not interruptions:
        return {}
    took = [event.time_to_yield_ms for event in interruptions]
    unheard = [event.unheard_words for event in interruptions if event.unheard_words is not None]
    found = _rate("yield_rate", [value is not None for value in took])
    found |= _percentiles("time_to_yield", took, (50, 90, 95))
    found |= _percentiles("time_to_yield_detect", [event.detect_ms for event in interruptions], (50,))
    drained = [
        event.time_to_yield_ms - event.detect_ms
        for event in interruptions
        if event.time_to_yield_ms is not None and event.detect_ms is not None
    ]
    found |= _percentiles("time_to_yield_drain", drained, (50,))
    if unheard:
        found["unheard_words_count"] = Figure(value=float(sum(unheard)), count=len(unheard))
    return found


def _false_interruptions(events: Sequence[Event]) -> Figures:
    found: Figures = {}
    for kind in dict.fromkeys(event.kind for event in events):
        hits = [bool(event.false_interruption) for event in events if event.kind == kind]
        found |= _rate(f"false_interruption_{kind}_rate", hits)
    found |= _rate("false_interruption_rate", [bool(event.false_interruption) for event in events])
    stopped = [event for event in events if event.false_interruption]
    found |= _rate("resume_rate", [event.resume_latency_ms is not None for event in stopped])
    return found | _percentiles("resume_latency", [event.resume_latency_ms for event in stopped], (50,))


def _floor(calls: Sequence[Call]) -> Figures:
    if not calls:
        return {}
    minutes = sum(call.duration_ms for call in calls) / 60_000
    gaps = [gap for call in calls for gap in call.gaps]
    speech = sum(call.speech_ms for call in calls)
    found: Figures = {
        "audio_gap_count": Figure(value=float(len(gaps)), count=len(calls)),
        "audio_gap_ms": Figure(value=sum(gap.duration_ms for gap in gaps), count=len(calls)),
        "clipped_onset_count": Figure(
            value=float(sum(len(call.clipped_ms) for call in calls)), count=len(calls)
        ),
        "overlap_speech_ms": Figure(value=sum(call.overlap_ms for call in calls), count=len(calls)),
        "overlap_agent_ms": Figure(value=sum(call.overlap_agent_ms for call in calls), count=len(calls)),
    }
    if minutes:
        found["audio_gap_per_minute_count"] = Figure(value=len(gaps) / minutes, count=len(calls))
    if speech:
        found["overlap_rate"] = Figure(
            value=sum(call.overlap_ms for call in calls) / speech, count=len(calls)
        )
    return found


def _outcome(calls: Sequence[Call]) -> Figures:
    judged = [all(expected.met for expected in call.expectations) for call in calls if call.expectations]
    found = _rate("task_success_rate", judged)
    told = [call for call in calls if call.word_errors is not None and call.words]
    if told:
        errors = sum(call.word_errors or 0 for call in told)
        words = sum(call.words for call in told)
        found["word_error_rate"] = Figure(value=errors / words, count=words)
    return found
