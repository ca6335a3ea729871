"""A network that loses packets, for a livekit-server on this machine: a UDP relay in front of its media port."""

from __future__ import annotations

import asyncio
import random
from typing import Any

Address = tuple[str, int]


class LossyRelay(asyncio.DatagramProtocol):
    """Listens at one address and passes datagrams on to another, for each sender by a socket of its own.

    Args:
        to: where the server listens.
        loss: the share (0 to 1) that is lost, each way.
        seed: of what is lost.
    """

    def __init__(self, to: Address, loss: float, seed: int = 1) -> None:
        self._to = to
        self._loss = loss
        self._random = random.Random(seed)
        self._front: asyncio.DatagramTransport | None = None
        self._backs: dict[Address, asyncio.Future[asyncio.DatagramTransport]] = {}
        self.passed = self.lost = 0

    def connection_made(self, transport: Any) -> None:
        """It listens."""
        self._front = transport

    def datagram_received(self, data: bytes, sender: Address) -> None:
        """From a caller or an agent."""
        if sender not in self._backs:
            self._backs[sender] = asyncio.ensure_future(self._open(sender))
        if self._keeps():
            self._backs[sender].add_done_callback(lambda back: back.result().sendto(data))

    def answer(self, data: bytes, to: Address) -> None:
        """From the server."""
        if self._keeps() and self._front is not None:
            self._front.sendto(data, to)

    async def _open(self, sender: Address) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        back, _ = await loop.create_datagram_endpoint(lambda: _Back(self, sender), remote_addr=self._to)
        return back

    def _keeps(self) -> bool:
        lost = self._random.random() < self._loss
        self.lost += lost
        self.passed += not lost
        return not lost


class _Back(asyncio.DatagramProtocol):
    def __init__(self, relay: LossyRelay, sender: Address) -> None:
        self._relay, self._sender = relay, sender

    def datagram_received(self, data: bytes, _: Address) -> None:
        self._relay.answer(data, self._sender)
