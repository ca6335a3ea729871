"""Arrivals are fixed before the first call, and never more than was asked for are in the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.ear.load.plan import Arrivals, WrongLoad, active, plan


@given(at_once=st.integers(1, 60), window=st.floats(5, 200), hold=st.floats(8, 90), seed=st.integers(0, 9))
def test_steady_lines_are_taken_all_the_time_of_the_window(
    at_once: int, window: float, hold: float, seed: int
) -> None:
    planned = plan("steady", at_once, window, hold_s=hold, seed=seed)
    for part in range(1, 20):
        at = planned.from_s + (planned.to_s - planned.from_s) * part / 20
        # a line that changes hands at this very moment may count for both, or for none
        assert active(planned, at) == pytest.approx(at_once, abs=1)
    assert all(call.hold_s <= hold + 0.001 for call in planned.calls)
    assert len({call.id for call in planned.calls}) == len(planned.calls)


def test_a_burst_comes_at_once_and_a_ramp_one_by_one() -> None:
    burst = plan("burst", 8, 30)
    assert {call.start_s for call in burst.calls} == {0.0}
    ramp = plan("ramp", 8, 40)
    assert [active(ramp, at) for at in (0, 4.9, 5, 20, 39)] == [1, 1, 2, 5, 8]


@pytest.mark.parametrize("arrivals", ["steady", "ramp", "burst"])
def test_the_same_seed_plans_the_same(arrivals: Arrivals) -> None:
    assert plan(arrivals, 5, 30, seed=3) == plan(arrivals, 5, 30, seed=3)


@pytest.mark.parametrize(("calls", "window", "hold"), [(0, 10, 10), (1, 0, 10), (1, 10, 0)])
def test_a_step_of_nothing_is_refused(calls: int, window: float, hold: float) -> None:
    with pytest.raises(WrongLoad, match="at least one call"):
        plan("steady", calls, window, hold_s=hold)
