"""A line to a page server's `/api/line`: a plain websocket with PCM frames both ways, cheap enough for hundreds of calls.

opener = socket.opener(PageOptions("http://127.0.0.1:8000"))
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import aiohttp
import numpy as np

from antiphon.clock import Monotonic, monotonic_ms
from antiphon.ear.line import Line, OnMessage, Opener
from antiphon.ear.lines.live_playout import LivePlayout
from antiphon.ear.lines.page_messages import PageMessages
from antiphon.ear.lines.page_options import WHERE, PageOptions
from antiphon.ear.lines.trouble import unreachable
from antiphon.ear.signal import Pcm16

PATH = "/api/line"

OPEN_TIMEOUT_S = 15.0

CLOSE_TIMEOUT_S = 2.0

MAX_WAITING = 500
"""Messages that the server has not taken: ten seconds. More, and the line is lost."""


class SocketLine:
    """The caller's end. Made by `opener`."""

    def __init__(self, tell: OnMessage, clock: Monotonic = monotonic_ms) -> None:
        self._messages = PageMessages(tell, self._put, clock)
        self._playout = LivePlayout()
        self._waiting: deque[bytes | str] = deque()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._http: aiohttp.ClientSession | None = None
        self._ws: aiohttp.ClientWebSocketResponse | None = None

    async def open(self, options: PageOptions) -> None:
        """Connects.

        Raises:
            CallRefused: the agent takes no more calls.
            LineError: why not, and what to do.
        """
        self._http = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                self._ws = await self._http.ws_connect(
                    options.socket_url, headers=options.headers, ssl=options.ssl, max_msg_size=0
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            await self._http.close()
            raise unreachable(options.socket_url, error, options.key_mend, WHERE) from error
        except BaseException:
            await self._http.close()
            raise
        self._tasks = [asyncio.create_task(self._read(self._ws)), asyncio.create_task(self._write(self._ws))]
        self._messages.ask_clock()

    def hear(self, pcm: Pcm16) -> None:
        """Sends a frame."""
        self._put(pcm.tobytes())

    def take(self, samples: int) -> Pcm16:
        """What is heard next."""
        return self._playout.take(samples)

    def type_text(self, text: str) -> None:
        """Sends typed text."""
        self._messages.type_text(text)

    async def hang_up(self) -> None:
        """Closes the connection: the call is over for the agent too."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._ws is not None and self._http is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._ws.close()
            await self._http.close()
        self._messages.end("hang_up")

    def _put(self, data: bytes | str) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(data)
            self._wake.set()
        else:
            self._messages.end("line_lost")

    async def _write(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):  # closed: the reader tells
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    data = self._waiting.popleft()
                    await (ws.send_str(data) if isinstance(data, str) else ws.send_bytes(data))

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                self._playout.push(np.frombuffer(message.data, "<i2"))
            elif message.type is aiohttp.WSMsgType.TEXT:
                self._messages.received(message.data)
        self._messages.end("line_lost")


def opener(options: PageOptions, clock: Monotonic = monotonic_ms) -> Opener:
    """Opens calls for the ear."""

    async def open_call(tell: OnMessage) -> Line:
        line = SocketLine(tell, clock)
        await line.open(options)
        return line

    return open_call
