"""silero's VAD model: 0.3 ms a window, cheap enough for the event loop. The state machine over it is `turns/vad.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16

WINDOW_SAMPLES = 512
CONTEXT_SAMPLES = 64
"""The end of the window before, which the model wants in front of each."""

_RATE = np.array(RECOGNISER_HZ, np.int64)


class SileroModel:
    """The loaded weights, shared by all calls. Thread-safe; `stream` gives each call its own state."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def stream(self) -> SileroStream:
        """A fresh state for one stream of audio."""
        return SileroStream(self._session)


class SileroStream:
    """`parts.SpeechProbability` for one stream."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = np.zeros((1, CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)
        self._state: NDArray[np.float32] = np.zeros((2, 1, 128), np.float32)

    def __call__(self, window: Pcm16) -> float:
        """The probability of speech in 512 samples.

        Raises:
            ValueError: the window has another length.
        """
        if len(window) != WINDOW_SAMPLES:
            raise ValueError(f"a VAD window has {WINDOW_SAMPLES} samples, this one {len(window)}")
        self._input[0, :CONTEXT_SAMPLES] = self._input[0, -CONTEXT_SAMPLES:]
        self._input[0, CONTEXT_SAMPLES:] = window
        self._input[0, CONTEXT_SAMPLES:] /= 32768
        output, self._state = self._session.run(
            None, {"input": self._input, "state": self._state, "sr": _RATE}
        )
        return float(output[0, 0])

    def reset(self) -> None:
        """Forgets the stream."""
        self._input[:] = 0
        self._state = np.zeros((2, 1, 128), np.float32)
