"""Recordings in, recordings out: any audio file as mono samples at the line's rate; a call as a stereo WAV."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from antiphon.audio.decode import NoAudio, read_any, read_wave
from antiphon.audio.wav import write_wav
from antiphon.ear.line import LINE_HZ
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError

MAX_SECONDS = 600
"""A longer file is no turn of a call; most likely it is the wrong file."""

WANTED = "A WAV file with speech would be right (any rate, 8 to 32 bit, one or more channels)."


class NoRecording(LineError):
    """A file that was given as a recording is none: wrong use, exit code 2."""

    code = "no_recording"
    exit_code = 2


def read_audio(path: Path) -> Pcm16:
    """A file's audio, channels averaged, resampled to LINE_HZ.

    WAV files of integers are read with the standard library; everything else (float WAV, FLAC, MP3, Ogg …) by PyAV, where it
    is installed.

    Raises:
        NoRecording: the file is missing, is no audio, is empty or is far too long. Names the file.
    """
    samples, rate_hz = _read(path, MAX_SECONDS, "Each file should hold one turn.")
    return _at_line_rate(samples.mean(axis=1), rate_hz)


def read_channels(path: Path, max_seconds: float) -> list[Pcm16]:
    """A file's channels, each resampled to LINE_HZ: a recorded call.

    Raises:
        NoRecording: as `read_audio`.
    """
    samples, rate_hz = _read(path, max_seconds, "A file should hold one call.")
    return [_at_line_rate(channel, rate_hz) for channel in samples.T]


def _at_line_rate(mono: NDArray[np.float32], rate_hz: int) -> Pcm16:
    if rate_hz != LINE_HZ:
        mono = soxr.resample(mono, rate_hz, LINE_HZ, quality="HQ")
    return np.asarray(np.clip(mono * 32768.0, -32768, 32767), np.int16)


def _read(path: Path, max_seconds: float, mend: str) -> tuple[NDArray[np.float32], int]:
    """Samples (n, channels) in -1…1, and the rate."""
    if path.is_dir():
        raise NoRecording(f"{path} is a directory.", mend=WANTED)
    if not path.exists():
        raise NoRecording(f"{path} does not exist.")
    try:
        with path.open("rb") as file:
            samples, rate_hz = read_wave(file)
    except PermissionError as error:
        raise NoRecording(f"{path} may not be read: {error.strerror}.") from error
    except (wave.Error, EOFError, OSError) as error:
        samples, rate_hz = _read_any(path, error)
    if not samples.size:
        raise NoRecording(f"{path} has no audio in it.", mend=WANTED)
    if len(samples) > max_seconds * rate_hz:
        minutes = len(samples) / rate_hz / 60
        raise NoRecording(
            f"{path} is {minutes:.0f} minutes long; {max_seconds / 60:.0f} are allowed.", mend=mend
        )
    return samples, rate_hz


def _read_any(path: Path, why: Exception) -> tuple[NDArray[np.float32], int]:
    try:
        with path.open("rb") as file:
            return read_any(file, why, max_s=MAX_SECONDS)
    except NoAudio as error:
        raise NoRecording(f"{path} {error}.", mend=WANTED) from error


def write_stereo(path: Path, left: Pcm16, right: Pcm16) -> None:
    """Writes a call: the caller on the left, the agent on the right, 16 bit at LINE_HZ; the shorter one is filled up.

    Raises:
        LineError: the file cannot be written.
    """
    length = max(len(left), len(right))
    tracks = [np.concatenate((track, np.zeros(length - len(track), np.int16))) for track in (left, right)]
    write_wav(path, LINE_HZ, *tracks)
