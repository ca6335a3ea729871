"""A load test: steps of more and more calls at once, one curve, and how many the rule allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from antiphon.ear.load.plan import MOST_CALLS, Arrivals, WrongLoad
from antiphon.ear.load.rule import RULE, judged, max_calls
from antiphon.ear.load.step import Setup, step
from antiphon.ear.results import Load, LoadStep

TURN_S = 5.5
"""A turn and its answer, with what a caller thinks between: for how long a step must last."""

Told = Callable[[str], None]


def window_s(calls: int, turns: int) -> float:
    """How long so many calls take for so many turns, at least 20 s."""
    return max(20.0, turns * TURN_S / calls)


async def load(
    setup: Setup,
    sizes: Sequence[int],
    *,
    name: str,
    arrivals: Arrivals = "steady",
    turns: int = 60,
    to_the_end: bool = False,
    told: Told = lambda _: None,
) -> Load:
    """Runs the steps, from small to large.

    Args:
        setup: who is called.
        sizes: how many calls at once, for each step; a ramp goes up to the largest.
        name: what stands behind the agent: "engine" or "scripted".
        arrivals: how calls come.
        turns: how many a step should measure.
        to_the_end: go on after a step that missed the rule.
        told: is told what goes on.

    Raises:
        WrongLoad: sizes that make no test.
    """
    sizes = sorted(set(sizes))
    if not sizes or sizes[0] < 1 or sizes[-1] > MOST_CALLS:
        raise WrongLoad(f"--calls takes numbers from 1 to {MOST_CALLS}, such as 1,2,4,8.")
    steps: list[LoadStep] = []
    for size in sizes[-1:] if arrivals == "ramp" else sizes:
        told(f"{name}, {arrivals}: {size} calls at once for {window_s(size, turns):.0f} s")
        steps = judged([*steps, *await step(setup, arrivals, size, window_s(size, turns))])
        if not steps[-1].within and not to_the_end:
            break
    most, at_least = max_calls(steps)
    return Load(
        name=name, arrivals=arrivals, rule=RULE, steps=tuple(steps), max_calls=most, at_least=at_least
    )
