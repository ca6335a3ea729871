"""One livekit-server, one engine and one worker process for all tests of this folder; each test calls in a room of its own."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from livekit import api

from antiphon.livekit_server import LiveKitServer
from tests.calls.engine import ZONE, RunningEngine
from tests.rooms.phone import Dial, RoomPhone
from tests.workers.house import Workers, free_ports, until

ALONE_S = 4.0
"""So long the worker's agents wait for a caller whose line was lost."""

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def livekit() -> Iterator[LiveKitServer]:
    """A livekit-server with a configuration and ports of its own."""
    server = LiveKitServer(free_ports())
    server.spawn()
    asyncio.run(server.wait_ready())
    yield server
    server.kill()


@pytest.fixture(scope="package")
def room_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """The engine with its real models."""
    running = RunningEngine(tmp_path_factory.mktemp("engine"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="package")
def workers(
    livekit: LiveKitServer, room_engine: RunningEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """`agent.py start` with one worker process. What it says at its end is looked at too."""
    settings = {
        "ANTIPHON_LIVEKIT__PROCESSES": "1",
        "ANTIPHON_LIVEKIT__ALONE_S": str(ALONE_S),
        "ANTIPHON_TIMEZONE": ZONE,
    }
    agent_file = Path(__file__).parent / "desk_with_caller.py"
    engine_url = f"http://127.0.0.1:{room_engine.port}/v1"
    running = Workers(livekit, engine_url, tmp_path_factory.mktemp("workers"), settings, agent_file)

    async def start() -> None:
        await running.__aenter__()
        await running.until_ready(1)

    asyncio.run(start())
    yield running
    running.process.send_signal(signal.SIGTERM)
    asyncio.run(until(lambda: running.process.poll() is not None))
    assert running.process.returncode == 0
    assert list(running.journal.glob("*")) == [], "calls are noted that nobody has"


@pytest.fixture
async def dial(livekit: LiveKitServer, workers: Workers) -> AsyncIterator[Dial]:
    """Makes phones; at the test's end everybody has left, and nothing is left of the calls."""
    async with AsyncExitStack() as stack:

        def make(room: str = "", **rest: Any) -> RoomPhone:
            phone = RoomPhone(livekit, room or f"room-{next(_numbers)}", **rest)
            stack.push_async_callback(phone.hang_up)
            return phone

        yield make
    await until(lambda: workers.metric("antiphon_line_calls_active") == 0)
    await until(lambda: not list(workers.journal.glob("*")))


@pytest.fixture
async def server_api(livekit: LiveKitServer) -> AsyncIterator[api.LiveKitAPI]:
    """The server's API, as whoever runs it uses it."""
    async with api.LiveKitAPI(livekit.url, livekit.key, livekit.secret) as opened:
        yield opened
