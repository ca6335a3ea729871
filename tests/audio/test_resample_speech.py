"""24 to 16 kHz: flat where speech is, nothing folded back, no seams."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.audio.resample_speech import TwoThirdsRate


def tone(hz: float, seconds: float = 1.0) -> NDArray[np.int16]:
    t = np.arange(int(24_000 * seconds)) / 24_000
    return np.asarray(np.sin(2 * np.pi * hz * t) * 10_000, dtype=np.int16)


def level(pcm: NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean(pcm[300:-300].astype(np.float64) ** 2))) / 7071


@pytest.mark.parametrize("hz", [100, 1000, 4000, 6500])
def test_speech_passes(hz: float) -> None:
    assert level(TwoThirdsRate()(tone(hz))) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("hz", [9000, 10_000, 11_500])
def test_what_would_fold_back_is_gone(hz: float) -> None:
    assert level(TwoThirdsRate()(tone(hz))) < 0.002


def test_pieces_join_without_a_seam() -> None:
    pcm = tone(440)
    whole = TwoThirdsRate()(pcm)
    piecewise = TwoThirdsRate()
    sizes = [1, 7, 480, 333, 2, 900]
    parts: list[NDArray[np.int16]] = []
    at = 0
    while at < len(pcm):
        size = sizes[len(parts) % len(sizes)]
        parts.append(piecewise(pcm[at : at + size]))
        at += size
    joined = np.concatenate(parts)
    assert np.array_equal(joined, whole[: len(joined)])
    assert len(whole) - len(joined) <= 2


def test_positions_are_kept() -> None:
    pcm = np.zeros(2400, np.int16)
    pcm[1200] = 20_000
    assert int(np.argmax(np.abs(TwoThirdsRate()(pcm)))) == 800
