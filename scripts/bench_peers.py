"""Other pipelines beside this one, called by the same ear in the same words: how long callers wait, and how often they are cut off.

    python scripts/bench_peers.py --out FOLDER                        all peers, the short set of scenarios
    python scripts/bench_peers.py --out FOLDER --peer antiphon --peer livekit -s plain -s interruption
    python scripts/bench_peers.py --out FOLDER --show                 the table of a folder measured before

Every peer has a fresh engine for itself: the same recogniser, voice and brain, and the same front desk with an empty book. All are
called over the same plain websocket (/api/line). What differs is who takes turns: that is compared, not models. One short call that does
not count comes first, for what programs load when they are first used. Each run is kept as `antiphon bench --out` keeps it
(FOLDER/PEER/run.json), for `antiphon bench compare`. pipecat needs `make peers`. docs/PEERS.md tells what each peer is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_common import free_port, progress
from rich.console import Console
from rich.table import Table

from antiphon import bench
from antiphon.ear.caller import Caller
from antiphon.ear.figure_names import shown
from antiphon.ear.lines.address import openers
from antiphon.ear.play import GREETING_MS
from antiphon.ear.results import RUN_FILE, Run
from antiphon.errors import AntiphonError
from antiphon.settings import load

HERE = Path(__file__).resolve().parent
PEERS_PYTHON = HERE.parent / ".tools" / "peers" / "bin" / "python"
START_S = 90.0
OURS = "antiphon"
SCENARIOS = ("plain", "one_word", "held_pauses", "interruption", "backchannel")

SILENCE_MS = 500
"""Where the fixed-silence baseline ends a turn: OpenAI's server VAD and LiveKit's endpointing have this default."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody to compare with.

    Attributes:
        about: what it is.
        script: the program that answers beside `antiphon serve`; "": `antiphon up` answers itself.
        options: of the script.
        environment: settings of this project's own engine and agent.
        python: which runs the script.
        desk: it gets instructions and tools from `peer_desk.py`.
    """

    about: str
    script: str = ""
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    desk: bool = False


_VAD = ("--turns", "vad")
PEERS = {
    OURS: Peer("this project as it is"),
    "silence": Peer(
        f"this project, but a turn ends after {SILENCE_MS} ms of silence, whatever was said",
        environment={
            "ANTIPHON_ENGINE__TURNS__ENDPOINTING": "silence",
            "ANTIPHON_ENGINE__VAD__SILENCE_DURATION_MS": str(SILENCE_MS),
        },
    ),
    "livekit": Peer("LiveKit's AgentSession with its defaults", "peer_livekit.py"),
    "livekit-vad": Peer("the same, turns by VAD alone", "peer_livekit.py", _VAD),
    "pipecat": Peer("pipecat's cascade template", "peer_pipecat.py", python=PEERS_PYTHON, desk=True),
    "pipecat-vad": Peer(
        "the same, turns by VAD alone", "peer_pipecat.py", _VAD, python=PEERS_PYTHON, desk=True
    ),
}

ROWS = (
    "heard_e2e_latency_p50_ms",
    "heard_e2e_latency_p90_ms",
    "share_at_most_500_rate",
    "share_at_most_1500_rate",
    "unanswered_turn_count",
    "turns_cut_off_rate",
    "eot_misprediction_rate",
    "time_to_yield_p50_ms",
    "time_to_yield_p90_ms",
    "yield_rate",
    "false_interruption_rate",
    "resume_rate",
    "greeting_latency_p50_ms",
    "audio_gap_count",
    "word_error_rate",
)


class NotStarted(Exception):
    """A program ended, or was not ready in time; says which, and where its log is."""


class House:
    """The programs of one peer, which end with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], ready: str) -> None:
        """Starts a program and waits until an address answers.

        Raises:
            NotStarted: it does not.
        """
        log = self._folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                env=os.environ | environment,
                cwd=self._folder,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._stack.callback(_end, process)
        deadline = time.monotonic() + START_S
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"{name} did not start; its log:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)

    def close(self) -> None:
        """Ends all of them, the last one first."""
        self._stack.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@contextlib.contextmanager
