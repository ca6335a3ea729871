"""An agent that says what it hears, later: what the browser harness is checked against."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from antiphon.agent.events import CallEvent
from antiphon.lines.seam import Pcm16
from tests.lines.fake_calls import FakeCall, FakeCalls


class EchoCall(FakeCall):
    """Says each frame `delay_ms` after it came (and one frame later at most, since frames come and go on two clocks)."""

    def __init__(self, on_event: Callable[[CallEvent], None], delay_ms: int) -> None:
        super().__init__(on_event)
        self._frames: deque[Pcm16] = deque()
        self._behind = delay_ms // 20

    def hear(self, pcm: Pcm16) -> None:
        super().hear(pcm)
        self._frames.append(pcm)

    def take(self, samples: int) -> Pcm16:
        if len(self._frames) <= self._behind:
            return np.zeros(samples, np.int16)
        return self._frames.popleft()


class EchoCalls(FakeCalls):
    """Opens echoing calls."""

    def __init__(self, delay_ms: int = 400, places: int = 4) -> None:
        super().__init__(places)
        self.delay_ms = delay_ms

    def make(self, on_event: Callable[[CallEvent], None]) -> EchoCall:
        return EchoCall(on_event, self.delay_ms)
