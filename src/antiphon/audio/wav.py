"""WAV files in and out with nothing but the standard library: 16-bit PCM."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from antiphon.errors import LineError

Pcm16 = NDArray[np.int16]


def read_wav(path: Path, rate_hz: int) -> Pcm16:
    """A recording as mono samples at `rate_hz`, shape (n,); channels are averaged, other rates resampled.

    Raises:
        LineError: the file is not there, is no WAV, or is not 16-bit PCM.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise LineError(f"{path} can't be read as a WAV file: {error}.") from error
    if width != 2:
        raise LineError(
            f"{path} has {width * 8}-bit samples, not 16-bit.",
            mend=f"ffmpeg -i {path} -c:a pcm_s16le OUT.wav makes one that can be read.",
        )
    pcm: Pcm16 = np.frombuffer(raw[: len(raw) // (2 * channels) * 2 * channels], dtype="<i2").astype(np.int16)
    if channels > 1:
        pcm = pcm.reshape(-1, channels).mean(axis=1).round().astype(np.int16)
    if hz != rate_hz:
        pcm = soxr.resample(pcm, hz, rate_hz, quality="HQ")
    return pcm


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
