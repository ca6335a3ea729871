"""What waits to be sent to a client, bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MAX_UNSENT_BYTES = 4 * 1024 * 1024
"""What may wait for a client that does not read: a minute of audio as base64. The engine paces its audio, so a client that
is so far behind has stopped listening."""


class Outgoing:
    """A queue of messages between a session, which never waits, and a client, which may.

    Args:
        send: sends one message; waits while the client does not read; raises ConnectionError when it is gone.
    """

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    def put(self, message: bytes) -> bool:
        """Adds a message.

        Returns:
            False if the client is so far behind that it must be let go; what waited is dropped then.
        """
        self._waiting.append(message)
        self._bytes += len(message)
        self._wake.set()
        if self._bytes <= MAX_UNSENT_BYTES:
            return True
        self._waiting.clear()
        self._bytes = 0
        return False

    async def run(self) -> None:
        """Sends what is put in, in order, until the client is gone."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                message = self._waiting.popleft()
                try:
                    await self._send(message)
                except ConnectionError:
                    return
                self._bytes = max(0, self._bytes - len(message))
