"""Sounds without words, made from seeds (same seed, same samples). Levels: RMS in dB of full scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.support.clip import Clip

Floats = NDArray[np.float64]


def _clip(wave: Floats, rate_hz: int, level_dbfs: float, label: str) -> Clip:
    rms = float(np.sqrt(np.mean(np.square(wave)))) or 1.0
    pcm = np.clip(wave / rms * 10 ** (level_dbfs / 20) * 32768, -32768, 32767).astype(np.int16)
    return Clip(pcm, rate_hz, "", (f"noise: {label}",))


def white(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -30) -> Clip:
    """White noise: a fan close to the microphone."""
    wave = np.random.default_rng(seed).standard_normal(round(duration_ms * rate_hz / 1000))
    return _clip(wave, rate_hz, level_dbfs, f"white {seed}")


def pink(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -30) -> Clip:
    """Pink noise (power falls with frequency): a street, a room."""
    return _clip(_pink(round(duration_ms * rate_hz / 1000), seed), rate_hz, level_dbfs, f"pink {seed}")


def _pink(count: int, seed: int) -> Floats:
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0))
    return np.fft.irfft(spectrum, count)


def cough(*, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -18) -> Clip:
    """A cough: a burst of throat-shaped noise with a sharp start, and a softer second one, 0.45 s in all."""
    rng = np.random.default_rng(seed)
    total = np.zeros(round(0.45 * rate_hz))
    for at_s, length_s, gain in ((0.0, 0.20, 1.0), (0.24, 0.18, 0.5)):
        count = round(length_s * rate_hz)
        spectrum = np.fft.rfft(rng.standard_normal(count))
        hz = np.fft.rfftfreq(count, 1 / rate_hz)
        shape = sum(
            g / (1 + ((hz - f) / w) ** 2)
            for f, w, g in ((600, 250, 1.0), (1500, 500, 0.6), (3200, 900, 0.25))
        )
        burst = np.fft.irfft(spectrum * shape, count)
        t = np.arange(count) / rate_hz
        envelope = np.minimum(t / 0.008, 1.0) * np.exp(-t / 0.07)
        start = round(at_s * rate_hz)
        total[start : start + count] += gain * burst * envelope
    return _clip(total, rate_hz, level_dbfs, f"cough {seed}")


def hum(duration_ms: float, *, hz: float = 50, rate_hz: int = 16_000, level_dbfs: float = -30) -> Clip:
    """Mains hum with its odd harmonics."""
    t = np.arange(round(duration_ms * rate_hz / 1000)) / rate_hz
    wave = sum((np.sin(2 * np.pi * hz * n * t) / n for n in (1, 3, 5, 7)), np.zeros_like(t))
    return _clip(wave, rate_hz, level_dbfs, f"hum {hz:g} Hz")


def music(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -26) -> Clip:
    """Music-like: plucked chords over a bass, a new one every 400 ms."""
    rng = np.random.default_rng(seed)
    count = round(duration_ms * rate_hz / 1000)
    wave = np.zeros(count)
    step = round(0.4 * rate_hz)
    for start in range(0, count, step):
        root = 110 * 2 ** (rng.choice((0, 2, 4, 5, 7, 9)) / 12)
        t = np.arange(min(2 * step, count - start)) / rate_hz
        for interval, gain in ((0, 1.0), (12, 0.6), (16, 0.5), (19, 0.5), (24, 0.3)):
            hz = root * 2 ** (interval / 12)
            tone = sum((np.sin(2 * np.pi * hz * n * t) / n**2 for n in (1, 2, 3, 4)), np.zeros_like(t))
            wave[start : start + len(t)] += gain * tone * np.exp(-t / 0.35) * np.minimum(t / 0.005, 1.0)
    return _clip(wave, rate_hz, level_dbfs, f"music {seed}")


def knocks(*, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -20) -> Clip:
    """Three knocks on a table."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(round(0.7 * rate_hz))
    t = np.arange(round(0.1 * rate_hz)) / rate_hz
    for at_s in (0.0, 0.22, 0.44):
        knock = (np.sin(2 * np.pi * 180 * t) + 0.5 * rng.standard_normal(len(t))) * np.exp(-t / 0.015)
        start = round(at_s * rate_hz)
        wave[start : start + len(t)] += knock
    return _clip(wave, rate_hz, level_dbfs, f"knocks {seed}")


def noise_set(rate_hz: int = 16_000, duration_ms: float = 3000) -> dict[str, Clip]:
    """The set that must give no words."""
    makers: dict[str, Callable[[], Clip]] = {
        "white": lambda: white(duration_ms, seed=1, rate_hz=rate_hz),
        "white, loud": lambda: white(duration_ms, seed=2, rate_hz=rate_hz, level_dbfs=-15),
        "white burst": lambda: white(400, seed=3, rate_hz=rate_hz, level_dbfs=-12),
        "pink": lambda: pink(duration_ms, seed=1, rate_hz=rate_hz),
        "pink, loud": lambda: pink(duration_ms, seed=2, rate_hz=rate_hz, level_dbfs=-15),
        "hum": lambda: hum(duration_ms, rate_hz=rate_hz),
        "music": lambda: music(duration_ms, seed=1, rate_hz=rate_hz),
        "music, loud": lambda: music(duration_ms, seed=2, rate_hz=rate_hz, level_dbfs=-16),
        "cough": lambda: cough(seed=1, rate_hz=rate_hz),
        "another cough": lambda: cough(seed=2, rate_hz=rate_hz, level_dbfs=-12),
        "knocks": lambda: knocks(seed=1, rate_hz=rate_hz),
    }
    return {name: make() for name, make in makers.items()}
