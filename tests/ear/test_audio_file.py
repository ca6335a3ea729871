"""Every usual kind of recording is read; what is none is refused by name."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from antiphon.ear import audio_file
from antiphon.ear.audio_file import read_audio, write_stereo
from antiphon.errors import LineError

SECONDS = 0.5


def write(path: Path, rate_hz: int, width: int, channels: int, hz: float = 440) -> Path:
    t = np.arange(round(SECONDS * rate_hz)) / rate_hz
    values = 0.5 * np.sin(2 * np.pi * hz * t)
    scaled = np.round(values * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    unsigned = scaled + 128 if width == 1 else scaled  # WAV's 8 bit samples are unsigned
    raw = unsigned.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(np.tile(raw, (1, channels)).tobytes())
    return path


def assert_is_the_tone(pcm: np.ndarray, tolerance: float = 0.02) -> None:
    assert pcm.dtype == np.int16
    assert len(pcm) == pytest.approx(SECONDS * 24_000, abs=60)
    middle = pcm[2400:9600] / 32768
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=tolerance)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * 24_000 / len(middle) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 24_000, 44_100, 48_000])
def test_any_rate(tmp_path: Path, rate_hz: int) -> None:
    assert_is_the_tone(read_audio(write(tmp_path / "a.wav", rate_hz, 2, 1)))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_width_and_number_of_channels(tmp_path: Path, width: int, channels: int) -> None:
    assert_is_the_tone(read_audio(write(tmp_path / "a.wav", 16_000, width, channels)))


@pytest.mark.parametrize(
    ("suffix", "codec", "form"),
    [("wav", "pcm_f32le", "flt"), ("flac", "flac", "s16"), ("wav", "pcm_mulaw", "s16")],
)
def test_other_formats_by_pyav(tmp_path: Path, suffix: str, codec: str, form: str) -> None:
    path = tmp_path / f"a.{suffix}"
    t = np.arange(round(SECONDS * 16_000)) / 16_000
    values = 0.5 * np.sin(2 * np.pi * 440 * t)
    data = values.astype("<f4") if form == "flt" else (values * 32767).astype("<i2")
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(data.reshape(1, -1), format=form, layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert_is_the_tone(read_audio(path))


def test_a_file_that_was_cut_off_in_a_frame_is_read_to_its_last_whole_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", 24_000, 2, 2)
    path.write_bytes(path.read_bytes()[:-5])
    assert len(read_audio(path)) == pytest.approx(12_000, abs=3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cannot be read as audio"),
        (b"hello, this is text", "cannot be read as audio"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio"),
    ],
)
def test_what_is_no_audio_is_refused_by_name(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "wrong.wav"
    path.write_bytes(content)
    with pytest.raises(LineError, match=says) as error:
        read_audio(path)
    assert str(path) in str(error.value)


def test_missing_directory_empty_and_endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LineError, match="does not exist"):
        read_audio(tmp_path / "none.wav")
    with pytest.raises(LineError, match="is a directory"):
        read_audio(tmp_path)
    empty = write(tmp_path / "empty.wav", 16_000, 2, 1)
    with wave.open(str(empty), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    with pytest.raises(LineError, match="has no audio in it"):
        read_audio(empty)
    monkeypatch.setattr(audio_file, "MAX_SECONDS", 0.1)
    with pytest.raises(LineError, match="minutes long"):
        read_audio(write(tmp_path / "long.wav", 16_000, 2, 1))


def test_a_recording_has_the_caller_left_and_the_agent_right(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_stereo(path, np.array([1, 2, 3], np.int16), np.array([7, 8], np.int16))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 24_000)
        data = np.frombuffer(file.readframes(9), "<i2").reshape(-1, 2)
    assert data.tolist() == [[1, 7], [2, 8], [3, 0]]
    with pytest.raises(LineError, match="can't be written"):
        write_stereo(tmp_path / "no" / "such" / "call.wav", data[:, 0], data[:, 1])
