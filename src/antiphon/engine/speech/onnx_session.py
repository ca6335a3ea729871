"""onnxruntime sessions as the engine wants them: few threads, no spinning, quiet."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import onnxruntime


def open_session(model: Path | bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A CPU session for a model file or its bytes.

    Raises:
        Exception: onnxruntime's own, if the model is not one.
    """
    if isinstance(model, bytes) and sys.platform == "linux":
        # From bytes the session keeps a second copy of the weights, 60 MB of a voice; from a file it does not.
        with os.fdopen(os.memfd_create("model"), "wb") as memory:
            memory.write(model)
            memory.flush()
            return _session(f"/proc/self/fd/{memory.fileno()}", threads)
    return _session(model if isinstance(model, bytes) else str(model), threads)


def _session(source: str | bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin while they wait take the cores from the calls beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
