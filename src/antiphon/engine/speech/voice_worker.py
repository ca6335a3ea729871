"""The voice worker: Piper, and espeak-ng when Piper fails or is not there. A process of its own (GPL-3).

python -m antiphon.engine.speech.voice_worker piper MODEL.onnx THREADS
python -m antiphon.engine.speech.voice_worker espeak
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.speech import framing, worker
from antiphon.engine.speech.clip_edges import finish
from antiphon.engine.speech.word_timing import Placed

log = logging.getLogger(__name__)

WARM_UP = "Good morning, how can I help?"


class _Speaker(Protocol):
    rate_hz: int

    def speak(self, text: str, speed: float) -> tuple[NDArray[np.float32], list[Placed]]: ...


class VoiceWorker:
    """Speaks with the first voice that can."""

    def __init__(self, speakers: list[tuple[str, _Speaker]]) -> None:
        self._speakers = speakers

    def answer(self, request: framing.Request) -> framing.Answer:
        """Speaks a clause."""
        if not isinstance(request, framing.SpeakRequest):
            return framing.Failed(f"the voice worker does not take {type(request).__name__}")
        begun = time.perf_counter()
        failures: list[str] = []
        for name, speaker in self._speakers:
            try:
                samples, words = speaker.speak(request.text, request.speed)
            except Exception as error:
                log.exception("%s failed", name)
                failures.append(f"{name}: {error}")
                continue
            pcm, placed = finish(samples, speaker.rate_hz, words, request.text)
            return framing.Spoken(pcm.tobytes(), placed, name, (time.perf_counter() - begun) * 1000)
        return framing.Failed("; ".join(failures))


def load(arguments: list[str]) -> tuple[str, VoiceWorker]:
    """Loads the voices that the command line names."""
    from antiphon.engine.speech.espeak import Espeak

    speakers: list[tuple[str, _Speaker]] = []
    description = "espeak-ng"
    if arguments[0] == "piper":
        from antiphon.engine.speech.piper import Piper

        model = Path(arguments[1])
        speakers.append(("piper", Piper(model, int(arguments[2]))))
        description = f"Piper {model.stem}"
    speakers.append(("espeak", Espeak()))
    voice = VoiceWorker(speakers)
    for _, speaker in speakers:
        speaker.speak(WARM_UP, 1.0)
    return description, voice


def _main() -> None:
    def loaded() -> tuple[str, object]:
        description, voice = load(sys.argv[1:])
        return description, voice.answer

    worker.run(loaded)  # type: ignore[arg-type]


if __name__ == "__main__":
    _main()
