"""The VAD model, silero v5: the probability of speech in each 32 ms window.

Cheap enough (0.1–0.3 ms) to run in the event loop. The state machine over these probabilities is `engine/turns/vad.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from antiphon.engine.speech.onnx_session import open_session
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16

WINDOW_SAMPLES = 512
_CONTEXT_SAMPLES = 64
"""The model sees the end of the window before, too."""
_RATE = np.array(RECOGNISER_HZ, dtype=np.int64)


class SileroModel:
    """The loaded model, shared by all streams."""

    def __init__(self, path: Path) -> None:
        self._session = open_session(path)

    def stream(self) -> SileroStream:
        """A fresh stream."""
        return SileroStream(self._session)


class SileroStream:
    """One stream's state (`SpeechProbability`)."""

    def __init__(self, model: onnxruntime.InferenceSession) -> None:
        self._session = model
        self.reset()

    def reset(self) -> None:
        """Forgets the stream."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._input = np.zeros((1, _CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)

    def __call__(self, window: Pcm16) -> float:
        """The probability (0…1) that this window (512 samples at 16 kHz) holds speech.

        Raises:
            ValueError: the window has another length.
        """
        if len(window) != WINDOW_SAMPLES:
            raise ValueError(f"a window has {WINDOW_SAMPLES} samples, not {len(window)}")
        self._input[0, :_CONTEXT_SAMPLES] = self._input[0, -_CONTEXT_SAMPLES:]
        self._input[0, _CONTEXT_SAMPLES:] = window
        self._input[0, _CONTEXT_SAMPLES:] /= 32768
        output, self._state = self._session.run(
            None, {"input": self._input, "state": self._state, "sr": _RATE}
        )
        return float(output.item())
