"""The file line: exact timing, in virtual time; and twelve callers at once, in real time."""

from __future__ import annotations

import asyncio
import functools
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from livekit.agents import Agent

from antiphon.agent.calls import Calls
from antiphon.agent.events import CallEvent, Ended, StateChanged, Transcript
from antiphon.audio.frames import FRAME_SAMPLES
from antiphon.errors import CallRefused, LineError
from antiphon.lines.file import FileLine, Pcm16, Recording, Take
from antiphon.settings import load
from tests.support.scripted_engine import Reply, ScriptedEngine

LOUD = np.full(FRAME_SAMPLES, 1000, np.int16)
SILENT = np.zeros(FRAME_SAMPLES, np.int16)


class VirtualTime:
    """A clock that moves only when somebody sleeps; each sleep is `late_ms` longer than asked for."""

    def __init__(self) -> None:
        self.now_ms = 1000.0
        self.late_ms = 0.0

    def __call__(self) -> float:
        return self.now_ms

    async def sleep(self, seconds: float) -> None:
        self.now_ms += seconds * 1000 + (self.late_ms if seconds else 0.0)
        await asyncio.sleep(0)


class ScriptedCall:
    """Speaks for so many frames: at the beginning, and `after` frames after each turn that it hears the end of."""

    id: str = "call_1"

    def __init__(self, on_event: Callable[[CallEvent], None], *, frames: int = 20, after: int = 10) -> None:
        self.on_event = on_event
        self.frames, self.after = frames, after
        self.speaking = frames
        self.answer_in = 0
        self.silent_turns = 0
        self.heard: list[Pcm16] = []
        self.reason = ""
        self.taken = 0
        self.at: dict[int, Callable[[], object]] = {}
        """Tick → what happens then."""

    def hear(self, pcm: Pcm16) -> None:
        ended = bool(self.heard) and bool(self.heard[-1].any()) and not pcm.any()
        self.heard.append(pcm)
        if ended:
            self.silent_turns -= 1
            if self.silent_turns < 0:
                self.answer_in = self.after

    def take(self, samples: int) -> Pcm16:
        assert samples == FRAME_SAMPLES
        self.taken += 1
        self.at.get(self.taken, lambda: None)()
        if self.answer_in:
            self.answer_in -= 1
            if not self.answer_in:
                self.speaking = self.frames
        if self.speaking:
            self.speaking -= 1
            return LOUD
        return SILENT

    def type_text(self, text: str, segment_id: str = "") -> None:
        raise AssertionError("a file types nothing")

    async def hang_up(self, reason: str = "hang_up") -> None:
        if not self.reason:
            self.reason = reason
            self.on_event(Ended(reason))

    async def wait_ended(self) -> str:
        return self.reason


class Bench:
    """A file line in virtual time, with a scripted call."""

    def __init__(self, **call: int) -> None:
        self.time = VirtualTime()
        self.line = FileLine(clock=self.time, sleep=self.time.sleep)
        self.call: ScriptedCall
        self._options = call
        self.silent_turns = 0
        self.at: dict[int, Callable[[], object]] = {}

    async def open(self, on_event: Callable[[CallEvent], None]) -> ScriptedCall:
        self.call = ScriptedCall(on_event, **self._options)
        self.call.silent_turns = self.silent_turns
        self.call.at = self.at
        self.time.now_ms += 300  # opening takes a while
        on_event(StateChanged("listening"))
        return self.call

    async def run(self, *takes: Take) -> Recording:
        return await self.line.run(self.open, takes)


def take(frames: int, label: str = "", wait: object = "answer") -> Take:
    return Take(np.full(frames * FRAME_SAMPLES, 500, np.int16), label, wait)  # type: ignore[arg-type]


async def test_turns_begin_when_the_agent_has_answered_and_been_quiet() -> None:
    bench = Bench(frames=20, after=10)
    recording = await bench.run(take(50, "one"), take(25, "two"))
    one, two = recording.turns
    # the greeting fills frames 1 to 20; 700 ms of silence; the first word at frame 55
    assert (one.start_ms, one.end_ms, one.label, one.answered) == (55 * 20, 105 * 20, "one", True)
    assert two.answered and two.label == "two" and two.start_ms > one.end_ms + 700
    assert len(recording.caller) == len(recording.agent)
    assert np.all(recording.caller[55 * FRAME_SAMPLES : 105 * FRAME_SAMPLES] == 500)
    assert not recording.caller[54 * FRAME_SAMPLES : 55 * FRAME_SAMPLES].any()
    assert np.all(recording.agent[FRAME_SAMPLES : 21 * FRAME_SAMPLES] == 1000)
    assert bench.call.reason == recording.reason == "hang_up"


