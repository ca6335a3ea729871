"""Smart Turn v3.2: from the sound of a turn's last 8 s, how probably it is over. Runs in the listening worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from antiphon.engine.speech.logmel import log_mel
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16

WINDOW_SAMPLES = 8 * RECOGNISER_HZ


class SmartTurn:
    """The loaded model.

    Args:
        path: of the .onnx file.
        threads: computing threads.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def probability(self, pcm: Pcm16) -> float:
        """0…1 for audio that ends in the pause in question (samples at 16 kHz, any length; silence stands before a short one)."""
        window = np.zeros(WINDOW_SAMPLES, np.float32)
        tail = pcm[-WINDOW_SAMPLES:]
        if len(tail):
            window[-len(tail) :] = tail.astype(np.float32) / 32768
        window = (window - window.mean()) / np.sqrt(window.var() + 1e-7)
        output = self._session.run(None, {"input_features": log_mel(window.astype(np.float32))[None]})
        return float(output[0][0, 0])
