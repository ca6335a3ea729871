"""A comparison of two runs in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from antiphon.ear.compare import Change, Comparison, Verdict
from antiphon.ear.figure_names import difference, plain, shown
from antiphon.ear.reports.terminal import wide_console

WORDS: dict[Verdict, str] = {
    "better": "better",
    "worse": "worse",
    "differs": "differs",
    "no_difference": "no difference shown",
    "too_few": "too few to tell",
    "not_tested": "not tested",
}
_STYLES = {"better": "green", "worse": "bold red", "differs": "yellow", "too_few": "dim", "not_tested": "dim"}


def show_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Prints a comparison."""
    (console or wide_console()).print(rendered_comparison(comparison))


def rendered_comparison(comparison: Comparison) -> RenderableType:
    """A comparison, for a rich console."""
    parts: list[RenderableType] = [
        Text.assemble(("A ", "bold"), plain(comparison.a), "   ", ("B ", "bold"), plain(comparison.b)),
        Text(headline(comparison), "bold red" if comparison.worse else "bold"),
    ]
    for scenario in dict.fromkeys(change.scenario for change in comparison.changes):
        changes = [change for change in comparison.changes if change.scenario == scenario]
        parts += [Text(), _table(scenario or "Over the whole run", changes)]
    parts += [Text(f"Note: {plain(note)}") for note in comparison.notes]
    parts += [Text(line, "dim") for line in method(comparison)]
    return Group(*parts)


def headline(comparison: Comparison) -> str:
    """The verdict in one line."""
    found = {verdict: sum(each.verdict == verdict for each in comparison.changes) for verdict in WORDS}
    return "B against A: " + ", ".join(
        f"{count} {WORDS[verdict]}" for verdict, count in found.items() if count
    )


def method(comparison: Comparison) -> Iterator[str]:
    """How it was tested."""
    yield (
        "Percentiles and sums: permutation test, pairs of the same turn swapped; 95 % bootstrap interval of B − A. Shares: Fisher's exact "
        "test; Newcombe's interval."
    )
    yield (
        f"p after Holm's correction over the run's figures, and over those of the scenarios; {comparison.alpha:.0%} each. "
        "It speaks of these turns and voices, not of all callers."
    )


def p_words(p: float | None) -> str:
    """A p value: "0.031", "< 0.001", "" for none."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def difference_words(change: Change) -> str:
    """The difference with its interval: "−120 ms (−150 to −90)"."""
    text = difference(change.figure, change.difference)
    if change.low is None or change.high is None:
        return text
    unit = "_rate" if change.test == "fisher" else change.figure
    points = " points" if change.test == "fisher" and not change.figure.endswith("_rate") else ""
    low, high = (difference(unit, value, unit=False) for value in (change.low, change.high))
    return f"{text} ({low} to {high}{points})"


def ratio_words(change: Change) -> str:
    """The ratio B ÷ A: "× 0.71"."""
    return "–" if change.ratio is None else f"× {change.ratio:.2f}"


def _table(title: str, changes: list[Change]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=Text(plain(title)),
        title_justify="left",
        title_style="bold",
    )
    for name, justify in (("figure", "left"), ("A", "right"), ("B", "right"), ("B − A (95 %)", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", header_style="")
    for name in ("B ÷ A", "p", "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", header_style="")
    for change in changes:
        verdict = Text(WORDS[change.verdict], _STYLES.get(change.verdict, ""))
        if change.why:
            verdict.append(f": {plain(change.why)}", "dim")
        table.add_row(
            Text(plain(change.figure)),
            Text(shown(change.figure, change.a.value)),
            Text(shown(change.figure, change.b.value)),
            Text(difference_words(change)),
            Text(ratio_words(change)),
            Text(p_words(change.p_holm)),
            verdict,
        )
    return table
