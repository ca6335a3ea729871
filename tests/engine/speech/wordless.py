"""Sounds without words, beyond `tests.support.noises`: more kinds, and real recordings; all at 16 kHz.

Real: Asterisk's beeps, tones, silence and screaming monkeys, alsa-utils' noise.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.support import noises
from tests.support.clip import Clip, read_wav
from tests.support.speech import ALLISON, ALSA, need

RATE_HZ = 16_000
Floats = NDArray[np.float64]


def at_level(pcm: NDArray[np.int16], dbfs: float) -> NDArray[np.int16]:
    """The samples with another RMS level, clipped where they must."""
    rms = float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64)))) or 1.0
    scaled = pcm * (10 ** (dbfs / 20) * 32768 / rms)
    clipped: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype(np.int16)
    return clipped


def made(seed: int) -> Iterator[tuple[str, NDArray[np.int16]]]:
    """Kinds of noise made from a seed."""
    rng = np.random.default_rng(seed)
    yield "brown noise", _pcm(np.cumsum(rng.standard_normal(40_000)) - np.linspace(0, 1, 40_000))
    yield "typing", _pcm(_clicks(rng, 3.0, 9, 0.004, 3000))
    yield "claps", _pcm(_clicks(rng, 2.5, 2, 0.03, 1500))
    yield "breath", _pcm(_shaped(rng, 14_000, 1200, 900) * np.hanning(14_000))
    yield "ringing", _pcm(_tones(2.0, 440, 480) * (np.arange(32_000) % 16_000 < 12_000))
    yield "engaged", _pcm(_tones(2.0, 480, 620) * (np.arange(32_000) % 16_000 < 8_000))
    yield "key tone", _pcm(_tones(0.2, 770, 1336))
    yield "whistle", _pcm(np.sin(np.cumsum(2 * np.pi * np.linspace(900, 1800, 16_000) / RATE_HZ)))
    yield (
        "two coughs",
        np.concatenate([noises.cough(seed=seed).pcm, _quiet(0.4), noises.cough(seed=seed + 1).pcm]),
    )
    yield "one click", np.concatenate([_quiet(0.3), np.full(8, 9000, np.int16), _quiet(0.3)])


def recorded() -> Iterator[tuple[str, NDArray[np.int16]]]:
    """Real sounds from Debian packages."""
    names = ("beep", "beeperr", "ascending-2tone", "descending-2tone", "confbridge-join", "confbridge-leave")
    for name in (*names, "silence/2", "tt-monkeys"):
        yield name, _decoded(need(ALLISON / f"{name}.g722", "asterisk-core-sounds-en-g722"))[: 6 * RATE_HZ]
    noise: Clip = read_wav(need(ALSA / "Noise.wav", "alsa-utils"))
    yield "alsa Noise.wav", noise.at_rate(RATE_HZ).pcm


def _decoded(path: Path) -> NDArray[np.int16]:
    with av.open(str(path), format="g722") as container:
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])


def _quiet(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def _pcm(wave: Floats) -> NDArray[np.int16]:
    return (wave / (np.abs(wave).max() or 1.0) * 12_000).astype(np.int16)


def _tones(seconds: float, *hz: float) -> Floats:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return sum((np.sin(2 * np.pi * f * t) for f in hz), np.zeros_like(t))


def _shaped(rng: np.random.Generator, count: int, centre_hz: float, width_hz: float) -> Floats:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    shaped: Floats = np.fft.irfft(spectrum / (1 + ((hz - centre_hz) / width_hz) ** 2), count)
    return shaped


def _clicks(rng: np.random.Generator, seconds: float, per_s: float, decay_s: float, hz: float) -> Floats:
    wave = np.zeros(round(seconds * RATE_HZ))
    count = round(decay_s * 8 * RATE_HZ)
    for start in rng.integers(0, len(wave) - count, round(seconds * per_s)):
        click = _shaped(rng, count, hz, hz / 2) * np.exp(-np.arange(count) / (decay_s * RATE_HZ))
        wave[start : start + count] += click * rng.uniform(0.4, 1.0)
    return wave
