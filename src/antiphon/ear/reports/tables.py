"""Tables that become cards where the page is narrow, and keep their meaning for who listens to them."""

from __future__ import annotations

from collections.abc import Sequence

from antiphon.ear.figure_names import interval, shown
from antiphon.ear.reports.markup import Child, Markup, join, tag
from antiphon.ear.results import Figures


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[Child]], *, numbers: Sequence[int] = ()
) -> Markup:
    """A table; the first cell of a row is its header. `numbers` are the columns that are set to the right.

    The roles are said aloud: the narrow page's style makes blocks of the rows, and a browser then forgets that they were any.
    """
    head = tag(
        "tr",
        *(
            tag("th", name, scope="col", role="columnheader", class_=_class(index, numbers))
            for index, name in enumerate(columns)
        ),
        role="row",
    )
    body = []
    for row in rows:
        cells = [
            tag("th", row[0], scope="row", role="rowheader")
            if index == 0
            else tag("td", cell, role="cell", data_name=columns[index], class_=_class(index, numbers))
            for index, cell in enumerate(row)
        ]
        body.append(tag("tr", *cells, role="row"))
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", head, role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        role="table",
        class_="cards",
    )


def _class(index: int, numbers: Sequence[int]) -> str | None:
    return "number" if index in numbers else None


def figures_table(caption: str, figures: Figures) -> Markup:
    """Figures with their intervals and counts."""
    rows = [
        (
            tag("code", name),
            tag("b", shown(name, figure.value)),
            interval(name, figure) or "–",
            str(figure.count),
            figure.note,
        )
        for name, figure in figures.items()
    ]
    return table(caption, ("Figure", "Value", "95 % interval", "n", "Note"), rows, numbers=(1, 2, 3))


def details(summary: Child, *children: Child, open_: bool = False, class_: str | None = None) -> Markup:
    """Something that is unfolded."""
    return tag("details", tag("summary", summary), *children, open=open_, class_=class_)


def facts_list(pairs: Sequence[tuple[Child, Child]]) -> Markup:
    """Names and values."""
    return tag(
        "dl", join(tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs), class_="facts"
    )
