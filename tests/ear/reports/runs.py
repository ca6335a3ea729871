"""Runs for the reports' tests: made up, but with real audio where a call is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.audio.frames import LINE_HZ
from antiphon.ear.audio_file import write_stereo
from antiphon.ear.log import ToolCall, Words
from antiphon.ear.results import (
    Bound,
    Call,
    Event,
    Expectation,
    Figure,
    Load,
    LoadStep,
    ProcessCost,
    Run,
    ScenarioResult,
    Turn,
    Typed,
)
from antiphon.ear.signal import Span

EVIL = """</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'"]]>&\x1b[31m"""
"""What an agent could put into a transcript."""

INSTRUMENT = {
    "bias_ms": 0.41,
    "spread_ms": 0.92,
    "turns": 18,
    "activity_rule": {"hop_ms": 10, "open_dbfs": -42.0},
}
MACHINE = {"cpu": "Test 3000", "cores": 2, "python": "3.11"}


def tones(spans: list[tuple[float, float]], length_ms: float, hz: float) -> NDArray[np.int16]:
    """A track with a tone that swells and fades in each span."""
    track = np.zeros(round(length_ms * LINE_HZ / 1000))
    for start, end in spans:
        low, high = (round(at * LINE_HZ / 1000) for at in (start, min(end, length_ms)))
        at = np.arange(high - low) / LINE_HZ
        syllables = 0.35 + 0.65 * np.abs(np.sin(2 * np.pi * 2.3 * at + hz))
        track[low:high] = 9000 * syllables * np.sin(2 * np.pi * hz * at)
    return track.astype(np.int16)


def hops(rng: np.random.Generator, heard_ms: float) -> dict[str, float]:
    """A plausible waterfall that ends at what was heard."""
    shares = {
        "speech_ended": 0.02,
        "pause_seen": 0.2,
        "recognised": 0.45,
        "reply_begun": 0.47,
        "reply_ready": 0.6,
        "turn_over": 0.8,
        "audio_sent": 0.83,
        "audio_played": 0.95,
    }
    stamps = {name: round(share * heard_ms + float(rng.normal(0, 5)), 1) for name, share in shares.items()}
    return stamps | {"heard": heard_ms}


def latencies(rng: np.random.Generator, count: int, middle_ms: float) -> list[float]:
    """Latencies with a long right tail."""
    return [round(float(value), 1) for value in middle_ms * rng.lognormal(0, 0.3, count)]


def plain_call(
    number: int,
    heard_ms: list[float],
    *,
    rng: np.random.Generator,
    scenario: str = "plain",
    folder: Path | None = None,
) -> Call:
    """A call of some turns, each answered; recorded where there is a folder."""
    at, turns, agent, words = (
        1900.0,
        [],
        [Span(180, 1500)],
        [Words(180, "agent", "Good evening, how can I help?")],
    )
    caller = []
    for index, latency in enumerate(heard_ms):
        start, end = at, at + 1800
        caller.append((start, end))
        pauses = (Span(start + 700, start + 1300),) if index % 3 == 1 else ()
        onset = end + latency
        turns.append(
            Turn(
                label=f"Turn {index} of what a caller asks",
                start_ms=start,
                end_ms=end,
                pauses=pauses,
                heard_e2e_latency_ms=latency,
                onset_ms=onset,
                cutoffs=int(latency < 0),
                cut_off=latency < 0,
                endpointing_delay_ms=max(0.0, latency * 0.8),
                hops=hops(rng, latency),
                details={"cached": index % 2 == 0},
            )
        )
        agent.append(Span(onset, onset + 2400))
        words += [
            Words(start + 900, "caller", f"turn {index} of what a caller asks"),
            Words(onset, "agent", "We are open from Tuesday to Sunday, from noon until eleven."),
        ]
        at = onset + 3200
    name = f"{scenario}-{number:03}"
    call = Call(
        id=name,
        scenario=scenario,
        voice="woman" if number % 2 else "man",
        repeat=number // 2,
        began="2026-11-25T10:00:00Z",
        connect_ms=42.0,
        greeting_latency_ms=180.0 + number,
        duration_ms=at,
        turns=tuple(turns),
        agent=tuple(agent),
        speech_ms=4000.0 * len(turns),
        word_errors=number % 3,
        words=20,
        transcript=tuple(words),
        ended="hung_up",
        expectations=(Expectation(what="the agent's words hold /Tuesday/", met=True),),
        recording=f"calls/{name}.wav" if folder else "",
        recording_begins_ms=-20.0,
        ticks=round(at / 20),
    )
    if folder:
        spoken = [(a, b) for a, b in caller]
        record(folder, call, spoken, [(s.start_ms, s.end_ms) for s in agent])
    return call


