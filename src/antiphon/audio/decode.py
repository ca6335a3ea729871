"""Audio files of any kind as samples: WAV files of integers by the standard library, everything else by PyAV, where it is installed."""

from __future__ import annotations

import io
import wave
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from antiphon.errors import LineError

_BYTES_TO_FULL_SCALE = {1: 128.0, 2: 32768.0, 3: 8388608.0, 4: 2147483648.0}


class NoAudio(LineError):
    """What was given as audio is none that can be read."""

    code = "no_audio"


def decode(data: bytes, *, max_s: float) -> tuple[NDArray[np.float32], int]:
    """A file's audio, channels averaged.

    Args:
        data: the whole file.
        max_s: how long it may be. No more than this (and a moment) is decoded.

    Returns:
        Mono samples in -1…1, shape (n,), and their rate in Hz.

    Raises:
        NoAudio: it cannot be read, has nothing in it, or is too long.
    """
    try:
        samples, rate_hz = read_wave(io.BytesIO(data))
    except (wave.Error, EOFError) as error:
        samples, rate_hz = read_any(io.BytesIO(data), error, max_s=max_s)
    if not len(samples):
        raise NoAudio("has no audio in it")
    if len(samples) > max_s * rate_hz:
        raise NoAudio(f"is longer than {max_s:g} s")
    return samples.mean(axis=1), rate_hz


def read_wave(file: BinaryIO) -> tuple[NDArray[np.float32], int]:
    """A WAV file's samples (n, channels) in -1…1, and the rate. One whose header promises more than there is is read to its end.

    Raises:
        wave.Error, EOFError: it is no WAV file of integers.
    """
    with wave.open(file, "rb") as wav:
        width, channels, rate_hz = wav.getsampwidth(), wav.getnchannels(), wav.getframerate()
        data = wav.readframes(wav.getnframes())
    if width not in _BYTES_TO_FULL_SCALE or not 4000 <= rate_hz <= 384_000:
        raise wave.Error(f"{8 * width} bit at {rate_hz} Hz")
    data = data[: len(data) // (width * channels) * width * channels]
    if width == 1:
        values = np.frombuffer(data, np.uint8).astype(np.float32) - 128
    elif width == 3:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
        values = ((parts[:, 0] << 8 | parts[:, 1] << 16 | parts[:, 2] << 24) >> 8).astype(np.float32)
    else:
        values = np.frombuffer(data, f"<i{width}").astype(np.float32)
    return (values / np.float32(_BYTES_TO_FULL_SCALE[width])).reshape(-1, channels), rate_hz


def read_any(file: BinaryIO, why: Exception, *, max_s: float) -> tuple[NDArray[np.float32], int]:
    """Any audio file's samples (n, channels) in -1…1, and the rate; decoding stops soon after `max_s`.

    Args:
        file: at its beginning.
        why: it is no WAV file of integers; for the message where PyAV is not there.
        max_s: how much is wanted at most.

    Raises:
        NoAudio: it cannot be read.
    """
    try:
        import av
    except ImportError as error:
        raise NoAudio(f"is not a WAV file that can be read without PyAV ({why})") from error
    pieces: list[NDArray[np.float32]] = []
    try:
        with av.open(file, "r") as container:
            if not container.streams.audio:
                raise NoAudio("has no audio track")
            rate_hz = container.streams.audio[0].rate
            convert = av.AudioResampler(format="fltp", rate=rate_hz)
            count = 0
            for frame in container.decode(audio=0):
                for part in convert.resample(frame):
                    pieces.append(part.to_ndarray().astype(np.float32))
                    count += part.samples
                if count > max_s * rate_hz:
                    break
            pieces += [part.to_ndarray().astype(np.float32) for part in convert.resample(None)]
    except (av.FFmpegError, ValueError) as error:
        raise NoAudio(f"cannot be read as audio: {error}") from error
    if not pieces:
        return np.zeros((0, 1), np.float32), rate_hz
    return np.concatenate(pieces, axis=1).T, rate_hz
