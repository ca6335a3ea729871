"""Resampling of whole clips.

Live 20 ms frames are resampled by PyAV, which holds back 1 ms; soxr HQ holds back 21 ms, which is nothing for a clip
that is whole, and costs a fifth.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray


def resample_clip(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """A whole mono clip (±1) at another rate; length round(n · to / from)."""
    if from_hz == to_hz:
        return samples
    resampled: NDArray[np.float32] = soxr.resample(samples, from_hz, to_hz, quality="HQ")
    return resampled


def to_pcm16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Floats (±1, clipped) as int16."""
    pcm: NDArray[np.int16] = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)
    return pcm
