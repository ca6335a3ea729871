"""What the ear asks of a line to an agent: audio both ways, text, and messages in the page's own protocol.

Nothing here is more than a caller could use. Messages are the dictionaries of the page's data channel
(docs/ARCHITECTURE.md), so that a call in this process and a call over WebRTC are measured by the same code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ
from antiphon.ear.signal import Pcm16

FRAME_MS = FRAME_SAMPLES * 1000 // LINE_HZ

Message = Mapping[str, Any]
"""One message of the page's protocol: `topic` and its fields."""

OnMessage = Callable[[Message], None]


class Line(Protocol):
    """A caller's end of an open call."""

    def hear(self, pcm: Pcm16) -> None:
        """The caller's next FRAME_SAMPLES samples, every FRAME_MS."""
        ...

    def take(self, samples: int) -> Pcm16:
        """The agent's next samples, silence where there are none. What was taken was heard."""
        ...

    def type_text(self, text: str) -> None:
        """The caller typed something."""
        ...

    async def hang_up(self) -> None:
        """Ends the call."""
        ...


Opener = Callable[[OnMessage], Awaitable[Line]]
"""Opens a call; the agent begins to greet. Whoever runs the ear hands it one."""

__all__ = ["FRAME_MS", "FRAME_SAMPLES", "LINE_HZ", "Line", "Message", "OnMessage", "Opener"]
