"""A call's audio, in LiveKit's terms: the caller's frames as an AudioInput, the agent's as an AudioOutput.

No room and no track stands behind a line's: it pushes and pulls (`LineAudio`). A room's is in `room_audio.py`. Everything runs in
the event loop's thread.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities
from numpy.typing import NDArray

from antiphon.audio.playout import Playout, Segment

LINE_HZ = 24_000
"""The sample rate between lines and agent, the Realtime API's own: nothing is resampled on the way."""

FRAME_MS = 20

HELD_MS = 6_000
"""Caller's audio that is kept while the engine is away; older audio is dropped. A restart takes up to five seconds, and what
was said meanwhile wants an answer when it is back; what is older than that the caller has said again, or given up."""


class CallerAudio(AudioInput):
    """The caller's frames on their way to the agent.

    Attributes:
        dropped: frames that were thrown away while the way was closed.
    """

    def __init__(self) -> None:
        super().__init__(label="antiphon line")
        self._frames: deque[rtc.AudioFrame] = deque(maxlen=HELD_MS // FRAME_MS)
        self._wake = asyncio.Event()
        self._open = True
        self._ended = False
        self.dropped = 0

    def push(self, pcm: NDArray[np.int16]) -> None:
        """Adds a frame of mono samples at LINE_HZ. Never blocks; when nobody fetches them, the oldest go."""
        if self._ended:
            return
        if len(self._frames) == self._frames.maxlen:
            self.dropped += 1
        self._frames.append(rtc.AudioFrame(pcm.tobytes(), LINE_HZ, 1, len(pcm)))
        self._wake.set()

    def hold(self) -> None:
        """The engine is away: keeps frames here, where they are bounded, not in the plugin's endless queue."""
        self._open = False

    def go_on(self) -> None:
        """The engine is back: what was held leaves at once, in order."""
        self._open = True
        self._wake.set()

    def end(self) -> None:
        """No more audio will come."""
        self._ended = True
        self._frames.clear()
        self._wake.set()

    async def __anext__(self) -> rtc.AudioFrame:
        while not (self._open and self._frames):
            if self._ended:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._frames.popleft()


class AgentAudio(AudioOutput):
    """The agent's frames on their way to the line, which takes them at its own pace (`Playout`).

    Args:
        on_started: told the monotonic moment is now: the first sample of a message was taken.
        on_cleared: told of an interruption, after what was not taken has been dropped.
    """

    def __init__(self, on_started: Callable[[], None], on_cleared: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            label="antiphon line",
            capabilities=AudioOutputCapabilities(
                pause=False
            ),  # pausing is for client VADs; the engine goes on by itself
            sample_rate=LINE_HZ,
        )
        self.playout = Playout(on_started=self._started, on_finished=self._finished)
        self._on_started = on_started
        self._on_cleared = on_cleared

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Adds a frame to the message that is being spoken."""
        await super().capture_frame(frame)
        self.playout.push(np.frombuffer(frame.data, dtype=np.int16))

    def flush(self) -> None:
        """The message is complete."""
        super().flush()
        self.playout.end()

    def clear_buffer(self) -> None:
        """An interruption: what was not taken yet is never heard."""
        self.playout.clear()
        self._on_cleared()

    def _started(self, segment: Segment) -> None:
        self._on_started()
        self.on_playback_started(created_at=time.time())

    def _finished(self, segment: Segment) -> None:
        self.on_playback_finished(playback_position=segment.taken / LINE_HZ, interrupted=segment.cleared)


class CallAudio(Protocol):
    """Where a call's audio comes from and goes to: a line's frames (`LineAudio`), or a LiveKit room (`room_audio.RoomAudio`).

    Attributes:
        on_frame: told after each of the caller's frames.
        on_started: told when the first sample of a message is played.
        on_cleared: told of an interruption, after what was not played has been dropped.
    """

    on_frame: Callable[[], None]
    on_started: Callable[[], None]
    on_cleared: Callable[[], None]

    @property
    def waiting(self) -> bool:
        """Whether there is agent's audio that will be played, unless an interruption comes."""

    @property
    def dropped(self) -> int:
        """Frames of the caller that were thrown away while the engine was away."""

    async def start(self, session: AgentSession[Any], agent: Agent) -> None:
        """Starts the session with this audio."""

    def hold(self) -> None:
        """The engine is away: the caller's audio is kept here."""

    def go_on(self) -> None:
        """The engine is back."""

    def end(self) -> None:
        """No more audio will come from the caller."""

    async def aclose(self) -> None:
        """The session is closed: what is left of the agent's audio is dropped."""


class LineAudio:
    """Audio that a line pushes and pulls: `hear` and `take`, frame by frame."""

    def __init__(self) -> None:
        self.on_frame: Callable[[], None] = _nothing
        self.on_started: Callable[[], None] = _nothing
        self.on_cleared: Callable[[], None] = _nothing
        self.caller = CallerAudio()
        self.agent = AgentAudio(lambda: self.on_started(), lambda: self.on_cleared())
        self.hold, self.go_on, self.end = self.caller.hold, self.caller.go_on, self.caller.end

    @property
    def waiting(self) -> bool:
        """Whether there is agent's audio that was not taken yet."""
        return self.agent.playout.waiting > 0

    @property
    def dropped(self) -> int:
        """Frames of the caller that were thrown away while the engine was away."""
        return self.caller.dropped

    async def start(self, session: AgentSession[Any], agent: Agent) -> None:
        """Starts the session with this audio."""
        session.input.audio = self.caller
        session.output.audio = self.agent
        await session.start(agent)

    def hear(self, pcm: NDArray[np.int16]) -> None:
        """The caller's next frame: mono at LINE_HZ."""
        self.caller.push(pcm)
        self.on_frame()

    def take(self, samples: int) -> NDArray[np.int16]:
        """The agent's next samples at LINE_HZ; silence if there are none."""
        return self.agent.playout.take(samples)

    async def aclose(self) -> None:
        """Drops what is left of the agent's audio."""
        self.agent.playout.clear()


def _nothing() -> None:
    """Told of nothing, by default."""
