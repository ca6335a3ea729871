"""An engine with scripted parts that note what they are asked, and the client that people use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from openai import AsyncOpenAI

from antiphon.engine.brains.brain import Brain
from antiphon.engine.parts import EngineParts
from antiphon.engine.server import EngineServer
from antiphon.engine.speech.parts import RECOGNISER_HZ, VOICE_HZ, Clip, Pcm16, Recognition, Urgency
from antiphon.errors import InferenceError
from antiphon.settings import EngineSettings, Settings
from tests.engine.test_server import answer, free_port
from tests.engine.virtual_call import LevelVad, ScriptedBrain

CLAUSE_SAMPLES = VOICE_HZ // 2


class NotingParts:
    """A recogniser that says how long a piece was, a voice whose clauses last half a second each.

    Attributes:
        pieces: (seconds, likely words, urgency) of each piece.
        clauses: (clause, voice, speed) as they were asked for.
        hold: while set, nothing is answered.
        withdrawn: how many askers left before their answer.
        fail_at: the voice fails at this clause (0 the first).
    """

    name = "noting"

    def __init__(self) -> None:
        self.pieces: list[tuple[float, tuple[str, ...], Urgency | None]] = []
        self.clauses: list[tuple[str, str, float]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.withdrawn = 0
        self.fail_at: int | None = None

    async def recognise(
        self, pcm: Pcm16, *, vocabulary: tuple[str, ...] = (), urgency: Urgency | None = None
    ) -> Recognition:
        self.pieces.append((len(pcm) / RECOGNISER_HZ, vocabulary, urgency))
        await self._wait()
        loud = bool(np.abs(pcm).max(initial=0) > 750)
        return Recognition(f"{len(pcm) / RECOGNISER_HZ:.1f} seconds" if loud else "", avg_logprob=-0.2)

    async def speak(self, clause: str, *, voice: str = "", speed: float = 1.0) -> Clip:
        number = len(self.clauses)
        self.clauses.append((clause, voice, speed))
        await self._wait()
        if number == self.fail_at:
            raise InferenceError("the voice broke")
        return Clip(clause, np.full(CLAUSE_SAMPLES, 1000 * (number + 1), np.int16), ())

    async def _wait(self) -> None:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise

    async def probability(self, pcm: Pcm16) -> float:
        return 0.95

    async def close(self) -> None:
        pass


class House:
    """A running engine.

    Attributes:
        server, parts: the engine and what it is made of.
        client: OpenAI's.
    """

    def __init__(self, server: EngineServer, parts: NotingParts, client: AsyncOpenAI) -> None:
        self.server, self.parts, self.client = server, parts, client

    def metric(self, line: str) -> bool:
        """Whether /metrics has this line."""
        return line in self.server.metrics.text().decode().splitlines()


@asynccontextmanager
async def open_house(brain: Brain | None = None, key: str = "local", **settings: Any) -> AsyncIterator[House]:
    """An engine with settings of its own."""
    noting = NotingParts()
    parts = EngineParts(
        recogniser=noting,
        voice=noting,
        end_of_turn=noting,
        brain=brain or ScriptedBrain(answer),
        make_vad=LevelVad,
    )
    tree = Settings(engine=EngineSettings(**({"port": free_port()} | settings)))
    server = EngineServer(tree, parts=parts)
    await server.start()
    noting.pieces.clear()
    noting.clauses.clear()
    try:
        async with AsyncOpenAI(base_url=server.url, api_key=key, max_retries=0) as client:
            yield House(server, noting, client)
    finally:
        await server.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Waits, five seconds at most, until something is so."""
    async with asyncio.timeout(5):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened
