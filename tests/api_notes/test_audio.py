"""Audio: what is heard, and in which pieces."""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.utils.audio import AudioByteStream
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities
from livekit.agents.voice.room_io import AudioInputOptions, RoomIO, RoomOptions
from livekit.agents.voice.room_io._input import _ParticipantAudioInputStream

from antiphon.agent.audio_io import AgentAudio, CallerAudio
from antiphon.ear.scripted_engine import CHUNK_MS, Reply, ScriptedEngine
from tests.api_notes.talk import FRAME, TONE, right_model, right_session, talk

LONG = Reply("one two three four five six seven eight nine ten", audio_ms=6000)


@pytest.mark.row(id="aec-warmup")
async def test_the_greeting_can_not_be_interrupted_by_default(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server, aec_warmup_duration=...) as call:
        assert call.session.options.aec_warmup_duration == 3.0
        call.session.generate_reply(instructions="Greet.")
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        await call.say(1000)
        await asyncio.sleep(0.5)
        assert not call.connection.speaking and "response.cancel" not in call.types()
        assert call.states()[-1] == "speaking", "the caller was replaced by silence"
        await asyncio.sleep(2)
        await call.say(300)
        await call.until(lambda: "conversation.item.truncate" in call.types())


@pytest.mark.row(id="aec-warmup")
async def test_without_a_warm_up_it_can(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server) as call:
        call.session.generate_reply(instructions="Greet.")
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        await call.say(300)
        await call.until(lambda: "conversation.item.truncate" in call.types())


@pytest.mark.row(id="append-chunks")
async def test_audio_leaves_in_100_ms_chunks(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await asyncio.sleep(1)
        assert set(call.connection.append_samples) == {5 * FRAME}


@pytest.mark.row(id="append-chunks")
async def test_a_stream_of_shorter_chunks_can_be_put_in_its_place(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        call.remote._bstream = AudioByteStream(24_000, 1, samples_per_channel=FRAME)
        await asyncio.sleep(1)
        assert set(call.connection.append_samples) == {FRAME}


class Obedient(CallerAudio):
    """An input that stops when it is detached."""

    def on_detached(self) -> None:
        self.hold()

    def on_attached(self) -> None:
        self.go_on()


@pytest.mark.row(id="set-audio-enabled")
async def test_an_input_of_ones_own_is_not_muted(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await asyncio.sleep(0.5)
        call.session.input.set_audio_enabled(False)
        before = call.connection.audio_samples
        await asyncio.sleep(0.5)
        assert call.connection.audio_samples > before


@pytest.mark.row(id="set-audio-enabled")
async def test_one_that_stops_when_it_is_detached_is(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        call.session.input.audio = call.caller = Obedient()
        await asyncio.sleep(0.5)
        call.session.input.set_audio_enabled(False)
        await asyncio.sleep(0.1)
        before = call.connection.audio_samples
        assert before > 0
        await asyncio.sleep(0.5)
        assert call.connection.audio_samples == before


class Careless(AudioOutput):
    """Plays into the void and says nothing."""

    def __init__(self) -> None:
        super().__init__(
            label="careless", capabilities=AudioOutputCapabilities(pause=False), sample_rate=24_000
        )

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)

    def flush(self) -> None:
        super().flush()

    def clear_buffer(self) -> None:
        pass


@pytest.mark.row(id="playback-events")
async def test_an_output_that_reports_nothing_leaves_the_reply_unfinished(server: ScriptedEngine) -> None:
    model = right_model(server)
    session = right_session(model)
    session.output.audio = Careless()
    states: list[str] = []
    session.on("agent_state_changed", lambda event: states.append(event.new_state))
    await session.start(Agent(instructions="x"))
    handle = session.generate_reply()
    await asyncio.sleep(60)
    assert len(server.asked) == 1 and server.connections[0].items, "the answer has come"
    assert "speaking" not in states and not handle.done()
    await session.interrupt(force=True)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(session.aclose(), 30)
    await model.aclose()


@pytest.mark.row(id="playback-events")
async def test_the_position_it_reports_is_where_the_server_cuts(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server) as call:
        handle = call.session.generate_reply()
        await call.until(lambda: call.played > 24_000)
        await call.say()
        await call.until(handle.done)
        await call.until(lambda: "conversation.item.truncate" in call.types())
        cut = next(event for event in call.sent if event["type"] == "conversation.item.truncate")
        # a sine crosses zero twice in 48 samples, and zeros do not count as played
        assert abs(cut["audio_end_ms"] - call.played / 46 * 48 / 24) <= 40
        assert call.states()[-1] == "listening"


async def room_io(options: RoomOptions) -> RoomIO:
    """A RoomIO as `session.start(agent, room=…)` makes it, on a room that is not connected."""
    made = RoomIO(AgentSession(vad=None), rtc.Room(), options=options)
    await made.start()
    return made


def loudness(stream: _ParticipantAudioInputStream) -> tuple[float, float]:
    """Mean level of two seconds of quiet noise, before and after what a RoomIO does to each 10 ms of it."""
    noise = np.random.default_rng(1).normal(0, 200, (200, 240)).astype(np.int16)
    frames = [rtc.AudioFrame(part.tobytes(), 24_000, 1, 240) for part in noise]
    for frame in frames:
        stream._process_frame(frame)
    after = np.concatenate([np.frombuffer(frame.data, np.int16) for frame in frames[100:]])
    return float(np.abs(noise[100:].astype(float)).mean()), float(np.abs(after.astype(float)).mean())


@pytest.mark.row(id="room-input")
async def test_a_room_gives_50_ms_frames_and_turns_the_gain_up() -> None:
    room = await room_io(RoomOptions())
    stream = room._audio_input
    assert stream is not None and stream._frame_size_ms == 50
    before, after = loudness(stream)
    assert after > 1.3 * before
    await room.aclose()


@pytest.mark.row(id="room-input")
async def test_both_are_options() -> None:
    room = await room_io(
        RoomOptions(audio_input=AudioInputOptions(frame_size_ms=20, auto_gain_control=False))
    )
    stream = room._audio_input
    assert stream is not None and stream._frame_size_ms == 20
    before, after = loudness(stream)
    assert after == before
    await room.aclose()


@pytest.mark.row(id="room-output")
async def test_a_room_publishes_50_ms_at_a_time() -> None:
    room = await room_io(RoomOptions())
    output = room._audio_output
    assert output is not None
    pieces = [f for _ in range(5) for f in output._audio_bstream.push(TONE.tobytes())]
    assert [piece.samples_per_channel for piece in pieces] == [1200, 1200]
    await room.aclose()


class Noted(AgentAudio):
    """Notes the size of each frame that it is given."""

    sizes: ClassVar[list[int]] = []

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.sizes.append(frame.samples_per_channel)
        await super().capture_frame(frame)


@pytest.mark.row(id="room-output")
async def test_an_output_of_ones_own_gets_what_the_server_sent(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        call.agent = Noted(on_started=lambda: None)
        call.session.output.audio = call.agent
        await call.session.generate_reply()
        assert set(Noted.sizes) == {CHUNK_MS * 24}, "the server's own pieces"
