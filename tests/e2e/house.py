"""The whole house as a user runs it: `antiphon up` with its engine, on free ports and with a database of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.calls.engine import ZONE, free_port

READY_S = 90
"""A machine that runs other tests too is slow; a start takes some 10 s."""


@dataclass
class House:
    """`antiphon up` in a process group of its own.

    Attributes:
        folder: where it works and keeps its database.
        options: more for `antiphon up`.
        settings: environment variables.
        output: what it printed so far.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    engine_port: int = field(default_factory=free_port)
    output: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def database(self) -> Path:
        return self.folder / "bookings.sqlite3"

    def start(self) -> None:
        """Starts it and waits until it says that the agent is ready."""
        settings = {
            "ANTIPHON_DESK__DATABASE": str(self.database),
            "ANTIPHON_TIMEZONE": ZONE,
        }
        command = [sys.executable, "-P", "-m", "antiphon.cli", "up"]
        ports = ["--port", str(self.port), "--engine-port", str(self.engine_port)]
        self._process = subprocess.Popen(
            [*command, *ports, *self.options],
            cwd=self.folder,
            env=os.environ | settings | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(READY_S):
            self.stop()
            raise AssertionError("it did not become ready:\n" + "".join(self.output))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)
            if "Agent is ready" in line:
                self._ready.set()

    def engine(self) -> psutil.Process:
        """The engine's process, at present."""
        return self.child("serve")

    def child(self, word: str) -> psutil.Process:
        """The process, at present, that is this program or this command of `antiphon`."""
        for child in psutil.Process(self._process.pid).children(recursive=True):
            if child.name() == word or word in child.cmdline():
                return child
        raise AssertionError(f"there is no process of {word!r}:\n" + "".join(self.output))

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for it."""
        whole = psutil.Process(self._process.pid)
        return [whole, *whole.children(recursive=True)]

    def stop(self) -> None:
        """Ctrl-C; what does not end is killed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(5)

    def bookings(self, name: str) -> list[dict[str, Any]]:
        """The bookings under a name."""
        with sqlite3.connect(self.database) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM bookings WHERE name = ? COLLATE NOCASE", (name,))
            return [dict(row) for row in rows]

    def history(self, booking_id: int) -> list[str]:
        """What was done with a booking, in order."""
        with sqlite3.connect(self.database) as db:
            rows = db.execute("SELECT what FROM history WHERE booking_id = ? ORDER BY id", (booking_id,))
            return [row[0] for row in rows]


def wait_for(holds: Any, seconds: float = 10.0) -> bool:
    """Waits for something outside of any call."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False