def record(
    folder: Path, call: Call, caller: list[tuple[float, float]], agent: list[tuple[float, float]]
) -> None:
    """Writes a call's stereo recording: tones where they speak."""
    (folder / "calls").mkdir(parents=True, exist_ok=True)
    tracks = (
        tones([(a + 20, b + 20) for a, b in spans], call.duration_ms + 20, hz)
        for spans, hz in ((caller, 190.0), (agent, 130.0))
    )
    write_stereo(folder / call.recording, *tracks)


def eventful_call(folder: Path | None, label: str = "How do I get to you from the station?") -> Call:
    """A call in which everything happens, and much of it goes wrong."""
    agent = [(150.0, 1400.0), (3950.0, 6400.0), (8200.0, 9100.0), (9900.0, 12800.0), (15400.0, 17800.0)]
    call = Call(
        id="interruption-001",
        scenario="interruption",
        voice="woman",
        greeting_latency_ms=150.0,
        duration_ms=19_000.0,
        turns=(
            Turn(
                label=label,
                start_ms=1800,
                end_ms=3600,
                heard_e2e_latency_ms=350.0,
                onset_ms=3950.0,
                hops=hops(np.random.default_rng(5), 350.0),
                endpointing_delay_ms=280.0,
            ),
            Turn(
                label="A table for … four",
                start_ms=6900,
                end_ms=9300,
                pauses=(Span(7500, 8600),),
                heard_e2e_latency_ms=-1100.0,
                onset_ms=8200.0,
                cutoffs=1,
                cut_off=True,
            ),
            Turn(label="Hello?", start_ms=18_100, end_ms=18_500),
        ),
        events=(
            Event(
                kind="interruption",
                label="Stop, please.",
                at_ms=5950,
                end_ms=6700,
                counts=True,
                time_to_yield_ms=450.0,
                detect_ms=260.0,
                unheard_words=4,
            ),
            Event(
                kind="backchannel",
                label="uh-huh",
                at_ms=12_500,
                end_ms=12_900,
                counts=True,
                false_interruption=True,
                resume_latency_ms=None,
            ),
            Event(
                kind="sound",
                label="cough",
                at_ms=16_200,
                end_ms=16_600,
                counts=True,
                false_interruption=False,
            ),
            Event(
                kind="side_speech",
                label="He's here",
                at_ms=14_000,
                end_ms=14_600,
                counts=False,
                why_not="silent",
            ),
        ),
        typed=(Typed(label="Do you have parking?", at_ms=15_000, first_text_ms=120.0, first_audio_ms=400.0),),
        agent=tuple(Span(a, b) for a, b in agent),
        gaps=(Span(10_500, 10_620), Span(11_200, 11_260)),
        overlap_ms=1600,
        overlap_agent_ms=900,
        speech_ms=13_000,
        transcript=(
            Words(150, "agent", "Good evening, the Olive Branch.", final=True),
            Words(2500, "caller", label, final=True),
            Words(3950, "agent", "Take the number 4 bus", unheard="to the old market and walk", final=True),
            Words(8300, "agent", "For how many people?"),
            Words(9100, "caller", "a table for four"),
            Words(15_000, "caller", "Do you have parking?", typed=True),
            Words(15_400, "agent", EVIL),
        ),
        tools=(
            ToolCall(9400, "find_table", {"people": 4, "note": EVIL}, output="19:00, 20:30", took_ms=210.0),
            ToolCall(9700, "book", {"people": 4}, output="no such day", is_error=True, took_ms=40.0),
        ),
        problems=(
            {"at_ms": 13_000.0, "code": "stalled", "message": f"The voice stalled {EVIL}", "fatal": False},
        ),
        expectations=(
            Expectation(what="tool book was called without error", met=False, found="it failed"),
            Expectation(what=f"the agent's words hold /{EVIL}/", met=True),
        ),
        recording="calls/interruption-001.wav" if folder else "",
        recording_begins_ms=-20.0,
        late_ticks=2,
        ticks=950,
        worst_late_ms=14.2,
    )
    if folder:
        spoken = [(1800, 3600), (5950, 6700), (6900, 7500), (8600, 9300), (12_500, 12_900), (14_000, 14_600)]
        spoken += [(16_200, 16_600), (18_100, 18_500)]
        record(folder, call, [(float(a), float(b)) for a, b in spoken], agent)
    return call


def load() -> Load:
    """A ramp whose last step misses the rule."""
    steps = []
    for calls, p50, p90, cores in (
        (1, 240, 400, 0.1),
        (4, 245, 410, 0.35),
        (8, 250, 430, 0.7),
        (12, 270, 470, 1.2),
    ):
        steps.append(_step(calls, p50, p90, cores))
    steps.append(_step(16, 380, 900, 1.9, why_not="p90 900 ms > 480 ms"))
    return Load(
        name="engine",
        arrivals="ramp",
        rule="p90 ≤ 1.2 × p90 at 1 call, gaps ≤ 0.1 per minute, no missed turn",
        steps=tuple(steps),
        max_calls=12,
    )


