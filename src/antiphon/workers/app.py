"""What `agent.py` needs: a server for LiveKit's command line, and the parent of its processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from livekit.agents import Agent

from antiphon.errors import SettingsError
from antiphon.settings import Settings, load
from antiphon.supervisor import claim_port, ending_signals
from antiphon.workers.access import Access, check_access
from antiphon.workers.fleet import Fleet
from antiphon.workers.health import HOST
from antiphon.workers.server import CallServer


def call_server(agent_factory: Callable[[], Agent]) -> CallServer:
    """A LiveKit worker that carries many calls: `livekit.agents.cli.run_app(call_server(make_agent))`.

    Args:
        agent_factory: makes the agent of each call.

    Raises:
        SystemExit: a setting is wrong; it is told on stderr.
    """
    import uvloop

    from antiphon.cli import report

    try:
        settings = load()
    except SettingsError as error:
        raise SystemExit(report(error)) from error
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    return CallServer(settings, agent_factory)


async def run_fleet(
    settings: Settings, access: Access, command: Sequence[str], say: Callable[[str], None] = print
) -> None:
    """Keeps this machine's worker processes until it is told to end, and their calls have ended.

    Args:
        settings: the whole tree.
        access: the LiveKit server's address and keys.
        command: what a worker process runs.
        say: told in plain words what happens.

    Raises:
        SettingsError: the LiveKit server does not take the key.
        PortInUseError: another program has the port for health and metrics.
        WorkerFailed: the workers cannot start.
    """
    if settings.livekit.port:
        claim_port(HOST, settings.livekit.port, "The worker's health", "livekit.port")
    await check_access(access, say)
    fleet = Fleet(settings, access, command, say)
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, fleet.end)
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    await fleet.run()
