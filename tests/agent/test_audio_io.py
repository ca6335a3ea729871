"""The caller's and the agent's audio, in LiveKit's terms."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.voice.io import PlaybackFinishedEvent

from antiphon.agent.audio_io import FRAME_MS, HELD_MS, LINE_HZ, AgentAudio, CallerAudio

FRAME = LINE_HZ * FRAME_MS // 1000


def frame(value: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(FRAME, value, np.int16)


async def test_frames_arrive_in_order() -> None:
    audio = CallerAudio()
    audio.push(frame(1))
    audio.push(frame(2))
    got = [await anext(audio), await anext(audio)]
    assert [f.data[0] for f in got] == [1, 2]
    assert (got[0].sample_rate, got[0].num_channels, got[0].samples_per_channel) == (LINE_HZ, 1, FRAME)


async def test_held_frames_are_bounded_and_the_oldest_go() -> None:
    audio = CallerAudio()
    audio.hold()
    kept = HELD_MS // FRAME_MS
    waiting = asyncio.ensure_future(anext(audio))
    for value in range(kept + 5):
        audio.push(frame(value))
    await asyncio.sleep(0)
    assert not waiting.done()
    audio.go_on()
    assert (await waiting).data[0] == 5
    assert audio.dropped == 5


async def test_the_end_ends_a_waiting_reader() -> None:
    audio = CallerAudio()
    waiting = asyncio.ensure_future(anext(audio))
    await asyncio.sleep(0)
    audio.end()
    with pytest.raises(StopAsyncIteration):
        await waiting
    audio.push(frame(1))
    with pytest.raises(StopAsyncIteration):
        await anext(audio)


async def test_playback_is_what_the_line_took() -> None:
    started: list[None] = []
    finished: list[PlaybackFinishedEvent] = []
    audio = AgentAudio(on_started=lambda: started.append(None))
    audio.on("playback_finished", finished.append)
    await audio.capture_frame(rtc.AudioFrame(frame(7).tobytes() * 5, LINE_HZ, 1, 5 * FRAME))
    assert started == []
    assert audio.playout.take(FRAME)[0] == 7
    assert len(started) == 1
    audio.flush()
    audio.clear_buffer()
    event = await audio.wait_for_playout()
    assert (event.playback_position, event.interrupted) == (0.02, True)
    await audio.capture_frame(rtc.AudioFrame(frame(8).tobytes(), LINE_HZ, 1, FRAME))
    audio.flush()
    audio.playout.take(FRAME)
    assert [(e.playback_position, e.interrupted) for e in finished] == [(0.02, True), (0.02, False)]
