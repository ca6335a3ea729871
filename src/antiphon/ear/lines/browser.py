"""A line to a page server over WebRTC, as the page in a browser calls it: Opus both ways and a data channel.

    opener = browser.opener(PageOptions("http://127.0.0.1:8000"))

Needs aiortc and PyAV (extra `webrtc`). A frame of the caller's leaves when it is spoken; the agent's are heard as they come, without
the 20 to 100 ms of a browser's jitter buffer.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp

from antiphon.clock import Monotonic, monotonic_ms
from antiphon.ear.line import Line, OnMessage, Opener
from antiphon.ear.lines.live_playout import LivePlayout
from antiphon.ear.lines.page_messages import PageMessages
from antiphon.ear.lines.page_options import WHERE, PageOptions
from antiphon.ear.lines.trouble import shown, status, unreachable
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError
from antiphon.webrtc.peer import Peer, PeerCallbacks, PeerState
from antiphon.webrtc.tracks import PushedTrack

OPEN_TIMEOUT_S = 15.0

CLOSE_TIMEOUT_S = 2.0


class BrowserLine:
    """The caller's end. Made by `opener`."""

    def __init__(self, tell: OnMessage, clock: Monotonic = monotonic_ms) -> None:
        self._messages = PageMessages(tell, self._send, clock)
        self._playout = LivePlayout()
        self._microphone = PushedTrack()
        self._connected = asyncio.Event()
        self._options = PageOptions("")
        self._call_id = ""
        self._hanging_up = False
        self._http: aiohttp.ClientSession | None = None
        self._peer = Peer(
            PeerCallbacks(
                hear=self._playout.push,
                take=self._playout.take,
                message=self._messages.received,
                state=self._state,
                channel_writable=self._writable,
            ),
            microphone=self._microphone,
        )

    async def open(self, options: PageOptions) -> None:
        """Offers, and waits until audio and messages can flow.

        Raises:
            CallRefused: the agent takes no more calls.
            LineError: why not, and what to do.
        """
        self._options = options
        self._http = aiohttp.ClientSession(headers=options.headers)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                answer = await self._ask(self._http, await self._peer.offer())
                self._call_id = answer["call_id"]
                await self._peer.accept(answer["sdp"])
                await self._connected.wait()
        except BaseException as error:
            await self._peer.close()
            await self._http.close()
            if isinstance(error, TimeoutError) and self._call_id:
                raise self._not_connected() from error
            if isinstance(error, aiohttp.ClientError | OSError | ValueError):
                raise unreachable(options.base, error, options.key_mend, WHERE) from error
            raise
        if self._peer.state is not PeerState.CONNECTED:
            await self.hang_up()
            raise self._not_connected()
        self._messages.ask_clock()

    def hear(self, pcm: Pcm16) -> None:
        """Sends a frame."""
        self._microphone.push(pcm)

    def take(self, samples: int) -> Pcm16:
        """What is heard next."""
        return self._playout.take(samples)

    def type_text(self, text: str) -> None:
        """Sends typed text."""
        self._messages.type_text(text)

    async def hang_up(self) -> None:
        """Ends the call."""
        self._hanging_up = True
        if self._http is not None:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    url = f"{self._options.base}/api/calls/{self._call_id}"
                    await self._http.delete(url, ssl=self._options.ssl)
            await self._http.close()
        await self._peer.close()
        self._messages.end("hang_up")

    def _not_connected(self) -> LineError:
        return LineError(
            f"{shown(self._options.base)} answered, and no connection came about.",
            mend="WebRTC needs UDP between the two machines.",
        )

    async def _ask(self, http: aiohttp.ClientSession, sdp: str) -> dict[str, Any]:
        url = f"{self._options.base}/api/calls"
        async with http.post(url, json={"sdp": sdp, "type": "offer"}, ssl=self._options.ssl) as response:
            if response.status != 201:
                raise status(url, response.status, self._options.key_mend, WHERE)
            answer: dict[str, Any] = await response.json()
        if not (isinstance(answer.get("sdp"), str) and isinstance(answer.get("call_id"), str)):
            raise LineError(f"{shown(url)} answered without sdp and call_id.", mend=WHERE)
        return answer

    def _send(self, text: str) -> None:
        if self._peer.channel_ready:
            self._peer.send(text)

    def _writable(self) -> None:
        self._connected.set()

    def _state(self, state: PeerState) -> None:
        if state in (PeerState.FAILED, PeerState.CLOSED):
            self._connected.set()
            if not self._hanging_up:
                self._messages.end("line_lost")


def opener(options: PageOptions, clock: Monotonic = monotonic_ms) -> Opener:
    """Opens calls for the ear."""

    async def open_call(tell: OnMessage) -> Line:
        line = BrowserLine(tell, clock)
        await line.open(options)
        return line

    return open_call
