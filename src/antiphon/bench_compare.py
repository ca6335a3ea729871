"""`antiphon bench compare A B`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from antiphon.ear.compare import compare
from antiphon.ear.reports.comparison_text import show_comparison
from antiphon.ear.results import Run


def run(before: Path, after: Path, *, out: Path | None, as_json: bool) -> int:
    """Compares two runs; returns 1 if the second is worse, and not by chance.

    Raises:
        NoRun: one of them is none.
    """
    found = compare(Run.read(before), Run.read(after))
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    else:
        show_comparison(found)
    return 0
