"""The voice worker: Piper, and espeak-ng when Piper fails or is not there. A process of its own (GPL-3).

python -m antiphon.engine.speech.voice_worker piper MODEL.onnx THREADS
python -m antiphon.engine.speech.voice_worker espeak
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.speech import framing, worker
from antiphon.engine.speech.clip_edges import finish
from antiphon.engine.speech.say_as import say_as
from antiphon.engine.speech.word_timing import Span

log = logging.getLogger(__name__)

WARM_UP = "Good morning, how can I help?"
SLOWEST, FASTEST = 0.25, 2.0
"""The Realtime API allows 0.25…1.5."""


class _Speaker(Protocol):
    rate_hz: int

    def speak(self, said: Sequence[str], speed: float) -> tuple[NDArray[np.float32], list[Span]]: ...


class VoiceWorker:
    """Speaks with the first voice that can."""

    def __init__(self, speakers: list[tuple[str, _Speaker]]) -> None:
        self._speakers = speakers

    def answer(self, request: framing.Request) -> framing.Answer:
        """Speaks a clause."""
        if not isinstance(request, framing.SpeakRequest):
            return framing.Failed(f"the voice worker does not take {type(request).__name__}")
        begun = time.perf_counter()
        words = request.text.split()
        said = say_as(words)
        if not any(said):
            return framing.Spoken(b"", [(word, 0.0, 0.0) for word in words], "", 0.0)
        speed = min(max(request.speed, SLOWEST), FASTEST)
        failures: list[str] = []
        for name, speaker in self._speakers[-1:] if request.simple else self._speakers:
            try:
                samples, spans = speaker.speak(said, speed)
            except Exception as error:
                log.exception("%s failed", name)
                failures.append(f"{name}: {error}")
                continue
            pcm, places = finish(samples, speaker.rate_hz, spans, said[-1] or request.text)
            placed = [(word, start, end) for word, (start, end) in zip(words, places, strict=True)]
            return framing.Spoken(pcm.tobytes(), placed, name, (time.perf_counter() - begun) * 1000)
        return framing.Failed("; ".join(failures))


def load(arguments: list[str]) -> tuple[str, worker.Answerer]:
    """Loads the voices that the command line names."""
    from antiphon.engine.speech.espeak import Espeak

    speakers: list[tuple[str, _Speaker]] = []
    description = "espeak-ng"
    if arguments[0] == "piper":
        model = Path(arguments[1])
        try:
            from antiphon.engine.speech.piper import Piper

            speakers.append(("piper", Piper(model, int(arguments[2]))))
            description = f"Piper {model.stem}"
        except Exception as error:  # better another voice than none
            log.exception("Piper cannot be loaded")
            description = f"espeak-ng (Piper cannot be loaded: {error})"
    speakers.append(("espeak", Espeak()))
    voice = VoiceWorker(speakers)
    for _, speaker in speakers:
        speaker.speak(WARM_UP.split(), 1.0)
    return description, voice.answer


if __name__ == "__main__":
    logging.basicConfig()
    worker.run(lambda: load(sys.argv[1:]))
