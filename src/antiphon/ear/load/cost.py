"""What processes cost: CPU and memory between two moments, each process of a tree by its name."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

import psutil

from antiphon.ear.results import ProcessCost


class Meter:
    """Watches process trees.

    Args:
        roots: name → process id; the processes below count apart, as "name: command".
    """

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = dict(roots)
        self._before: dict[int, float] = {}
        self._began = time.monotonic()
        self.begin()

    def begin(self) -> None:
        """The first moment."""
        self._before = {process.pid: _cpu_s(process) for _, process in self._processes()}
        self._began = time.monotonic()

    def read(self) -> tuple[ProcessCost, ...]:
        """Cores used since `begin`, and memory now (shared pages divided where the system tells, else resident)."""
        took_s = max(time.monotonic() - self._began, 1e-6)
        costs = []
        for name, process in self._processes():
            with suppress(psutil.Error):
                used = _cpu_s(process) - self._before.get(process.pid, 0.0)
                costs.append(
                    ProcessCost(
                        name=name,
                        pid=process.pid,
                        cores=round(used / took_s, 4),
                        rss_mb=round(_memory(process) / 1e6, 1),
                    )
                )
        return tuple(costs)

    def _processes(self) -> list[tuple[str, psutil.Process]]:
        found: list[tuple[str, psutil.Process]] = []
        for name, pid in self._roots.items():
            with suppress(psutil.Error):
                root = psutil.Process(pid)
                found.append((name, root))
                found += [(f"{name}: {_what(child)}", child) for child in root.children(recursive=True)]
        return found


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return int(process.memory_info().rss)


def _what(process: psutil.Process) -> str:
    """A process by what is run in it: the last module or script of its command line."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return "?"
    named = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-m"]
    if named:
        more = words[words.index(named[-1]) + 1 :]
        return " ".join([named[-1].rpartition(".")[2], *more[:1]])
    return words[0].rpartition("/")[2] if words else "?"
