"""A line to any agent that takes and gives plain audio over a websocket: the least that an agent can speak.

    opener = pcm.opener("ws://127.0.0.1:9000/")
    async with Caller(opener) as caller: …

Binary messages are audio both ways: mono, 16 bit, little endian, 24 kHz (or what is sent, 16 kHz), of any length. Text messages come from
the agent only, and are JSON: `{"topic": "clear"}` drops what was sent and not heard yet (an interruption); every other topic is a
message of the page's protocol (docs/ARCHITECTURE.md). An agent need not send any.
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import aiohttp
import numpy as np

from antiphon.audio.resample_speech import TwoThirdsRate
from antiphon.ear.line import FRAME_MS, LINE_HZ, Line, OnMessage, Opener
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError

RECOGNISERS_HZ = 16_000
"""What many agents work at. Resampled here with 1 ms of delay, where their own resamplers hold back 20."""

OPEN_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 2.0
MAX_WAITING = 10_000 // FRAME_MS
"""Frames that the agent has not taken. More, and the line is lost."""

WHERE = "Is an agent there that takes plain PCM over a websocket?"


class PcmLine:
    """The caller's end. Made by `opener`."""

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse,
        http: aiohttp.ClientSession,
        tell: OnMessage,
        hears_hz: int,
    ) -> None:
        self._ws, self._http, self._tell = ws, http, tell
        self._resample = TwoThirdsRate() if hears_hz == RECOGNISERS_HZ else None
        self._heard = bytearray()
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self._ended = False
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]

    def hear(self, pcm: Pcm16) -> None:
        """Sends a frame."""
        try:
            sent = self._resample(pcm) if self._resample is not None else pcm
            self._waiting.put_nowait(sent.astype("<i2").tobytes())
        except asyncio.QueueFull:
            self._end("line_lost")

    def take(self, samples: int) -> Pcm16:
        """What is heard next; silence where nothing came."""
        count = min(len(self._heard) // 2, samples)
        out = np.zeros(samples, np.int16)
        out[:count] = np.frombuffer(bytes(self._heard[: 2 * count]), "<i2")
        del self._heard[: 2 * count]
        return out

    def type_text(self, text: str) -> None:
        """There is no text on this line: nothing happens."""

    async def hang_up(self) -> None:
        """Closes the connection."""
        self._end("hang_up")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._ws.close()
        except TimeoutError:
            pass  # the socket is closed with the session
        await self._http.close()

    async def _write(self) -> None:
        try:
            while True:
                await self._ws.send_bytes(await self._waiting.get())
        except (ConnectionError, RuntimeError):  # closed: the reader tells
            return

    async def _read(self) -> None:
        async for message in self._ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                self._heard += message.data
            elif message.type is aiohttp.WSMsgType.TEXT:
                self._message(message.data)
        self._end("agent" if self._ws.close_code == aiohttp.WSCloseCode.OK else "line_lost")

    def _message(self, text: str) -> None:
        try:
            message = json.loads(text)
            topic = message["topic"]
        except (ValueError, TypeError, KeyError):
            self._problem("bad_message", f"The agent sent a text that is no message: {text[:100]!r}")
            return
        if topic == "clear":
            self._heard.clear()
            return
        try:
            self._tell(message)
        except (KeyError, TypeError, ValueError) as error:
            self._problem("bad_message", f"The agent's message {topic!r} lacks something: {error!r}")

    def _problem(self, code: str, words: str) -> None:
        self._tell({"topic": "antiphon.problem", "code": code, "message": words, "fatal": False})

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._tell({"topic": "antiphon.ended", "reason": reason})


def opener(url: str, *, key: str = "", hears_hz: int = LINE_HZ) -> Opener:
    """Opens calls for the ear.

    Args:
        url: ws://, wss://, http:// or https://.
        key: sent as a bearer token; "": none.
        hears_hz: at which rate the agent is sent the caller's audio: 24000 or 16000.
    """
    scheme, rest = urlsplit(url).scheme, url.partition(":")[2]
    address = {"http": "ws", "https": "wss"}.get(scheme, scheme) + ":" + rest
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def open_call(tell: OnMessage) -> Line:
        http = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                ws = await http.ws_connect(address, headers=headers, max_msg_size=0, compress=0)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            await http.close()
            place = url.partition("?")[0]  # what follows may be a secret
            raise LineError(
                f"{place} does not answer: {error or type(error).__name__}.", mend=WHERE
            ) from error
        except BaseException:
            await http.close()
            raise
        return PcmLine(ws, http, tell, hears_hz)

    return open_call
