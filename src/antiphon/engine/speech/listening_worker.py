"""A listening worker: the recogniser or the end-of-turn model, in a process of its own.

python -m antiphon.engine.speech.listening_worker recogniser DIRECTORY THREADS
python -m antiphon.engine.speech.listening_worker end_of_turn MODEL.onnx THREADS
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from antiphon.engine.speech import framing, worker
from antiphon.engine.speech.parts import RECOGNISER_HZ

Answerer = Callable[[framing.Request], framing.Answer]


def load(arguments: list[str]) -> tuple[str, Answerer]:
    """Loads and warms the model that the command line names."""
    kind, path, threads = arguments[0], Path(arguments[1]), int(arguments[2])
    return _load_recogniser(path, threads) if kind == "recogniser" else _load_end_of_turn(path, threads)


def _load_recogniser(directory: Path, threads: int) -> tuple[str, Answerer]:
    from antiphon.engine.speech.whisper import Whisper

    model = Whisper(directory, threads)
    rng = np.random.default_rng(0)
    model.recognise((rng.standard_normal(2 * RECOGNISER_HZ) * 1000).astype(np.int16))

    def answer(request: framing.Request) -> framing.Answer:
        if not isinstance(request, framing.RecogniseRequest):
            return framing.Failed(f"the recogniser does not take {type(request).__name__}")
        heard = model.recognise(np.frombuffer(request.pcm, np.int16), request.vocabulary)
        return framing.Recognised(
            heard.text,
            heard.rejected,
            heard.written,
            heard.avg_logprob,
            heard.no_speech_prob,
            heard.compute_ms,
        )

    return "Whisper", answer


def _load_end_of_turn(path: Path, threads: int) -> tuple[str, Answerer]:
    from antiphon.engine.speech.smart_turn import SmartTurn

    model = SmartTurn(path, threads)
    model.probability(np.zeros(RECOGNISER_HZ, np.int16))

    def answer(request: framing.Request) -> framing.Answer:
        if not isinstance(request, framing.JudgeRequest):
            return framing.Failed(f"the end-of-turn model does not take {type(request).__name__}")
        return framing.Judged(model.probability(np.frombuffer(request.pcm, np.int16)))

    return "Smart Turn v3.2", answer


if __name__ == "__main__":
    worker.run(lambda: load(sys.argv[1:]))
