"""One caller on a plain websocket: `GET /api/line`. For bridges to telephones, and for programs that call without WebRTC.

Binary messages are audio: PCM, 16 bit little endian, mono, 24 kHz, 20 ms (960 bytes) each, both ways. Text messages are those of the
page's data channel. The caller's frames are the clock: for each one that comes, one of the agent's goes back. So a caller sends a
frame every 20 ms, silence too; while none comes for PATIENCE_MS (a telephone that sends nothing in silence), the agent is sent by
the server's own clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

import numpy as np
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from antiphon.agent.events import CallEvent, Ended
from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ, Framer
from antiphon.clock import Monotonic, monotonic_ms
from antiphon.errors import LineError
from antiphon.lines.messages import MAX_MESSAGE_CHARS, encode
from antiphon.lines.messenger import Messenger
from antiphon.lines.outbox import Outbox
from antiphon.lines.seam import LineCall, LineCalls

log = logging.getLogger(__name__)

PATH = "/api/line"

FRAME_MS = FRAME_SAMPLES * 1000 / LINE_HZ

MAX_AUDIO_BYTES = 48_000
"""A second in one message; a longer one is no live audio."""

MAX_AHEAD_MS = 5_000.0
"""A caller's audio may come so far ahead of real time, after a stall; more is a file that is pushed in at once."""

PATIENCE_MS = 100.0
"""No frame for so long: the agent's audio goes on without."""

BURST_MS = 10.0
"""A frame that comes this soon after the one before had been held up."""

HEARTBEAT_S = 15.0
"""A caller that is silently gone is noticed after one and a half of these."""

CLOSE_S = 0.5


class AudioClock:
    """When the agent's frames go out: one for each of the caller's, and by the time where none come. Sans-I/O."""

    def __init__(self, now_ms: float) -> None:
        self._last_ms = now_ms
        self._next_ms = now_ms + PATIENCE_MS
        self._ahead = 0
        self._pushed_ms = now_ms

    def frame(self, now_ms: float) -> bool:
        """A frame came. Whether one goes back: not for one that was held up and whose answer has been sent already.

        Raises:
            LineError: far more audio came than time went by.
        """
        self._pushed_ms = max(self._pushed_ms, now_ms - MAX_AHEAD_MS) + FRAME_MS
        if self._pushed_ms - now_ms > MAX_AHEAD_MS:
            raise LineError("The caller's audio comes faster than it can be spoken: send 20 ms every 20 ms.")
        gap_ms, self._last_ms = now_ms - self._last_ms, now_ms
        self._next_ms = now_ms + PATIENCE_MS
        if (
            self._ahead and not BURST_MS <= gap_ms < PATIENCE_MS
        ):  # the first that comes again, and those held up with it
            self._ahead -= 1
            return False
        self._ahead = 0
        return True

    def wait_ms(self, now_ms: float) -> float:
        """How long until a frame must go out though none came."""
        return self._next_ms - now_ms

    def alone(self) -> None:
        """One goes out by the time."""
        self._ahead += 1
        self._next_ms += FRAME_MS


class SocketLine:
    """A call whose caller is a program. Bind the call, then keep `run` going until it returns."""

    kind = "socket"

    def __init__(self, clock: Monotonic = monotonic_ms) -> None:
        self._now = clock
        self._call: LineCall | None = None
        self._outbox = Outbox()
        self._messenger = Messenger(self._put, clock)
        self._wake = asyncio.Event()
        self._told_end = False

    @property
    def call(self) -> LineCall:
        """The call."""
        assert self._call is not None, "bind sets it"
        return self._call

    def bind(self, call: LineCall) -> None:
        """Gives the line its call."""
        self._call = call

    def tell(self, event: CallEvent) -> None:
        """Tells the caller's program of an event; never blocks."""
        if isinstance(event, Ended):
            self._told_end = True
        self._put(encode(event))

    async def hang_up(self, reason: str = "hang_up") -> None:
        """Ends the call; `run` returns soon after."""
        await self.call.hang_up(reason)

    async def run(self, ws: web.WebSocketResponse) -> str:
        """Carries the call until it has ended, for whatever reason, and gives the reason."""
        clock = AudioClock(self._now())
        work = [
            asyncio.create_task(part)
            for part in (self._read(ws, clock), self._go_on(ws, clock), self._tell(ws))
        ]
        try:
            reason = await self.call.wait_ended()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await self._close(ws)
        return reason

    async def _read(self, ws: web.WebSocketResponse, clock: AudioClock) -> None:
        framer = Framer()
        reason = "error"
        try:
            async for message in ws:
                await self._received(message, ws, framer, clock)
            reason = "hang_up" if ws.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY) else "line_lost"
        except LineError as error:
            self._put(
                {"topic": "antiphon.problem", "code": error.code, "message": error.message, "fatal": True}
            )
        except ConnectionError:
            reason = "line_lost"
        except Exception:
            log.exception("call %s: what its line sent could not be handed over", self.call.id)
        await self.call.hang_up(reason)

    async def _received(
        self, message: WSMessage, ws: web.WebSocketResponse, framer: Framer, clock: AudioClock
    ) -> None:
        if message.type is WSMsgType.TEXT:
            self._messenger.received(message.data, self.call)
            return
        if message.type is not WSMsgType.BINARY:
            return
        data: bytes = message.data
        if len(data) % 2 or len(data) > MAX_AUDIO_BYTES:
            raise LineError(
                f"An audio message has {len(data)} bytes; it must be 16 bit samples, {MAX_AUDIO_BYTES} bytes at most."
            )
        for frame in framer.push(np.frombuffer(data, "<i2")):
            self.call.hear(frame)
            if clock.frame(self._now()):
                await self._play(ws)

    async def _play(self, ws: web.WebSocketResponse) -> None:
        await ws.send_bytes(self.call.take(FRAME_SAMPLES).tobytes())

    async def _go_on(self, ws: web.WebSocketResponse, clock: AudioClock) -> None:
        """Sends the agent's audio while no frame comes."""
        with contextlib.suppress(ConnectionError):  # the reader tells
            while True:
                wait_ms = clock.wait_ms(self._now())
                if wait_ms > 0:
                    await asyncio.sleep(wait_ms / 1000)
                else:
                    clock.alone()
                    await self._play(ws)

    async def _tell(self, ws: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._send_waiting(ws)

    async def _send_waiting(self, ws: web.WebSocketResponse) -> None:
        while (text := self._outbox.next(0)) is not None:
            await ws.send_str(text)

    def _put(self, message: dict[str, object]) -> None:
        try:
            self._outbox.put(message)
        except LineError as error:  # the heartbeat ends a line that takes nothing
            log.info("call %s: %s", self._call.id if self._call else "?", error)
        self._wake.set()

    async def _close(self, ws: web.WebSocketResponse) -> None:
        if not self._told_end:
            self.tell(Ended("hang_up"))
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._send_waiting(ws)
                await ws.close()


async def answer(calls: LineCalls, request: web.Request) -> tuple[SocketLine, web.WebSocketResponse]:
    """Opens a call for a websocket request.

    Returns:
        The line, whose `run` the caller of this function must keep going, and its websocket.

    Raises:
        CallRefused: there is no place for another call.
        LineError: the request is for no websocket.
    """
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=4 * MAX_MESSAGE_CHARS, compress=False)
    if not ws.can_prepare(request):
        raise LineError(f"{PATH} is a websocket: ask for an upgrade")
    line = SocketLine()
    line.bind(await calls.open(line.tell, line=line.kind))
    try:
        await ws.prepare(request)
    except BaseException:
        await line.hang_up("error")
        raise
    return line, ws
