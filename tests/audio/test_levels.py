"""Levels, gain and edges of sound."""

import numpy as np
import pytest

from antiphon.audio.levels import raised, rms_dbfs, sound_edges

RATE = 16_000


def tone(seconds: float, amplitude: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * 200 * t)).astype(np.float32)


def test_rms_of_a_sine_is_3_db_below_its_peak() -> None:
    assert rms_dbfs(tone(1, 1.0)) == pytest.approx(-3.01, abs=0.01)
    assert rms_dbfs(tone(1, 0.1)) == pytest.approx(-23.01, abs=0.01)
    assert rms_dbfs(np.zeros(10, np.float32)) == rms_dbfs(np.zeros(0, np.float32)) == float("-inf")


def test_quiet_is_raised_to_the_peak_loud_is_left() -> None:
    assert np.abs(raised(tone(1, 0.05), 0.5, 30)).max() == pytest.approx(0.5, rel=0.01)
    loud = tone(1, 0.8)
    assert raised(loud, 0.5, 30) is loud


def test_gain_is_bounded_and_a_click_does_not_decide() -> None:
    assert np.abs(raised(tone(1, 0.001), 0.5, 30)).max() == pytest.approx(0.03, rel=0.01)
    clicked = tone(1, 0.05)
    clicked[100:105] = 0.9
    lifted = raised(clicked, 0.5, 30)
    assert np.abs(lifted[1000:]).max() == pytest.approx(0.5, rel=0.02)
    assert np.abs(lifted).max() <= 1.0


def test_silence_and_nothing_stay() -> None:
    assert not raised(np.zeros(100, np.float32), 0.5, 30).any()
    assert len(raised(np.zeros(0, np.float32), 0.5, 30)) == 0


def test_edges_are_found_to_a_frame() -> None:
    wave = np.concatenate([np.zeros(4000, np.float32), tone(0.5, 0.3), np.zeros(2345, np.float32)])
    first, last = sound_edges(wave, RATE)
    assert 4000 - 160 <= first <= 4000
    assert 12_000 <= last <= 12_000 + 160


def test_what_is_far_below_the_loudest_is_silence() -> None:
    wave = np.concatenate([tone(0.5, 0.003), tone(0.5, 0.3), tone(0.5, 0.03)])
    assert sound_edges(wave, RATE, below_peak_db=30) == (8000, 24_000)


@pytest.mark.parametrize("samples", [0, 1, 159, 161])
def test_edges_of_silence_and_of_little(samples: int) -> None:
    assert sound_edges(np.zeros(samples, np.float32), RATE) == (0, 0)
    assert sound_edges(np.full(samples, 0.5, np.float32), RATE) == (0, samples)