def answering(peer: Peer) -> Iterator[str]:
    """A peer with an engine and an empty book of its own; gives the address to call.

    Raises:
        NotStarted: a program of it does not start.
    """
    engine, port, desk = free_port(), free_port(), free_port()
    antiphon = [sys.executable, "-m", "antiphon.cli"]
    with tempfile.TemporaryDirectory(prefix="antiphon-peers-") as folder:
        paths = [str(HERE.parent / "src"), str(HERE), os.environ.get("PYTHONPATH", "")]
        environment = {
            **peer.environment,
            "ANTIPHON_DESK__DATABASE": str(Path(folder) / "bookings.sqlite3"),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }
        house = House(Path(folder))
        try:
            if not peer.script:
                command = [*antiphon, "up", "--port", str(port), "--engine-port", str(engine)]
                house.start("antiphon", command, environment, f"http://127.0.0.1:{port}/readyz")
            else:
                serve = [*antiphon, "serve", "--port", str(engine)]
                house.start("engine", serve, environment, f"http://127.0.0.1:{engine}/readyz")
                options = ["--engine", f"http://127.0.0.1:{engine}/v1", "--port", str(port), *peer.options]
                if peer.desk:
                    address = f"http://127.0.0.1:{desk}"
                    command = [sys.executable, str(HERE / "peer_desk.py"), "--port", str(desk)]
                    house.start("desk", command, environment, f"{address}/readyz")
                    options += ["--desk", address]
                foreign = {} if peer.python == Path(sys.executable) else {"PYTHONPATH": ""}
                command = [str(peer.python), str(HERE / peer.script), *options]
                house.start("peer", command, environment | foreign, f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}/api/line"
        finally:
            house.close()


async def warm(address: str) -> None:
    """A call that does not count: hears the greeting and hangs up."""
    async with Caller(openers(address)(None)) as caller:
        await caller.until_speaking(timeout_ms=GREETING_MS)
        await caller.until_quiet()


def measure(name: str, given: argparse.Namespace) -> None:
    """Calls a peer and keeps its run."""
    peer = PEERS[name]
    progress(f"{name}: {peer.about}")
    with answering(peer) as address:
        asyncio.run(warm(address))
        options = bench.Options(
            target=address,
            scenarios=tuple(given.scenario or SCENARIOS),
            voices=tuple(given.voice or ()),
            repeat=given.repeat,
            seed=given.seed,
            out=given.out / name,
            label=name,
            quick=not given.long,
        )
        bench.run(load(), options)


def table(runs: Mapping[str, Run]) -> Table:
    """The peers side by side; latencies with their ratio to this project's."""
    ours = runs.get(OURS)
    found = Table(title="The same callers, engine and brain; other turn-taking", title_justify="left")
    found.add_column("")
    for name in runs:
        found.add_column(name, justify="right")
    answers = [sum(turn.wants_answer for call in run.calls for turn in call.turns) for run in runs.values()]
    found.add_row(
        "calls, turns to answer",
        *(f"{len(run.calls)}, {n}" for run, n in zip(runs.values(), answers, strict=True)),
    )
    failed = [sum(bool(call.error) for call in run.calls) for run in runs.values()]
    if any(failed):
        found.add_row("calls that failed", *map(str, failed))
    for row in ROWS:
        if any(row in run.figures for run in runs.values()):
            found.add_row(row, *(_cell(row, run, ours) for run in runs.values()))
    return found


def _cell(row: str, run: Run, ours: Run | None) -> str:
    figure = run.figures.get(row)
    if figure is None:
        return "–"
    text = shown(row, figure.value)
    ratio = ""
    if row.endswith("_ms") and ours is not None and run is not ours and row in ours.figures:
        base = ours.figures[row].value
        if base and figure.value is not None:
            ratio = f"  ×{figure.value / base:.1f}"
    count = f" /{figure.count}" if row.endswith("_rate") else ""
    return f"{text}{count}{ratio}"


def main() -> int:
    """Measures and shows; 1 if a peer could not be measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the runs are kept")
    parser.add_argument("--peer", action="append", choices=list(PEERS), help="may be repeated [all]")
    parser.add_argument("--scenario", "-s", action="append", help=f"may be repeated [{', '.join(SCENARIOS)}]")
    parser.add_argument("--voice", action="append", help="of the callers, as antiphon bench has them")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--long", action="store_true", help="all voices, and each scenario as often as it says"
    )
    parser.add_argument("--show", action="store_true", help="only the table of what is in FOLDER")
    given = parser.parse_args()
    given.out = given.out.resolve()
    names = given.peer or [name for name in PEERS if PEERS[name].python.exists() or given.show]
    if left := [name for name in PEERS if name not in names and not given.peer]:
        progress(f"not measured, for `make peers` has not been run: {', '.join(left)}")
    code = 0
    for name in [] if given.show else names:
        try:
            measure(name, given)
        except (NotStarted, AntiphonError, OSError) as error:
            progress(f"{name}: {error}")
            code = 1
    runs = {name: Run.read(given.out / name) for name in names if (given.out / name / RUN_FILE).exists()}
    Console(width=max(100, 30 + 20 * len(runs))).print(table(runs))
    return code


if __name__ == "__main__":
    sys.exit(main())
