"""The page's sections over a run: verdict, tiles, scenarios, comparison, load, and what to know of the instrument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from antiphon.ear.compare import Change, Comparison
from antiphon.ear.figure_names import interval, short, shown
from antiphon.ear.reports.comparison_text import (
    WORDS,
    difference_words,
    headline,
    method,
    p_words,
    ratio_words,
)
from antiphon.ear.reports.facts import MAIN, Verdict, bound_words, calls_of, flat, main_names, max_calls_words
from antiphon.ear.reports.load_plot import load_curve
from antiphon.ear.reports.markup import Child, Markup, join, tag
from antiphon.ear.reports.tables import details, facts_list, figures_table, table
from antiphon.ear.results import Run, ScenarioResult

MOST_TILES = 8


def head(run: Run) -> Markup:
    """What was called, and how it went."""
    verdict = Verdict.of(run)
    badge = tag(
        "span",
        "Passed" if verdict.passed else "Missed",
        class_=f"badge {'good' if verdict.passed else 'bad'}",
    )
    instrument = run.instrument
    proof = [
        f"{name.removesuffix('_ms')} {instrument[name]:+.2f} ms"
        for name in ("bias_ms", "spread_ms", "worst_ms")
        if isinstance(instrument.get(name), int | float)
    ]
    return tag(
        "header",
        tag("p", "antiphon bench: what callers heard", class_="over"),
        tag("h1", run.label),
        tag("p", badge, " ", verdict.words(), class_="verdict"),
        tag(
            "p",
            join((tag("span", value) for value in run.target.values()), " "),
            tag("span", run.began),
            tag("span", f"took {run.took_s:.0f} s"),
            tag("span", f"instrument: {', '.join(proof)}") if proof else None,
            class_="target",
        ),
    )


def tiles(run: Run) -> Markup | None:
    """The figures that are looked at first."""
    names = [name for name in MAIN if name in run.figures and run.figures[name].value is not None]
    names += [name for name in run.figures if name not in names and run.figures[name].value is not None]
    found = []
    for name in names[:MOST_TILES]:
        figure = run.figures[name]
        spread = interval(name, figure)
        found.append(
            tag(
                "div",
                tag("dt", short(name), title=name),
                tag("dd", tag("b", shown(name, figure.value)), class_="value"),
                tag("dd", f"95 %: {spread}" if spread else "no interval", class_="quiet"),
                tag("dd", f"n = {figure.count}", class_="quiet"),
                class_="tile",
            )
        )
    return tag("dl", join(found), class_="tiles") if found else None


def notes(run: Run) -> Markup | None:
    """What the reader should keep in mind."""
    if not run.notes:
        return None
    return tag("ul", join(tag("li", note) for note in run.notes), class_="notes", aria_label="Notes")


def scenarios(run: Run, anchors: Mapping[str, str]) -> Markup | None:
    """A row for each scenario: bounds, main figures, links to its calls (`anchors`: id → place in the page); all its figures below."""
    if not run.scenarios:
        return None
    rows = [_scenario_row(run, scenario, anchors) for scenario in run.scenarios]
    unfolded = [
        details(f"All figures of {scenario.name}", figures_table(scenario.name, scenario.figures))
        for scenario in run.scenarios
        if scenario.figures
    ]
    return join(
        (
            table(
                "What each had to keep, and what was found",
                ("Scenario", "Bounds", "Main figures", "Calls"),
                rows,
            ),
            join(unfolded),
        )
    )


def _scenario_row(run: Run, scenario: ScenarioResult, anchors: Mapping[str, str]) -> tuple[Child, ...]:
    lines = [
        tag(
            "li",
            tag("b", "✓ kept " if bound.passed else "✗ missed ", class_="good" if bound.passed else "bad"),
            bound_words(bound),
        )
        for bound in scenario.bounds
    ]
    calls = calls_of(run, scenario)
    for call in calls:
        if call.error:
            lines.append(tag("li", tag("b", "✗ failed ", class_="bad"), f"{call.id}: {call.error}"))
        lines += [
            tag("li", tag("b", "✗ not met ", class_="bad"), f"{call.id}: {each.what}")
            for each in call.expectations
            if not each.met
        ]
    figures = [
        tag(
            "li",
            f"{short(name)} ",
            tag("b", shown(name, figure.value)),
            tag("span", f" n = {figure.count}", class_="quiet"),
        )
        for name in main_names(scenario, 5)
        if (figure := scenario.figures[name])
    ]
    links = [
        tag(
            "a",
            str(number),
            href=f"#{anchors[call.id]}",
            title=call.id,
            aria_label=f"{number}: call {call.id}",
        )
        for number, call in enumerate(calls, 1)
        if call.id in anchors
    ]
    degraded = tag("span", "worse line", class_="badge") if scenario.degraded else None
    return (
        join((tag("b", scenario.name), " ", degraded, tag("span", scenario.about, class_="about"))),
        tag("ul", join(lines), class_="plain") if lines else tag("span", "none", class_="quiet"),
        tag("ul", join(figures), class_="plain"),
        tag("span", join(links, " "), class_="links") if links else str(len(scenario.calls)),
    )


def comparison_section(comparison: Comparison) -> Markup:
    """Two runs held against each other."""
    scopes = dict.fromkeys(change.scenario for change in comparison.changes)
    tables = []
    for scope in scopes:
        rows = [_change_row(change) for change in comparison.changes if change.scenario == scope]
        columns = ("Figure", "A", "B", "B − A (95 %)", "B ÷ A", "p", "Verdict")
        found = table(scope or "Over the whole run", columns, rows, numbers=(1, 2, 3, 4, 5))
        tables.append(found if not scope else details(scope, found))
    lines = [*comparison.notes, *method(comparison)]
    return tag(
        "section",
        tag("h2", "B against A"),
        tag("p", tag("b", "A "), comparison.a, " · ", tag("b", "B "), comparison.b),
        tag("p", tag("b", headline(comparison), class_="bad" if comparison.worse else None)),
        join(tables),
        tag("ul", join(tag("li", line) for line in lines), class_="notes"),
        class_="card",
    )


def _change_row(change: Change) -> tuple[Child, ...]:
    kind = {"worse": "bad", "better": "good"}.get(change.verdict)
    return (
        tag("code", change.figure),
        shown(change.figure, change.a.value),
        shown(change.figure, change.b.value),
        difference_words(change),
        ratio_words(change),
        p_words(change.p_holm) or "–",
        tag("span", tag("b", WORDS[change.verdict], class_=kind), f": {change.why}" if change.why else None),
    )


def ratios(runs: Sequence[Run]) -> Markup:
    """The same figures of several runs, each with its ratio to the first run's."""
    names = [name for name in runs[0].figures if any(name in run.figures for run in runs[1:])]
    rows = []
    for name in names:
        first = runs[0].figures[name].value
        cells: list[Child] = [tag("code", name), shown(name, first)]
        for run in runs[1:]:
            value = run.figures[name].value if name in run.figures else None
            ratio = f" (×\N{NO-BREAK SPACE}{value / first:.2f})" if value is not None and first else ""
            cells.append(shown(name, value) + ratio)
        rows.append(cells)
    columns = ("Figure", runs[0].label, *(f"{run.label} (ratio)" for run in runs[1:]))
    return table("Figures side by side", columns, rows, numbers=range(1, len(runs) + 1))


def loads(run: Run) -> Iterator[Markup]:
    """A section for each load test."""
    for index, load in enumerate(run.loads):
        yield tag(
            "section",
            tag("h2", f"Load on the {load.name}"),
            tag("p", tag("b", max_calls_words(load)), f" · arrivals: {load.arrivals}"),
            tag("p", f"Rule: {load.rule}", class_="quiet"),
            load_curve(load, f"load-{index}"),
            class_="card",
        )


def about(run: Run) -> Markup:
    """The instrument, the machine, the version."""
    return tag(
        "section",
        tag("h2", "How it was measured"),
        tag(
            "p",
            "Latency is measured at the caller's ear: from the end of his last sound to the first sound of the answer that he received, on "
            "one clock, signed. A figure without a value has too few observations behind it. Intervals are 95 %.",
        ),
        tag("h3", "Instrument"),
        facts_list(list(flat(run.instrument))),
        tag("h3", "Machine"),
        facts_list([*flat(run.machine), ("antiphon", run.antiphon or "–")]),
        class_="card",
    )
