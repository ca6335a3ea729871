"""When frames leave, in virtual time; and what they hold."""

from __future__ import annotations

import asyncio

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from antiphon.webrtc.opus import OpusDecoder
from antiphon.webrtc.tracks import FRAME_S, MAX_LAG_S, PushedTrack, Schedule, SpokenTrack, read_track


def test_frames_are_due_at_multiples_of_20_ms_whatever_came_before() -> None:
    schedule = Schedule()
    now = 100.0
    left = []
    for lateness in (0.0, 0.004, 0.0, 0.015, 0.001, 0.0):
        number, wait = schedule.due(now)
        left.append((number, now + wait))
        now += wait + lateness
    assert [number for number, _ in left] == list(range(6))
    assert [at for _, at in left] == pytest.approx([100 + n * FRAME_S for n in range(6)])


def test_a_short_stall_is_caught_up_at_once() -> None:
    schedule = Schedule()
    schedule.due(0.0)
    waits = [schedule.due(0.1) for _ in range(6)]
    assert [number for number, _ in waits] == [1, 2, 3, 4, 5, 6]
    assert [wait for _, wait in waits] == pytest.approx([0, 0, 0, 0, 0, 0.02])


def test_a_long_stall_is_left_out() -> None:
    """The numbers, and so the listener's clock, show the hole; what was to be said is not lost, since nothing was taken."""
    schedule = Schedule()
    schedule.due(0.0)
    number, wait = schedule.due(5.0)
    assert number == pytest.approx(5.0 / FRAME_S, abs=1) and wait < FRAME_S
    following, wait = schedule.due(5.0 + wait)
    assert following == number + 1
    assert wait == pytest.approx(FRAME_S, abs=1e-6) or wait <= FRAME_S
    assert MAX_LAG_S < 5.0


async def test_a_track_sends_what_it_takes_as_opus() -> None:
    asked: list[int] = []

    def take(samples: int) -> np.ndarray:
        asked.append(samples)
        return np.full(samples, 1000 * len(asked), np.int16)

    track = SpokenTrack(take, on_error=lambda error: None)
    packets = [await track.recv() for _ in range(3)]
    assert asked == [480, 480, 480]
    assert [packet.pts for packet in packets] == [0, 960, 1920]
    decoder = OpusDecoder()
    assert all(decoder.decode(bytes(packet)).shape == (480,) for packet in packets)


async def test_a_track_whose_source_fails_says_so_and_ends() -> None:
    errors: list[Exception] = []

    def take(samples: int) -> np.ndarray:
        raise RuntimeError("no audio")

    track = SpokenTrack(take, errors.append)
    with pytest.raises(MediaStreamError):
        await track.recv()
    assert str(errors[0]) == "no audio"


async def test_a_stopped_track_gives_nothing() -> None:
    track = SpokenTrack(lambda samples: np.zeros(samples, np.int16), lambda error: None)
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


class StereoTrack(MediaStreamTrack):
    """What aiortc's own receiver gives: 48 kHz stereo frames of 20 ms."""

    kind = "audio"

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.left = frames

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(0)
        if not self.left:
            raise MediaStreamError
        self.left -= 1
        wave = (8000 * np.sin(2 * np.pi * 500 * np.arange(960) / 48_000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="s16", layout="stereo")
        frame.sample_rate = 48_000
        return frame


async def test_aiortcs_own_frames_can_be_read_too() -> None:
    heard: list[np.ndarray] = []
    await read_track(StereoTrack(10), heard.append)
    assert [frame.shape for frame in heard] == [(480,)] * 10
    assert np.abs(heard[5]).max() == pytest.approx(8000, rel=0.05)


async def test_a_pushed_frame_leaves_as_soon_as_it_is_there() -> None:
    track = PushedTrack()
    waiting = asyncio.create_task(track.recv())
    await asyncio.sleep(0)
    assert not waiting.done()
    for _ in range(3):
        track.push(np.zeros(480, np.int16))
    packets = [await waiting, await track.recv(), await track.recv()]
    assert [packet.pts for packet in packets] == [0, 960, 1920]


async def test_frames_that_nobody_fetches_are_dropped_and_their_time_is_not() -> None:
    track = PushedTrack()
    for _ in range(PushedTrack.MAX_WAITING + 5):
        track.push(np.zeros(480, np.int16))
    assert (await track.recv()).pts == 5 * 960


async def test_a_stopped_pushed_track_ends_whoever_waits() -> None:
    track = PushedTrack()
    waiting = asyncio.create_task(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await waiting