def _step(calls: int, p50: float, p90: float, cores: float, why_not: str = "") -> LoadStep:
    return LoadStep(
        calls=calls,
        seconds=60,
        figures={
            "heard_e2e_latency_p50_ms": Figure(value=p50, low=p50 - 10, high=p50 + 12, count=200),
            "heard_e2e_latency_p90_ms": Figure(value=p90, low=p90 - 30, high=p90 + 40, count=200),
            "audio_gap_per_minute_count": Figure(value=0.02, count=200),
        },
        processes=(
            ProcessCost(name="engine", pid=101, cores=cores, rss_mb=400 + 10 * calls),
            ProcessCost(name="callers", pid=102, cores=cores / 20, rss_mb=120),
        ),
        within=not why_not,
        why_not=why_not,
        late_share=0.001 * calls,
    )


def figures(heard: list[float], **more: Figure) -> dict[str, Figure]:
    """The usual figures of some latencies."""
    found = {
        f"heard_e2e_latency_p{q}_ms": Figure(
            value=float(np.percentile(heard, q)),
            low=float(np.percentile(heard, q)) * 0.93,
            high=float(np.percentile(heard, q)) * 1.08,
            count=len(heard),
        )
        for q in (50, 90)
    }
    found["heard_e2e_latency_p95_ms"] = Figure(
        value=None, count=len(heard), note=f"p95 needs 200 turns; there are {len(heard)}"
    )
    for limit in (300, 500, 800):
        share = sum(value <= limit for value in heard) / len(heard)
        found[f"share_at_most_{limit}_rate"] = Figure(
            value=share, low=share * 0.9, high=min(1, share * 1.1), count=len(heard)
        )
    return found | more


def run(
    folder: Path | None = None,
    *,
    calls: int = 6,
    turns: int = 4,
    middle_ms: float = 320.0,
    label: str = "antiphon, loopback",
    seed: int = 3,
    eventful: bool = True,
) -> Run:
    """A whole run; its recordings are written where there is a folder."""
    rng = np.random.default_rng(seed)
    made = [plain_call(n, latencies(rng, turns, middle_ms), rng=rng, folder=folder) for n in range(calls)]
    heard = [t.heard_e2e_latency_ms for c in made for t in c.turns if t.heard_e2e_latency_ms is not None]
    scenarios = [
        ScenarioResult(
            name="plain",
            about="Questions, each answered before the next.",
            calls=tuple(call.id for call in made),
            figures=figures(heard),
            bounds=(
                Bound(
                    figure="heard_e2e_latency_p50_ms",
                    relation="at_most",
                    limit=400,
                    value=float(np.percentile(heard, 50)),
                    passed=bool(np.percentile(heard, 50) <= 400),
                ),
            ),
        )
    ]
    if eventful:
        made.append(eventful_call(folder))
        scenarios.append(
            ScenarioResult(
                name="interruption",
                about="The caller interrupts a long answer in its middle.",
                calls=("interruption-001",),
                figures={
                    "heard_e2e_latency_p50_ms": Figure(value=-375.0, low=-1100.0, high=350.0, count=2),
                    "time_to_yield_p50_ms": Figure(value=450.0, count=1),
                    "yield_rate": Figure(value=1.0, low=1.0, high=1.0, count=1),
                    "whatever_new_thing": Figure(value=7.25, count=3),
                },
                bounds=(
                    Bound(
                        figure="time_to_yield_p50_ms",
                        relation="at_most",
                        limit=350,
                        value=450.0,
                        passed=False,
                    ),
                    Bound(figure="yield_rate", relation="at_least", limit=0.98, value=1.0, passed=True),
                ),
            )
        )
    return Run(
        label=label,
        target={"line": "page", "address": "http://127.0.0.1:8080"},
        began="2026-11-25T10:00:00Z",
        took_s=141.2,
        machine=MACHINE,
        instrument=INSTRUMENT,
        scenarios=tuple(scenarios),
        calls=tuple(made),
        figures=figures(
            heard,
            turns_cut_off_rate=Figure(value=0.0, low=0.0, high=0.14, count=len(heard)),
            unanswered_turn_count=Figure(value=0.0, count=len(heard)),
            audio_gap_per_minute_count=Figure(value=0.0, count=calls),
        ),
        loads=(load(),) if eventful else (),
        notes=(f"p95 needs 200 turns; there are {len(heard)}.",),
        antiphon="0.1.0",
    )
