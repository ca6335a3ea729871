"""What the plots share: scales, ticks, axes, and a frame that is drawn twice, for a wide and for a narrow page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from antiphon.ear.reports.markup import Child, Markup, join, number, tag

WIDE, NARROW = (540, 330), (320, 270)
"""Drawn at these sizes in px, so that words have one size on every page."""

SERIES = 6
"""So many colours; a seventh series begins anew, with another dash."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to px."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        """The px of a value; what lies outside is held at the edge."""
        value = min(max(value, self.low), self.high)
        return self.begin + (value - self.low) / ((self.high - self.low) or 1) * (self.end - self.begin)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from low to high, `most` at most."""
    span = (high - low) or 1
    step = next(
        step
        for power in range(-3, 9)
        for step in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        if span / step <= most
    )
    first = -(-low // step)
    return [round((first + index) * step, 6) for index in range(int((high - first * step) / step + 1e-9) + 1)]


@dataclass(frozen=True, slots=True)
class Frame:
    """The ground of a plot: its size, its scales, and what it is called.

    Attributes:
        key: unique in the page.
        narrow: drawn for a narrow page.
    """

    key: str
    width: int
    height: int
    narrow: bool

    def svg(self, title: str, about: str, *children: Child) -> Markup:
        """The picture, with words for who does not see it."""
        ids = f"{self.key}-{'n' if self.narrow else 'w'}"
        return tag(
            "svg",
            tag("title", title, id=f"{ids}-t"),
            tag("desc", about, id=f"{ids}-d"),
            *children,
            viewBox=f"0 0 {self.width} {self.height}",
            role="img",
            aria_labelledby=f"{ids}-t {ids}-d",
            class_=f"plot {'narrow' if self.narrow else 'wide'}",
        )


def twice(
    key: str, draw: Callable[[Frame], Markup], wide: tuple[int, int] = WIDE, narrow: tuple[int, int] = NARROW
) -> Markup:
    """A plot for both kinds of page; the style shows one of them."""
    return join((draw(Frame(key, *wide, narrow=False)), draw(Frame(key, *narrow, narrow=True))))


def x_axis(x: Scale, y_px: float, values: Sequence[float], label: str, form: str = "g") -> Iterator[Markup]:
    """Ticks and their label, under a plot."""
    yield line(x.begin, y_px, x.end, y_px, "axis")
    for value in values:
        yield line(x(value), y_px, x(value), y_px + 4, "axis")
        yield words(x(value), y_px + 17, f"{value:{form}}", "tick", anchor="middle")
    yield words(x.end, y_px + 33, label, "tick", anchor="end")


def y_axis(
    y: Scale, x_px: float, end_px: float, values: Sequence[float], form: str = "g"
) -> Iterator[Markup]:
    """Grid lines and their labels, left of a plot."""
    for value in values:
        yield line(x_px, y(value), end_px, y(value), "grid")
        yield words(x_px - 6, y(value) + 4, f"{value:{form}}", "tick", anchor="end")


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=class_)


def box(x1: float, y1: float, x2: float, y2: float, class_: str, radius: float = 0) -> Markup:
    """A rectangle between two corners."""
    return tag(
        "rect",
        x=number(min(x1, x2)),
        y=number(min(y1, y2)),
        width=number(abs(x2 - x1)),
        height=number(abs(y2 - y1)),
        rx=number(radius) if radius else None,
        class_=class_,
    )


def words(x: float, y: float, content: object, class_: str, anchor: str = "start") -> Markup:
    """Words at a place."""
    return tag(
        "text",
        content,
        x=number(x),
        y=number(y),
        class_=class_,
        text_anchor=None if anchor == "start" else anchor,
    )


def dot(x: float, y: float, class_: str, radius: float = 4) -> Markup:
    """A dot."""
    return tag("circle", cx=number(x), cy=number(y), r=number(radius), class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """A line through points."""
    joined = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return tag("path", d=f"M{joined}", class_=class_)


def series(index: int) -> str:
    """The class that colours a series."""
    return f"s{index % SERIES} d{index // SERIES % 2}"
