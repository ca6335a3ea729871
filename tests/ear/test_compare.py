"""Comparisons: planted differences are found, equal runs raise no alarm, and small ones are never called equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from antiphon.ear.compare import ALPHA, Change, Comparison, compare
from antiphon.ear.metrics import percentile, share
from antiphon.ear.results import (
    Call,
    Event,
    Expectation,
    Figure,
    Figures,
    Load,
    Run,
    ScenarioResult,
    Turn,
)
from antiphon.ear.signal import Span

SCENARIO = "interruption"


def call(
    index: int, latencies: Sequence[float | None], *, yields: bool = True, scenario: str = SCENARIO
) -> Call:
    """A call with a turn for each latency, and one interruption."""
    turns = tuple(
        Turn(
            label=f"turn {n}",
            start_ms=n * 8000.0,
            end_ms=n * 8000.0 + 2000,
            pauses=(Span(n * 8000.0 + 500, n * 8000.0 + 900),),
            heard_e2e_latency_ms=latency,
        )
        for n, latency in enumerate(latencies)
    )
    event = Event(
        kind="interruption",
        label="Stop",
        at_ms=1,
        end_ms=2,
        counts=True,
        time_to_yield_ms=200.0 if yields else None,
    )
    return Call(
        id=f"{scenario}-{index}",
        scenario=scenario,
        voice="woman",
        repeat=index,
        turns=turns,
        events=(event,),
        agent=(Span(0, 30_000),),
        expectations=(Expectation(what="it went well", met=True),),
    )


def figures(calls: Sequence[Call]) -> Figures:
    """Some of the figures, as the scoring makes them."""
    latencies = [turn.heard_e2e_latency_ms for each in calls for turn in each.turns]
    answered = [value for value in latencies if value is not None]
    events = [event for each in calls for event in each.events]
    yielded = sum(event.time_to_yield_ms is not None for event in events)
    unanswered = len(latencies) - len(answered)
    found = {
        f"heard_e2e_latency_p{q}_ms": Figure.of(percentile(answered, q, rounds=50), len(answered), f"p{q}")
        for q in (50, 90, 95)
    }
    return found | {
        "share_at_most_500_rate": Figure.of(share(latencies, 500), len(latencies)),
        "yield_rate": Figure(value=yielded / len(events), count=len(events)),
        "unanswered_turn_rate": Figure(value=unanswered / len(latencies), count=len(latencies)),
        "unanswered_turn_count": Figure(value=float(unanswered), count=len(latencies)),
    }


def run_of(calls: Sequence[Call], label: str = "a", **changes: object) -> Run:
    """A run of one scenario or more."""
    names = dict.fromkeys(each.scenario for each in calls)
    scenarios = tuple(
        ScenarioResult(
            name=name,
            about="",
            calls=tuple(each.id for each in calls if each.scenario == name),
            figures=figures([each for each in calls if each.scenario == name]),
        )
        for name in names
    )
    run = Run(
        label=label,
        target={"line": "page"},
        began="2026-11-25T10:00:00Z",
        took_s=1.0,
        machine={},
        instrument={},
        scenarios=scenarios,
        calls=tuple(calls),
        figures=figures(calls),
    )
    return replace(run, **changes)  # type: ignore[arg-type]  # a test's own changes


def made(seed: int, calls: int = 60, *, factor: float = 1.0, yields: float = 1.0, label: str = "a") -> Run:
    """A run of random latencies, four turns a call."""
    rng = np.random.default_rng(seed)
    return run_of(
        [
            call(
                n,
                (300 * factor * rng.lognormal(0, 0.25, 4)).round(1).tolist(),
                yields=bool(rng.random() < yields),
            )
            for n in range(calls)
        ],
        label,
    )


def change(comparison: Comparison, figure: str, scenario: str = "") -> Change:
    """One figure's change."""
    (found,) = (c for c in comparison.changes if (c.figure, c.scenario) == (figure, scenario))
    return found


def test_a_planted_difference_is_found_and_is_worse_only_one_way_round() -> None:
    fast, slow = made(1), made(2, factor=1.2, yields=0.6)
    found = compare(fast, slow)
    for name in ("heard_e2e_latency_p50_ms", "heard_e2e_latency_p90_ms", "yield_rate"):
        for scenario in ("", SCENARIO):
            one = change(found, name, scenario)
            assert one.verdict == "worse", one
            assert one.p_holm is not None and one.p_holm <= ALPHA
    latency = change(found, "heard_e2e_latency_p50_ms")
    assert latency.low is not None and latency.high is not None and latency.ratio is not None
    assert latency.low < 60 < latency.high
    assert latency.low > 0
    assert latency.ratio == pytest.approx(1.2, abs=0.08)
    assert latency.test == "permutation"
    assert change(found, "yield_rate").test == "fisher"
    assert found.exit_code == 1
    back = compare(slow, fast)
    assert back.exit_code == 0
    assert change(back, "yield_rate").verdict == "better"


