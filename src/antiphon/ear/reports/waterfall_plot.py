"""Where the time goes: the median of each hop's stamp after the caller's last sound, one bar from the hop before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from antiphon.ear.reports.markup import Markup, tag
from antiphon.ear.reports.plot import Frame, Scale, box, line, ticks, twice, words, x_axis
from antiphon.ear.reports.tables import details, table
from antiphon.ear.results import Run

ROW_PX = 26

Hop = tuple[str, float, int]
"""Name, median in ms after u_e, count."""


def hops_of(run: Run) -> list[Hop]:
    """The hops by their medians, over answers that were not early: there the clock runs from another moment."""
    stamps: dict[str, list[float]] = {}
    for call in run.calls:
        for turn in call.turns:
            if not turn.cut_off:
                for hop, at_ms in turn.hops.items():
                    stamps.setdefault(hop, []).append(at_ms)
    found = [(hop, float(np.median(values)), len(values)) for hop, values in stamps.items()]
    return sorted(found, key=lambda hop: (hop[1], hop[0] == "heard"))


def waterfall(run: Run, key: str = "hops") -> Markup | None:
    """The plot and its table; None: the line tells no hops."""
    hops = hops_of(run)
    if not hops:
        return None
    height = len(hops) * ROW_PX + 52
    plot = twice(key, lambda frame: _draw(frame, hops), (540, height), (320, height))
    rows = [
        (name(hop), f"{at:.0f} ms", f"{at - before:+.0f} ms", str(count))
        for (hop, at, count), before in zip(hops, [0.0, *(at for _, at, _ in hops)], strict=False)
    ]
    data = table(
        "Median time after the caller's last sound", ("Hop", "At", "Step", "n"), rows, numbers=(1, 2, 3)
    )
    return tag("figure", plot, details("The same as a table", data))


def name(hop: str) -> str:
    """A hop's name for people."""
    return hop.replace("_", " ")


def _draw(frame: Frame, hops: Sequence[Hop]) -> Markup:
    low = min(0.0, *(at for _, at, _ in hops))
    high = max(1.0, *(at for _, at, _ in hops))
    x = Scale(low, high, 104 if frame.narrow else 124, frame.width - 58)
    bottom = len(hops) * ROW_PX + 8
    parts = [line(x(0), 4, x(0), bottom, "mark")]
    before = 0.0
    steps = [
        at - earlier for (_, at, _), earlier in zip(hops, [0.0, *(at for _, at, _ in hops)], strict=False)
    ]
    for row, (hop, at, _) in enumerate(hops):
        top = 8 + row * ROW_PX
        longest = steps[row] == max(steps)
        kind = "bar heard" if hop == "heard" else "bar longest" if longest else "bar"
        end = x(at) if abs(x(at) - x(before)) >= 2 else x(before) + 2
        parts += [
            words(
                x.begin - 10, top + 15, name(hop), "value" if longest or hop == "heard" else "label", "end"
            ),
            line(x.begin, top + ROW_PX - 2, frame.width - 8, top + ROW_PX - 2, "grid"),
            box(x(before), top + 4, end, top + ROW_PX - 8, kind, 2),
            words(max(end, x(before)) + 6, top + 15, f"{at:.0f}", "value"),
        ]
        before = at
    parts += x_axis(x, bottom, ticks(low, high, 3 if frame.narrow else 6), "ms after the caller's last sound")
    about = ", ".join(f"{name(hop)} at {at:.0f} ms" for hop, at, _ in hops)
    return frame.svg("Median time of each hop", about, *parts)
