"""Playout: agent's audio waiting to be heard, and how much of it was heard. Sans-I/O.

Audio is pushed as it comes, faster than real time, and taken by the caller's line at its own pace: the taking is the
clock. Audio is grouped in segments, one for each of the agent's messages, so that a stop can say of the message that it
cut how many samples had been taken.

    push … push, end      a segment; the next push begins the next one
    take(n)               the next n samples, filled up with silence
    clear()               drops everything untaken; what was open stays deaf until its end
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Pcm16 = NDArray[np.int16]
"""Mono samples, shape (n,), int16."""


@dataclass(slots=True)
class Segment:
    """One message's audio.

    Attributes:
        pushed: samples that came so far.
        taken: samples that the line took.
        ended: no more audio will come.
        cleared: cut off; audio that still comes is dropped.
        started_at_sample: where on the line's timeline (samples taken since the beginning, silence included) it began.
    """

    pushed: int = 0
    taken: int = 0
    ended: bool = False
    cleared: bool = False
    started_at_sample: int | None = None
    chunks: deque[Pcm16] = field(default_factory=deque, repr=False)


@dataclass(slots=True)
class Playout:
    """The agent's side of one line.

    Attributes:
        on_started: called when the first sample of a segment is taken.
        on_finished: called once for each segment: all of it was taken and its end is known (`segment.cleared` is
            False), or it was cut (`segment.cleared` is True). `segment.taken` is what was heard.
        position: samples taken from the beginning of the call, silence included.
    """

    on_started: Callable[[Segment], None] | None = None
    on_finished: Callable[[Segment], None] | None = None
    position: int = 0
    _queue: deque[Segment] = field(default_factory=deque)
    _open: Segment | None = None

    @property
    def waiting(self) -> int:
        """Samples that were pushed and not yet taken."""
        return sum(segment.pushed - segment.taken for segment in self._queue)

    @property
    def playing(self) -> bool:
        """Whether a segment has begun and is not finished."""
        return bool(self._queue) and self._queue[0].taken > 0

    def push(self, pcm: Pcm16) -> None:
        """Adds audio to the open segment, or begins one. The array is kept, not copied."""
        if self._open is None:
            self._open = Segment()
            self._queue.append(self._open)
        if self._open.cleared or not len(pcm):
            return
        self._open.chunks.append(pcm)
        self._open.pushed += len(pcm)

    def end(self) -> None:
        """The open segment is complete. Without one, nothing happens."""
        segment, self._open = self._open, None
        if segment is None or segment.cleared:
            return
        segment.ended = True
        self._finish_heard()

    def clear(self) -> int:
        """Drops all audio that was not taken, and finishes its segments as cut.

        Returns:
            How many samples were dropped.
        """
        dropped = self.waiting
        cut, self._queue = self._queue, deque()
        for segment in cut:
            segment.cleared = True
            segment.chunks.clear()
            if self.on_finished is not None:
                self.on_finished(segment)
        return dropped

    def take(self, samples: int) -> Pcm16:
        """The next samples for the line, shape (samples,); silence where there is no audio."""
        out = np.zeros(samples, dtype=np.int16)
        filled = 0
        while filled < samples and self._queue:
            segment = self._queue[0]
            if not segment.chunks:
                if not segment.ended:
                    break  # the network is behind: silence, and the segment's position waits
                self._finish_heard()
                continue
            if segment.started_at_sample is None:
                segment.started_at_sample = self.position + filled
                if self.on_started is not None:
                    self.on_started(segment)
                    if segment.cleared:  # the callback stopped it
                        continue
            chunk = segment.chunks[0]
            n = min(len(chunk), samples - filled)
            out[filled : filled + n] = chunk[:n]
            if n == len(chunk):
                segment.chunks.popleft()
            else:
                segment.chunks[0] = chunk[n:]
            segment.taken += n
            filled += n
        self.position += samples
        self._finish_heard()
        return out

    def _finish_heard(self) -> None:
        while self._queue and self._queue[0].ended and not self._queue[0].chunks:
            segment = self._queue.popleft()
            if self.on_finished is not None:
                self.on_finished(segment)
