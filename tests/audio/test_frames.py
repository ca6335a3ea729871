"""Cutting a stream into frames."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from antiphon.audio.frames import FRAME_SAMPLES, Framer


@given(st.lists(st.integers(0, 1500), max_size=20))
def test_no_sample_is_lost_or_changed(sizes: list[int]) -> None:
    pcm = np.arange(sum(sizes), dtype=np.int64).astype(np.int16)
    framer = Framer()
    frames = [frame for piece in np.split(pcm, np.cumsum(sizes)[:-1]) for frame in framer.push(piece)]
    assert all(len(frame) == FRAME_SAMPLES for frame in frames)
    assert len(frames) == len(pcm) // FRAME_SAMPLES
    joined = np.concatenate([np.zeros(0, np.int16), *frames])
    np.testing.assert_array_equal(joined, pcm[: len(joined)])
