"""silero's probabilities: speech high, noise low, each stream for itself."""

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.engine.speech.vad import WINDOW_SAMPLES, SileroModel, SileroStream
from tests.engine.speech import wordless
from tests.support import noises, speech


def run(stream: SileroStream, pcm: NDArray[np.int16]) -> NDArray[np.float64]:
    whole = len(pcm) // WINDOW_SAMPLES * WINDOW_SAMPLES
    return np.array([stream(window) for window in pcm[:whole].reshape(-1, WINDOW_SAMPLES)])


@pytest.mark.parametrize("dbfs", [-40, -20])
def test_speech_is_probable(silero: SileroModel, dbfs: float) -> None:
    clip = speech.recording("vm-opts").trimmed()
    found = run(silero.stream(), wordless.at_level(clip.pcm, dbfs))
    assert np.mean(found > 0.5) > 0.8


@pytest.mark.parametrize("name", ["white, loud", "pink, loud", "hum", "cough", "knocks", "music, loud"])
def test_noise_is_not(silero: SileroModel, name: str) -> None:
    assert run(silero.stream(), noises.noise_set()[name].pcm).max() < 0.5


def test_silence_after_speech_is_seen_soon(silero: SileroModel) -> None:
    clip = speech.say("thursday at seven p m")
    found = run(silero.stream(), np.concatenate([clip.pcm[: clip.end], np.zeros(8000, np.int16)]))
    last = np.flatnonzero(found > 0.5)[-1] * 32
    assert last - clip.end * 1000 / clip.rate_hz < 110


def test_streams_know_nothing_of_each_other(silero: SileroModel) -> None:
    pcm = speech.recording("goodbye").pcm
    alone = run(silero.stream(), pcm)
    one, other = silero.stream(), silero.stream()
    noise = noises.white(3000).pcm
    woven = []
    for start in range(0, len(pcm) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES):
        woven.append(one(pcm[start : start + WINDOW_SAMPLES]))
        other(noise[start : start + WINDOW_SAMPLES])
    assert np.array_equal(alone, woven)


def test_reset_forgets(silero: SileroModel) -> None:
    pcm = speech.recording("goodbye").pcm
    stream = silero.stream()
    first = run(stream, pcm)
    assert not np.array_equal(run(stream, pcm), first)
    stream.reset()
    assert np.array_equal(run(stream, pcm), first)


@pytest.mark.parametrize("samples", [0, 511, 513])
def test_another_length_is_refused(silero: SileroModel, samples: int) -> None:
    with pytest.raises(ValueError, match="512"):
        silero.stream()(np.zeros(samples, np.int16))
