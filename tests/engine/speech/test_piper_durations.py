"""A Piper model made to tell its phonemes' durations, as Piper's own tool does it."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.speech import models
from antiphon.engine.speech.piper_durations import with_durations


@pytest.fixture(scope="module")
def joe() -> bytes:
    return models.PIPER_JOE.verified().read_bytes()


def test_the_durations_add_up_to_the_audio(joe: bytes) -> None:
    session = onnxruntime.InferenceSession(with_durations(joe), providers=["CPUExecutionProvider"])
    ids = np.array([[1, 0, 20, 0, 59, 0, 24, 0, 27, 0, 100, 0, 2]], np.int64)
    fed = {
        "input": ids,
        "input_lengths": np.array([ids.shape[1]], np.int64),
        "scales": np.array([0.667, 1.0, 0.8], np.float32),
    }
    audio, durations = session.run(None, fed)
    assert np.asarray(durations).size == ids.size
    assert np.asarray(durations).sum() * 256 == np.asarray(audio).size  # 256 samples a step


def test_twice_is_once(joe: bytes) -> None:
    once = with_durations(joe)
    assert len(once) > len(joe)
    assert with_durations(once) is once


def test_a_model_without_durations_is_refused() -> None:
    with pytest.raises(ValueError, match="one tensor of durations"):
        with_durations(models.SILERO.verified().read_bytes())


@given(st.binary(max_size=200))
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        with_durations(content)
