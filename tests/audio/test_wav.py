"""WAV files in and out."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from antiphon.audio.wav import read_wav, write_wav
from antiphon.errors import LineError

TONE = (10_000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)


def test_tracks_come_back_as_they_were(tmp_path: Path) -> None:
    write_wav(tmp_path / "two.wav", 24_000, TONE, TONE)
    assert np.array_equal(read_wav(tmp_path / "two.wav", 24_000), TONE)
    with wave.open(str(tmp_path / "two.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 24_000, 2)


def test_other_rates_are_resampled(tmp_path: Path) -> None:
    write_wav(tmp_path / "low.wav", 8000, TONE)
    pcm = read_wav(tmp_path / "low.wav", 24_000)
    assert len(pcm) == 24_000 and pcm.dtype == np.int16
    assert np.argmax(np.abs(np.fft.rfft(pcm.astype(float)))) == 440


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wave file at all"])
def test_what_is_no_recording_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(LineError, match=r"bad\.wav can't be read"):
        read_wav(path, 24_000)


def test_a_file_that_is_not_there_or_not_16_bit(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="can't be read"):
        read_wav(tmp_path / "none.wav", 24_000)
    with wave.open(str(tmp_path / "eight.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(100))
    with pytest.raises(LineError, match="8-bit samples.*ffmpeg"):
        read_wav(tmp_path / "eight.wav", 24_000)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="can't be written"):
        write_wav(tmp_path / "none" / "out.wav", 24_000, TONE)
