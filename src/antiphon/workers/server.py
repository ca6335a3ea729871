"""The LiveKit worker, whose processes carry many calls each.

LiveKit gives each call a process of its own (35-48 MB and 2 % of a core each, and seconds to start). OpenRTC's pool runs them side
by side in one event loop: it has the shape of LiveKit's own pool and is put in its place while the server runs. Its own limit on
failures in a row, which would close a process with all its calls because five others failed, is switched off.

`python agent.py start` is the parent of several such processes (fleet.py); `dev` and `connect` are one; `console` talks without a room.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livekit.agents import NOT_GIVEN, Agent, AgentServer, JobContext, JobProcess, JobRequest
from openrtc.runtime.coroutine_server import _CoroutineAgentServer

from antiphon.agent import media_events
from antiphon.agent.calls import Calls
from antiphon.agent.model import realtime_model
from antiphon.agent.session import CallInfo, client_vad, new_session
from antiphon.child import LIFELINE
from antiphon.errors import AntiphonError
from antiphon.lines import metrics
from antiphon.lines.livekit.company import since
from antiphon.lines.livekit.journal import Journal
from antiphon.lines.livekit.room_line import RoomLine, resumed
from antiphon.places import state_folder
from antiphon.settings import Settings
from antiphon.workers.access import check_access, livekit_access
from antiphon.workers.lateness import Lateness
from antiphon.workers.sweep import Sweeper

log = logging.getLogger(__name__)

READY = "ready"
"""What a worker process says to its parent when it is registered with the LiveKit server."""


ALIVE = "alive"
"""What it says every second while its event loop runs."""

METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"


class CallServer(_CoroutineAgentServer):
    """A LiveKit worker with many calls in each process.

    Args:
        settings: `livekit` and `agent` matter.
        agent_factory: makes the agent of each call.

    Attributes:
        settings: as given.
        calls: the calls of this process, once it runs.
    """

    def __init__(self, settings: Settings, agent_factory: Callable[[], Agent]) -> None:
        limit = settings.agent.max_calls
        super().__init__(
            max_concurrent_sessions=limit,
            consecutive_failure_limit=sys.maxsize,
            # the limit itself is the threshold: load is calls / limit (lateness.py)
            load_threshold=1.0,
            num_idle_processes=limit,  # by which LiveKit estimates what a call adds to an idle worker
            drain_timeout=settings.livekit.drain_s,
            setup_fnc=self._prepare,
            host="127.0.0.1",
            port=settings.livekit.port,
        )
        self.settings = settings
        self.calls: Calls | None = None
        self._agent_factory = agent_factory
        self._metrics_dir = ""
        self._parent = False
        self._lateness = Lateness()
        self._sweeper = Sweeper()
        self._journal = Journal(journal_folder(settings))
        self.rtc_session(
            self._answer,
            agent_name=settings.livekit.agent_name or os.environ.get("LIVEKIT_AGENT_NAME", ""),
            on_request=self._asked,
        )

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Runs as LiveKit's command line asks: `start` with several processes, everything else with one."""
        if LIFELINE in os.environ:
            from antiphon.workers.process import run_worker

            await run_worker(self)
        elif unregistered:
            await self.serve(devmode=devmode, unregistered=True)
        else:
            await self._run_or_tell(devmode=devmode)

    async def _run_or_tell(self, *, devmode: bool) -> None:
        """What is wrong with the settings is told in two lines, not in LiveKit's traceback."""
        from antiphon.cli import report
        from antiphon.workers.app import run_fleet

        try:
            access = livekit_access(self._ws_url, self._api_key, self._api_secret)
            if devmode:
                await check_access(access, print)
                await self.serve(devmode=True)
            else:
                self._parent = True
                await run_fleet(self.settings, access, [sys.executable, *sys.orig_argv[1:]])
        except AntiphonError as error:
            code = report(error)
            sys.stderr.flush()
            os._exit(code)  # a SystemExit would come out of LiveKit's loop with tracebacks around it

    async def serve(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Runs this one process until `aclose`."""
        # LiveKit empties this folder when it starts, and our counters' files are open in it: until then it is not shown
        self._metrics_dir = os.environ.pop(METRICS_DIR, "")
        if _in_console():
            await AgentServer.run(self, devmode=devmode, unregistered=unregistered)
        else:
            await super().run(devmode=devmode, unregistered=unregistered)

    async def drain(self, timeout: Any = NOT_GIVEN) -> None:  # noqa: ASYNC109 - LiveKit's signature
        """As LiveKit's; the parent of a fleet has no calls of its own."""
        if not self._parent:
            await super().drain(timeout)

    async def aclose(self) -> None:
        """As LiveKit's; the parent of a fleet has nothing to close."""
        if not self._parent:
            await super().aclose()

    async def _prepare(self, process: JobProcess) -> None:
        """Warm before ready: the first call shall be as quick as the hundredth."""
        if self._metrics_dir:
            os.environ[METRICS_DIR] = self._metrics_dir
        if _in_console():
            process.userdata["vad"] = client_vad(self.settings)
            return
        self.calls = Calls(self.settings, self._agent_factory)
        media_events.route()  # loads LiveKit's media library, too

    async def _asked(self, request: JobRequest) -> None:
        """Takes a call, or refuses it at once, so that the server asks another worker."""
        if len(self.active_jobs) + self._reserved_slots > self.settings.agent.max_calls or self.draining:
            metrics.CALLS_REFUSED.labels("livekit").inc()
            await request.reject()
        else:
            await request.accept(
                name="Antiphon", attributes=since(taken_over=bool(resumed(request.job.metadata)))
            )

    def _coroutine_load_fnc(self) -> float:
        """OpenRTC's: what the LiveKit server is told, asked for twice a second and before each call."""
        if (pool := self.coroutine_pool) is None:
            return 0.0
        return self._lateness.load(len(pool.processes), pool.max_concurrent_sessions, pool.loop_lag_ms)

    async def _answer(self, ctx: JobContext) -> None:
        if _in_console():
            await self._talk_here(ctx)
            return
        assert self.calls is not None
        try:
            await RoomLine(ctx, self.calls, self._journal).run()
        finally:
            self._sweeper.call_ended()

    async def _talk_here(self, ctx: JobContext) -> None:
        """`console`: the caller is at this terminal."""
        session = new_session(
            realtime_model(self.settings),
            CallInfo(ctx.job.id, "console"),
            vad=ctx.proc.userdata["vad"],
        )
        await session.start(self._agent_factory(), room=ctx.room)
        await session.generate_reply(instructions=self.settings.agent.greeting)


def journal_folder(settings: Settings) -> Path:
    """Where running calls are noted."""
    return settings.livekit.journal_dir or state_folder("livekit.journal_dir") / "calls"


def _in_console() -> bool:
    from livekit.agents.cli import AgentsConsole

    console: Any = AgentsConsole.get_instance()
    return bool(console.enabled)
