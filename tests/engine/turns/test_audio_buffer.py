"""Positions in the stream stay what they are."""

from __future__ import annotations

import numpy as np

from antiphon.engine.turns.audio_buffer import AudioBuffer


def test_positions_survive_forgetting() -> None:
    buffer = AudioBuffer()
    samples = np.arange(16 * 1000, dtype=np.int16)
    for first in range(0, len(samples), 320):
        buffer.append(samples[first : first + 320])
    assert buffer.end_ms == 1000
    assert np.array_equal(buffer.slice(100, 200), samples[1600:3200])
    buffer.forget_before(500)
    assert (buffer.start_ms, buffer.end_ms) == (500, 1000)
    assert np.array_equal(buffer.slice(600, 700), samples[9600:11200])
    assert np.array_equal(buffer.slice(400, 510), samples[8000:8160]), "what is gone is left out"
    assert len(buffer.slice(0, 400)) == 0
    buffer.forget_before(5000)
    assert buffer.end_ms == 1000
