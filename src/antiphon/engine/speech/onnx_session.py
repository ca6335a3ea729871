"""onnxruntime sessions as the engine wants them: few threads, no spinning, quiet."""

from __future__ import annotations

from pathlib import Path

import onnxruntime


def open_session(model: Path | bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A CPU session for a model file or its bytes.

    Raises:
        Exception: onnxruntime's own, if the model is not one.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin while they wait take the cores from the calls beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
