"""What a Realtime server says, waiting to be heard: by item, so that a cut can say how much of each was. Sans-I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from antiphon.ear.line import FRAME_SAMPLES, LINE_HZ
from antiphon.ear.signal import Pcm16

_SILENCE = np.zeros(FRAME_SAMPLES, np.int16)
_SILENCE.flags.writeable = False


@dataclass(slots=True)
class Item:
    """One message of the agent.

    Attributes:
        id: the server's.
        response_id: the response that it is part of.
        content_index: which part of it holds the audio.
        text: its words so far.
        pushed, taken: samples that came, and that were heard.
        whole: no more audio will come.
        cut: an interruption took the rest; audio that still comes is dropped.
    """

    id: str
    response_id: str = ""
    content_index: int = 0
    text: str = ""
    pushed: int = 0
    taken: int = 0
    whole: bool = False
    cut: bool = False
    _pieces: deque[Pcm16] = field(default_factory=deque, repr=False)

    @property
    def heard(self) -> bool:
        """All that will ever come was heard, or cut off."""
        return self.cut or (self.whole and self.taken == self.pushed)

    @property
    def taken_ms(self) -> int:
        """How much of it was heard, in whole ms."""
        return self.taken * 1000 // LINE_HZ

    @property
    def pushed_ms(self) -> float:
        """How much of it came."""
        return self.pushed * 1000 / LINE_HZ

    def push(self, pcm: Pcm16) -> None:
        """Adds audio, unless the item was cut."""
        if len(pcm) and not self.cut:
            self._pieces.append(pcm)
            self.pushed += len(pcm)

    def take(self, samples: int) -> Pcm16:
        """The next samples, fewer if there are not so many. Arrays are handed on, not copied, where one is enough."""
        found: list[Pcm16] = []
        while samples and self._pieces:
            piece = self._pieces[0]
            if len(piece) <= samples:
                self._pieces.popleft()
            else:
                piece, self._pieces[0] = piece[:samples], piece[samples:]
            found.append(piece)
            samples -= len(piece)
            self.taken += len(piece)
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else _SILENCE[:0]

    def stop(self) -> None:
        """Cuts it off here."""
        self.cut = True
        self._pieces.clear()


class RealtimePlayout:
    """Items in the order in which their audio began; each is heard after the one before."""

    def __init__(self) -> None:
        self._queue: deque[Item] = deque()

    def __bool__(self) -> bool:
        return bool(self._queue)

    @property
    def first(self) -> Item | None:
        """What is being heard, or will be next."""
        return self._queue[0] if self._queue else None

    def push(self, item: Item, pcm: Pcm16) -> None:
        """Adds audio to an item, which is queued with its first."""
        if not len(pcm) or item.cut:
            return
        if not item.pushed:
            self._queue.append(item)
        item.push(pcm)

    def take(self, samples: int) -> tuple[Pcm16, list[Item], list[Item]]:
        """The next samples, filled up with silence where none came in time.

        Returns:
            The samples; items whose first sample is among them; items of which all is heard now.
        """
        if not self._queue:
            return (_SILENCE if samples == FRAME_SAMPLES else np.zeros(samples, np.int16)), [], []
        pieces: list[Pcm16] = []
        begun: list[Item] = []
        over: list[Item] = []
        left = samples
        while self._queue:
            item = self._queue[0]
            fresh = not item.taken
            piece = item.take(left)
            if fresh and item.taken:
                begun.append(item)
            pieces.append(piece)
            left -= len(piece)
            if not item.heard:  # the next one waits for the rest of this one
                break
            over.append(self._queue.popleft())
        if left:
            pieces.append(np.zeros(left, np.int16))
        return (pieces[0] if len(pieces) == 1 else np.concatenate(pieces)), begun, over

    def clear(self) -> None:
        """Drops all that was not heard."""
        self._queue.clear()
