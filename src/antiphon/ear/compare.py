"""Two runs held against each other: every figure of both, the difference, and whether it is more than chance.

The tests stand on the single turns, events and calls, not on the figures: percentiles and sums have a bootstrap interval of the
difference and a permutation test, shares have Newcombe's interval and Fisher's exact test. Holm's correction is made over the figures of
the whole run, and over those of all scenarios. A difference that is not shown is never called none where the samples could have hidden
one that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from antiphon.ear.figure_names import better, difference, percentile_of
from antiphon.ear.observations import Sample, sample
from antiphon.ear.results import Call, Figure, Figures, Run
from antiphon.ear.significance import (
    Samples,
    difference_interval,
    fisher_p,
    holm,
    permutation_p,
    share_difference_interval,
)

ALPHA = 0.05
"""Chance of any false alarm among the figures that are tested together; half of it is on the side that is worse."""

RELEVANT_SHARE = 0.10
RELEVANT_MS = 20.0
RELEVANT_RATE = 0.05
"""What matters: a tenth of a latency (20 ms at least), five points of a share, a tenth of any other figure. A difference that is not
shown is only called so where the samples rule out more than this."""

MIN_OBSERVATIONS = 20
MIN_BEYOND = 5
"""So many observations a sample needs, and a percentile so many on its thinner side, before anything is called the same."""

Verdict = Literal["better", "worse", "differs", "no_difference", "too_few", "not_tested"]
Test = Literal["permutation", "fisher", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure of two runs.

    Attributes:
        scenario: "" for the figure over the whole run.
        a, b: the figure in each run.
        difference: b - a. ratio: b ÷ a; None where a is 0.
        low, high: the 95 % interval of the tested difference, without a correction. Of a count whose test is "fisher" it is that of the
            share, of another count or sum that of the mean of a call.
        p: of the test alone; p_holm: after Holm's correction.
        tested_a, tested_b, count_a, count_b: what was tested in each run, and over how many observations.
        verdict: on b. "differs": more than chance, but nobody knows which way is better; "too_few": no difference shown, but these samples
            could hide one that matters; "not_tested": no observations are known behind this figure.
        why: in words, where it needs them.
    """

    scenario: str
    figure: str
    a: Figure
    b: Figure
    difference: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    test: Test = ""
    tested_a: float | None = None
    tested_b: float | None = None
    count_a: int = 0
    count_b: int = 0
    verdict: Verdict = "not_tested"
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Run b held against run a.

    Attributes:
        changes: first those of the whole run, then scenario by scenario.
        notes: what makes the runs unlike, beside their agents.
    """

    a: str
    b: str
    target_a: dict[str, str]
    target_b: dict[str, str]
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    alpha: float = ALPHA

    @property
    def worse(self) -> tuple[Change, ...]:
        """What is worse in b, beyond chance."""
        return tuple(change for change in self.changes if change.verdict == "worse")

    @property
    def exit_code(self) -> int:
        """1 where anything is worse beyond chance, 0 otherwise."""
        return 1 if self.worse else 0

    def to_json(self) -> bytes:
        """The comparison as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def compare(a: Run, b: Run, *, seed: int = 1) -> Comparison:
    """Holds run b against run a."""
    whole = _changes("", a.figures, b.figures, _pooled(a, b), _pooled(b, a), seed)
    single: list[Change] = []
    others = {scenario.name: scenario for scenario in b.scenarios}
    for scenario in a.scenarios:
        other = others.get(scenario.name)
        if other is not None:
            calls_a, calls_b = (_chosen(run, {scenario.name}) for run in (a, b))
            single += _changes(scenario.name, scenario.figures, other.figures, calls_a, calls_b, seed)
    return Comparison(
        a=a.label,
        b=b.label,
        target_a=a.target,
        target_b=b.target,
        changes=(*_corrected(whole), *_corrected(single), *_loads(a, b)),
        notes=tuple(_notes(a, b)),
    )


def _pooled(run: Run, other: Run) -> list[Call]:
    """The calls behind a run's own figures; of scenarios that the other run lacks, none: they would compare the scripts."""
    common = {scenario.name for scenario in run.scenarios if not scenario.degraded}
    common &= {scenario.name for scenario in other.scenarios if not scenario.degraded}
    return _chosen(run, common)


def _chosen(run: Run, scenarios: set[str]) -> list[Call]:
    return [call for call in run.calls if call.scenario in scenarios]


def _changes(
    scenario: str, a: Figures, b: Figures, calls_a: Sequence[Call], calls_b: Sequence[Call], seed: int
) -> list[Change]:
    absent = Figure(value=None, note="not measured")
    found = []
    for name in dict.fromkeys((*a, *b)):
        change = Change(scenario=scenario, figure=name, a=a.get(name, absent), b=b.get(name, absent))
        found.append(_tested(_differenced(change), sample(name, calls_a), sample(name, calls_b), seed))
    return found


def _differenced(change: Change) -> Change:
    a, b = change.a.value, change.b.value
    if a is None or b is None:
        return change
    return replace(change, difference=b - a, ratio=b / a if a else None)


