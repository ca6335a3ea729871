"""Smart Turn v3: from the audio alone, how probably the speaker has finished.

Input as the model was trained (pipecat's `local_smart_turn_v3`, BSD-2, whose preprocessing a test compares): the last
8 s at 16 kHz, shorter turns with zeros in front, brought to zero mean and unit variance, then Whisper's log-mel.
Runs inside a worker.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from antiphon.engine.speech.logmel import log_mel
from antiphon.engine.speech.onnx_session import open_session
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16

WINDOW_SAMPLES = 8 * RECOGNISER_HZ


def features(pcm: Pcm16) -> NDArray[np.float32]:
    """The model's input for a turn's audio; shape (1, 80, 800)."""
    window = np.zeros(WINDOW_SAMPLES, np.float32)
    tail = pcm[-WINDOW_SAMPLES:]
    if len(tail):
        window[-len(tail) :] = tail.astype(np.float32) / 32768
    return log_mel((window - window.mean()) / np.sqrt(window.var() + 1e-7))[None]


class SmartTurn:
    """A loaded model."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._session: onnxruntime.InferenceSession = open_session(path, threads)

    def probability(self, pcm: Pcm16) -> float:
        """0…1 that the turn is complete."""
        (output,) = self._session.run(None, {"input_features": features(pcm)})
        return float(np.asarray(output).reshape(-1)[0])