async def test_the_agent_hears_a_frame_when_it_has_been_spoken_and_not_before() -> None:
    bench = Bench()
    recording = await bench.run(take(5))
    assert np.array_equal(
        np.concatenate(bench.call.heard), recording.caller[: len(bench.call.heard) * FRAME_SAMPLES]
    )
    # tick k hands in frame k - 1 and takes frame k, so what is heard last was spoken one frame before the end
    assert len(bench.call.heard) == len(recording.caller) // FRAME_SAMPLES - 1 == bench.call.taken


async def test_an_interruption_begins_so_long_after_the_agent_began() -> None:
    bench = Bench(frames=200, after=10)
    recording = await bench.run(take(10, "question"), take(10, "interruption", 500.0))
    question, interruption = recording.turns
    end = round(question.end_ms / 20)
    onset = end + int(np.argmax(recording.agent[end * FRAME_SAMPLES :] != 0)) // FRAME_SAMPLES
    assert interruption.start_ms == (onset * 20) + 500
    assert recording.agent[round(interruption.start_ms) * 24] == 1000, "the agent was still speaking"


async def test_a_turn_without_an_answer_is_waited_for_and_told() -> None:
    bench = Bench()
    bench.silent_turns = 1
    recording = await bench.run(take(10, "unheard"), take(10, "heard"))
    unheard, heard = recording.turns
    assert (unheard.answered, heard.answered) == (False, True)
    assert heard.start_ms - unheard.end_ms == pytest.approx(bench.line.answer_within_ms, abs=20)


async def test_it_waits_while_the_agent_thinks() -> None:
    bench = Bench()
    bench.at = {
        30: lambda: bench.call.on_event(StateChanged("thinking")),
        200: lambda: bench.call.on_event(StateChanged("listening")),
    }
    recording = await bench.run(take(5))
    assert recording.turns[0].start_ms == 200 * 20


async def test_an_agent_that_hangs_up_ends_the_recording() -> None:
    bench = Bench()
    bench.at = {40: lambda: asyncio.ensure_future(bench.call.hang_up("agent"))}
    recording = await bench.run(take(10))
    assert recording.reason == "agent"
    assert recording.turns == []
    assert len(recording.agent) < 50 * FRAME_SAMPLES


async def test_lateness_is_measured() -> None:
    bench = Bench()
    assert (await bench.run(take(5))).late_ms == 0
    bench.time.late_ms = 7.5
    assert (await bench.run(take(5))).late_ms == pytest.approx(7.5)


async def test_events_lie_on_the_timeline() -> None:
    bench = Bench()
    recording = await bench.run(take(5))
    assert recording.events[0] == (0.0, StateChanged("listening"))
    at_ms, event = recording.events[-1]
    assert isinstance(event, Ended)
    assert at_ms == pytest.approx(len(recording.agent) / 24, abs=40)


async def test_nothing_to_say_is_a_call_that_hears_the_greeting() -> None:
    recording = await Bench().run()
    assert recording.turns == [] and recording.agent.any() and not recording.caller.any()


async def test_a_cancelled_run_hangs_up() -> None:
    bench = Bench()
    bench.at = {100: lambda: running.cancel()}
    running = asyncio.create_task(bench.run(take(10_000)))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.call.reason == "hang_up"


async def test_a_busy_agent_is_told() -> None:
    async def refuse(_: object) -> ScriptedCall:
        raise CallRefused("All lines are taken.")

    with pytest.raises(CallRefused):
        await FileLine().run(refuse, [])


def test_takes_come_from_files_and_recordings_go_to_files(tmp_path: Path) -> None:
    recording = Recording(caller=np.arange(2400, dtype=np.int16), agent=np.zeros(2400, np.int16))
    recording.save(tmp_path / "both.wav")
    with wave.open(str(tmp_path / "both.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 24_000, 2400)
    loaded = Take.of(tmp_path / "both.wav", wait=300.0)
    assert loaded.label == "both.wav" and loaded.wait == 300.0 and len(loaded.pcm) == 2400
    with pytest.raises(LineError):
        Take.of(tmp_path / "none.wav")


async def test_twelve_callers_at_once_each_get_their_own_answer() -> None:
    tone = (8000 * np.sin(np.arange(7200) * 2 * np.pi / 48)).astype(np.int16)
    async with ScriptedEngine(lambda asked: Reply(f"You said {asked.words}.", audio_ms=200)) as engine:
        calls = Calls(load(agent={"engine_url": engine.url}), lambda: Agent(instructions="Be kind."))
        engine.words = [f"number {number}" for number in range(12)]
        line = functools.partial(calls.open, line="file")
        recordings = await asyncio.gather(
            *(FileLine(quiet_ms=300).run(line, [Take(tone)]) for _ in range(12))
        )
        await calls.aclose()
    answers = set()
    for recording in recordings:
        final = [event for _, event in recording.events if isinstance(event, Transcript) and event.final]
        caller = next(event.text for event in final if event.speaker == "caller")
        assert final[-1].text == f"You said {caller}."
        assert recording.turns[0].answered
        answers.add(caller)
    assert len(answers) == 12