def _tested(change: Change, a: Sample | None, b: Sample | None, seed: int) -> Change:
    if change.difference is None:
        known = a is not None and b is not None
        why = next(
            (figure.note for figure in (change.a, change.b) if figure.value is None and figure.note), ""
        )
        return replace(
            change, verdict="too_few" if known else "not_tested", why=why or "it cannot be told in both runs"
        )
    if a is None or b is None:
        return replace(change, why="no single observations are kept for this figure")
    change = replace(change, count_a=len(a.seen), count_b=len(b.seen))
    if not a.seen or not b.seen:
        return replace(change, verdict="too_few", why="no observation in scenarios that both runs have")
    samples = Samples.of(a.seen, b.seen)
    tested_a, tested_b = (float(a.statistic.of(rows)) for rows in (samples.a, samples.b))
    change = replace(change, tested_a=tested_a, tested_b=tested_b)
    if a.kind == "share":
        hits = (int(samples.a[:, 0].sum()), len(samples.a), int(samples.b[:, 0].sum()), len(samples.b))
        low, high = share_difference_interval(*hits)
        return replace(change, low=low, high=high, p=fisher_p(*hits), test="fisher")
    low, high = difference_interval(samples, a.statistic, seed=seed)
    return replace(
        change, low=low, high=high, p=permutation_p(samples, a.statistic, seed=seed), test="permutation"
    )


def _corrected(changes: Sequence[Change]) -> Iterator[Change]:
    """With Holm's correction and a verdict. A count and its rate are one test."""
    questions: dict[tuple[str, str], float] = {}
    for change in changes:
        if change.p is not None:
            questions[_question(change)] = change.p
    adjusted = dict(zip(questions, holm(list(questions.values())), strict=True))
    for change in changes:
        yield change if change.p is None else _judged(replace(change, p_holm=adjusted[_question(change)]))


def _question(change: Change) -> tuple[str, str]:
    found = sample(change.figure, ())
    assert found is not None
    return change.scenario, f"{found.about} {found.statistic.q}"


def _judged(change: Change) -> Change:
    assert change.low is not None and change.high is not None and change.p_holm is not None
    if change.p_holm <= ALPHA and (change.low > 0 or change.high < 0):
        way = better(change.figure)
        if way == "unknown":
            return replace(change, verdict="differs")
        return replace(change, verdict="better" if (change.low > 0) == (way == "higher") else "worse")
    if change.p_holm <= ALPHA:
        return replace(change, verdict="too_few", why="the test shows a difference, its interval does not")
    few = _too_few(change)
    return replace(change, verdict="too_few" if few else "no_difference", why=few)


def _too_few(change: Change) -> str:
    """Why "no difference" may not be said; "": it may."""
    assert change.low is not None and change.high is not None and change.tested_a is not None
    count = min(change.count_a, change.count_b)
    if count < MIN_OBSERVATIONS:
        return f"{count} observations; {MIN_OBSERVATIONS} are needed"
    percentile = percentile_of(change.figure)
    if percentile is not None and change.test == "permutation":
        beyond = min(percentile[1], 100 - percentile[1]) / 100
        if count * beyond < MIN_BEYOND - 1e-9:
            return f"{count} observations; a p{percentile[1]} needs {MIN_BEYOND / beyond:.0f}"
    if change.test == "fisher":
        unit, relevant = "_rate", RELEVANT_RATE
    else:
        unit, relevant = change.figure, RELEVANT_SHARE * abs(change.tested_a)
        if change.figure.endswith("_ms"):
            relevant = max(RELEVANT_MS, relevant)
    if max(-change.low, change.high) > relevant:
        low, high = (difference(unit, value) for value in (change.low, change.high))
        return f"anything from {low} to {high} fits"
    return ""


def _loads(a: Run, b: Run) -> Iterator[Change]:
    others = {load.name: load for load in b.loads}
    for load in a.loads:
        other = others.get(load.name)
        if other is not None:
            first, second = (
                Figure(
                    value=None if each.max_calls is None else float(each.max_calls),
                    note="or more" if each.at_least else "",
                )
                for each in (load, other)
            )
            change = Change(scenario=f"load: {load.name}", figure="max_calls", a=first, b=second)
            yield replace(_differenced(change), why="one load test each: no interval")


def _notes(a: Run, b: Run) -> Iterator[str]:
    names_a, names_b = ({scenario.name for scenario in run.scenarios} for run in (a, b))
    for run, only in ((a, names_a - names_b), (b, names_b - names_a)):
        if only:
            yield (
                f"Only {run.label} has {', '.join(sorted(only))}: part of its figures over the whole run, "
                "left out of their tests."
            )
    for what, one, two in (
        ("the machine", a.machine, b.machine),
        ("the activity rule", a.instrument.get("activity_rule"), b.instrument.get("activity_rule")),
        ("the version of Antiphon", a.antiphon, b.antiphon),
    ):
        if one != two:
            yield f"The runs differ in {what}."
