"""A WebRTC peer: mono Opus each way and one data channel. Page server, engine and ear use the same one.

No STUN or TURN server is asked: candidates are the machine's own addresses, gathered before the description
is given away, so that one request and one answer set the call up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.rtcrtpsender import RTCRtpSender
from numpy.typing import NDArray

from antiphon.errors import LineError
from antiphon.webrtc.inbound import InboundAudio
from antiphon.webrtc.offer import check_description
from antiphon.webrtc.patches import hear_without_delay, loopback_if_alone
from antiphon.webrtc.tracks import SpokenTrack, read_track

log = logging.getLogger(__name__)

Pcm16 = NDArray[np.int16]

CHANNEL = "antiphon"
"""The data channel's label."""

LOW_WATER_BYTES = 32_768
"""The channel is writable again when less than this has not left."""

CLOSE_TIMEOUT_S = 2.0


class PeerState(Enum):
    """Where a peer stands. CLOSED and FAILED are ends."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


_STATES = {
    "connected": PeerState.CONNECTED,
    "failed": PeerState.FAILED,
    "closed": PeerState.CLOSED,
}


@dataclass(frozen=True, slots=True)
class PeerCallbacks:
    """What a peer tells its owner; all are called in the event loop and must not block.

    Attributes:
        hear: each inbound frame, mono int16, 24 kHz, 20 ms, shape (480,).
        take: asked for the next outbound samples (always 480) at the moment they leave, once connected.
        message: each text message of the data channel.
        state: each change of state.
        channel_writable: the data channel has opened, or has sent most of what it was given.
    """

    hear: Callable[[Pcm16], None]
    take: Callable[[int], Pcm16]
    message: Callable[[str], None]
    state: Callable[[PeerState], None] = lambda state: None
    channel_writable: Callable[[], None] = lambda: None


class Peer:
    """One end of a call.

    Args:
        callbacks: see PeerCallbacks.
        jitter_capacity: see `jitter.ReorderBuffer`.
        microphone: what is spoken, in place of `callbacks.take`.
    """

    def __init__(
        self,
        callbacks: PeerCallbacks,
        *,
        jitter_capacity: int = 2,
        microphone: MediaStreamTrack | None = None,
    ) -> None:
        self._callbacks = callbacks
        self._channel: RTCDataChannel | None = None
        self._state = PeerState.CONNECTING
        self._reader: asyncio.Task[None] | None = None
        loopback_if_alone()
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.inbound = InboundAudio(callbacks.hear, jitter_capacity)
        spoken = microphone or SpokenTrack(self._take, self._take_failed)
        transceiver = self._pc.addTransceiver(spoken)
        transceiver.setCodecPreferences(
            [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType == "audio/opus"]
        )
        if not hear_without_delay(transceiver.receiver, self.inbound):
            self._pc.on("track", self._read)
        self._pc.on("datachannel", self._adopt)
        self._pc.on("connectionstatechange", self._connection_changed)

    @property
    def state(self) -> PeerState:
        """Where the peer stands."""
        return self._state

    async def answer(self, offer_sdp: str) -> str:
        """Answers an offer; the answer holds all candidates.

        Raises:
            LineError: the offer cannot be understood or has no Opus audio; the peer is closed then.
        """
        await self._apply(offer_sdp, "offer")
        return await self._describe()

    async def offer(self) -> str:
        """Makes an offer with audio both ways and the data channel; it holds all candidates."""
        self._adopt(self._pc.createDataChannel(CHANNEL))
        return await self._describe()

    async def accept(self, answer_sdp: str) -> None:
        """Takes the answer to our offer.

        Raises:
            LineError: the answer cannot be understood or has no Opus audio; the peer is closed then.
        """
        await self._apply(answer_sdp, "answer")

    @property
    def channel_ready(self) -> bool:
        """Whether `send` works now."""
        return self._channel is not None and self._channel.readyState == "open"

    @property
    def unsent_bytes(self) -> int:
        """How much of what was sent has not left yet."""
        return self._channel.bufferedAmount if self._channel is not None else 0

    def send(self, text: str) -> None:
        """Sends a text message.

        Raises:
            LineError: the data channel is not open.
        """
        if self._channel is None or not self.channel_ready:
            raise LineError("the data channel is not open")
        self._channel.send(text)

    async def packets_received(self) -> int:
        """How many packets (audio, reports, data) came in so far; a living line has more every few s."""
        stats = await self._pc.getStats()
        return sum(s.packetsReceived for s in stats.values() if s.type == "transport")

    async def close(self) -> None:
        """Ends the connection; the other side is told. Does nothing the second time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._pc.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        self._set_state(PeerState.CLOSED)

    async def _apply(self, sdp: str, kind: str) -> None:
        try:
            check_description(sdp)
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=kind))
        except LineError:
            await self.close()
            raise
        except Exception as error:  # aiortc's parser raises whatever a malformed line leads to
            await self.close()
            raise LineError(f"the {kind}'s SDP cannot be used: {error or type(error).__name__}") from error

    async def _describe(self) -> str:
        await self._pc.setLocalDescription()  # waits until all candidates are gathered
        return str(self._pc.localDescription.sdp)

    def _adopt(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL or self._channel is not None:
            channel.close()
            return
        self._channel = channel
        channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
        channel.on("message", self._received)
        channel.on("bufferedamountlow", self._callbacks.channel_writable)
        channel.on("open", self._callbacks.channel_writable)
        if channel.readyState == "open":
            self._callbacks.channel_writable()

    def _received(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self._callbacks.message(message)
        else:
            log.debug("a binary message of %d bytes was ignored", len(message))

    def _read(self, track: MediaStreamTrack) -> None:
        if self._reader is None and track.kind == "audio":
            self._reader = asyncio.create_task(read_track(track, self._callbacks.hear))

    def _take(self, samples: int) -> Pcm16:
        self.inbound.tick()
        return self._callbacks.take(samples)

    def _take_failed(self, error: Exception) -> None:
        self._set_state(PeerState.FAILED)

    def _connection_changed(self) -> None:
        self._set_state(_STATES.get(self._pc.connectionState, PeerState.CONNECTING))

    def _set_state(self, state: PeerState) -> None:
        if state is self._state or self._state is PeerState.CLOSED:
            return
        if self._state is PeerState.FAILED and state is not PeerState.CLOSED:
            return
        self._state = state
        self._callbacks.state(state)
