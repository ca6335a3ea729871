"""Resampling of whole clips."""

import numpy as np
import pytest

from antiphon.audio.resample import resample_clip, to_pcm16


@pytest.mark.parametrize("hz", [200, 1000, 5000])
def test_a_tone_keeps_its_pitch_level_and_length(hz: int) -> None:
    wave = np.sin(2 * np.pi * hz * np.arange(22_050) / 22_050).astype(np.float32)
    out = resample_clip(wave, 22_050, 24_000)
    assert len(out) == 24_000
    spectrum = np.abs(np.fft.rfft(out * np.hanning(24_000))) / 6000
    assert int(spectrum.argmax()) == hz
    assert spectrum.max() == pytest.approx(1.0, abs=0.01)


def test_what_the_lower_rate_cannot_hold_is_filtered() -> None:
    wave = np.sin(2 * np.pi * 11_000 * np.arange(24_000) / 24_000).astype(np.float32)
    assert np.abs(resample_clip(wave, 24_000, 16_000)[500:-500]).max() < 0.01


def test_the_same_rate_is_the_same_clip() -> None:
    wave = np.ones(5, np.float32)
    assert resample_clip(wave, 16_000, 16_000) is wave


def test_pcm_is_rounded_and_clipped() -> None:
    assert to_pcm16(np.array([0, 1, -1, 2, -2, 0.5, 1e-5], np.float32)).tolist() == [
        0,
        32767,
        -32767,
        32767,
        -32768,
        16384,
        0,
    ]
