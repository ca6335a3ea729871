"""A call in virtual time: a real Session, its parts scripted, its clock turned by hand.

The caller's words are carried by the audio itself: every utterance has its own sample level, which the scripted recogniser reads back, so
that what is recognised depends on what the session really sliced out.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

import numpy as np

from antiphon import wire
from antiphon.engine.brains.brain import BrainOutput, BrainRequest, Expectation, Say
from antiphon.engine.effects import (
    Hasten,
    JudgeEndOfTurn,
    Recognise,
    Record,
    Send,
    Speak,
    Start,
    Think,
    Withdraw,
)
from antiphon.engine.session import Session
from antiphon.engine.speech.parts import VOICE_HZ, Clip, Pcm16, Recognition, Word
from antiphon.settings import EngineSettings

FRAME_MS = 20
NOISE_LEVEL = 1500
FIRST_LEVEL = 3000
LEVEL_STEP = 200
WORD_MS = 200

E = TypeVar("E")


class LevelVad:
    """Speech is what is loud."""

    def __call__(self, window: Pcm16) -> float:
        return 0.95 if float(np.abs(window).mean()) > 750 else 0.02

    def reset(self) -> None:
        pass


class ScriptedBrain:
    """Answers by a function of the request."""

    name = "scripted"
    judges_turns = False

    def __init__(self, answer: Callable[[BrainRequest], Iterable[BrainOutput]]) -> None:
        self.answer = answer
        self.requests: list[BrainRequest] = []

    async def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
        for output in self.answer(request):
            yield output

    def expects(self, request: BrainRequest) -> Expectation:
        return Expectation()

    async def close(self) -> None:
        pass


def echo(request: BrainRequest) -> list[BrainOutput]:
    """Says back what the caller said last."""
    last = request.items[-1] if request.items else None
    return [Say(f"You said {getattr(last, 'text', 'nothing')}.")]


class VirtualCall:
    """Drives one session.

    Args:
        brain: who answers.
        settings: the engine's.
        recognise_ms / judge_ms / speak_ms: how long the parts take.
        end_of_turn: the end-of-turn model's probability, given the text heard so far.
    """

    def __init__(
        self,
        brain: ScriptedBrain | None = None,
        settings: EngineSettings | None = None,
        *,
        recognise_ms: float = 150,
        judge_ms: float = 100,
        speak_ms: float = 60,
        end_of_turn: Callable[[str], float] = lambda text: 0.9,
        extended: bool = True,
    ) -> None:
        self.now_ms = 1_000_000.0
        self.brain = brain or ScriptedBrain(echo)
        self.events: list[tuple[float, wire.ServerEvent]] = []
        self.records: list[Record] = []
        self.withdrawn: list[int] = []
        self.hastened: list[tuple[float, int]] = []
        self.works: list[tuple[float, int, object]] = []
        self.fail_recognition = False
        self._texts: dict[int, str] = {}
        self._levels = itertools.count(FIRST_LEVEL, LEVEL_STEP)
        self._recognise_ms, self._judge_ms, self._speak_ms = recognise_ms, judge_ms, speak_ms
        self._end_of_turn = end_of_turn
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.session = Session(
            settings or EngineSettings(),
            vad=LevelVad(),
            brain=self.brain,
            civil=lambda: datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Vienna")),
            extended=extended,
            model="test",
            now_ms=self.now_ms,
        )
        self.session.open(self.now_ms)
        self._pump()

    # ------------------------------------------------------------ the caller

    def say(self, text: str, ms: float | None = None) -> float:
        """Speaks; returns the time when the speech ended."""
        level = next(self._levels)
        self._texts[level] = text
        self._play(level, ms or WORD_MS * len(text.split()))
        return self.now_ms

    def noise(self, ms: float) -> None:
        """A sound without words."""
        self._play(NOISE_LEVEL, ms)

    def wait(self, ms: float) -> None:
        """Is silent, the microphone open."""
        self._play(0, ms)

    def starve(self, ms: float) -> None:
        """Sends nothing at all."""
        self.advance(ms)

    def send(self, event: wire.ClientEvent) -> None:
        """Sends a client event."""
        self.session.receive(event, self.now_ms)
        self._pump()

    def configure(self, **session: object) -> None:
        """Sends session.update."""
        self.send(wire.SessionUpdate(session=wire.SessionConfig(**session)))  # type: ignore[arg-type]

    # ------------------------------------------------------------ what came

    def all(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [cast(E, event) for _, event in self.events if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        """The newest event of one kind."""
        return self.all(kind)[-1]

    def time_of(self, kind: type[object], nth: int = -1) -> float:
        """When an event of one kind came."""
        return [at for at, event in self.events if isinstance(event, kind)][nth]

    def types(self) -> list[str]:
        """The types of all events, in order."""
        return [
            wire.encode(event).decode().split('"type":"', 1)[1].split('"', 1)[0] for _, event in self.events
        ]

    def transcript(self) -> str:
        """What the agent has been sent to say, all responses."""
        return "".join(event.delta for event in self.all(wire.ResponseOutputAudioTranscriptDelta))

    def heard_text(self, response_id: str) -> str:
        """The transcript of one response."""
        deltas = self.all(wire.ResponseOutputAudioTranscriptDelta)
        return "".join(event.delta for event in deltas if event.response_id == response_id)

    def audio_ms(self, response_id: str | None = None) -> float:
        """How much audio was sent."""
        deltas = self.all(wire.ResponseOutputAudioDelta)
        chosen = [d for d in deltas if response_id is None or d.response_id == response_id]
        return sum(len(d.delta) for d in chosen) / 2 / VOICE_HZ * 1000

    def record_times(self, topic: str) -> list[float]:
        """When a topic was recorded."""
        return [record.at_ms for record in self.records if record.topic == topic]

    # -------------------------------------------------------------- the shell

    def advance(self, ms: float) -> None:
        """Lets time pass without audio."""
        end_ms = self.now_ms + ms
        while True:
            tick = self.session.next_tick_ms()
            due = self._due[0][0] if self._due else None
            times = [t for t in (tick, due) if t is not None and t < end_ms]
            if not times:
                break
            self.now_ms = max(self.now_ms, min(times))
            self._run_due()
            self.session.tick(self.now_ms)
            self._pump()
        self.now_ms = end_ms
        self._run_due()

    def _play(self, level: int, ms: float) -> None:
        for _ in range(round(ms / FRAME_MS)):
            self.advance(FRAME_MS)
            pcm = np.full(VOICE_HZ * FRAME_MS // 1000, level, np.int16)
            self.send(wire.InputAudioBufferAppend(audio=pcm.tobytes()))

    def _run_due(self) -> None:
        while self._due and self._due[0][0] <= self.now_ms:
            heapq.heappop(self._due)[2]()
            self._pump()

    def _later(self, ms: float, run: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now_ms + ms, next(self._order), run))

    def _pump(self) -> None:
        while effects := self.session.effects():
            for effect in effects:
                match effect:
                    case Send(event):
                        self.events.append((self.now_ms, event))
                    case Record():
                        self.records.append(effect)
                    case Withdraw(work_id):
                        self.withdrawn.append(work_id)
                    case Hasten(work_id):
                        self.hastened.append((self.now_ms, work_id))
                    case Start(work_id, work):
                        self.works.append((self.now_ms, work_id, work))
                        self._start(work_id, work)

    def _start(self, work_id: int, work: object) -> None:
        session = self.session
        match work:
            case Recognise(pcm=pcm):
                text = self._read(pcm)
                if self.fail_recognition:
                    self._later(5, lambda: session.failed(work_id, RuntimeError("no worker"), self.now_ms))
                else:
                    result = Recognition(text, compute_ms=self._recognise_ms)
                    self._later(self._recognise_ms, lambda: session.finished(work_id, result, self.now_ms))
            case JudgeEndOfTurn(pcm=pcm):
                probability = self._end_of_turn(self._read(pcm))
                self._later(self._judge_ms, lambda: session.finished(work_id, probability, self.now_ms))
            case Speak(clause=clause):
                clip = clip_of(clause)
                self._later(self._speak_ms, lambda: session.finished(work_id, clip, self.now_ms))
            case Think(request=request):
                self.brain.requests.append(request)
                try:
                    outputs = list(self.brain.answer(request))
                except Exception as error:
                    failure = error
                    self._later(1, lambda: session.failed(work_id, failure, self.now_ms))
                    return
                for output in outputs:
                    self._later(1, lambda output=output: session.thought(work_id, output, self.now_ms))  # type: ignore[misc]
                self._later(1, lambda: session.finished(work_id, None, self.now_ms))

    def _read(self, pcm: Pcm16) -> str:
        words = []
        for level, text in self._texts.items():
            if int((np.abs(pcm.astype(np.int32) - level) <= 3).sum()) >= 800:
                words.append(text)
        return " ".join(words)


def clip_of(clause: str) -> Clip:
    """A clause at 200 ms a word."""
    words = clause.split()
    placed = tuple(Word(w, i * WORD_MS, (i + 1) * WORD_MS) for i, w in enumerate(words))
    samples = len(words) * WORD_MS * VOICE_HZ // 1000
    return Clip(clause, np.full(samples, 500, np.int16), placed)


def quick(settings: EngineSettings | None = None, **changes: object) -> EngineSettings:
    """Settings with some turn-taking values changed."""
    base = settings or EngineSettings()
    return base.model_copy(update={"turns": base.turns.model_copy(update=changes)})


__all__ = ["ScriptedBrain", "VirtualCall", "clip_of", "dataclasses", "echo", "quick"]
