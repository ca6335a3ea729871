"""Workers, and a livekit-server if none is given, beside the page of `antiphon up --livekit`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from antiphon.agent.model import engine_address
from antiphon.child import how_it_ended
from antiphon.livekit_server import LiveKitServer
from antiphon.settings import Settings
from antiphon.supervisor import claim_port
from antiphon.workers.access import Access, check_access, livekit_access
from antiphon.workers.fleet import Fleet

Say = Callable[[str], None]

HOST = "127.0.0.1"


@asynccontextmanager
async def livekit_beside(
    settings: Settings, agent_file: Path | None, log_level: str, say: Say
) -> AsyncIterator[Access]:
    """Keeps workers for a LiveKit server while the block runs: the one at LIVEKIT_URL, or else one of this machine.

    Args:
        settings: the whole tree.
        agent_file: a LiveKit agent file instead of the desk.
        log_level: of the workers.
        say: told what happens.

    Yields:
        What opens the server. Calls can be taken.

    Raises:
        MissingPartError: there is no LIVEKIT_URL, and no livekit-server on the machine.
        PortInUseError: its port is taken.
        LiveKitFailed, WorkerFailed: it, or a worker, did not start.
        SettingsError: the server at LIVEKIT_URL does not take the key.
    """
    async with AsyncExitStack() as stack:
        if os.environ.get("LIVEKIT_URL"):
            access = livekit_access()
            await check_access(access, say)
        else:
            access = await stack.enter_async_context(_own_server(settings, say))
        livekit = settings.livekit.model_copy(
            update={"processes": settings.livekit.processes or 1, "port": 0}
        )
        fleet = Fleet(
            settings.model_copy(update={"livekit": livekit}),
            access,
            _command(agent_file, log_level),
            say,
            env={
                "ANTIPHON_AGENT__ENGINE_URL": engine_address(settings),
                "ANTIPHON_AGENT__MODEL": settings.agent.model,
            },
        )
        running = asyncio.create_task(fleet.run(), name="workers")
        stack.push_async_callback(_stop, running)
        ready = asyncio.create_task(fleet.wait_ready())
        stack.push_async_callback(_stop, ready)
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        running.add_done_callback(partial(_tell_failure, say))
        yield access


@asynccontextmanager
async def _own_server(settings: Settings, say: Say) -> AsyncIterator[Access]:
    port = settings.livekit.server_port
    server = LiveKitServer(port)
    for used in (port, port + 1):
        claim_port(HOST, used, "The livekit-server", "livekit.server_port")
    say("Starting a livekit-server …")
    server.spawn()
    try:
        await server.wait_ready()
        keeping = asyncio.create_task(_keep(server, say), name="livekit-server")
        yield Access(server.url, server.key, server.secret)
        await _stop(keeping)
    finally:
        server.kill()


async def _keep(server: LiveKitServer, say: Say) -> None:
    """Starts it again whenever it ends; agents and callers come back by themselves."""
    while True:
        code = await server.ended()
        say(f"The livekit-server ended ({how_it_ended(code)}). Starting it again …")
        server.sweep()
        await asyncio.sleep(0.5)
        server.spawn()


def _tell_failure(say: Say, workers: asyncio.Task[None]) -> None:
    if not workers.cancelled() and (error := workers.exception()) is not None:
        say(f"✗ No calls can be taken any more: the workers failed ({error!r}). Start again.")


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _command(agent_file: Path | None, log_level: str) -> list[str]:
    agent = ["--agent", str(agent_file.resolve())] if agent_file else []
    # -P: the folder that the person stands in is no place to import from
    return [sys.executable, "-P", "-m", "antiphon.cli", "work", *agent, "--log-level", log_level]
