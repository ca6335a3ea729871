"""`antiphon bench compare A B`."""

from __future__ import annotations

import sys
from pathlib import Path

from antiphon.ear.compare import compare
from antiphon.ear.reports import html
from antiphon.ear.reports.comparison_text import show_comparison
from antiphon.ear.results import Run


def run(before: Path, after: Path, *, out: Path | None, as_json: bool) -> int:
    """Compares two runs; returns 1 if the second is worse, and not by chance.

    Raises:
        NoRun: one of them is none.
    """
    runs = [Run.read(path) for path in (before, after)]
    found = compare(*runs)
    if out is not None:
        folders = [path if path.is_dir() else path.parent for path in (before, after)]
        out.write_text(html.page(runs, folders, comparisons=[found]), encoding="utf-8")
    if as_json:
        sys.stdout.write(found.to_json().decode() + "\n")
    else:
        show_comparison(found)
    return found.exit_code
