"""The LiveKit worker of one process, which carries many calls in one event loop.

LiveKit gives each call a process of its own (35-48 MB and 2 % of a core each, and seconds to start). OpenRTC's pool runs them side
by side in one: it has the shape of LiveKit's own pool and is put in its place while the server runs. Its own limit on failures in a
row, which would close a process with all its calls because five others failed, is switched off.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from livekit import rtc
from livekit.agents import Agent, JobContext, JobProcess, JobRequest
from openrtc.runtime.coroutine_server import _CoroutineAgentServer

from antiphon.agent.calls import Calls
from antiphon.lines import metrics
from antiphon.lines.livekit.journal import Journal
from antiphon.lines.livekit.room_line import RoomLine
from antiphon.places import state_folder
from antiphon.settings import Settings

log = logging.getLogger(__name__)


class CallServer(_CoroutineAgentServer):
    """A LiveKit worker with many calls.

    Args:
        settings: `livekit` and `agent` matter.
        agent_factory: makes the agent of each call.

    Attributes:
        calls: the calls of this process, once it runs.
    """

    def __init__(self, settings: Settings, agent_factory: Callable[[], Agent]) -> None:
        limit = settings.agent.max_calls
        super().__init__(
            max_concurrent_sessions=limit,
            consecutive_failure_limit=sys.maxsize,
            # the limit itself is the threshold: load is calls / limit, or the loop's lag if that is worse
            load_threshold=1.0,
            num_idle_processes=limit,  # by which LiveKit estimates what a call adds to an idle worker
            drain_timeout=settings.livekit.drain_s,
            setup_fnc=self._prepare,
            host="127.0.0.1",
            port=settings.livekit.port,
        )
        self.settings = settings
        self._agent_factory = agent_factory
        self._journal = Journal(journal_folder(settings))
        self.calls: Calls | None = None
        self.rtc_session(
            self._answer,
            agent_name=settings.livekit.agent_name or os.environ.get("LIVEKIT_AGENT_NAME", ""),
            on_request=self._asked,
        )

    async def _prepare(self, process: JobProcess) -> None:
        """Warm before ready: the first call shall be as quick as the hundredth."""
        self.calls = Calls(self.settings, self._agent_factory)
        rtc.AudioSource(24_000, 1)  # loads LiveKit's media library

    async def _asked(self, request: JobRequest) -> None:
        """Takes a call, or refuses it at once, so that the server asks another worker."""
        taken = len(self.active_jobs) + self._reserved_slots
        if taken > self.settings.agent.max_calls or self.draining:
            metrics.CALLS_REFUSED.labels("livekit").inc()
            await request.reject()
        else:
            await request.accept(name="Antiphon")

    async def _answer(self, ctx: JobContext) -> None:
        assert self.calls is not None
        await RoomLine(ctx, self.calls, self._journal).run()


def journal_folder(settings: Settings) -> Path:
    """Where running calls are noted."""
    return settings.livekit.journal_dir or state_folder("livekit.journal_dir") / "calls"
