"""A caller's phone for tests: pulls and pushes 20 ms frames in real time, and remembers what it was told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from antiphon.agent.call import DirectCall
from antiphon.agent.calls import Calls
from antiphon.agent.events import CallEvent, Cut, Ended, Problem, StateChanged, Transcript

E = TypeVar("E")

FRAME = 480
TONE = (8000 * np.sin(np.arange(FRAME) * 2 * np.pi * 10 / FRAME)).astype(np.int16)
SILENCE = np.zeros(FRAME, np.int16)

PATIENCE_S = 20.0
"""After this a test has failed; nothing is measured with it."""


class Phone:
    """One call: `async with Phone(calls) as phone`.

    Attributes:
        talking: the caller makes a sound.
        playing: the agent's audio is taken; else it waits.
    """

    def __init__(self, calls: Calls, *, line: str = "test") -> None:
        self._calls = calls
        self._line = line
        self._pump: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.events: list[CallEvent] = []
        self.heard: list[np.ndarray[Any, Any]] = []
        self.talking = False
        self.playing = True
        self.call: DirectCall

    async def __aenter__(self) -> Self:
        self.call = await self._calls.open(self._told, line=self._line)
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.call.hang_up()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def say(self, frames: int = 15) -> None:
        """Makes a sound of so many frames, which the scripted engine takes for a turn; returns at its end."""
        self.talking = True
        await asyncio.sleep(frames * 0.02)
        self.talking = False

    async def until_idle(self) -> None:
        """Waits until the agent has spoken, and listens."""
        await self.until(lambda: "speaking" in self.states and self.states[-1] == "listening")

    async def until(self, holds: Callable[[], Any]) -> None:
        """Waits until something holds; fails the test if it never does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"it never came to hold; what happened: {self.events}") from None

    async def until_told(self, kind: type[E], **fields: Any) -> E:
        """Waits for an event of a kind with these fields."""
        await self.until(lambda: self.told(kind, **fields))
        return self.told(kind, **fields)[0]

    def told(self, kind: type[E], **fields: Any) -> list[E]:
        """Events of a kind with these fields."""
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def texts(self) -> list[tuple[str, str]]:
        """Speaker and final text of every segment, in order; of what was cut only what was heard."""
        segments: dict[str, tuple[str, str]] = {}
        for event in self.events:
            if isinstance(event, Transcript):
                segments[event.segment_id] = (event.speaker, event.text)
            elif isinstance(event, Cut):
                segments[event.segment_id] = ("agent", event.heard)
        return [segment for segment in segments.values() if segment[1]]

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.told(StateChanged)]

    @property
    def problems(self) -> list[str]:
        return [event.code for event in self.told(Problem)]

    @property
    def loud_samples(self) -> int:
        """How many samples of the agent's tone were heard (a sine crosses zero twice in 48)."""
        return int(np.count_nonzero(np.concatenate(self.heard)) / 46 * 48) if self.heard else 0

    @property
    def agent_is_loud(self) -> bool:
        return bool(self.heard) and bool(np.any(self.heard[-1]))

    def _told(self, event: CallEvent) -> None:
        assert not self.told(Ended), f"{event} after the end"
        self.events.append(event)
        self._changed.set()

    async def _run(self) -> None:
        began, tick = time.monotonic(), 0
        while True:
            self.call.hear(TONE if self.talking else SILENCE)
            if self.playing:
                self.heard.append(self.call.take(FRAME))
            self._changed.set()
            tick += 1
            await asyncio.sleep(max(0.0, began + tick * 0.02 - time.monotonic()))
