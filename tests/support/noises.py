"""The ear's sounds without words as clips, each with the name of what it is. Levels: RMS in dB of full scale."""

from __future__ import annotations

from collections.abc import Callable

from antiphon.ear import sounds
from tests.support.clip import Clip


def white(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -30) -> Clip:
    pcm = sounds.white(duration_ms, seed=seed, rate_hz=rate_hz, level_dbfs=level_dbfs)
    return Clip(pcm, rate_hz, "", (f"noise: white {seed}",))


def pink(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -30) -> Clip:
    pcm = sounds.pink(duration_ms, seed=seed, rate_hz=rate_hz, level_dbfs=level_dbfs)
    return Clip(pcm, rate_hz, "", (f"noise: pink {seed}",))


def hum(duration_ms: float, *, hz: float = 50, rate_hz: int = 16_000, level_dbfs: float = -30) -> Clip:
    pcm = sounds.hum(duration_ms, hz=hz, rate_hz=rate_hz, level_dbfs=level_dbfs)
    return Clip(pcm, rate_hz, "", (f"noise: hum {hz:g} Hz",))


def music(duration_ms: float, *, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -26) -> Clip:
    pcm = sounds.music(duration_ms, seed=seed, rate_hz=rate_hz, level_dbfs=level_dbfs)
    return Clip(pcm, rate_hz, "", (f"noise: music {seed}",))


def cough(*, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -18) -> Clip:
    pcm = sounds.cough(seed=seed, rate_hz=rate_hz, level_dbfs=level_dbfs)
    return Clip(pcm, rate_hz, "", (f"noise: cough {seed}",))


def knocks(*, seed: int = 1, rate_hz: int = 16_000, level_dbfs: float = -20) -> Clip:
    pcm = sounds.knocks(seed=seed, rate_hz=rate_hz, level_dbfs=level_dbfs)
    return Clip(pcm, rate_hz, "", (f"noise: knocks {seed}",))


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
