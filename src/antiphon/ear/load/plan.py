"""When each call of a load test begins and ends: open-loop, fixed before the first one, whatever the agent does.

A closed loop (the next call waits for an end) slows down with the agent, and hides just what is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from antiphon.errors import LineError

Arrivals = Literal["steady", "ramp", "burst"]

HOLD_S = 45.0
"""How long a call lasts, if nothing else is asked for: a greeting and about eight turns."""

SPACING_S = 0.25
"""Steady calls come at least so far apart, so that a step does not begin with a burst."""


MOST_CALLS = 200
"""At once. More callers than that belong on machines of their own."""


class WrongLoad(LineError):
    """A load test that cannot be made: wrong use, exit code 2."""

    code = "wrong_load"
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A call, in seconds from the step's beginning."""

    id: str
    start_s: float
    hold_s: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A step's calls.

    Attributes:
        calls: in the order of their starts.
        from_s, to_s: turns that end between these are measured.
        most: how many are in the line at once, at most.
    """

    calls: tuple[PlannedCall, ...]
    from_s: float
    to_s: float
    most: int


def plan(arrivals: Arrivals, at_once: int, window_s: float, *, hold_s: float = HOLD_S, seed: int = 1) -> Plan:
    """The calls of one step.

    * steady: `at_once` lines, each taken all the time: calls follow one another, and their beginnings are spread out.
    * ramp: the lines are taken one after the other over the window, and kept.
    * burst: all at the same moment, and kept.

    Args:
        arrivals: which.
        at_once: how many calls in the line at once.
        window_s: how long is measured.
        hold_s: of steady calls: how long each lasts.
        seed: the same seed makes the same plan.

    Raises:
        WrongLoad: a number that makes no step.
    """
    if at_once < 1 or window_s <= 0 or hold_s <= 0:
        raise WrongLoad("A step needs at least one call, and a length above nothing.")
    draw = np.random.default_rng((seed, at_once))
    if arrivals == "steady":
        return _steady(at_once, window_s, hold_s, draw, seed)
    starts = [0.0] * at_once if arrivals == "burst" else [n * window_s / at_once for n in range(at_once)]
    calls = tuple(
        PlannedCall(id=f"{arrivals}-{at_once}-{n}", start_s=at, hold_s=window_s - at, seed=seed * 10_000 + n)
        for n, at in enumerate(starts)
    )
    return Plan(calls=calls, from_s=0.0, to_s=window_s, most=at_once)


def _steady(at_once: int, window_s: float, hold_s: float, draw: np.random.Generator, seed: int) -> Plan:
    from_s = at_once * SPACING_S + 2.0
    to_s = from_s + window_s
    calls: list[PlannedCall] = []
    for number in range(at_once):
        at, lasts = number * SPACING_S, float(draw.uniform(0.3, 1.0)) * hold_s
        while at < to_s:
            lasts = min(lasts, to_s - at)
            calls.append(
                PlannedCall(
                    id=f"steady-{at_once}-{len(calls)}",
                    start_s=round(at, 3),
                    hold_s=round(lasts, 3),
                    seed=seed * 10_000 + len(calls),
                )
            )
            at, lasts = at + lasts, hold_s
    return Plan(calls=tuple(sorted(calls, key=lambda c: c.start_s)), from_s=from_s, to_s=to_s, most=at_once)


def active(planned: Plan, at_s: float) -> int:
    """How many calls are in the line at a moment."""
    return sum(call.start_s <= at_s < call.start_s + call.hold_s for call in planned.calls)
