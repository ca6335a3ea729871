"""Audio tracks: what a peer speaks, on an exact schedule; and reading a track as aiortc delivers it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import av
import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from numpy.typing import NDArray

from antiphon.audio.frames import FRAME_SAMPLES, Framer
from antiphon.audio.resample_live import HalfRate
from antiphon.webrtc.opus import RTP_TICKS, RTP_TIME_BASE, OpusEncoder

log = logging.getLogger(__name__)

Pcm16 = NDArray[np.int16]

FRAME_S = 0.020

MAX_LAG_S = 0.2
"""A schedule that is further behind than this is not caught up with a burst, but begun anew."""


class Schedule:
    """When each 20 ms frame is due: frame n at start + n × 20 ms, whatever the lateness of the one before.

    Sans-I/O: `due(now)` is asked once for each frame.
    """

    def __init__(self) -> None:
        self._next_s: float | None = None
        self._frame = -1

    def due(self, now_s: float) -> tuple[int, float]:
        """The next frame's number, and how long to wait for it in seconds (0: send now).

        A stall skips numbers.
        """
        if self._next_s is None:
            self._next_s = now_s
        self._frame += 1
        late_s = now_s - self._next_s
        if late_s > MAX_LAG_S:
            skipped = int(late_s / FRAME_S)
            self._frame += skipped
            self._next_s += skipped * FRAME_S
        wait_s = max(0.0, self._next_s - now_s)
        self._next_s += FRAME_S
        return self._frame, wait_s


class SpokenTrack(MediaStreamTrack):
    """Pulls a frame every 20 ms and hands it to aiortc as an Opus packet.

    Args:
        take: gives the next `samples` of 24 kHz mono audio, silence if there is none. Called from the event
            loop, exactly when the frame leaves, so its calls are the playout clock. It must not block.
        on_error: is told when `take` failed; the track ends.
    """

    kind = "audio"

    def __init__(self, take: Callable[[int], Pcm16], on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._take = take
        self._on_error = on_error
        self._encoder = OpusEncoder()
        self._schedule = Schedule()

    async def recv(self) -> av.Packet[Any]:
        """The next packet, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        number, wait_s = self._schedule.due(asyncio.get_running_loop().time())
        if wait_s:
            await asyncio.sleep(wait_s)
        try:
            payload = self._encoder.encode(self._take(FRAME_SAMPLES))
        except Exception as error:
            log.exception("the agent's audio could not be taken")
            self._on_error(error)
            raise MediaStreamError from error
        packet = av.Packet(payload)
        packet.pts = packet.dts = number * RTP_TICKS
        packet.time_base = RTP_TIME_BASE
        return packet


class PushedTrack(MediaStreamTrack):
    """Hands frames to aiortc as Opus packets when they are pushed: for a speaker who keeps the time himself."""

    kind = "audio"

    MAX_WAITING = 50
    """Frames. Before a connection has come about nobody fetches them: the oldest go."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder = OpusEncoder()
        self._frames: deque[tuple[int, Pcm16]] = deque(maxlen=self.MAX_WAITING)
        self._wake = asyncio.Event()
        self._number = 0

    def push(self, pcm: Pcm16) -> None:
        """The next 20 ms, shape (480,). Never blocks."""
        self._frames.append((self._number, pcm))
        self._number += 1
        self._wake.set()

    async def recv(self) -> av.Packet[Any]:
        """The next packet, as soon as there is one."""
        while not self._frames:
            if self.readyState != "live":
                raise MediaStreamError
            self._wake.clear()
            await self._wake.wait()
        number, pcm = self._frames.popleft()
        packet = av.Packet(self._encoder.encode(pcm))
        packet.pts = packet.dts = number * RTP_TICKS
        packet.time_base = RTP_TIME_BASE
        return packet

    def stop(self) -> None:
        """Ends the track."""
        super().stop()
        self._frames.clear()
        self._wake.set()


async def read_track(track: MediaStreamTrack, hear: Callable[[Pcm16], None]) -> None:
    """Reads an inbound track as aiortc delivers it (48 kHz stereo, after its jitter buffer) until it ends."""
    half = HalfRate()
    framer = Framer()
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        assert isinstance(frame, av.AudioFrame)
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
        mono = samples.astype(np.int32).mean(axis=1).astype(np.int16)
        for piece in framer.push(half(mono)):
            hear(piece)
