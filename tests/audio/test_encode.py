"""Speech as bytes, and back."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.audio.decode import NoAudio, decode
from antiphon.audio.encode import FORMATS, Encoder

HZ = 24_000


def tone(seconds: float) -> NDArray[np.int16]:
    return np.asarray(np.sin(2 * np.pi * 300 * np.arange(round(seconds * HZ)) / HZ) * 8000, np.int16)


def encoded(form: str, *pieces: NDArray[np.int16]) -> bytes:
    encoder = Encoder(form, HZ)
    return b"".join([encoder.begin(), *(encoder.encode(piece) for piece in pieces), encoder.finish()])


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "pcm"])
def test_what_is_encoded_in_pieces_is_decoded_as_one(form: str) -> None:
    pcm = tone(2.0)
    samples, rate_hz = decode(encoded(form, pcm[:10_007], pcm[10_007:]), max_s=10)
    assert len(samples) / rate_hz == pytest.approx(2.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * rate_hz / len(samples) == pytest.approx(300, abs=2)
    middle = samples[rate_hz // 2 : rate_hz]
    assert np.sqrt((middle**2).mean() * 2) == pytest.approx(8000 / 32768, rel=0.1)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_what_loses_nothing_loses_nothing(form: str) -> None:
    pcm = tone(0.5)
    samples, rate_hz = decode(encoded(form, pcm), max_s=10)
    assert rate_hz == HZ
    assert np.array_equal(np.rint(samples * 32768).astype(np.int16), pcm)


def test_pcm_is_the_samples() -> None:
    pcm = tone(0.1)
    assert encoded("pcm", pcm) == pcm.astype("<i2").tobytes()


@pytest.mark.parametrize("form", ["mp3", "opus", "aac"])
def test_sound_leaves_the_encoder_before_the_end(form: str) -> None:
    encoder = Encoder(form, HZ)
    first = encoder.begin() + encoder.encode(tone(1.0))
    samples, rate_hz = decode(first, max_s=10)
    assert len(samples) / rate_hz > 0.8


def test_channels_are_averaged() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((2, 2, 8000, 0, "NONE", ""))
        out.writeframes(np.array([[1000, 3000]] * 800, "<i2").tobytes())
    samples, rate_hz = decode(file.getvalue(), max_s=1)
    assert rate_hz == 8000
    assert samples * 32768 == pytest.approx(2000)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read"),
        (b"RIFF....WAVE", "cannot be read"),
        (encoded("wav", np.zeros(0, np.int16)), "has no audio"),
        (encoded("flac", tone(3.0)), "longer than 2 s"),
        (encoded("wav", tone(3.0)), "longer than 2 s"),
    ],
)
def test_what_is_no_audio_is_told(data: bytes, says: str) -> None:
    with pytest.raises(NoAudio, match=says):
        decode(data, max_s=2)
