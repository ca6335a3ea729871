"""WAV files out."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from antiphon.audio.wav import write_wav
from antiphon.errors import LineError

TONE = (10_000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)


def test_tracks_stand_side_by_side(tmp_path: Path) -> None:
    write_wav(tmp_path / "two.wav", 24_000, TONE, -TONE)
    with wave.open(str(tmp_path / "two.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 24_000, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    assert np.array_equal(pcm[:, 0], TONE) and np.array_equal(pcm[:, 1], -TONE)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="can't be written"):
        write_wav(tmp_path / "none" / "out.wav", 24_000, TONE)
