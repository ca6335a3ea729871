"""What a peer hears: RTP packets in, even 20 ms frames of 24 kHz mono out, with losses filled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ, Framer
from antiphon.webrtc.jitter import ReorderBuffer, RtpAudio
from antiphon.webrtc.opus import RTP_HZ, OpusDecoder, OpusError

log = logging.getLogger(__name__)

Pcm16 = NDArray[np.int16]

MAX_FILL = LINE_HZ
"""Samples (1 s). A longer gap is an outage: its time is not made up for, so that memory and lag stay
bounded."""

STARVED_TICKS = 25
"""Ticks of 20 ms without a packet, after which the line is taken to be silent: an unplugged microphone, a browser that
sends nothing while nothing sounds, an outage. Without this a turn that was being spoken would never end."""


class ArrivedPacket(Protocol):
    """The fields of aiortc's RtpPacket that matter."""

    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes


class InboundAudio:
    """One inbound audio stream. It stands in the place of aiortc's jitter buffer (see `patches`).

    Args:
        hear: is given each frame, shape (480,), in the thread of the event loop, as soon as it is complete.
        capacity: see ReorderBuffer.

    Attributes:
        packets: how many came.
        concealed_samples: how many samples were filled in for lost packets.
        starved_samples: how many samples of silence were made up while nothing came.
    """

    def __init__(self, hear: Callable[[Pcm16], None], capacity: int) -> None:
        self._hear = hear
        self._capacity = capacity
        self.packets = 0
        self.concealed_samples = 0
        self.starved_samples = 0
        self._restart(None)

    def _restart(self, ssrc: int | None) -> None:
        self._ssrc = ssrc
        self._order = ReorderBuffer(self._capacity)
        self._decoder = OpusDecoder()
        self._framer = Framer()
        self._due: int | None = None  # the RTP timestamp at which the next packet would follow without a gap
        self._last = np.zeros(FRAME_SAMPLES, np.int16)
        self._ticks = 0
        self._made_up = 0  # samples of silence since the last packet

    def add(self, packet: ArrivedPacket) -> tuple[bool, None]:
        """Takes a packet.

        Returns:
            An answer for aiortc: no picture was lost, and there is nothing for its decoder thread.
        """
        self.packets += 1
        self._ticks = 0
        if packet.ssrc != self._ssrc:
            self._restart(packet.ssrc)
        arrived = RtpAudio(packet.sequence_number, packet.timestamp, packet.payload)
        for ready in self._order.push(arrived):
            self._play(ready)
        return False, None

    def tick(self) -> None:
        """20 ms have passed. When no packet has come for long, silence is heard, at the pace of the ticks."""
        self._ticks += 1
        if self._due is not None and self._ticks > STARVED_TICKS:
            self._made_up += FRAME_SAMPLES
            self.starved_samples += FRAME_SAMPLES
            self._emit(np.zeros(FRAME_SAMPLES, np.int16))

    def _play(self, packet: RtpAudio) -> None:
        try:
            pcm = self._decoder.decode(packet.payload)
        except OpusError as error:
            log.debug("a packet that is no Opus: %s", error)
            return  # its time is filled when the next packet comes
        if self._due is not None:
            missing = ((packet.timestamp - self._due + 2**31) % 2**32 - 2**31) * LINE_HZ // RTP_HZ
            missing -= self._made_up
            if 0 < missing <= MAX_FILL:
                self._fill(missing)
        self._made_up = 0
        self._due = (packet.timestamp + len(pcm) * RTP_HZ // LINE_HZ) % 2**32
        self._last = pcm[-FRAME_SAMPLES:] if len(pcm) else self._last
        self._emit(pcm)

    def _fill(self, samples: int) -> None:
        """Conceals a gap: the last sound once more, fading, then silence."""
        filled = np.zeros(samples, np.int16)
        tail = self._last[:samples]
        filled[: len(tail)] = tail * np.linspace(1, 0, len(tail))
        self.concealed_samples += samples
        self._emit(filled)

    def _emit(self, pcm: Pcm16) -> None:
        for frame in self._framer.push(pcm):
            self._hear(frame)
