"""Levels of sound: RMS, gain to a wanted peak, and where sound begins and ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32768.0
"""An int16 sample's largest magnitude: ±1 in floats."""


def rms_dbfs(samples: NDArray[np.float32]) -> float:
    """RMS level in dB of full scale (0 = a square wave at ±1); -inf for silence or nothing."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return float(10 * np.log10(power)) if power else float("-inf")


def raised(samples: NDArray[np.float32], peak: float, max_gain: float) -> NDArray[np.float32]:
    """Samples (±1) amplified so that their peak is `peak`; never weakened, never by more than `max_gain`.

    One sample in a thousand may be louder, so that a click does not decide.
    """
    if not len(samples):
        return samples
    loudest = float(np.quantile(np.abs(samples), 0.999))
    gain = min(peak / loudest, max_gain) if loudest else 1.0
    return samples if gain <= 1 else np.clip(samples * np.float32(gain), -1, 1)


def sound_edges(
    samples: NDArray[np.float32], rate_hz: int, *, below_peak_db: float = 30.0, frame_ms: float = 10.0
) -> tuple[int, int]:
    """Where the first loud frame begins and the last one ends, in samples; (0, 0) if all is silence.

    A frame is loud when its RMS is at most `below_peak_db` under the loudest frame's.
    """
    step = max(1, round(rate_hz * frame_ms / 1000))
    count = -(-len(samples) // step)
    padded = np.zeros(count * step, np.float32)
    padded[: len(samples)] = samples
    power = np.mean(np.square(padded.reshape(count, step)), axis=1) if count else np.zeros(0, np.float32)
    if not count or not power.max():
        return 0, 0
    loud = np.flatnonzero(power >= power.max() * 10 ** (-below_peak_db / 10))
    return int(loud[0]) * step, min(int(loud[-1] + 1) * step, len(samples))
