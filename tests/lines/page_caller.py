"""A caller like the page, without a browser: HTTP and a peer."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from antiphon.lines.page_server import PageServer, serve_page
from antiphon.settings import load
from antiphon.webrtc.peer import Peer, PeerCallbacks
from tests.lines.fake_calls import FakeCalls
from tests.webrtc.pair import Ear, Take, still, until

ABOUT: dict[str, object] = {"name": "Test", "line": "direct", "try_saying": ["Hello"]}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(
    calls: FakeCalls,
    ready: Callable[[], bool] = lambda: True,
    tls: ssl.SSLContext | None = None,
    **page: Any,
) -> AsyncIterator[PageServer]:
    """A page server on a free port."""
    server = await serve_page(load(page={"port": free_port()} | page), calls, ABOUT, ready=ready, tls=tls)
    try:
        yield server
    finally:
        await server.close()


class PageCaller:
    """What the page does: offers, connects, sends and keeps messages."""

    def __init__(self, address: str, take: Take = still) -> None:
        self.address = address
        self.ear = Ear()
        self.messages: list[dict[str, Any]] = []
        self.call_id = ""
        self.peer = Peer(
            PeerCallbacks(
                hear=self.ear.hear,
                take=take,
                message=lambda text: self.messages.append(json.loads(text)),
            )
        )

    async def call(self, http: aiohttp.ClientSession, resume: str = "") -> None:
        """Opens a call and waits until messages can flow."""
        body = {"type": "offer", "sdp": await self.peer.offer()} | ({"resume": resume} if resume else {})
        async with http.post(f"{self.address}/api/calls", json=body) as response:
            assert response.status == 201, await response.text()
            answer = await response.json()
        assert answer["type"] == "answer"
        self.call_id = answer["call_id"]
        await self.peer.accept(answer["sdp"])
        await until(lambda: self.peer.channel_ready)

    def send(self, topic: str, **fields: Any) -> None:
        """Sends a message."""
        self.peer.send(json.dumps({"topic": topic} | fields))

    def told(self, topic: str) -> list[dict[str, Any]]:
        """The messages of one topic so far."""
        return [message for message in self.messages if message["topic"] == topic]
