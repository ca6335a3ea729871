"""Two real peers on this machine's network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np

from antiphon.audio.frames import LINE_HZ
from antiphon.webrtc.peer import Peer, PeerCallbacks, PeerState

Take = Callable[[int], np.ndarray]


def still(samples: int) -> np.ndarray:
    """A caller who says nothing."""
    return np.zeros(samples, np.int16)


def tone(hz: float) -> Take:
    """An endless sine."""
    position = 0

    def take(samples: int) -> np.ndarray:
        nonlocal position
        at = np.arange(position, position + samples)
        position += samples
        return (8000 * np.sin(2 * np.pi * hz * at / LINE_HZ)).astype(np.int16)

    return take


@dataclass
class Ear:
    """Keeps what it hears."""

    frames: list[np.ndarray] = field(default_factory=list)

    def hear(self, pcm: np.ndarray) -> None:
        self.frames.append(pcm)

    async def heard(self, seconds: float) -> None:
        """Waits until so much more has been heard."""
        enough = len(self.frames) + round(seconds * 50)
        await until(lambda: len(self.frames) >= enough)

    def loudness(self) -> float:
        """RMS of the last quarter second."""
        return float(np.sqrt(np.mean(np.concatenate(self.frames[-12:]).astype(float) ** 2)))


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for something to become true; fails after a generous time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a condition of aiortc's, which no event tells of
            await asyncio.sleep(0.01)


def ignore(text: str) -> None:
    """For callers without ears for messages."""


@asynccontextmanager
async def connected(
    *,
    take: Take = still,
    hear: Callable[[np.ndarray], None] = lambda pcm: None,
    message: Callable[[str], None] = ignore,
    caller_message: Callable[[str], None] = ignore,
) -> AsyncIterator[tuple[Peer, Peer]]:
    """A caller that speaks `take`, connected with a callee that hears it. Gives (caller, callee)."""
    caller = Peer(PeerCallbacks(hear=lambda pcm: None, take=take, message=caller_message))
    callee = Peer(PeerCallbacks(hear=hear, take=still, message=message))
    try:
        await caller.accept(await callee.answer(await caller.offer()))
        await until(lambda: caller.channel_ready and callee.channel_ready)
        assert caller.state is callee.state is PeerState.CONNECTED
        yield caller, callee
    finally:
        await caller.close()
        await callee.close()
