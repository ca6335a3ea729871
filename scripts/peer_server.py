"""Serves an agent over a websocket of plain PCM, as `antiphon.ear.lines.pcm` calls it; whatever the agent is made of.

An agent's audio leaves at most LEAD_MS ahead of its playing: real lines hold more (a LiveKit room 200 ms), so a stop is heard here
no later than there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import numpy as np
from aiohttp import WSMsgType, web

from antiphon.clock import monotonic_ms
from antiphon.ear.line import FRAME_MS, FRAME_SAMPLES
from antiphon.ear.signal import Pcm16

LEAD_MS = 3 * FRAME_MS

Tell = Callable[[Mapping[str, Any]], None]


class Answered(Protocol):
    """A call's agent."""

    def hear(self, pcm: Pcm16) -> None:
        """The caller's audio, 24 kHz mono."""

    @property
    def waiting(self) -> int:
        """Samples that could be played now."""

    def take(self, samples: int) -> Pcm16:
        """The next samples. What is taken is played."""

    async def close(self) -> None:
        """The caller hung up."""


Answer = Callable[[Tell], Awaitable[Answered]]
"""Takes a call; `tell` sends messages of the page's protocol, and `{"topic": "clear"}`."""


def serve(answer: Answer, port: int) -> None:
    """Serves until it is ended. GET /readyz answers 200."""
    app = web.Application()
    app.router.add_get("/", lambda request: _call(request, answer))
    app.router.add_get("/readyz", _ready)
    web.run_app(app, host="127.0.0.1", port=port, print=None, handle_signals=True, shutdown_timeout=1.0)


async def _ready(_: web.Request) -> web.Response:
    return web.Response(text="ready\n")


async def _call(request: web.Request, answer: Answer) -> web.WebSocketResponse[bool]:
    ws = web.WebSocketResponse(compress=False, max_msg_size=0)
    await ws.prepare(request)
    out: asyncio.Queue[Mapping[str, Any] | bytes] = asyncio.Queue()
    agent = await answer(out.put_nowait)
    tasks = [asyncio.create_task(_send(ws, out)), asyncio.create_task(_play(agent, out))]
    try:
        async for message in ws:
            if message.type is WSMsgType.BINARY:
                agent.hear(np.frombuffer(message.data, "<i2").astype(np.int16))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await agent.close()
    return ws


async def _send(ws: web.WebSocketResponse[bool], out: asyncio.Queue[Mapping[str, Any] | bytes]) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            what = await out.get()
            await (ws.send_bytes(what) if isinstance(what, bytes) else ws.send_json(what))


async def _play(agent: Answered, out: asyncio.Queue[Mapping[str, Any] | bytes]) -> None:
    """Takes audio as it is there, no more than LEAD_MS ahead of its playing."""
    played_to = 0.0
    while True:
        now = monotonic_ms()
        played_to = max(played_to, now)
        while agent.waiting and played_to < now + LEAD_MS:
            pcm = agent.take(min(agent.waiting, FRAME_SAMPLES))
            played_to += len(pcm) * FRAME_MS / FRAME_SAMPLES
            out.put_nowait(pcm.astype("<i2").tobytes())
        await asyncio.sleep(FRAME_MS / 4000)
