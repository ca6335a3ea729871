"""A caller: speaks scripted audio in real time, hears the agent, and reacts to what it hears.

The clock is the call's own. At tick i, T0 + i · 20 ms, the frame that a microphone would have finished then is handed
in, and the frame that is heard from then on is taken out. So sample s of the caller's audio was spoken at s/24 - 20 ms
of the call, and sample s of the agent's is heard at s/24 ms: one timeline, exact to the sample, whatever the event
loop does. A tick that came late is counted and reported, never hidden.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from antiphon.clock import Monotonic, monotonic_ms
from antiphon.ear.line import FRAME_MS, FRAME_SAMPLES, LINE_HZ, Line, Message, Opener
from antiphon.ear.log import CallLog
from antiphon.ear.metrics import UNANSWERED_AFTER_MS, CallerTurn, HeardTurn, heard_turns, held_pauses
from antiphon.ear.signal import RECEIVED, ActivityMeter, ActivityRule, Pcm16, Span, activity, clean_spans

LATE_MS = 10.0
"""A tick that came later than this is reported: half a frame."""

_SILENCE = np.zeros(FRAME_SAMPLES, np.int16)
_SILENCE.flags.writeable = False

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to say.

    Attributes:
        pcm: mono samples at LINE_HZ.
        text: its words; "" for noise.
        edges: u_s and u_e in samples, where the script knows them; None: measured.
    """

    pcm: Pcm16
    text: str = ""
    edges: tuple[int, int] | None = None

    def turn(self, at_ms: float) -> CallerTurn:
        """The turn that this makes when its first sample is spoken at `at_ms`."""
        spans = clean_spans(self.pcm, LINE_HZ)
        if self.edges is not None:
            start_ms, end_ms = (edge * 1000 / LINE_HZ for edge in self.edges)
        elif spans:
            start_ms, end_ms = spans[0].start_ms, spans[-1].end_ms
        else:
            start_ms, end_ms = 0.0, len(self.pcm) * 1000 / LINE_HZ
        pauses = tuple(Span(at_ms + p.start_ms, at_ms + p.end_ms) for p in held_pauses(spans))
        return CallerTurn(at_ms + start_ms, at_ms + end_ms, self.text, pauses)


