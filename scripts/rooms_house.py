"""What the benchmarks of calls through LiveKit run: a livekit-server, an engine, a worker process; and what each of them uses."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from livekit import api

from antiphon.child import Child
from antiphon.livekit_server import LiveKitServer
from antiphon.runtime import engine_process
from antiphon.settings import load
from antiphon.supervisor import EngineProcess
from antiphon.workers.server import READY

HERE = Path(__file__).resolve().parent
START_S = 60.0


def free_ports(count: int = 3) -> int:
    """The first of so many ports in a row that nobody listens on."""
    while True:
        with suppress(OSError), socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            for more in range(1, count):
                with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                    tcp.bind(("127.0.0.1", port + more))
                    udp.bind(("127.0.0.1", port + more))
            return port


def token(server: LiveKitServer, room: str, identity: str = "caller") -> str:
    """What lets a caller into a room."""
    grants = api.VideoGrants(room_join=True, room=room)
    return api.AccessToken(server.key, server.secret).with_identity(identity).with_grants(grants).to_jwt()


class Worker(Child):
    """One worker process.

    Args:
        server: which LiveKit it works for.
        engine_url: who answers.
        folder: for its journal, its diary and its bookings.
        **settings: of `livekit` and `livekit.media`, by their names in the environment: MEDIA__PROFILE="capacity".

    Attributes:
        journal: the folder of its running calls.
    """

    def __init__(self, server: LiveKitServer, engine_url: str, folder: Path, **settings: str) -> None:
        self.journal = folder / "journal"
        self._diary = folder / "diary.jsonl"
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LIVEKIT_", "ANTIPHON_"))}
        given = {f"ANTIPHON_LIVEKIT__{name}": value for name, value in settings.items()}
        super().__init__(
            [sys.executable, str(HERE / "rooms_worker.py"), str(self._diary)],
            env={
                **env,
                "LIVEKIT_URL": server.url,
                "LIVEKIT_API_KEY": server.key,
                "LIVEKIT_API_SECRET": server.secret,
                "ANTIPHON_AGENT__ENGINE_URL": engine_url,
                "ANTIPHON_AGENT__MAX_CALLS": "100",
                "ANTIPHON_LIVEKIT__PORT": "0",
                "ANTIPHON_LIVEKIT__JOURNAL_DIR": str(self.journal),
                "ANTIPHON_DESK__DATABASE": str(folder / "desk.sqlite3"),
                **given,
            },
        )

    async def wait_ready(self) -> None:
        """Waits until it is registered with the LiveKit server.

        Raises:
            TimeoutError: it was not within START_S.
        """
        async with asyncio.timeout(START_S):
            async for line in self.lines():
                if line == READY:
                    return
            raise RuntimeError("the worker ended while it started")

    def diary(self) -> list[dict[str, Any]]:
        """What it wrote about itself so far."""
        lines = self._diary.read_text().splitlines() if self._diary.exists() else []
        return [json.loads(line) for line in lines]


ANSWER = "We are open every day except Monday, from eleven in the morning until eleven at night."
"""What the scripted engine says."""


@asynccontextmanager
async def rooms(
    engine_url: str = "", answer: str = ANSWER, **settings: str
) -> AsyncIterator[tuple[LiveKitServer, Worker, Child | None]]:
    """A livekit-server, a worker that is ready, and who answers: an engine with models ("engine"), the scripted one ("") or a running one.

    Args:
        engine_url: "engine", "", or the address of a running engine.
        answer: what the scripted engine says.
        settings: the worker's.
    """
    with tempfile.TemporaryDirectory(prefix="antiphon-rooms-") as name:
        folder = Path(name)
        server, engine_port = LiveKitServer(free_ports()), free_ports(1)
        address = engine_url or f"http://127.0.0.1:{engine_port}/v1"
        engine: Child | None = None
        real: EngineProcess | None = None
        if engine_url == "engine":
            engine = real = engine_process(load(engine={"port": engine_port}), "error", lambda _: None)
            address = f"http://127.0.0.1:{engine_port}/v1"
        elif not engine_url:
            script = [sys.executable, str(HERE / "rooms_engine.py"), str(engine_port), answer]
            engine = Child(script, env=os.environ)
        if engine is not None:
            engine.spawn()
        worker = Worker(server, address, folder, **settings)
        server.spawn()
        try:
            await server.wait_ready()
            worker.spawn()
            await worker.wait_ready()
            if real is not None:
                await real.wait_ready()
            elif engine is not None:
                await _listening(engine_port)
            yield server, worker, engine
        finally:
            for child in (worker, engine, server):
                if child is not None:
                    child.kill()


async def _listening(port: int) -> None:
    async with asyncio.timeout(START_S):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)


class Meter:
    """CPU and memory of processes between two moments.

    Args:
        **pids: whose, by name; children count with them.
    """

    def __init__(self, **pids: int) -> None:
        self._groups = {
            name: [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for name, pid in pids.items()
        }
        self._before = self._cpu()
        self._began = time.monotonic()

    def read(self) -> dict[str, dict[str, float]]:
        """Percent of one core since the beginning, and resident memory now (shared pages divided)."""
        took_s = time.monotonic() - self._began
        return {
            name: {
                "cpu_percent": round(100 * (used - self._before[name]) / took_s, 2),
                "memory_mb": round(sum(one.memory_full_info().pss for one in self._groups[name]) / 1e6, 1),
            }
            for name, used in self._cpu().items()
        }

    def _cpu(self) -> dict[str, float]:
        return {
            name: sum(t.user + t.system for t in (one.cpu_times() for one in group))
            for name, group in self._groups.items()
        }
