"""A run in a terminal: the verdict, a line for each scenario, the figures with their intervals, load tables, notes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from antiphon.ear.figure_names import interval, plain, short, shown
from antiphon.ear.reports.facts import (
    Verdict,
    bound_words,
    calls_of,
    instrument_words,
    main_names,
    max_calls_words,
    process_words,
)
from antiphon.ear.results import Figures, Load, Run, ScenarioResult

LOAD_FIGURES = (
    "heard_e2e_latency_p50_ms",
    "heard_e2e_latency_p90_ms",
    "heard_e2e_latency_p95_ms",
    "unanswered_turn_count",
    "audio_gap_per_minute_count",
)

PIPE_WIDTH = 140

GOOD, BAD, DIM = "green", "bold red", "dim"


def show(run: Run, console: Console | None = None) -> None:
    """Prints a run."""
    (console or wide_console()).print(rendered(run))


def wide_console() -> Console:
    """stdout; a file or a pipe has no width of its own, and tables need one."""
    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def rendered(run: Run) -> RenderableType:
    """A run, for a rich console. Foreign words are never taken for markup or control codes."""
    parts: list[RenderableType] = [*_head(run)]
    if run.scenarios:
        parts += [Text(), _scenarios(run), *_missed(run)]
    if run.figures:
        parts += [Text(), figures_table(run.figures, "Over all scenarios on an undisturbed line")]
    for load in run.loads:
        parts += [Text(), *_load(load)]
    if run.notes:
        parts.append(Text())
        parts += [Padding(Text(f"Note: {plain(note)}"), (0, 0, 0, 1)) for note in run.notes]
    return Group(*parts)


def _head(run: Run) -> Iterator[Text]:
    verdict = Verdict.of(run)
    yield Text.assemble(
        (" PASSED " if verdict.passed else " MISSED ", f"reverse {GOOD if verdict.passed else BAD}"),
        " ",
        (plain(run.label), "bold"),
        f"  {verdict.words()}",
    )
    target = "  ".join(plain(value) for value in run.target.values())
    yield Text(f" {target}   {plain(run.began)}, took {run.took_s:.0f} s", DIM)
    if run.instrument:
        yield Text(f" Instrument: {instrument_words(run.instrument)}", DIM)


def _table(*columns: tuple[str, bool], title: str = "") -> Table:
    """A table; columns are their title and whether they hold numbers."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left", title_style="bold"
    )
    for name, number in columns:
        table.add_column(
            Text(name),
            justify="right" if number else "left",
            no_wrap=number or name == "figure",
            overflow="fold",
            header_style="",
        )
    return table


def _scenarios(run: Run) -> Table:
    table = _table(("", False), ("scenario", False), ("calls", True), ("heard", False), ("bounds", False))
    for scenario in run.scenarios:
        missed = [bound for bound in scenario.bounds if not bound.passed]
        calls = calls_of(run, scenario)
        unmet = sum(not each.met for call in calls for each in call.expectations)
        failed = sum(bool(call.error) for call in calls)
        bad = bool(missed or unmet or failed)
        table.add_row(
            Text("✗" if bad else "✓", BAD if bad else GOOD),
            Text(plain(scenario.name) + (" (worse line)" if scenario.degraded else "")),
            Text(str(len(scenario.calls))),
            _main(scenario),
            _bounds(len(scenario.bounds), len(missed), unmet, failed),
        )
    return table


def _main(scenario: ScenarioResult) -> Text:
    missed = {bound.figure for bound in scenario.bounds if not bound.passed}
    text = Text()
    for name in main_names(scenario):
        if text:
            text.append(" · ", DIM)
        text.append(f"{plain(short(name))} ")
        text.append(shown(name, scenario.figures[name].value), BAD if name in missed else "bold")
    return text


def _bounds(count: int, missed: int, unmet: int, failed: int) -> Text:
    text = Text()
    if count:
        text.append(f"{count - missed} of {count}", BAD if missed else GOOD)
    for number, what in ((unmet, "not met"), (failed, "failed")):
        if number:
            text.append((", " if text else "") + f"{number} {what}", BAD)
    return text or Text("–", DIM)


def _missed(run: Run) -> Iterator[Text]:
    for scenario in run.scenarios:
        for bound in scenario.bounds:
            if not bound.passed:
                yield Text.assemble((" ✗ ", BAD), f"{plain(scenario.name)}: {bound_words(bound)}")
        for call in calls_of(run, scenario):
            if call.error:
                yield Text.assemble((" ✗ ", BAD), f"{plain(call.id)}: {plain(call.error)}")
            for each in call.expectations:
                if not each.met:
                    found = f"; found {plain(each.found)}" if each.found else ""
                    yield Text.assemble((" ✗ ", BAD), f"{plain(call.id)}: {plain(each.what)}{found}")


def figures_table(figures: Figures, title: str) -> Table:
    """Figures with their intervals and counts."""
    table = _table(("figure", False), ("value", True), ("95 %", True), ("n", True), ("", False), title=title)
    for name, figure in figures.items():
        table.add_row(
            Text(plain(name)),
            Text(shown(name, figure.value), "bold"),
            Text(interval(name, figure)),
            Text(str(figure.count)),
            Text(plain(figure.note), DIM),
        )
    return table


def _load(load: Load) -> Iterator[RenderableType]:
    told = {name for step in load.steps for name, figure in step.figures.items() if figure.value is not None}
    wide = [name for name in LOAD_FIGURES if name in told]
    table = _table(
        ("", False),
        ("calls", True),
        *((plain(short(name)), True) for name in wide),
        ("refused", True),
        ("failed", True),
        ("cores", True),
        ("MB", True),
        ("late", True),
        ("", False),
        title=f"Load on the {plain(load.name)}, arrivals {plain(load.arrivals)}",
    )
    for step in load.steps:
        table.add_row(
            Text("✓" if step.within else "✗", GOOD if step.within else BAD),
            Text(str(step.calls)),
            *(Text(shown(name, step.figures[name].value) if name in step.figures else "–") for name in wide),
            Text(str(step.refused)),
            Text(str(step.failed)),
            Text(f"{sum(each.cores for each in step.processes):.2f}"),
            Text(f"{sum(each.rss_mb for each in step.processes):.0f}"),
            Text(f"{step.late_share:.1%}"),
            Text(plain(step.why_not), DIM),
        )
    yield table
    yield Text.assemble(" ", (max_calls_words(load), "bold"), f"  ({plain(load.rule)})")
    if load.steps:
        yield Text(f" At {load.steps[-1].calls} calls: {process_words(load.steps[-1])}", DIM)
