"""What is going on while a run goes on: one moving line on stderr. Where stderr is no terminal it says nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from antiphon.ear.figure_names import plain
from antiphon.ear.results import Call

MOST_LETTERS = 32
"""Of what is being done: the figures stand behind it."""


class Progress:
    """`with Progress(total) as progress: … progress.began("interruption"); progress.ended(call)`.

    Args:
        total: how many calls are to be made; None: not known.
        what: the unit, as in "7/60 calls".
        console: for tests; None: stderr.
    """

    def __init__(self, total: int | None, what: str = "calls", console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._latencies: list[float] = []
        self._wanting = 0
        self._bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn(what, markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[heard]}", markup=False, style="dim"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, heard="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def began(self, what: str) -> None:
        """What is being done now: a scenario, a step of a load test."""
        self._bar.update(self._task, description=plain(what)[:MOST_LETTERS])

    def ended(self, call: Call) -> None:
        """A call is over; its latencies go into the median that is shown."""
        self._latencies += [
            turn.heard_e2e_latency_ms for turn in call.turns if turn.heard_e2e_latency_ms is not None
        ]
        self._wanting += bool(call.error) or any(not each.met for each in call.expectations)
        heard = ""
        if self._latencies:
            middle = sorted(self._latencies)[len(self._latencies) // 2]
            heard = f"heard p50 {middle:.0f} ms of {len(self._latencies)} turns"
        if self._wanting:
            heard += ("  " if heard else "") + f"{self._wanting} wanting"
        self._bar.update(self._task, advance=1, heard=heard)

    def say(self, line: str) -> None:
        """A line that stays, above the bar."""
        if self._console.is_terminal:
            self._console.print(Text(plain(line)))
