"""Opus for speech: 24 kHz mono in both directions, one packet per 20 ms frame."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ
from antiphon.audio.resample_live import HalfRate

RTP_HZ = 48_000
"""Opus counts RTP time at 48 kHz whatever it carries (RFC 7587, section 4.1)."""

RTP_TICKS = 960
"""20 ms of RTP time."""

RTP_TIME_BASE = Fraction(1, RTP_HZ)
LINE_TIME_BASE = Fraction(1, LINE_HZ)

BIT_RATE = 48_000
"""Transparent for a mono voice; a line on one machine or in a house has room for more than its 6 kB/s."""

ENCODER_OPTIONS = {
    # CELT only: looks 2.5 ms ahead, "voip" 6.5 ms.
    "application": "lowdelay",
    # 50 µs a frame; the highest complexity costs four times as much and is not heard at this bit rate.
    "compression_level": "5",
    "frame_duration": "20",
}


class OpusError(ValueError):
    """A packet that is no Opus."""


class OpusEncoder:
    """Encodes one stream of 24 kHz mono frames. libopus takes that rate as it is, so nothing is resampled."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = LINE_HZ
        codec.layout = "mono"
        codec.format = "s16"
        codec.bit_rate = BIT_RATE
        codec.time_base = LINE_TIME_BASE
        codec.options = dict(ENCODER_OPTIONS)
        self._codec = codec
        self._samples = 0

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        """One frame, shape (480,), as an Opus packet.

        Raises:
            ValueError: the frame has another shape.
        """
        if pcm.shape != (FRAME_SAMPLES,):
            raise ValueError(f"a frame has {FRAME_SAMPLES} samples, this one has the shape {pcm.shape}")
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(pcm.astype(np.int16, copy=False).tobytes())
        frame.sample_rate = LINE_HZ
        frame.time_base = LINE_TIME_BASE
        frame.pts = self._samples
        self._samples += FRAME_SAMPLES
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class OpusDecoder:
    """Decodes one stream of Opus packets, of any duration and channel count, to 24 kHz mono."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.format = "s16"
        codec.layout = "mono"  # libopus mixes a stereo stream down by itself
        codec.sample_rate = RTP_HZ
        self._codec = codec
        self._half = HalfRate()

    def decode(self, payload: bytes) -> NDArray[np.int16]:
        """The packet's audio at 24 kHz, 480 samples for 20 ms.

        Raises:
            OpusError: the packet cannot be decoded.
        """
        if not payload:  # to libavcodec an empty packet means the end of the stream
            raise OpusError("an empty packet")
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError as error:
            raise OpusError(str(error)) from error
        pieces = [
            self._half(np.frombuffer(bytes(frame.planes[0]), np.int16)[: frame.samples]) for frame in frames
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
