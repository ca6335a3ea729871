"""Heard latency as a distribution: how many turns had their answer by then, of one run or of several in one plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.ear.reports.markup import Markup, join, number, tag
from antiphon.ear.reports.plot import (
    Frame,
    Scale,
    box,
    dot,
    line,
    series,
    ticks,
    twice,
    words,
    x_axis,
    y_axis,
)
from antiphon.ear.reports.tables import details, table
from antiphon.ear.results import Run

MARKS_MS = (300, 500, 800, 1500)
LONGEST_MS = 5000.0

EARLIEST_MS = -400.0
"""Answers before the end, however early, stand at the left edge: how early is in the calls."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """One run's heard latencies.

    Attributes:
        answered: in ms, signed, sorted.
        turns: how many wanted an answer: the unanswered ones keep the curve below 100 %.
    """

    label: str
    answered: tuple[float, ...]
    turns: int

    @classmethod
    def of(cls, run: Run) -> Latencies:
        """Of the turns that want an answer, in scenarios whose line was left as it is."""
        degraded = {scenario.name for scenario in run.scenarios if scenario.degraded}
        turns = [
            turn
            for call in run.calls
            if call.scenario not in degraded
            for turn in call.turns
            if turn.wants_answer
        ]
        found = [turn.heard_e2e_latency_ms for turn in turns if turn.heard_e2e_latency_ms is not None]
        return cls(run.label, tuple(sorted(found)), len(turns))

    def percentile(self, q: int) -> float:
        """A percentile of the answered turns, as the figures have it."""
        return float(np.percentile(self.answered, q))

    def share(self, at_most_ms: float) -> float:
        """Of all turns, the share that was answered by then."""
        return sum(value <= at_most_ms for value in self.answered) / max(1, self.turns)


def distribution(runs: Sequence[Run], key: str = "ecdf") -> Markup | None:
    """The plot and its table; None: no turn was answered."""
    found = [Latencies.of(run) for run in runs]
    if not any(each.answered for each in found):
        return None
    everything = [value for each in found for value in each.answered]
    low = min(0.0, float(np.floor(min(everything) / 100) * 100))
    high = min(LONGEST_MS, max(1600.0, float(np.ceil(np.percentile(everything, 99) / 100) * 100)))
    plot = twice(key, lambda frame: _draw(frame, found, max(low, EARLIEST_MS), high))
    return tag(
        "figure",
        plot,
        _legend(found) if len(found) > 1 else None,
        details("The same as a table", _table(found)),
    )


def _draw(frame: Frame, found: Sequence[Latencies], low: float, high: float) -> Markup:
    x = Scale(low, high, 44, frame.width - 14)
    y = Scale(0, 1, frame.height - 42, 26)
    parts: list[Markup] = []
    if low < 0:
        parts += [box(x(low), y(0), x(0), y(1), "early")]
        parts += [words(x(low) + 4, y(1) + 14, "cut off", "tick bad")] if x(0) - x(low) > 50 else []
    parts += y_axis(y, x.begin, x.end, [0, 0.25, 0.5, 0.75, 1], ".0%")
    parts += x_axis(x, y(0), ticks(low, high, 4 if frame.narrow else 8), "heard latency, ms")
    for mark in MARKS_MS:
        if low < mark < high:
            parts += [
                line(x(mark), y(0), x(mark), y(1) - 6, "mark"),
                words(x(mark), 14, mark, "tick", "middle"),
            ]
    for index, each in enumerate(found):
        if each.answered:
            parts += _curve(each, index, x, y, named=len(found) == 1)
    about = "; ".join(_sentence(each) for each in found)
    return frame.svg("Distribution of heard latency", about, *parts)


def _curve(each: Latencies, index: int, x: Scale, y: Scale, *, named: bool) -> Iterator[Markup]:
    d = [f"M{number(x(x.low))} {number(y(0))}"]
    for rank, value in enumerate(each.answered, 1):
        d.append(f"H{number(x(value))}V{number(y(rank / each.turns))}")
    d.append(f"H{number(x.end)}")
    yield tag("path", d="".join(d), class_=f"curve {series(index)}")
    answered = len(each.answered) / each.turns
    for q in (50, 90):
        value, level = each.percentile(q), q / 100 * answered
        yield dot(x(value), y(level), f"point {series(index)}")
        if named:
            yield words(x(value) + 9, y(level) + 15, f"p{q} {value:.0f} ms", "value")


def _sentence(each: Latencies) -> str:
    if not each.answered:
        return f"{each.label}: no turn was answered"
    return (
        f"{each.label}: p50 {each.percentile(50):.0f} ms, p90 {each.percentile(90):.0f} ms, "
        f"{len(each.answered)} of {each.turns} turns answered"
    )


def _legend(found: Sequence[Latencies]) -> Markup:
    entries = []
    for index, each in enumerate(found):
        stroke = tag("path", d="M0 6H28", class_=f"curve {series(index)}")
        sample = tag("svg", stroke, width="28", height="12", aria_hidden="true", class_="sample")
        entries.append(tag("li", sample, each.label))
    return tag("ul", join(entries), class_="legend")


def _table(found: Sequence[Latencies]) -> Markup:
    rows = [
        (
            each.label,
            *(f"{each.percentile(q):.0f} ms" if each.answered else "–" for q in (50, 90)),
            *(f"{each.share(mark):.1%}" for mark in MARKS_MS),
            f"{len(each.answered)} of {each.turns}",
        )
        for each in found
    ]
    columns = ("Run", "p50", "p90", *(f"≤ {mark} ms" for mark in MARKS_MS), "Answered")
    return table("Heard latency, unanswered turns counted in the shares", columns, rows, numbers=range(1, 8))
