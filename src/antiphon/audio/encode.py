"""Speech as a stream of bytes in the formats that people ask for, a clip at a time."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMATS: dict[str, str] = {
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
}
"""Names as OpenAI's speech endpoint has them, and their media types."""

_CONTAINERS = {
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "aac": ("adts", "aac"),
    "flac": ("flac", "flac"),
}
_UNKNOWN = 0xFFFFFFFF
"""A WAV's length that is not known yet: readers take what comes."""


class Encoder:
    """Encodes one stream of mono int16 samples: `begin`, `encode` for each clip, `finish`.

    Args:
        form: one of FORMATS.
        rate_hz: of the samples.
    """

    def __init__(self, form: str, rate_hz: int) -> None:
        self._form, self._rate_hz = form, rate_hz
        self._file = _Pipe()
        self._container: Any = None
        self._stream: Any = None
        self._samples = 0

    def begin(self) -> bytes:
        """What stands before the audio."""
        if self._form == "wav":
            return _wav_header(self._rate_hz)
        if self._form in _CONTAINERS:
            import av

            container, codec = _CONTAINERS[self._form]
            # pages of Ogg as they come, not of a second each: the first sound must not wait for more
            options = {"page_duration": "20000"} if container == "ogg" else {}
            self._container = av.open(self._file, "w", format=container, container_options=options)
            rate_hz = 48_000 if codec == "libopus" else self._rate_hz
            self._stream = self._container.add_stream(codec, rate=rate_hz, layout="mono")
        return b""

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        """The next samples, as far as the codec gives them back by now."""
        if self._container is None:
            return pcm.astype("<i2").tobytes()
        import av

        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.pts = self._samples
        self._samples += len(pcm)
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        return self._file.taken()

    def finish(self) -> bytes:
        """What is left."""
        if self._container is None:
            return b""
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
        return self._file.taken()


class _Pipe(io.RawIOBase):
    """A file to which a container is written, and from whose front the bytes are taken. It cannot be sought in."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._bytes += data
        return len(data)

    def taken(self) -> bytes:
        out = bytes(self._bytes)
        self._bytes.clear()
        return out


def _wav_header(rate_hz: int) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE") + form + struct.pack("<4sI", b"data", _UNKNOWN)
