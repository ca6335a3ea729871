"""A window on the caller's audio, addressed by its place in the stream."""

from __future__ import annotations

import numpy as np

from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16

SAMPLES_PER_MS = RECOGNISER_HZ // 1000


class AudioBuffer:
    """Keeps the newest part of a stream of samples at RECOGNISER_HZ.

    Positions are milliseconds since the stream began; they never change when old audio is forgotten.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._start = 0  # sample position of the first byte kept
        self._end = 0

    @property
    def end_ms(self) -> float:
        """Position after the last sample."""
        return self._end / SAMPLES_PER_MS

    @property
    def start_ms(self) -> float:
        """Position of the oldest sample kept."""
        return self._start / SAMPLES_PER_MS

    def append(self, pcm: Pcm16) -> None:
        """Adds samples, int16 of shape (n,)."""
        self._data += pcm.tobytes()
        self._end += len(pcm)

    def slice(self, start_ms: float, end_ms: float) -> Pcm16:
        """A copy of the samples between two positions, cut to what is still kept."""
        first = max(self._start, int(start_ms * SAMPLES_PER_MS))
        last = min(self._end, int(end_ms * SAMPLES_PER_MS))
        if last <= first:
            return np.zeros(0, np.int16)
        raw = bytes(memoryview(self._data)[(first - self._start) * 2 : (last - self._start) * 2])
        return np.frombuffer(raw, np.int16)

    def forget_before(self, position_ms: float) -> None:
        """Lets go of what lies before a position."""
        cut = min(self._end, int(position_ms * SAMPLES_PER_MS)) - self._start
        if cut > 0:
            del self._data[: cut * 2]
            self._start += cut
