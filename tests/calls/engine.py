"""A real engine for whole calls: its process, its workers, its figures, its records."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from antiphon.settings import Settings, load
from antiphon.supervisor import EngineProcess

ZONE = "Europe/Vienna"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RunningEngine:
    """`antiphon serve` as `antiphon up` runs it, on a port of its own, keeping records.

    Attributes:
        folder: where it works and keeps its records.
    """

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.records = self.folder / "records"
        environment = os.environ | {
            "ANTIPHON_ENGINE__RECORD_DIR": str(self.records),
            "ANTIPHON_TIMEZONE": ZONE,
        }
        self.process = EngineProcess(
            [
                sys.executable,
                "-P",
                "-m",
                "antiphon.cli",
                "serve",
                "--port",
                str(self.port),
                "--log-level",
                "warning",
            ],
            env=environment,
            host="127.0.0.1",
            port=self.port,
            say=lambda text: print(text, file=sys.stderr),
        )

    def settings(self, database: Path) -> Settings:
        """Settings of an agent that uses this engine and that database."""
        return load(
            timezone=ZONE,
            engine={"port": self.port},
            desk={"database": str(database)},
            agent={"record_dir": str(database.parent / "agent-records")},
        )

    def start(self) -> None:
        self.process.spawn()
        asyncio.run(self.process.wait_ready())

    def stop(self) -> None:
        self.process.kill()

    async def restart(self) -> None:
        """Kills the engine with all its workers and starts the next, as the supervisor does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(self.process.pid)], timeout=5)
        self.process.spawn()
        await self.process.wait_ready()

    def workers(self, holding: str) -> list[psutil.Process]:
        """The engine's worker processes whose command line holds a word."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if holding in " ".join(child.cmdline())]

    def metric(self, name: str, **labels: str) -> float:
        """One figure of /metrics (the sum over labels that are not given); 0.0 if there is none."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        total = 0.0
        for line in text.splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match and match[1] == name:
                found = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
                if all(found.get(key) == value for key, value in labels.items()):
                    total += float(match[3])
        return total

    def lines(self, topic: str) -> list[dict[str, Any]]:
        """All sessions' record lines of a topic."""
        found = []
        for path in self.records.glob("*"):
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                if entry["topic"] == topic:
                    found.append(entry)
        return found


async def eventually(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Waits for something outside of the call's time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if await asyncio.to_thread(holds):
            return True
        await asyncio.sleep(0.05)
    return False
