"""What a network does to 20 ms frames: bursty loss, and lateness in order. It is counted in frames, not by a clock. Sans-I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np

from antiphon.ear.line import FRAME_MS

T = TypeVar("T")


class BurstyLoss:
    """Gilbert's model of loss: a good state that loses nothing, a bad one that loses all, and chances to change between the two.

    Args:
        loss: the share of frames that is lost in the long run.
        burst: how many are lost in a row on average. Independent losses come in bursts of 1 / (1 - loss).
        rng: decides.

    Raises:
        ValueError: so much loss cannot come in such short bursts.
    """

    def __init__(self, loss: float, burst: float, rng: np.random.Generator) -> None:
        self._to_good = 1 / burst
        self._to_bad = loss / (1 - loss) / burst
        if self._to_bad > 1:
            raise ValueError(f"a loss of {loss:g} comes in bursts of {loss / (1 - loss):g} frames at least")
        self._rng = rng
        self._bad = bool(rng.random() < loss)

    def lost(self) -> bool:
        """Whether the next frame is."""
        bad = self._bad
        self._bad = bool(self._rng.random() < (1 - self._to_good if bad else self._to_bad))
        return bad


class Lateness(Generic[T]):
    """Frames on their way: each takes its own time, none overtakes another.

    The time is 0 to `jitter_ms`, all equally likely, in whole frames: rounded up or down by chance, so that the mean is kept. A frame that
    waits for a later one before it takes longer.

    Args:
        jitter_ms: the longest time, but for the rounding.
        rng: decides.
    """

    def __init__(self, jitter_ms: float, rng: np.random.Generator) -> None:
        self._jitter = jitter_ms / FRAME_MS
        self._rng = rng
        self._now = 0
        self._latest = 0
        self._under_way: deque[tuple[int, T]] = deque()

    def send(self, frame: T) -> None:
        """A frame leaves now."""
        takes = int(self._rng.random() * self._jitter + self._rng.random())
        self._latest = max(self._latest, self._now + takes)
        self._under_way.append((self._latest, frame))

    def arrived(self) -> Iterator[T]:
        """The frames that arrive before the next one leaves. To be asked once after each `send`."""
        while self._under_way and self._under_way[0][0] <= self._now:
            yield self._under_way.popleft()[1]
        self._now += 1
