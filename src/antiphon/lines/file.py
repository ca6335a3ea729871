"""A line without a person: plays recordings to a call as a caller would, turn by turn, and records both sides.

The clock is exact. At tick k, k · 20 ms after the beginning, the frame that a microphone would have finished by then
(the caller's frame k - 1) is heard by the agent, and the agent's frame k is taken and counts as played from then on. So
both tracks lie on one timeline to the sample, and a tick that came late is measured (`Recording.late_ms`), not hidden.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from antiphon.agent.events import CallEvent, Ended, StateChanged
from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ
from antiphon.audio.wav import read_wav, write_wav
from antiphon.clock import Monotonic, monotonic_ms
from antiphon.lines.seam import LineCall

Pcm16 = NDArray[np.int16]

FRAME_MS = FRAME_SAMPLES * 1000 / LINE_HZ

AUDIBLE = 64
"""The agent's frame counts as sound from this absolute sample value (-54 dBFS); what is no speech is digital silence."""

CallOpener = Callable[[Callable[[CallEvent], None]], Awaitable[LineCall]]
"""Opens a call, such as `functools.partial(calls.open, line="file")`."""


@dataclass(frozen=True, slots=True)
class Take:
    """One thing that the caller says.

    Attributes:
        pcm: mono samples at 24 kHz.
        label: for the recording.
        wait: when to begin. "answer": the agent has answered what went before (the first take: has greeted) and been
            quiet for a moment. A number: so many ms after the agent began to speak, whether it still speaks or not.
    """

    pcm: Pcm16
    label: str = ""
    wait: Literal["answer"] | float = "answer"

    @classmethod
    def of(cls, path: Path, *, wait: Literal["answer"] | float = "answer") -> Take:
        """A WAV file; the label is its name.

        Raises:
            LineError: it can't be read.
        """
        return cls(read_wav(path, LINE_HZ), path.name, wait)


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A take, where it lies on the timeline, and whether it had an answer before the next one."""

    start_ms: float
    end_ms: float
    label: str
    answered: bool


@dataclass(slots=True)
class Recording:
    """Both sides of a call.

    Attributes:
        caller, agent: mono samples at 24 kHz, of one length, on one timeline.
        turns: what the caller said.
        events: ms on the timeline → what the line was told.
        late_ms: how late the latest tick was. Over 10 ms, the machine was too busy to measure on.
        reason: why the call ended.
    """

    caller: Pcm16 = field(default_factory=lambda: np.zeros(0, np.int16))
    agent: Pcm16 = field(default_factory=lambda: np.zeros(0, np.int16))
    turns: list[SpokenTurn] = field(default_factory=list)
    events: list[tuple[float, CallEvent]] = field(default_factory=list)
    late_ms: float = 0.0
    reason: str = ""

    def save(self, path: Path) -> None:
        """Writes a stereo WAV: the caller left, the agent right."""
        write_wav(path, LINE_HZ, self.caller, self.agent)


class _Phase(Enum):
    WAITING = auto()  # for the moment of the next take
    SPEAKING = auto()
    LEAVING = auto()  # all was said; the last answer is heard out


@dataclass(slots=True)
class FileLine:
    """Plays takes to a call.

    Attributes:
        quiet_ms: an answer is over when the agent was silent for so long (and is not thinking: a tool may be running).
        answer_within_ms: with no sound from the agent for so long, the caller goes on, and the turn has no answer.
        clock, sleep: time, for tests.
    """

    quiet_ms: float = 700.0
    answer_within_ms: float = 15_000.0
    clock: Monotonic = monotonic_ms
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _state: str = ""
    _over: bool = False
    _began_ms: float = 0.0

    async def run(self, open_call: CallOpener, takes: Sequence[Take]) -> Recording:
        """Makes one call: waits for the greeting, says everything in turn, hears the last answer out, hangs up.

        A cancelled run hangs up at once.

        Raises:
            CallRefused: there is no place for the call.
        """
        recording = Recording()
        self._began_ms = self.clock()
        self._state, self._over = "", False

        def on_event(event: CallEvent) -> None:
            recording.events.append((self.clock() - self._began_ms, event))
            if isinstance(event, StateChanged):
                self._state = event.state
            elif isinstance(event, Ended):
                self._over, recording.reason = True, event.reason

        call = await open_call(on_event)
        try:
            await self._talk(call, takes, recording)
        finally:
            await call.hang_up()
        return recording

    async def _talk(self, call: LineCall, takes: Sequence[Take], recording: Recording) -> None:
        script = _Script(takes, self.quiet_ms, self.answer_within_ms)
        silence = np.zeros(FRAME_SAMPLES, np.int16)
        said, heard = [silence], [silence]
        opened_ms, self._began_ms = self._began_ms, self.clock()
        recording.events[:] = [(at + opened_ms - self._began_ms, event) for at, event in recording.events]
        tick = 1  # frame 0 is silent on both sides: nothing was spoken or taken before the first tick
        try:
            while not (self._over or script.phase is _Phase.LEAVING and script.answer_is_over(self._state)):
                due_ms = self._began_ms + tick * FRAME_MS
                await self.sleep(max(0.0, due_ms - self.clock()) / 1000)
                recording.late_ms = max(recording.late_ms, self.clock() - due_ms)
                call.hear(said[-1])
                heard.append(call.take(FRAME_SAMPLES))
                said.append(script.next_frame(tick, heard[-1], self._state))
                tick += 1
        finally:
            recording.caller, recording.agent = np.concatenate(said), np.concatenate(heard)
            recording.turns = script.turns()


class _Script:
    """Decides, frame by frame, what the caller says."""

    def __init__(self, takes: Sequence[Take], quiet_ms: float, answer_within_ms: float) -> None:
        self._takes = takes
        self._quiet = quiet_ms / FRAME_MS
        self._patience = answer_within_ms / FRAME_MS
        self._index = 0
        self._rest = np.zeros(0, np.int16)
        self._spoken: list[tuple[int, int]] = []
        self._answers: list[bool] = []
        self._onset: int | None = None
        """Tick of the agent's first sound since the last take ended."""
        self._sound = 0
        """Tick of its last sound."""
        self._since = 0
        """Tick of the last take's end."""
        self._tick = 0
        self.phase = _Phase.WAITING if takes else _Phase.LEAVING

    def next_frame(self, tick: int, heard: Pcm16, state: str) -> Pcm16:
        """The caller's frame `tick`, after the agent's frame `tick` was taken."""
        self._tick = tick
        if np.abs(heard).max() >= AUDIBLE:
            self._sound = tick
            if self._onset is None and self.phase is not _Phase.SPEAKING:
                self._onset = tick
        if self.phase is _Phase.WAITING and self._moment(state):
            self._begin()
        frame = np.zeros(FRAME_SAMPLES, np.int16)
        if self.phase is _Phase.SPEAKING:
            part, self._rest = self._rest[:FRAME_SAMPLES], self._rest[FRAME_SAMPLES:]
            frame[: len(part)] = part
            if not len(self._rest):
                self._finish()
        return frame

    def answer_is_over(self, state: str) -> bool:
        """Whether the agent has answered and is quiet, or does not answer."""
        if self._onset is None:
            return self._tick - self._since >= self._patience
        return self._tick - max(self._sound, self._since) >= self._quiet and state in ("", "listening")

    def turns(self) -> list[SpokenTurn]:
        """What was said, in ms of the timeline."""
        answers = [*self._answers[1:], self._onset is not None]
        return [
            SpokenTurn(start * FRAME_MS, start * FRAME_MS + samples * 1000 / LINE_HZ, take.label, answered)
            for (start, samples), take, answered in zip(self._spoken, self._takes, answers, strict=False)
        ]

    def _moment(self, state: str) -> bool:
        wait = self._takes[self._index].wait
        if wait == "answer" or self._onset is None:
            return self.answer_is_over(state)
        return (self._tick - self._onset) * FRAME_MS >= wait

    def _begin(self) -> None:
        self._answers.append(self._onset is not None)
        take = self._takes[self._index]
        self._rest = take.pcm
        self._spoken.append((self._tick, len(take.pcm)))
        self.phase = _Phase.SPEAKING

    def _finish(self) -> None:
        self._index += 1
        self._onset, self._since = None, self._tick
        self.phase = _Phase.WAITING if self._index < len(self._takes) else _Phase.LEAVING
