"""A caller who sounds like a person: Kokoro-82M (8 bits), in an American woman's voice and a British man's.

    kokoro("I would like to book a table")                  "heart": a woman's, American
    kokoro("and the name is Hargreaves", "george")          a man's, British

Synthetic, and labelled so. The same words give the same samples on the same kind of processor: the model draws no random numbers.
It takes about half as long as its speech lasts, on one thread; what was said once is kept in `cache_dir()`.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tests.support.clip import Clip, read_wav, write_wav
from tests.support.kokoro_parts import MODEL_SHA256, VOICES, model
from tests.support.kokoro_phonemes import ids, phonemes
from tests.support.speech import cache_dir

KOKORO_HZ = 24_000
SPEEDS = (0.5, 2.0)
"""The slowest and the fastest that still sound like speech."""
_STYLE = 256


@cache
def kokoro(text: str, voice: str = "heart", rate_hz: int = 16_000, speed: float = 1.0) -> Clip:
    """A phrase in one of Kokoro's voices, trimmed. Synthetic.

    Args:
        text: English, at most some 80 words.
        voice: a name in VOICES.
        rate_hz: the sample rate wanted.
        speed: 0.8 takes a quarter longer than 1.

    Raises:
        MissingPartError, ModelDigestError: the model or the voice is not installed, or is another.
        ValueError: no such voice; a speed out of range; a text that is empty, too long, or not English.
    """
    if voice not in VOICES:
        raise ValueError(f"kokoro has no voice {voice!r} here, but: {', '.join(VOICES)}")
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise ValueError(f"kokoro's speed must be from {SPEEDS[0]} to {SPEEDS[1]}, not {speed}")
    said = phonemes(text, british=VOICES[voice].british)
    numbers = ids(said)
    # All that decides the samples: what changes how texts are read does not find an old clip.
    key = hashlib.sha256(f"{MODEL_SHA256}|{VOICES[voice].sha256}|{speed}|{said}".encode()).hexdigest()[:24]
    target = cache_dir() / f"kokoro-{key}.wav"
    if not target.exists():
        part = target.with_suffix(f".{os.getpid()}.wav")
        write_wav(part, _synthesised(numbers, voice, speed), KOKORO_HZ)
        part.replace(target)
    return read_wav(target).labelled(text, f"synthetic: kokoro {voice}").trimmed().at_rate(rate_hz)


@cache
def _session() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model(), options, providers=["CPUExecutionProvider"])


@cache
def _styles(voice: str) -> NDArray[np.float32]:
    """Row n: the voice's style for a text of n + 1 phonemes."""
    return np.frombuffer(VOICES[voice].content(), "<f4").reshape(-1, _STYLE)


def _synthesised(numbers: list[int], voice: str, speed: float) -> NDArray[np.int16]:
    (audio,) = _session().run(
        None,
        {
            "tokens": np.array([[0, *numbers, 0]], np.int64),  # padded, as it was trained
            "style": _styles(voice)[len(numbers) - 1][None],
            "speed": np.array([speed], np.float32),
        },
    )
    samples: NDArray[np.float32] = audio.ravel()
    return (np.clip(samples, -1, 1) * 32767).round().astype(np.int16)


__all__ = ["KOKORO_HZ", "VOICES", "kokoro"]
