"""What a line needs of a call: the part of `agent.calls` that lines use, so that a line can be tried without an agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from antiphon.agent.events import CallEvent

Pcm16 = NDArray[np.int16]


class LineCall(Protocol):
    """One call. Audio is mono int16 at 24 kHz."""

    id: str

    def hear(self, pcm: Pcm16) -> None:
        """The caller's next 20 ms, shape (480,). Never blocks."""

    def take(self, samples: int) -> Pcm16:
        """The agent's audio for the next samples, silence if there is none; what was taken was heard."""

    def type_text(self, text: str, segment_id: str = "") -> None:
        """The caller typed; `segment_id` is the line's own id of the message, which its transcript will carry."""

    async def hang_up(self, reason: str = "hang_up") -> None:
        """Ends the call."""

    async def wait_ended(self) -> str:
        """Waits for the end of the call, whoever ends it, and gives the reason."""


class LineCalls(Protocol):
    """Opens calls."""

    async def open(self, on_event: Callable[[CallEvent], None], *, line: str) -> LineCall:
        """Opens a call; `on_event` is told everything that happens in it, in the event loop.

        Raises:
            CallRefused: there is no place for another one.
        """
