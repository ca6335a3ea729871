"""What is done to the caller's sound in a room (`livekit.media`): each setting does what it says, to noisy speech."""

from __future__ import annotations

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from antiphon.agent.room_audio import _Cleaner, _Mono
from antiphon.ear.signal import levels_dbfs
from antiphon.settings import MediaSettings
from tests.support.speech import librivox

HZ = 24_000
FRAME = HZ // 50


def cleaned(pcm: NDArray[np.int16], media: MediaSettings) -> NDArray[np.int16]:
    """Through the cleaner in 20 ms frames, as RoomIO gives them."""
    cleaner = _Cleaner(media)
    whole = pcm[: len(pcm) // FRAME * FRAME]
    frames = [
        cleaner._process(rtc.AudioFrame(whole[at : at + FRAME].tobytes(), HZ, 1, FRAME))
        for at in range(0, len(whole), FRAME)
    ]
    assert all(frame.samples_per_channel == FRAME for frame in frames)
    return np.concatenate([np.frombuffer(frame.data, dtype=np.int16) for frame in frames])


def speech() -> NDArray[np.int16]:
    """Two seconds of nothing, a sentence, two seconds of nothing."""
    return librivox()[0].at_rate(HZ).trimmed().padded(2000, 2000).pcm


def noisy(pcm: NDArray[np.int16], level: float = 300) -> NDArray[np.int16]:
    noise = np.random.default_rng(1).normal(0, level, len(pcm))
    return np.clip(pcm + noise, -32768, 32767).astype(np.int16)


def level(pcm: NDArray[np.int16]) -> float:
    return float(levels_dbfs(pcm, len(pcm))[0])


def test_noise_is_suppressed_and_speech_is_kept() -> None:
    heard = noisy(speech())
    clean = cleaned(heard, MediaSettings(noise_suppression=True))
    pause = slice(-HZ, None)  # once it knows the noise
    assert level(heard[pause]) - level(clean[pause]) > 10
    middle = slice(2 * HZ, len(clean) - 2 * HZ)
    assert abs(level(heard[middle]) - level(clean[middle])) < 3


def test_rumble_is_taken_out_and_speech_is_kept() -> None:
    said = speech()
    rumble = (3000 * np.sin(2 * np.pi * 30 * np.arange(len(said)) / HZ)).astype(np.int16)
    clean = cleaned(rumble, MediaSettings(high_pass=True))
    assert level(rumble[HZ:]) - level(clean[HZ:]) > 10
    assert abs(level(said) - level(cleaned(said, MediaSettings(high_pass=True)))) < 3


def test_quiet_speech_is_raised() -> None:
    quiet = (librivox()[0].at_rate(HZ).trimmed().pcm // 20).astype(np.int16)
    again = np.tile(quiet, 3)
    raised = cleaned(again, MediaSettings(auto_gain=True))
    assert level(raised[-len(quiet) :]) - level(quiet) > 6


def test_what_a_stereo_microphone_gave_before_the_agent_came_is_made_mono() -> None:
    left, right = np.full(FRAME, 1000, np.int16), np.full(FRAME, 3000, np.int16)
    both = rtc.AudioFrame(np.column_stack([left, right]).tobytes(), HZ, 2, FRAME)
    for processor in (_Mono(), _Cleaner(MediaSettings())):
        mono = processor._process(both)
        assert (mono.num_channels, mono.samples_per_channel) == (1, FRAME)
    assert set(np.frombuffer(_Mono()._process(both).data, dtype=np.int16)) == {2000}