class Caller:
    """One call from the caller's side: `async with Caller(opener) as caller: …`.

    Attributes:
        log: what the messages told.
        turns: what was said so far, with exact edges.
        noises: what was made heard without words.
        rate_hz: the sample rate of all audio.
        began_utterances: how often the agent has begun to be heard, after a silence.
        late_ticks: how many ticks came more than LATE_MS late.
        worst_late_ms: the latest of all.
    """

    rate_hz = LINE_HZ

    def __init__(
        self,
        opener: Opener,
        *,
        clock: Monotonic = monotonic_ms,
        sleep: Sleep = asyncio.sleep,
        rule: ActivityRule = RECEIVED,
    ) -> None:
        self.log = CallLog()
        self.turns: list[CallerTurn] = []
        self.noises: list[CallerTurn] = []
        self.began_utterances = 0
        self.late_ticks = 0
        self.worst_late_ms = 0.0
        self._opener = opener
        self._clock = clock
        self._sleep = sleep
        self._rule = rule
        self._meter = ActivityMeter(LINE_HZ, rule)
        self._utterance_at: float | None = None
        self._sent: list[Pcm16] = []
        self._received: list[Pcm16] = []
        self._queue = np.zeros(0, np.int16)
        self._began_ms = 0.0
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._line: Line | None = None

    async def __aenter__(self) -> Self:
        self._began_ms = self._clock()
        self._line = await self._opener(self._heard_message)
        self._began_ms = self._clock()
        self._task = asyncio.create_task(self._run(self._line), name="caller")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    @property
    def line(self) -> Line:
        """The open line."""
        assert self._line is not None, "the call is not open"
        return self._line

    @property
    def now_ms(self) -> float:
        """The call's time: when the frame that is being heard began."""
        return max(0, len(self._received) - 1) * FRAME_MS

    @property
    def ticks(self) -> int:
        """How many frames were exchanged."""
        return len(self._sent)

    @property
    def began_ms(self) -> float:
        """The call's time 0 on the machine's monotonic clock."""
        return self._began_ms

    async def hang_up(self) -> None:
        """Ends the call, in mid-word if need be. May be called twice."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.line.hang_up()

    # Doing

    def begin(self, utterance: Utterance) -> CallerTurn:
        """Begins to speak at the next frame, after what is still being said."""
        spoken = len(self._sent) * FRAME_SAMPLES + len(self._queue)
        turn = utterance.turn(spoken * 1000 / LINE_HZ - FRAME_MS)
        (self.turns if utterance.text else self.noises).append(turn)
        self._queue = np.concatenate((self._queue, utterance.pcm))
        return turn

    async def say(self, utterance: Utterance) -> CallerTurn:
        """Speaks, and returns when the last sample was spoken."""
        turn = self.begin(utterance)
        await self.until(lambda: not len(self._queue), timeout_ms=float("inf"))
        return turn

    def type_text(self, text: str) -> float:
        """Types something; returns the call's time."""
        self.line.type_text(text)
        return self._clock() - self._began_ms

    # Reacting

    async def until(self, holds: Callable[[], bool], timeout_ms: float) -> bool:
        """Waits until a condition holds; it is looked at after every frame and message.

        Returns:
            Whether it came to hold before the timeout (in the call's time) and before the call's end.
        """
        deadline = self.now_ms + timeout_ms
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (lambda: holds() or self.now_ms >= deadline or self.over, over)
        if not entry[0]():
            self._waiting.append(entry)
            await over
        return holds()

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self._task is None or bool(self.log.ended)

    async def until_speaking(self, for_ms: float = 0.0, timeout_ms: float = UNANSWERED_AFTER_MS) -> bool:
        """Waits until the agent has been speaking for so long."""
        return await self.until(
            lambda: self._utterance_at is not None and self.now_ms - self._utterance_at >= for_ms, timeout_ms
        )

    async def until_quiet(self, quiet_ms: float = 700.0, timeout_ms: float = 60_000.0) -> bool:
        """Waits until the agent has been silent for so long, and listens (where the line tells states)."""
        return await self.until(
            lambda: self._meter.silent_ms >= quiet_ms and self.log.state in ("", "listening"), timeout_ms
        )

    async def until_answered(
        self, turn: CallerTurn, quiet_ms: float = 700.0, within_ms: float = UNANSWERED_AFTER_MS
    ) -> bool:
        """Waits for the agent's answer to a turn and for its end; False: there was none within so long of u_e."""
        onsets = self._meter.onsets
        began = lambda: self._meter.active or self._meter.onsets > onsets  # noqa: E731
        if not await self.until(began, turn.end_ms + within_ms - self.now_ms):
            return False
        await self.until_quiet(quiet_ms)
        return True

    # What was heard

    def audio(self) -> tuple[Pcm16, Pcm16]:
        """The caller's and the agent's audio on one timeline, which begins FRAME_MS before the call's time 0."""
        shift = np.zeros(FRAME_SAMPLES, np.int16)
        return np.concatenate([*self._sent, shift]), np.concatenate([shift, *self._received])

    def received(self) -> Pcm16:
        """The agent's audio from the call's time 0, at `rate_hz`."""
        return np.concatenate([np.zeros(0, np.int16), *self._received])

    def agent_spans(self) -> list[Span]:
        """A(t) in the call's time."""
        return activity(self.received(), LINE_HZ, self._rule)

    def heard(self, commits_ms: list[float] | None = None) -> list[HeardTurn]:
        """The caller's turns, with what was heard after each."""
        return heard_turns(self.turns, self.agent_spans(), commits_ms or ())

    # The clock

    async def _run(self, line: Line) -> None:
        tick = 0
        while True:
            due = self._began_ms + tick * FRAME_MS
            wait = due - self._clock()
            await self._sleep(max(0.0, wait / 1000))
            late = self._clock() - due
            self.worst_late_ms = max(self.worst_late_ms, late)
            self.late_ticks += late > LATE_MS
            self._tick(line)
            tick += 1

    def _tick(self, line: Line) -> None:
        frame = _SILENCE
        if len(self._queue):
            frame, self._queue = self._queue[:FRAME_SAMPLES], self._queue[FRAME_SAMPLES:]
            if len(frame) < FRAME_SAMPLES:
                frame = np.concatenate((frame, _SILENCE[len(frame) :]))
        line.hear(frame)
        self._sent.append(frame)
        heard = line.take(FRAME_SAMPLES)
        self._received.append(heard)
        silent_before, onsets = self._meter.silent_ms, self._meter.onsets
        self._meter.push(heard)
        if self._meter.onsets > onsets and (
            silent_before > self._rule.merge_ms or self._utterance_at is None
        ):
            self._utterance_at = self.now_ms
            self.began_utterances += 1
        if self._meter.silent_ms > self._rule.merge_ms:
            self._utterance_at = None
        self._look()

    def _heard_message(self, message: Message) -> None:
        self.log.add(message, self._clock() - self._began_ms)
        self._look()

    def _look(self) -> None:
        still = []
        for holds, over in self._waiting:
            if over.done():
                continue
            if holds():
                over.set_result(None)
            else:
                still.append((holds, over))
        self._waiting = still