def test_equal_runs_raise_an_alarm_as_seldom_as_is_said() -> None:
    """Each of two families is wrong, on the bad side, in 2.5 % of comparisons: 5 % of exit codes."""
    alarms = sum(compare(made(seed, 30), made(1000 + seed, 30), seed=seed).exit_code for seed in range(60))
    assert alarms <= 7


def test_enough_equal_turns_are_called_no_difference_and_few_never_are() -> None:
    much = compare(made(1, 300), made(2, 300))
    assert change(much, "heard_e2e_latency_p50_ms").verdict == "no_difference"
    assert change(much, "yield_rate").verdict == "no_difference"
    little = compare(made(1, 3), made(2, 3))
    assert not [one for one in little.changes if one.verdict == "no_difference"]
    assert "12 observations; 20 are needed" in change(little, "heard_e2e_latency_p50_ms").why
    some = compare(made(1, 10), made(2, 10))
    assert "a p90 needs 50" in change(some, "heard_e2e_latency_p90_ms").why
    assert "fits" in change(compare(made(1, 25), made(2, 25)), "yield_rate").why


def test_a_percentile_that_cannot_be_told_is_not_compared() -> None:
    found = change(compare(made(1, 10), made(2, 10)), "heard_e2e_latency_p95_ms")
    assert (found.verdict, found.p, found.difference) == ("too_few", None, None)
    assert found.why == "p95"


def test_a_count_and_its_rate_are_one_test() -> None:
    lost = made(1, 60)
    lost = run_of(
        [replace(each, turns=(*each.turns[:2], *_unanswered(each.turns[2:]))) for each in lost.calls]
    )
    found = compare(made(2, 60), lost)
    rate, count = (change(found, f"unanswered_turn_{what}") for what in ("rate", "count"))
    assert rate.verdict == count.verdict == "worse"
    assert rate.p_holm == count.p_holm
    assert count.difference == 120


def _unanswered(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    return tuple(replace(turn, heard_e2e_latency_ms=None) for turn in turns)


def test_pairs_of_the_same_turn_show_a_small_difference() -> None:
    """Turns differ by a second among each other, the runs by 4 %."""
    rng = np.random.default_rng(7)
    hard = rng.uniform(200, 1400, (40, 4))
    a = run_of([call(n, row.round(1).tolist()) for n, row in enumerate(hard)])
    b = run_of([call(n, (row * 1.04).round(1).tolist()) for n, row in enumerate(hard)])
    found = change(compare(a, b), "heard_e2e_latency_p90_ms")
    assert found.low is not None and found.high is not None
    assert 0 < found.low < found.high < 110


def test_scenarios_of_one_run_only_and_worse_lines_are_left_out_of_the_tests() -> None:
    both = [call(n, [300.0 + n % 7] * 4) for n in range(40)]
    extra = [call(n, [5000.0 - n] * 4, scenario="extra") for n in range(40)]
    a, b = run_of(both), run_of([*both, *extra], "b")
    found = compare(a, b)
    assert change(found, "heard_e2e_latency_p50_ms").count_b == 160
    assert change(found, "heard_e2e_latency_p50_ms").verdict != "worse"
    assert any("Only b has extra" in note for note in found.notes)
    worse_line = replace(
        b, scenarios=tuple(replace(each, degraded=each.name == "extra") for each in b.scenarios)
    )
    assert change(compare(worse_line, worse_line), "yield_rate").count_a == 40


def test_what_nobody_knows_is_shown_and_not_tested() -> None:
    a = replace(made(1, 5), figures={"nobody_knows": Figure(value=2.0, count=5)})
    b = replace(made(2, 5), figures={"nobody_knows": Figure(value=3.0, count=5), "new_ms": Figure(value=1.0)})
    found = compare(a, b)
    assert (change(found, "nobody_knows").verdict, change(found, "nobody_knows").ratio) == ("not_tested", 1.5)
    assert change(found, "new_ms").verdict == "not_tested"


def test_load_tests_are_shown_side_by_side() -> None:
    loads = [Load(name="engine", arrivals="ramp", rule="", steps=(), max_calls=n) for n in (12, 16)]
    a, b = (replace(made(n, 3), loads=(load,)) for n, load in enumerate(loads))
    found = change(compare(a, b), "max_calls", "load: engine")
    assert (found.difference, found.verdict) == (4, "not_tested")


def test_unlike_instruments_are_noted() -> None:
    a, b = made(1, 3), replace(made(1, 3), instrument={"activity_rule": {"hop_ms": 20}}, machine={"cores": 8})
    notes = compare(a, b).notes
    assert "The runs differ in the activity rule." in notes
    assert "The runs differ in the machine." in notes


def test_a_comparison_is_json() -> None:
    found = compare(made(1, 5), made(2, 5))
    assert msgspec.convert(msgspec.json.decode(found.to_json()), Comparison) == found
