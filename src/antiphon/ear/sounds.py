"""Sounds without words, made from seeds (same seed, same samples): what callers cough, knock and hear beside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antiphon.ear.signal import Pcm16

Floats = NDArray[np.float64]


def _at_level(wave: Floats, level_dbfs: float) -> Pcm16:
    """Samples with this RMS level, in dB of full scale; peaks are cut."""
    rms = float(np.sqrt(np.mean(np.square(wave)))) or 1.0
    return np.clip(wave / rms * 10 ** (level_dbfs / 20) * 32768, -32768, 32767).astype(np.int16)


def white(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -30) -> Pcm16:
    """White noise: a fan close to the microphone."""
    wave = np.random.default_rng(seed).standard_normal(round(duration_ms * rate_hz / 1000))
    return _at_level(wave, level_dbfs)


def pink(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -30) -> Pcm16:
    """Pink noise (power falls with frequency): a street, a room."""
    return _at_level(_pink(round(duration_ms * rate_hz / 1000), seed), level_dbfs)


def _pink(count: int, seed: int) -> Floats:
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0))
    return np.fft.irfft(spectrum, count)


def cough(*, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -18) -> Pcm16:
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
    return _at_level(total, level_dbfs)


def hum(duration_ms: float, *, hz: float = 50, rate_hz: int = 16_000, level_dbfs: float = -30) -> Pcm16:
    """Mains hum with its odd harmonics."""
    t = np.arange(round(duration_ms * rate_hz / 1000)) / rate_hz
    wave = sum((np.sin(2 * np.pi * hz * n * t) / n for n in (1, 3, 5, 7)), np.zeros_like(t))
    return _at_level(wave, level_dbfs)


def music(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -26) -> Pcm16:
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
    return _at_level(wave, level_dbfs)


def knocks(*, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -20) -> Pcm16:
    """Three knocks on a table."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(round(0.7 * rate_hz))
    t = np.arange(round(0.1 * rate_hz)) / rate_hz
    for at_s in (0.0, 0.22, 0.44):
        knock = (np.sin(2 * np.pi * 180 * t) + 0.5 * rng.standard_normal(len(t))) * np.exp(-t / 0.015)
        start = round(at_s * rate_hz)
        wave[start : start + len(t)] += knock
    return _at_level(wave, level_dbfs)
