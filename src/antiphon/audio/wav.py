"""WAV files out, with nothing but the standard library: 16-bit PCM."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.errors import LineError

Pcm16 = NDArray[np.int16]


def write_wav(path: Path, rate_hz: int, *tracks: Pcm16) -> None:
    """Writes a WAV with one channel for each track, all of one length.

    Raises:
        LineError: it can't be written.
    """
    try:
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(len(tracks))
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(np.stack(tracks, axis=1).astype("<i2").tobytes())
    except OSError as error:
        raise LineError(f"{path} can't be written: {error}.") from error
