"""Smart Turn: fed as it was trained, and right about plain cases."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from antiphon.engine.speech import models
from antiphon.engine.speech.smart_turn import WINDOW_SAMPLES, SmartTurn, features
from tests.support import speech
from tests.support.clip import silence


def reference() -> ModuleType:
    """Pipecat's own preprocessing, loaded from its file alone: the package is data to us."""
    (model,) = models.SMART_TURN.files
    folder = Path(str(model.find()).split("/data/")[0])
    spec = importlib.util.spec_from_file_location("reference", folder / "_whisper_features.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["vm-opts", "goodbye", "basic-pbx-ivr-main"])
def test_features_equal_the_reference(name: str) -> None:
    pcm = speech.recording(name).pcm
    wave = pcm[-WINDOW_SAMPLES:].astype(np.float32) / 32768
    wave = np.pad(wave, (WINDOW_SAMPLES - len(wave), 0))
    ours = features(pcm)
    assert ours.shape == (1, 80, 800)
    np.testing.assert_allclose(ours[0], reference().compute_whisper_log_mel_features(wave), atol=1e-4)


def paused(text: str, cut_ms: float = 0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    clip = speech.recording(text).trimmed()
    pcm = clip.pcm[: len(clip.pcm) - round(cut_ms * 16)]
    return np.concatenate([pcm, silence(200).pcm])


WHOLE = ("agent-pass", "vm-goodbye", "please-try-again", "conf-muted", "tt-weasels", "one-moment-please")


def test_whole_sentences_sound_finished_more_than_broken_ones(smart_turn: SmartTurn) -> None:
    whole = [smart_turn.probability(paused(name)) for name in WHOLE]
    broken = [smart_turn.probability(paused(name, cut_ms=450)) for name in WHOLE]
    assert np.median(whole) > 0.7
    assert np.median(broken) < 0.5
    assert all(0 <= p <= 1 for p in whole + broken)


def test_only_the_last_eight_seconds_count(smart_turn: SmartTurn) -> None:
    end = speech.recording("basic-pbx-ivr-main").pcm[-WINDOW_SAMPLES:]
    other = np.concatenate([speech.recording("vm-opts").pcm, end])
    assert smart_turn.probability(other) == smart_turn.probability(end)


def test_nothing_is_no_error(smart_turn: SmartTurn) -> None:
    assert 0 <= smart_turn.probability(np.zeros(0, np.int16)) <= 1
