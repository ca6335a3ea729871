"""One caller in a browser: a WebRTC peer tied to a call."""

from __future__ import annotations

import asyncio
import logging

from antiphon.agent.events import CallEvent, Ended
from antiphon.clock import Monotonic, monotonic_ms
from antiphon.errors import LineError
from antiphon.lines.liveness import Liveness
from antiphon.lines.messages import encode
from antiphon.lines.messenger import Messenger
from antiphon.lines.outbox import Outbox
from antiphon.lines.seam import LineCall, LineCalls, Pcm16
from antiphon.settings import PageSettings
from antiphon.webrtc.peer import Peer, PeerCallbacks

log = logging.getLogger(__name__)

WATCH_S = 1.0
"""How often the line's life is looked at."""

LAST_WORDS_S = 0.5
"""How long an ended call waits for its last messages to leave."""


class BrowserLine:
    """A call whose caller is a page. Make it with `open_line`, then keep `run` going until it returns.

    The connection may be replaced (`attach`) by a page that lost it; the call goes on.
    """

    kind = "browser"

    def __init__(self, settings: PageSettings, clock: Monotonic = monotonic_ms) -> None:
        self._settings = settings
        self._clock = clock
        self._call: LineCall | None = None
        self._peer: Peer | None = None
        self._outbox = Outbox()
        self._liveness = Liveness(clock() / 1000)
        self._messenger = Messenger(self._put, clock)
        self._broken = asyncio.Event()
        self._told_end = False

    @property
    def call(self) -> LineCall:
        """The call."""
        assert self._call is not None, "open_line sets it"
        return self._call

    def bind(self, call: LineCall) -> None:
        """Gives the line its call."""
        self._call = call

    async def attach(self, offer_sdp: str) -> str:
        """Connects a page, the first or one that lost its connection, and gives the answer.

        Raises:
            LineError: the offer cannot be used; the line is as it was.
        """
        peer = Peer(
            PeerCallbacks(
                hear=self._hear,
                take=self.call.take,
                message=self._received,
                channel_writable=self._send_waiting,
            ),
            jitter_capacity=self._settings.jitter_capacity,
        )
        answer = await peer.answer(offer_sdp)
        previous, self._peer = self._peer, peer
        self._liveness = Liveness(self._clock() / 1000)
        if previous is not None:
            self._outbox.recall()
            await previous.close()
        return answer

    def tell(self, event: CallEvent) -> None:
        """Tells the page of an event; never blocks."""
        if isinstance(event, Ended):
            self._told_end = True
        self._put(encode(event))

    async def run(self) -> str:
        """Lives until the call has ended, for whatever reason, and gives the reason. Leaves nothing behind."""
        watch = asyncio.create_task(self._watch())
        try:
            reason = await self.call.wait_ended()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await self._close()
        return reason

    async def hang_up(self, reason: str = "hang_up") -> None:
        """Ends the call; `run` returns soon after."""
        await self.call.hang_up(reason)

    async def _watch(self) -> None:
        """Hangs up when the line is lost."""
        while not self._broken.is_set():
            if await self._lost():
                await self.call.hang_up("line_lost")
                return
            try:
                async with asyncio.timeout(WATCH_S):
                    await self._broken.wait()
            except TimeoutError:
                continue
        await self.call.hang_up("error")

    async def _lost(self) -> bool:
        peer = self._peer
        if peer is None:
            return False
        packets = await peer.packets_received()
        if peer is not self._peer:  # replaced meanwhile
            return False
        return self._liveness.lost(self._clock() / 1000, peer.state, packets)

    async def _close(self) -> None:
        if not self._told_end:
            self.tell(Ended("hang_up"))
        peer = self._peer
        if peer is None:
            return
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                while peer.channel_ready and (self._outbox or peer.unsent_bytes):
                    self._send_waiting()
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.debug("call %s: the page did not take the last messages", self.call.id)
        await peer.close()

    def _hear(self, pcm: Pcm16) -> None:
        try:
            self.call.hear(pcm)
        except Exception:
            self._fail("the caller's audio could not be handed over")

    def _received(self, text: str) -> None:
        try:
            self._messenger.received(text, self.call)
        except Exception:
            self._fail("a message of the page could not be handed over")

    def _put(self, message: dict[str, object]) -> None:
        try:
            self._outbox.put(message)
        except LineError as error:
            log.info("call %s: %s", self._call.id if self._call else "?", error)
            self._broken.set()
            return
        self._send_waiting()

    def _send_waiting(self) -> None:
        peer = self._peer
        while peer is not None and peer.channel_ready:
            text = self._outbox.next(peer.unsent_bytes)
            if text is None:
                return
            peer.send(text)

    def _fail(self, what: str) -> None:
        log.exception("call %s: %s", self.call.id, what)
        self._broken.set()


async def open_line(calls: LineCalls, offer_sdp: str, settings: PageSettings) -> tuple[BrowserLine, str]:
    """Opens a call for a page's offer.

    Returns:
        The line, whose `run` the caller of this function must keep going, and the answer's SDP.

    Raises:
        CallRefused: there is no place for another call.
        LineError: the offer cannot be used.
    """
    line = BrowserLine(settings)
    line.bind(await calls.open(line.tell, line="browser"))
    try:
        answer = await line.attach(offer_sdp)
    except BaseException:
        await line.hang_up("error")
        raise
    return line, answer
