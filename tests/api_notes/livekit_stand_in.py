"""The end of LiveKit's server that workers register with: it offers jobs and notes the answers. No rooms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web
from livekit.agents import AgentServer, JobExecutorType
from livekit.protocol import agent, models

from tests.api_notes.talk import eventually


class LiveKitStandIn:
    """The server: `async with LiveKitStandIn() as livekit`.

    Attributes:
        url: where a worker connects.
        registered: what workers said of themselves.
        statuses: what they said of their load, newest last.
        answers: job id → their answer.
    """

    def __init__(self) -> None:
        self.url = ""
        self.registered: list[agent.RegisterWorkerRequest] = []
        self.statuses: list[agent.UpdateWorkerStatus] = []
        self.answers: dict[str, agent.AvailabilityResponse] = {}
        self._ws: web.WebSocketResponse | None = None
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/agent", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.url = f"ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def offer(self, job_id: str) -> agent.AvailabilityResponse:
        """Offers a job; it is never assigned."""
        job = agent.Job(id=job_id, room=models.Room(name="room"), type=agent.JobType.JT_ROOM)
        assert self._ws is not None
        message = agent.ServerMessage(availability=agent.AvailabilityRequest(job=job))
        await self._ws.send_bytes(message.SerializeToString())
        assert await eventually(lambda: job_id in self.answers)
        return self.answers[job_id]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        self._ws = ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for frame in ws:
            if frame.type != WSMsgType.BINARY:
                continue
            message = agent.WorkerMessage()
            message.ParseFromString(frame.data)
            match message.WhichOneof("message"):
                case "register":
                    self.registered.append(message.register)
                    welcome = agent.ServerMessage(register=agent.RegisterWorkerResponse(worker_id="AW_1"))
                    await ws.send_bytes(welcome.SerializeToString())
                case "update_worker":
                    self.statuses.append(message.update_worker)
                case "availability":
                    self.answers[message.availability.job_id] = message.availability
                case _:
                    pass
        return ws


@contextlib.asynccontextmanager
async def registered(worker: AgentServer, livekit: LiveKitStandIn, **run: Any) -> AsyncIterator[AgentServer]:
    """Runs a worker until the block ends."""
    worker.update_options(
        ws_url=livekit.url,
        api_key="devkey",
        api_secret="secret-that-is-long-enough-for-a-signature",
        job_executor_type=JobExecutorType.THREAD,
        num_idle_processes=0,
    )
    running = asyncio.create_task(worker.run(**run))
    try:
        assert await eventually(lambda: livekit.registered or running.done())
        if running.done():
            await running
        yield worker
    finally:
        await worker.aclose()
        await asyncio.gather(running, return_exceptions=True)
