"""Audio that comes in real time, heard as it comes: for lines whose sender keeps the time. Sans-I/O."""

from __future__ import annotations

from collections import deque

import numpy as np

from antiphon.ear.line import FRAME_SAMPLES
from antiphon.ear.signal import Pcm16

LOUD = 300
"""A sample this large is a voice: an agent's silence is digital, and a codec's noise stays below."""


class LivePlayout:
    """What came and was not heard yet.

    Where nothing has come in time, silence is heard, and what comes later is late by so much. That lateness is a receiver's jitter buffer:
    up to `slack` of it stays, so that frames that come a little unevenly leave no gaps; more is made up for by leaving out silence.

    Args:
        slack: samples that may wait beyond those that are taken.
    """

    def __init__(self, slack: int = FRAME_SAMPLES) -> None:
        self._slack = slack
        self._pieces: deque[Pcm16] = deque()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Samples that came and were not heard."""
        return self._waiting

    def push(self, pcm: Pcm16) -> None:
        """Audio came. The array is kept."""
        if len(pcm):
            self._pieces.append(pcm)
            self._waiting += len(pcm)

    def take(self, samples: int) -> Pcm16:
        """The next samples, silence where none came."""
        while self._waiting - samples > self._slack and _still(self._pieces[0]):
            self._waiting -= len(self._pieces.popleft())
        if self._pieces and len(self._pieces[0]) == samples:  # the usual case copies nothing
            self._waiting -= samples
            return self._pieces.popleft()
        out = np.zeros(samples, np.int16)
        filled = 0
        while self._pieces and filled < samples:
            piece = self._pieces[0]
            count = min(len(piece), samples - filled)
            out[filled : filled + count] = piece[:count]
            if count == len(piece):
                self._pieces.popleft()
            else:
                self._pieces[0] = piece[count:]
            filled += count
        self._waiting -= filled
        return out


def _still(pcm: Pcm16) -> bool:
    return int(pcm.max()) < LOUD and int(pcm.min()) > -LOUD
