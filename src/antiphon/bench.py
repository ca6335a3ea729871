"""`antiphon bench`: the ear's scenarios on any line, or on an agent in this process; its reports and its exit code."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from antiphon.ear.bench import Bench, OpenerFor, pooled
from antiphon.ear.calibration import Calibration, proved
from antiphon.ear.lines.address import LineOptions, kind_of
from antiphon.ear.reports import html, junit, terminal
from antiphon.ear.reports.progress import Progress
from antiphon.ear.results import RUN_FILE, Run
from antiphon.ear.scenario import Scenario, chosen, quick
from antiphon.ear.signal import RECEIVED
from antiphon.ear.voices import Voices
from antiphon.errors import MissingPartError
from antiphon.settings import Settings

if TYPE_CHECKING:
    from antiphon.agent.calls import Calls
    from antiphon.supervisor import EngineProcess

T = TypeVar("T")

HERE = "here"
"""The target that is an agent in this process."""

REPORT_FILE = "report.html"
JUNIT_FILE = "junit.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for.

    Attributes:
        target: an address, or HERE.
        line: what its line needs.
        scenarios: names and files; (): all that are built in.
        voices: (): those that this machine has.
        recordings, speech_server: more voices.
        out: the run's folder; None: nothing is kept.
        label: what the run is called; "": the target.
        quick: the first voice alone, and one short call instead of all scenarios: under two minutes, an agent's start included.
    """

    target: str = HERE
    line: LineOptions = LineOptions()
    scenarios: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    recordings: Path | None = None
    speech_server: str = ""
    repeat: int = 1
    seed: int = 1
    out: Path | None = None
    label: str = ""
    quick: bool = False
    as_json: bool = False


def run(
    settings: Settings, options: Options, *, agent_file: Path | None = None, log_level: str = "warning"
) -> int:
    """Measures and reports; returns the exit code: 0, or 1 if a bound was missed.

    Raises:
        NoScenario, NoVoice: wrong use, told before anything is started.
        Untrue: the instrument is off.
        What the target's line raises, and for HERE what `run_with_calls` does.
    """
    scenarios = [quick()] if options.quick and not options.scenarios else chosen(options.scenarios)
    voices = Voices(options.voices, recordings=options.recordings, server=options.speech_server)
    if options.quick:
        voices = voices.only(1)
    measured: list[Run] = []

    async def measure(opener_for: OpenerFor) -> None:
        measured.append(await _measure(options, scenarios, voices, opener_for))

    if options.target == HERE:
        _here(settings, measure, agent_file, log_level)
    else:
        _elsewhere(options, measure)
    return tell(measured[0], options.out, as_json=options.as_json) if measured else 1


async def _measure(
    options: Options, scenarios: Sequence[Scenario], voices: Voices, opener_for: OpenerFor
) -> Run:
    measured = await Begun.now()
    with Progress(None) as progress:
        bench = Bench(
            opener_for=opener_for,
            voices=voices,
            out=options.out,
            repeat=options.repeat,
            seed=options.seed,
            watch=progress,
        )
        results, calls = await bench.run(scenarios)
    return measured.run(
        options.target,
        kind_of(options.target, options.line.line),
        label=options.label,
        scenarios=tuple(results),
        calls=tuple(calls),
        figures=pooled(scenarios, calls),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that has begun: when, on which machine, and the instrument's proof."""

    began: dt.datetime
    started_s: float
    machine: dict[str, Any]
    calibration: Calibration

    @classmethod
    async def now(cls) -> Begun:
        """Begins a run.

        Raises:
            Untrue: the instrument is off.
        """
        about = machine()
        return cls(
            began=dt.datetime.now(dt.UTC),
            started_s=time.monotonic(),
            machine=about,
            calibration=await proved(),
        )

    def run(self, address: str, line: str, *, label: str = "", **found: Any) -> Run:
        """The run, with what it found."""
        return Run(
            label=label or shown_address(address),
            target={"line": line, "address": shown_address(address)},
            began=self.began.isoformat(timespec="seconds"),
            took_s=round(time.monotonic() - self.started_s, 1),
            machine=self.machine,
            instrument={"calibration": self.calibration.as_dict(), "activity_rule": RECEIVED.as_dict()},
            antiphon=version("antiphon"),
            **found,
        )


Measure = Callable[[OpenerFor], Coroutine[Any, Any, None]]


def _here(settings: Settings, measure: Measure, agent_file: Path | None, log_level: str) -> None:
    """Calls an agent in this process; its bookings go into a book of their own, which is thrown away."""
    if find_spec("livekit") is None:
        raise MissingPartError(
            "An agent of this machine needs LiveKit Agents, which is not installed.",
            mend="Name the agent to call (antiphon bench ADDRESS), or pip install 'antiphon[agent,engine,piper]'.",
        )
    from antiphon.call import opener
    from antiphon.runtime import run_with_calls

    async def work(calls: Calls, _engine: EngineProcess | None) -> int:
        await measure(lambda _: opener(calls))
        return 0

    with tempfile.TemporaryDirectory(prefix="antiphon-bench-") as folder:
        book = settings.desk.model_copy(update={"database": Path(folder) / "bookings.sqlite3"})
        run_with_calls(
            settings.model_copy(update={"desk": book}),
            work,
            agent_file=agent_file,
            log_level=log_level,
            say=lambda text: print(text, file=sys.stderr, flush=True),
            reuse_engine=True,
        )


def _elsewhere(options: Options, measure: Measure) -> None:
    from antiphon.ear.front_desk import front_desk
    from antiphon.ear.lines.address import openers

    desk = front_desk()
    opener_of = openers(options.target, options.line)
    run_here(measure(lambda scenario: opener_of(scenario.agent or desk)))


def run_here(work: Coroutine[Any, Any, T]) -> T:
    """Runs to its end in an event loop of this process."""
    import uvloop

    return uvloop.run(work)


def tell(found: Run, out: Path | None, *, as_json: bool) -> int:
    """Keeps a run in a folder, prints it, and gives its exit code."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / RUN_FILE).write_bytes(found.to_json())
        (out / JUNIT_FILE).write_text(junit.junit(found), encoding="utf-8")
        (out / REPORT_FILE).write_text(html.page([found], [out]), encoding="utf-8")
    if as_json:
        sys.stdout.write(found.to_json().decode() + "\n")
    else:
        terminal.show(found)
        if out is not None:
            print(f"\nKept in {out}: {REPORT_FILE}, {RUN_FILE}, {JUNIT_FILE}, calls/")
    return 0 if found.passed else 1


def shown_address(address: str) -> str:
    """An address without what may be secret: its query, and a name and password in it."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def machine() -> dict[str, Any]:
    """What the figures are taken on."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load_average_1_min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()
