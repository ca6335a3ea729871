"""Cutting a stream of samples into frames of one length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

LINE_HZ = 24_000
"""The sample rate between a line and the agent."""

FRAME_SAMPLES = 480
"""20 ms at LINE_HZ."""


class Framer:
    """Cuts what is pushed into frames of `samples`; the rest waits for the next push."""

    def __init__(self, samples: int = FRAME_SAMPLES) -> None:
        self._samples = samples
        self._rest = np.zeros(0, np.int16)

    def push(self, pcm: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
        """The frames that are complete now, each of shape (samples,)."""
        if not len(self._rest) and len(pcm) == self._samples:  # the usual case copies nothing
            return iter((pcm,))
        joined = np.concatenate([self._rest, pcm])
        whole = len(joined) // self._samples * self._samples
        self._rest = joined[whole:]
        return iter(joined[:whole].reshape(-1, self._samples))
