"""`max_calls`: the largest number of calls at once whose callers hear no difference. The rule of docs/BENCH.md, in practice.

Of the largest N whose p90 of the heard latency is at most 1.2 times that of one call, with at most 0.1 gaps a minute and no missed turn. A
p95 would need 200 turns at every step; the p90 stands in for it, with its interval beside it, and a step's word is not taken where the
callers themselves were late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from antiphon.ear.results import Figure, LoadStep

SLOWER = 1.2
GAPS_PER_MINUTE = 0.1
LATE_SHARE = 0.01
"""With more of the callers' frames late, the step measured the callers' machine."""

MIN_TURNS = 20

RULE = (
    f"heard latency p90 at most {SLOWER} x that of the smallest step, at most {GAPS_PER_MINUTE} gaps a minute, no missed "
    f"turn, no refused or broken call; at most {LATE_SHARE:.0%} of the callers' own frames late; at least {MIN_TURNS} turns"
)

P90 = "heard_e2e_latency_p90_ms"
GAPS = "audio_gap_per_minute_count"
MISSED = "unanswered_turn_count"


def judged(steps: Sequence[LoadStep]) -> list[LoadStep]:
    """The steps, in the order of their calls, each with whether it keeps the rule."""
    steps = sorted(steps, key=lambda step: step.calls)
    if not steps:
        return []
    base = steps[0].figures.get(P90)
    return [_judged(step, base) for step in steps]


def _judged(step: LoadStep, base: Figure | None) -> LoadStep:
    why = "; ".join(_faults(step, base))
    return replace(step, within=not why, why_not=why)


def _faults(step: LoadStep, base: Figure | None) -> list[str]:
    found: list[str] = []
    p90 = step.figures.get(P90)
    if p90 is None or p90.value is None or base is None or base.value is None:
        found.append("no turn was answered")
    elif p90.value > SLOWER * base.value:
        found.append(
            f"p90 {p90.value:.0f} ms is {p90.value / base.value:.2f} x the {base.value:.0f} ms of the smallest step"
        )
    turns = p90.count if p90 else 0
    if turns < MIN_TURNS:
        found.append(f"only {turns} turns")
    if (gaps := step.figures.get(GAPS)) and (gaps.value or 0) > GAPS_PER_MINUTE:
        found.append(f"{gaps.value:.2f} gaps a minute")
    if (missed := step.figures.get(MISSED)) and missed.value:
        found.append(f"{missed.value:.0f} of {missed.count} turns missed")
    if step.refused:
        found.append(f"{step.refused} calls refused")
    if step.failed:
        found.append(f"{step.failed} calls broken")
    if step.late_share > LATE_SHARE:
        found.append(
            f"{step.late_share:.1%} of the callers' own frames were late: the step measured this machine"
        )
    return found


def max_calls(steps: Sequence[LoadStep]) -> tuple[int | None, bool]:
    """The largest step before the first that misses the rule, and whether none missed it (so that it may be more)."""
    kept: int | None = None
    for step in sorted(steps, key=lambda step: step.calls):
        if not step.within:
            return kept, False
        kept = step.calls
    return kept, True
