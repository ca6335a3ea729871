"""A run as one HTML page that needs nothing beside it: plots, tables, every call with its sound. Works from a file, without a network.

Whatever a transcript, a label or a tool says is text: it is escaped when it goes in (`markup.py`), and the page's own policy lets no other
script run than the page's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from antiphon.ear.compare import Comparison, compare
from antiphon.ear.reports import calls as call_parts
from antiphon.ear.reports import sections
from antiphon.ear.reports.latency_plot import distribution
from antiphon.ear.reports.markup import Markup, join, tag
from antiphon.ear.reports.sound import Embed
from antiphon.ear.reports.tables import details, figures_table
from antiphon.ear.reports.waterfall_plot import waterfall
from antiphon.ear.results import Run


def page(
    runs: Sequence[Run],
    folders: Sequence[Path | None] = (),
    *,
    embed: Embed = "some",
    comparisons: Sequence[Comparison] | None = None,
) -> str:
    """The page.

    Args:
        runs: the run, and others that are drawn beside it.
        folders: where each run's recordings are; without: no sound, no waveforms.
        embed: whose sound goes into the page.
        comparisons: to be shown; None: each other run held against the first.
    """
    first = runs[0]
    shown = call_parts.shown(runs, folders or [None] * len(runs))
    anchors = {each.call.id: each.key for each in shown[0]}
    if comparisons is None:
        comparisons = [compare(first, other) for other in runs[1:]]
    body = join(
        (
            tag("a", "To the calls", href="#calls", class_="skip"),
            tag(
                "main",
                sections.head(first),
                sections.notes(first),
                sections.tiles(first),
                _plots(runs),
                join(sections.comparison_section(each) for each in comparisons),
                _scenarios(first, anchors),
                join(sections.loads(first)),
                call_parts.calls_section(runs, shown, embed),
                sections.about(first),
            ),
        )
    )
    return _document(first, body)


def _plots(runs: Sequence[Run]) -> Markup:
    curve, hops = distribution(runs), waterfall(runs[0])
    parts = []
    if curve is not None:
        parts.append(tag("section", tag("h2", "How soon callers were answered"), curve, class_="card"))
    if hops is not None:
        parts.append(tag("section", tag("h2", "Where the time goes"), hops, class_="card"))
    if len(runs) > 1:
        parts.append(tag("section", tag("h2", "Side by side"), sections.ratios(runs), class_="card whole"))
    return tag("div", join(parts), class_="plots")


def _scenarios(run: Run, anchors: dict[str, str]) -> Markup | None:
    rows = sections.scenarios(run, anchors)
    figures = figures_table("Over all scenarios on an undisturbed line", run.figures) if run.figures else None
    if rows is None and figures is None:
        return None
    return tag(
        "section",
        tag("h2", "Scenarios"),
        rows,
        details("All figures over the whole run", figures) if figures is not None else None,
        class_="card",
    )


def _document(run: Run, body: Markup) -> str:
    style, script = (_own(name) for name in ("report.css", "report.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; media-src data: 'self' file:; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{run.label}: antiphon bench"),
        tag("style", Markup(style)),
    )
    script_tag = tag("script", Markup(script))
    return "<!doctype html>\n" + tag("html", head, tag("body", body, script_tag), lang="en") + "\n"


def _own(name: str) -> str:
    return (files("antiphon.ear.reports") / name).read_text(encoding="utf-8")
