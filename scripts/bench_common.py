"""What the benchmarks share: an agent to call, with its own fresh engine or a running one, and how figures are shown."""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the corpus stands in tests/support

import psutil

from antiphon.agent.calls import Calls
from antiphon.bench import machine
from antiphon.ear.calibration import calibrate
from antiphon.runtime import run_with_calls
from antiphon.settings import Settings, load
from antiphon.supervisor import EngineProcess


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--engine", metavar="URL", help="a running engine, such as http://127.0.0.1:8001/v1")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON there, too")
    return parser


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Measure = Callable[[Calls, list[psutil.Process]], Awaitable[dict[str, Any]]]
"""A benchmark: calls the agent and gives its figures. The processes are the engine's."""


def run(measure: Measure, options: argparse.Namespace, show: Callable[[dict[str, Any]], None]) -> int:
    """Proves the instrument, starts an engine unless a running one was named, measures, and prints the figures.

    Args:
        measure: the benchmark.
        options: the command line.
        show: prints the figures for people.
    """
    figures: dict[str, Any] = {}

    async def work(calls: Calls, engine: EngineProcess | None) -> int:
        calibration = await calibrate()
        if not calibration.good:
            progress(f"the instrument is off by {calibration.bias_ms:.1f} ms; nothing was measured")
            return 1
        about = {"machine": machine(), "calibration": calibration.as_dict()}
        figures.update(about | await measure(calls, engine_processes(settings, engine)))
        return 0

    with tempfile.TemporaryDirectory(prefix="antiphon-bench-") as folder:
        given: dict[str, Any] = {
            "desk": {"database": str(Path(folder) / "bookings.sqlite3")},
            "engine": {"port": free_port()},
        }
        if options.engine:
            given["agent"] = {"engine_url": options.engine}
        settings = load(**given)
        code = run_with_calls(settings, work, agent_file=None, log_level="error", say=progress)
    if code:
        return code
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1, default=str))
    if options.json:
        print(json.dumps(figures, indent=1, default=str))
        return 0
    about = figures["machine"]
    print(
        f"{about['processor']}, {about['cores']} cores, load {about['load_average_1_min']} before; "
        f"instrument's bias {figures['calibration']['bias_ms']:+.1f} ms\n"
    )
    show(figures)
    return 0


def engine_processes(settings: Settings, engine: EngineProcess | None) -> list[psutil.Process]:
    """The engine and its workers; of a running engine, whoever listens at its address; [] if it is elsewhere."""
    pid = engine.pid if engine is not None else _listener(urlsplit(settings.agent.engine_url).port)
    if pid is None:
        return []
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _listener(port: int | None) -> int | None:
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return int(connection.pid) if connection.pid else None
    return None


def median(values: Sequence[float]) -> float | None:
    """The median, rounded to 0.1; None of nothing."""
    return round(statistics.median(values), 1) if values else None


def progress(text: str) -> None:
    """Says on stderr what is being done."""
    print(text, file=sys.stderr, flush=True)
