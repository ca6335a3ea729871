"""A scenario, played on a line: the caller does its steps, reacting to what he hears, and keeps what he did when."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np

from antiphon.ear import sounds
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import LINE_HZ
from antiphon.ear.log import ToolCall
from antiphon.ear.metrics import UNANSWERED_AFTER_MS, CallerTurn
from antiphon.ear.results import EventKind, Expectation
from antiphon.ear.scenario import (
    Backchannel,
    Converse,
    Expect,
    ExpectStep,
    HangUp,
    Interrupt,
    Listen,
    Say,
    Scenario,
    SideSpeech,
    Sound,
    Step,
    Type,
)
from antiphon.ear.signal import Pcm16

GREETING_MS = 8000.0
"""So long a caller waits for a greeting before he speaks first."""

QUIET_MS = 700.0
"""An answer is over when the agent has been silent for so long."""

TOOL_MS = 8000.0
"""So long a caller waits for an answer that a tool has to be called for."""

Say_ = Callable[[str], Utterance]


@dataclass(frozen=True, slots=True)
class Made:
    """A sound that the caller made, to be judged as an event.

    Attributes:
        why_not: why it was not made, or does not count; then `turn` may be None.
    """

    kind: EventKind
    label: str
    turn: CallerTurn | None
    why_not: str = ""


@dataclass(slots=True)
class Played:
    """What the caller did.

    Attributes:
        awaited: for each spoken turn, in order, whether the scenario waited for its answer.
        made: sounds made while the agent spoke.
        typed: words and times of typed messages.
        expectations: what was held against the call's outcome.
    """

    awaited: list[bool] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    typed: list[tuple[str, float]] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)


async def play(caller: Caller, scenario: Scenario, say: Say_, *, seed: int = 1) -> Played:
    """Plays a scenario's steps on an open call, until they are done or the call is over.

    Args:
        caller: in the call.
        scenario: what to do.
        say: makes a turn's audio; must be quick (prepared), or the caller is late.
        seed: of sounds.
    """
    player = _Player(caller, say, seed)
    for number, step in enumerate(scenario.steps):
        if caller.over and not isinstance(step, ExpectStep):
            continue
        await player.step(step, number)
    return player.played


class _Player:
    def __init__(self, caller: Caller, say: Say_, seed: int) -> None:
        self.played = Played()
        self._caller = caller
        self._say = say
        self._seed = seed

    async def step(self, step: Step, number: int) -> None:
        caller = self._caller
        match step:
            case Listen(listen="greeting"):
                if await caller.until_speaking(timeout_ms=GREETING_MS):
                    await caller.until_quiet(QUIET_MS)
            case Listen(listen="answer"):
                if await caller.until_speaking(timeout_ms=UNANSWERED_AFTER_MS):
                    await caller.until_quiet(QUIET_MS)
            case Listen(listen=float(ms)):
                await caller.until(lambda: False, ms)
            case Say(say=text, then=then):
                await self._speak(self._say(text), then == "answer")
            case Interrupt(interrupt=text, after_ms=after_ms, then=then):
                utterance = self._say(text)
                await self._while_speaking(
                    "interruption", text, after_ms, lambda: self._speak(utterance, then == "answer")
                )
            case Backchannel(backchannel=text, after_ms=after_ms):
                await self._noise("backchannel", text, after_ms, self._say(text).pcm)
            case SideSpeech(side_speech=text, after_ms=after_ms, gain_db=gain_db):
                pcm = (self._say(text).pcm * 10 ** (gain_db / 20)).astype(np.int16)
                await self._noise("side_speech", text, after_ms, pcm)
            case Sound():
                await self._noise("sound", step.sound, step.after_ms, sound(step, self._seed + number))
            case Type(type=text, after_ms=after_ms, then=then):
                await self._type(text, after_ms, then == "answer")
            case Converse():
                await self._converse(step)
            case HangUp(hang_up_after_ms=after_ms):
                await caller.until_speaking(after_ms)
                await caller.hang_up()
            case ExpectStep(expect=expect):
                self.played.expectations += _held(expect, caller)
            case Listen():
                raise AssertionError(step)
            case _:
                assert_never(step)

    async def _speak(self, utterance: Utterance, wait: bool) -> CallerTurn:
        self.played.awaited.append(wait)
        turn = await self._caller.say(utterance)
        if wait:
            await self._caller.until_answered(turn, QUIET_MS)
        return turn

    async def _while_speaking(
        self, kind: EventKind, label: str, after_ms: float, act: Callable[[], Awaitable[CallerTurn]]
    ) -> None:
        """Acts when the agent has been heard for so long, and notes it; does nothing if it never is."""
        caller = self._caller
        spoke = await caller.until_speaking(timeout_ms=UNANSWERED_AFTER_MS)
        if spoke and await caller.until_speaking(after_ms, timeout_ms=after_ms + QUIET_MS):
            self.played.made.append(Made(kind, label, await act()))
            return
        why = f"the agent was silent again before {after_ms:g} ms" if spoke else "the agent did not speak"
        self.played.made.append(Made(kind, label, None, why))

    async def _noise(self, kind: EventKind, label: str, after_ms: float, pcm: Pcm16) -> None:
        async def act() -> CallerTurn:
            turn = await self._caller.say(Utterance(pcm))
            await self._caller.until_quiet(QUIET_MS)
            return turn

        await self._while_speaking(kind, label, after_ms, act)

    async def _type(self, text: str, after_ms: float | None, wait: bool) -> None:
        caller = self._caller
        if after_ms is not None:
            await caller.until_speaking(after_ms)
        began = caller.began_utterances
        at = caller.type_text(text)
        self.played.typed.append((text, at))
        if not wait:
            return
        if await caller.until(lambda: caller.began_utterances > began, UNANSWERED_AFTER_MS):
            await caller.until_quiet(QUIET_MS)

    async def _converse(self, step: Converse) -> None:
        caller = self._caller
        answered = {tool.call_id for tool in done(caller, step.until_tool)}
        replies = [(re.compile(pattern, re.IGNORECASE), reply) for pattern, reply in step.answers.items()]
        said = step.converse
        for _ in range(step.turns):
            spoken = len(caller.log.said_by("agent"))
            turn = await self._speak(self._say(said), False)
            self.played.awaited[-1] = True
            await caller.until_answered(turn, QUIET_MS, within_ms=TOOL_MS)
            over = {tool.call_id for tool in done(caller, step.until_tool)} - answered
            if caller.over or (step.until_tool and over):
                return
            words = " ".join(caller.log.said_by("agent")[spoken:])
            said = next((reply for pattern, reply in replies if pattern.search(words)), step.otherwise)


def sound(step: Sound, seed: int) -> Pcm16:
    """A step's sound at the line's rate."""
    if step.sound in ("cough", "knocks"):
        return getattr(sounds, step.sound)(seed=seed, rate_hz=LINE_HZ, level_dbfs=step.level_dbfs)  # type: ignore[no-any-return]
    if step.sound == "hum":
        return sounds.hum(step.length_ms, rate_hz=LINE_HZ, level_dbfs=step.level_dbfs)
    make = getattr(sounds, step.sound)
    return make(step.length_ms, seed=seed, rate_hz=LINE_HZ, level_dbfs=step.level_dbfs)  # type: ignore[no-any-return]


def done(caller: Caller, tool: str) -> list[ToolCall]:
    """The calls of a tool that ended without an error."""
    return [
        call
        for call in caller.log.tools.values()
        if call.name == tool and call.output is not None and not call.is_error
    ]


def _held(expect: Expect, caller: Caller) -> list[Expectation]:
    """What is expected, each held against the call so far."""
    found: list[Expectation] = []
    if expect.tool:
        wanted = ", ".join(f"{name}={value!r}" for name, value in expect.arguments.items())
        calls = done(caller, expect.tool)
        met = any(
            all(_same(call.arguments.get(name), value) for name, value in expect.arguments.items())
            for call in calls
        )
        told = "; ".join(str(call.arguments) for call in calls) or "it was not called"
        found.append(Expectation(what=f"{expect.tool}({wanted}) was called", met=met, found=told))
    if expect.not_tool:
        calls = [call for call in caller.log.tools.values() if call.name == expect.not_tool]
        found.append(
            Expectation(
                what=f"{expect.not_tool} was not called",
                met=not calls,
                found="; ".join(str(call.arguments) for call in calls),
            )
        )
    words = " ".join(caller.log.said_by("agent"))
    for pattern, wanted_there in ((expect.hold, True), (expect.without, False)):
        if pattern:
            there = re.search(pattern, words, re.IGNORECASE) is not None
            what = f"the agent's words {'hold' if wanted_there else 'are without'} {pattern!r}"
            found.append(Expectation(what=what, met=there is wanted_there, found=words))
    return found


def _same(found: Any, wanted: Any) -> bool:
    """Equal as a person sees it: letters' case and a number's type apart."""
    return str(found).strip().casefold() == str(wanted).strip().casefold()
