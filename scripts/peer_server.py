"""Serves an agent at /api/line, the plain websocket that `antiphon.lines.socket` has and the ear calls; whatever the agent is made of.

Frames of 20 ms both ways: for each one that comes, one of the agent's goes back, so the caller keeps the time and nothing is played ahead.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import numpy as np
from aiohttp import WSMsgType, web

from antiphon.audio.frames import FRAME_SAMPLES, Framer
from antiphon.ear.signal import Pcm16

PATH = "/api/line"

Tell = Callable[[Mapping[str, Any]], None]
"""Sends a message of the page's protocol."""


class Answered(Protocol):
    """A call's agent."""

    def hear(self, pcm: Pcm16) -> None:
        """The caller's next 20 ms, 24 kHz mono."""

    def take(self, samples: int) -> Pcm16:
        """The agent's next samples; silence if there are none. What is taken is played."""

    async def close(self) -> None:
        """The caller hung up."""


Answer = Callable[[Tell], Awaitable[Answered]]
"""Takes a call."""


def serve(answer: Answer, port: int) -> None:
    """Serves until it is ended. GET /readyz answers 200."""
    app = web.Application()
    app.router.add_get(PATH, lambda request: _call(request, answer))
    app.router.add_get("/readyz", _ready)
    web.run_app(app, host="127.0.0.1", port=port, print=None, shutdown_timeout=1.0)


async def _ready(_: web.Request) -> web.Response:
    return web.Response(text="ready\n")


async def _call(request: web.Request, answer: Answer) -> web.WebSocketResponse[bool]:
    ws = web.WebSocketResponse(compress=False)
    await ws.prepare(request)
    messages: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    agent = await answer(messages.put_nowait)
    framer = Framer()
    try:
        async for message in ws:
            if message.type is not WSMsgType.BINARY:
                continue
            for frame in framer.push(np.frombuffer(message.data, "<i2")):
                agent.hear(frame)
                await ws.send_bytes(agent.take(FRAME_SAMPLES).tobytes())
            while not messages.empty():
                await ws.send_str(json.dumps(messages.get_nowait(), default=str))
    except ConnectionError:
        pass  # the caller hung up
    finally:
        await agent.close()
    return ws
