"""Halving the rate of a live stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from antiphon.audio.resample_live import HALF_LENGTH, HalfRate

HZ = 48_000


def tone(hz: float, samples: int = HZ) -> NDArray[np.int16]:
    return np.asarray(np.rint(10_000 * np.sin(2 * np.pi * hz * np.arange(samples) / HZ)), np.int16)


def level(pcm: np.ndarray) -> float:
    """RMS after the filter has run in."""
    return float(np.sqrt(np.mean(pcm[200:-200].astype(float) ** 2)))


@pytest.mark.parametrize("hz", [100, 1_000, 4_000, 8_000, 10_000])
def test_speech_passes_unchanged(hz: float) -> None:
    assert level(HalfRate()(tone(hz))) == pytest.approx(10_000 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("hz", [14_000, 16_000, 20_000, 23_000])
def test_what_24_khz_cannot_carry_is_gone(hz: float) -> None:
    assert level(HalfRate()(tone(hz))) < 10  # -57 dB


def test_an_impulse_comes_half_a_millisecond_late() -> None:
    pcm = np.zeros(960, np.int16)
    pcm[301] = 20_000  # odd: it falls on the middle tap alone
    assert int(np.argmax(HalfRate()(pcm))) == (301 + HALF_LENGTH) // 2


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12))
def test_pieces_give_the_same_as_the_whole(sizes: list[int]) -> None:
    rng = np.random.default_rng(7)
    pcm = rng.integers(-20_000, 20_000, 2 * sum(sizes), dtype=np.int16)
    half = HalfRate()
    cuts = np.cumsum([2 * size for size in sizes])[:-1]
    pieces = [half(piece) for piece in np.split(pcm, cuts)]
    np.testing.assert_array_equal(np.concatenate(pieces), HalfRate()(pcm))


def test_loud_noise_is_clipped_and_does_not_wrap() -> None:
    square = np.where(np.arange(9600) // 96 % 2, 32767, -32768).astype(np.int16)
    out = HalfRate()(square).astype(int)
    assert out.max() == 32767 and out.min() == -32768
    assert np.all(np.abs(np.diff(out)) < 65_535)


def test_an_odd_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="even number"):
        HalfRate()(np.zeros(3, np.int16))
