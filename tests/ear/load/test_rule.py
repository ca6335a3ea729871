"""Which steps keep the rule for `max_calls`, and why the others do not."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.ear.load.rule import judged, max_calls
from antiphon.ear.results import Figure, LoadStep


def step(
    calls: int,
    p90: float | None = 400.0,
    *,
    turns: int = 60,
    gaps: float = 0.0,
    missed: float = 0.0,
    **more: Any,
) -> LoadStep:
    found = {
        "heard_e2e_latency_p90_ms": Figure(value=p90, count=turns),
        "audio_gap_per_minute_count": Figure(value=gaps, count=calls),
        "unanswered_turn_count": Figure(value=missed, count=turns),
    }
    return LoadStep(calls=calls, seconds=20, figures=found, **more)


def test_the_largest_step_before_the_first_that_misses() -> None:
    steps = judged([step(1), step(2, 410), step(4, 479), step(8, 600), step(16, 420)])
    assert [one.within for one in steps] == [True, True, True, False, True]
    assert "600 ms is 1.50 x the 400 ms" in steps[3].why_not
    assert max_calls(steps) == (4, False)


def test_if_all_are_kept_it_may_be_more() -> None:
    assert max_calls(judged([step(4), step(1)])) == (4, True)
    assert max_calls([]) == (None, True)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (step(2, missed=1), "1 of 60 turns missed"),
        (step(2, gaps=0.2), "0.20 gaps a minute"),
        (step(2, refused=3), "3 calls refused"),
        (step(2, failed=1), "1 calls broken"),
        (step(2, turns=8), "only 8 turns"),
        (step(2, late_share=0.05), "5.0% of the callers' own frames were late"),
        (step(2, None), "no turn was answered"),
    ],
)
def test_why_a_step_misses(bad: LoadStep, why: str) -> None:
    _, found = judged([step(1), bad])
    assert not found.within
    assert why in found.why_not


def test_not_even_one_call() -> None:
    assert max_calls(judged([step(1, missed=1), step(2)])) == (None, False)
