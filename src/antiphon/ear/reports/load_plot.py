"""A load test as a curve: what callers heard against how many there were, with the rule's limit; below it, what it cost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from antiphon.ear.figure_names import short, shown
from antiphon.ear.load.rule import P90, SLOWER
from antiphon.ear.reports.facts import process_words
from antiphon.ear.reports.markup import Markup, join, tag
from antiphon.ear.reports.plot import (
    Frame,
    Scale,
    dot,
    line,
    path,
    series,
    ticks,
    twice,
    words,
    x_axis,
    y_axis,
)
from antiphon.ear.reports.tables import details, table
from antiphon.ear.results import Load, LoadStep

_HEARD = re.compile(r"^heard_e2e_latency_p\d+_ms$")


def heard_names(load: Load) -> list[str]:
    """The latency figures that the steps have: p50, and the percentile that the rule for `max_calls` looks at."""
    with_value = [
        name
        for name in dict.fromkeys(name for step in load.steps for name in step.figures)
        if _HEARD.match(name) and any(_value(step, name) is not None for step in load.steps)
    ]
    return [name for name in with_value if "_p50_" in name or name == P90]


def load_curve(load: Load, key: str) -> Markup | None:
    """Both plots and their table; None: no step has a latency."""
    names = heard_names(load)
    rows = [_row(step, names) for step in load.steps]
    columns = (
        "Calls",
        *(short(name) for name in names),
        "Refused",
        "Failed",
        "Late frames",
        "Processes",
        "Rule",
    )
    data = table(f"Load steps: {load.name}, {load.arrivals}", columns, rows, numbers=range(1, len(names) + 4))
    if not names or not load.steps:
        return data
    heard = twice(f"{key}-heard", lambda frame: _heard(frame, load, names))
    cost = twice(f"{key}-cost", lambda frame: _cost(frame, load), (540, 330), (320, 200))
    return join(
        (
            tag(
                "figure", tag("div", tag("div", heard), tag("div", cost), class_="pair"), _legend(load, names)
            ),
            details("Every step as a table", data),
        )
    )


def _value(step: LoadStep, name: str) -> float | None:
    figure = step.figures.get(name)
    return None if figure is None else figure.value


def _row(step: LoadStep, names: Sequence[str]) -> tuple[object, ...]:
    return (
        str(step.calls),
        *(shown(name, _value(step, name)) for name in names),
        str(step.refused),
        str(step.failed),
        f"{step.late_share:.1%}",
        process_words(step),
        "kept" if step.within else tag("b", f"missed: {step.why_not}", class_="bad"),
    )


def _x(frame: Frame, load: Load) -> Scale:
    return Scale(0, max(step.calls for step in load.steps), 50, frame.width - 20)


def _calls_axis(frame: Frame, x: Scale, y_px: float) -> Iterator[Markup]:
    whole = [value for value in ticks(0, x.high, 4 if frame.narrow else 8) if value == int(value)]
    yield from x_axis(x, y_px, whole, "calls at once")


def _heard(frame: Frame, load: Load, names: Sequence[str]) -> Markup:
    top = max(value for step in load.steps for name in names if (value := _value(step, name)) is not None)
    limit = _limit(load, names)
    top = max(top, limit or 0) * 1.08
    x, y = _x(frame, load), Scale(0, top, frame.height - 42, 22)
    parts = [*y_axis(y, x.begin, x.end, ticks(0, top, 6)), *_calls_axis(frame, x, y(0))]
    parts.append(words(8, 12, "heard latency, ms", "tick"))
    if load.max_calls is not None:
        at = x(load.max_calls)
        anchor = "end" if at > frame.width * 0.6 else "start"
        parts += [
            line(at, y(0), at, y.end, "mark strong"),
            words(
                at + (-6 if anchor == "end" else 6),
                y.end + 12,
                f"max_calls {load.max_calls}",
                "value",
                anchor,
            ),
        ]
    if limit is not None:
        parts += [
            line(x.begin, y(limit), x.end, y(limit), "limit"),
            words(x.begin + 6, y(limit) - 6, f"limit {limit:.0f} ms", "tick bad"),
        ]
    for index, name in enumerate(names):
        points = [(x(s.calls), y(v), s.within) for s in load.steps if (v := _value(s, name)) is not None]
        parts.append(path([(px, py) for px, py, _ in points], f"curve {series(index)}"))
        parts += [
            dot(px, py, f"point {series(index)}" + ("" if kept else " hollow")) for px, py, kept in points
        ]
    about = "; ".join(
        f"{step.calls} calls: " + ", ".join(f"{short(n)} {shown(n, _value(step, n))}" for n in names)
        for step in load.steps
    )
    return frame.svg(f"Heard latency under load, {load.name}", about, *parts)


def _limit(load: Load, names: Sequence[str]) -> float | None:
    first = next((value for step in load.steps if (value := _value(step, P90)) is not None), None)
    return None if first is None or P90 not in names else SLOWER * first


def _cost(frame: Frame, load: Load) -> Markup:
    top = max(0.1, *(each.cores for step in load.steps for each in step.processes), 0.1) * 1.1
    x, y = _x(frame, load), Scale(0, top, frame.height - 42, 22)
    parts = [*y_axis(y, x.begin, x.end, ticks(0, top, 4)), *_calls_axis(frame, x, y(0))]
    parts.append(words(8, 12, "processor, cores", "tick"))
    for index, name in enumerate(_processes(load)):
        points = [
            (x(step.calls), y(sum(each.cores for each in step.processes if each.name == name)))
            for step in load.steps
        ]
        parts.append(path(points, f"curve {series(index + 2)}"))
        parts += [dot(px, py, f"point {series(index + 2)}", 3) for px, py in points]
    about = "; ".join(f"{step.calls} calls: {process_words(step) or 'not measured'}" for step in load.steps)
    return frame.svg(f"Processor time under load, {load.name}", about, *parts)


def _processes(load: Load) -> list[str]:
    return list(dict.fromkeys(each.name for step in load.steps for each in step.processes))


def _legend(load: Load, names: Sequence[str]) -> Markup:
    entries = [(index, short(name)) for index, name in enumerate(names)]
    entries += [(index + 2, f"{name}, cores") for index, name in enumerate(_processes(load))]
    found = []
    for index, label in entries:
        stroke = tag("path", d="M0 6H28", class_=f"curve {series(index)}")
        found.append(
            tag("li", tag("svg", stroke, width="28", height="12", aria_hidden="true", class_="sample"), label)
        )
    return tag("ul", join(found), class_="legend")
