"""A session core that does as it is told, and parts that take the time they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import numpy as np

from antiphon import wire
from antiphon.engine.brains.brain import BrainOutput, BrainRequest, Expectation, Say
from antiphon.engine.effects import Effect, Hasten, Record, Result, Send, Start, Withdraw, Work
from antiphon.engine.parts import EngineParts
from antiphon.engine.speech.parts import Clip, Pcm16, Recognition, Urgency
from antiphon.errors import WireError


@dataclass
class ScriptedSession:
    """Calls `on_event` for each client event, `on_tick` for each tick; remembers all that it was given."""

    on_event: Callable[[ScriptedSession, wire.ClientEvent, float], None] = lambda s, e, t: None
    on_tick: Callable[[ScriptedSession, float], None] = lambda s, t: None
    on_result: Callable[[ScriptedSession, int, object, float], None] = lambda s, i, r, t: None
    id: str = "sess_test"
    next_ms: float | None = None
    given: list[tuple[str, object, float]] = field(default_factory=list)
    closed: bool = False
    _effects: list[Effect] = field(default_factory=list)

    def send(self, event: wire.ServerEvent) -> None:
        self._effects.append(Send(event))

    def start(self, work_id: int, work: Work) -> None:
        self._effects.append(Start(work_id, work))

    def withdraw(self, work_id: int) -> None:
        self._effects.append(Withdraw(work_id))

    def hasten(self, work_id: int) -> None:
        self._effects.append(Hasten(work_id))

    def record(self, topic: str, at_ms: float, **detail: object) -> None:
        self._effects.append(Record(topic, at_ms, detail))

    def names(self) -> list[str]:
        """What was given, without times."""
        return [name for name, _, _ in self.given]

    # SessionCore

    def open(self, now_ms: float) -> None:
        self.given.append(("open", None, now_ms))
        self.send(wire.SessionCreated(session=wire.SessionConfig(id=self.id)))

    def receive(self, event: wire.ClientEvent, now_ms: float) -> None:
        self.given.append(("receive", event, now_ms))
        self.on_event(self, event, now_ms)

    def refuse(self, error: WireError, now_ms: float) -> None:
        self.given.append(("refuse", error, now_ms))
        self.send(wire.error_event(error))

    def thought(self, work_id: int, output: BrainOutput, now_ms: float) -> None:
        self.given.append(("thought", output, now_ms))
        self.on_result(self, work_id, output, now_ms)

    def finished(self, work_id: int, result: Result, now_ms: float) -> None:
        self.given.append(("finished", result, now_ms))
        self.on_result(self, work_id, result, now_ms)

    def failed(self, work_id: int, error: Exception, now_ms: float) -> None:
        self.given.append(("failed", error, now_ms))
        self.on_result(self, work_id, error, now_ms)

    def tick(self, now_ms: float) -> None:
        self.given.append(("tick", None, now_ms))
        self.next_ms = None
        self.on_tick(self, now_ms)

    def next_tick_ms(self) -> float | None:
        return self.next_ms

    def effects(self) -> list[Effect]:
        drained, self._effects = self._effects, []
        return drained

    def close(self, now_ms: float) -> None:
        self.closed = True
        self.record("closed", now_ms)


@dataclass
class SlowParts:
    """Recogniser, voice, end of turn and brain in one, each taking `ms`; counts what is under way."""

    ms: float = 100
    failure: Exception | None = None
    outputs: list[BrainOutput] = field(default_factory=lambda: [Say("one "), Say("two")])
    name: str = "slow"
    judges_turns: bool = False
    running: int = 0
    cancelled: int = 0
    closed_streams: int = 0
    urgencies: list[Urgency] = field(default_factory=list)

    async def _work(self) -> None:
        self.running += 1
        try:
            await asyncio.sleep(self.ms / 1000)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if self.failure is not None:
            raise self.failure

    async def recognise(
        self, pcm: Pcm16, *, vocabulary: tuple[str, ...] = (), urgency: Urgency | None = None
    ) -> Recognition:
        if urgency is not None:
            self.urgencies.append(urgency)
        await self._work()
        return Recognition(f"{len(pcm)} {' '.join(vocabulary)}")

    async def speak(self, clause: str, *, voice: str = "", speed: float = 1.0) -> Clip:
        await self._work()
        return Clip(f"{clause}/{voice}/{speed}", np.zeros(240, np.int16), (), cached=True)

    async def probability(self, pcm: Pcm16) -> float:
        await self._work()
        return 0.75

    async def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
        try:
            for output in self.outputs:
                await self._work()
                yield output
        finally:
            self.closed_streams += 1

    def expects(self, request: BrainRequest) -> Expectation:
        return Expectation()

    async def close(self) -> None:
        pass

    def as_parts(self) -> EngineParts:
        """For a runner."""
        return EngineParts(recogniser=self, voice=self, end_of_turn=self, brain=self, make_vad=_Deaf)


class _Deaf:
    def __call__(self, window: Pcm16) -> float:
        return 0.0

    def reset(self) -> None:
        pass
