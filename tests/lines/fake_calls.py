"""A call without an agent: it says a tone, echoes what is typed, and keeps what it hears."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import numpy as np

from antiphon.agent.events import CallEvent, Ended, StateChanged, Transcript
from antiphon.errors import CallRefused
from antiphon.lines.seam import Pcm16
from tests.webrtc.pair import tone


class FakeCall:
    """Implements `seam.LineCall`."""

    def __init__(self, on_event: Callable[[CallEvent], None]) -> None:
        self.id = uuid.uuid4().hex
        self.tell = on_event
        self.heard: list[Pcm16] = []
        self.taken_samples = 0
        self.typed: list[tuple[str, str]] = []
        self.broken = False
        self._tone = tone(440)
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(self, pcm: Pcm16) -> None:
        if self.broken:
            raise RuntimeError("a bug in the agent")
        self.heard.append(pcm)

    def take(self, samples: int) -> Pcm16:
        self.taken_samples += samples
        return self._tone(samples)

    def type_text(self, text: str, segment_id: str = "") -> None:
        self.typed.append((segment_id, text))
        self.tell(Transcript(segment_id, "caller", text, final=True, typed=True))

    async def hang_up(self, reason: str = "hang_up") -> None:
        if not self._ended.done():
            self.tell(Ended(reason))
            self._ended.set_result(reason)

    async def wait_ended(self) -> str:
        return await asyncio.shield(self._ended)

    @property
    def reason(self) -> str | None:
        """Why it ended; None while it goes on."""
        return self._ended.result() if self._ended.done() else None

    def loudness(self) -> float:
        """RMS of the last quarter second heard."""
        return float(np.sqrt(np.mean(np.concatenate(self.heard[-12:]).astype(float) ** 2)))


class FakeCalls:
    """Implements `seam.LineCalls` with room for `places` calls."""

    def __init__(self, places: int = 4) -> None:
        self.places = places
        self.opened: list[FakeCall] = []

    async def open(self, on_event: Callable[[CallEvent], None], *, line: str) -> FakeCall:
        assert line in ("browser", "socket")
        if sum(call.reason is None for call in self.opened) >= self.places:
            raise CallRefused("All lines are busy.")
        call = self.make(on_event)
        self.opened.append(call)
        call.tell(StateChanged("listening"))
        return call

    def make(self, on_event: Callable[[CallEvent], None]) -> FakeCall:
        """A call of this kind."""
        return FakeCall(on_event)

    @property
    def last(self) -> FakeCall:
        """The call that was opened last."""
        return self.opened[-1]


def check_types(calls: FakeCalls) -> None:
    """For the type checker: these stand in for the agent's."""
    from antiphon.lines.seam import LineCall, LineCalls

    everywhere: LineCalls = calls
    one: LineCall = calls.last
    del everywhere, one
