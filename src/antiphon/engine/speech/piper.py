"""Piper, the neural voice. Runs in the voice worker alone: piper-tts is GPL-3.

A clause becomes samples at the model's rate, with each word's place from the model's own phoneme durations.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from piper import AudioChunk, PiperVoice, SynthesisConfig
from piper.config import PiperConfig

from antiphon.engine.speech.onnx_session import open_session
from antiphon.engine.speech.piper_durations import with_durations
from antiphon.engine.speech.word_timing import Phone, Span, in_proportion, place_words


class Piper:
    """One loaded voice.

    Args:
        model: the .onnx file; its .onnx.json lies beside it.
        threads: of inference.

    Attributes:
        rate_hz: of the samples.
    """

    def __init__(self, model: Path, threads: int) -> None:
        config = json.loads(model.with_name(model.name + ".json").read_text("utf-8"))
        weights = model.read_bytes()
        # A voice without durations speaks all the same: its words are placed by their length.
        with contextlib.suppress(ValueError):
            weights = with_durations(weights)
        self._voice = PiperVoice(config=PiperConfig.from_dict(config), session=open_session(weights, threads))
        self.rate_hz: int = self._voice.config.sample_rate
        self._phonemes = lru_cache(maxsize=4096)(self._phonemes_of)

    def speak(self, said: Sequence[str], speed: float) -> tuple[NDArray[np.float32], list[Span]]:
        """Speaks a clause.

        Args:
            said: what is to be said for each word; "" for nothing.
            speed: 1 is the voice's own.

        Returns:
            Samples (±1) at `rate_hz`, shape (n,), and each word's span in samples.
        """
        text = " ".join(word for word in said if word)
        pieces: list[NDArray[np.float32]] = []
        phones: list[Phone] | None = []
        at = 0
        config = SynthesisConfig(length_scale=self._voice.config.length_scale / speed, normalize_audio=False)
        for chunk in self._voice.synthesize(text, config, include_alignments=True):
            if not chunk.phoneme_alignments:
                phones = None
            elif phones is not None:
                phones += _phones(chunk, at)
            pieces.append(np.asarray(chunk.audio_float_array, np.float32))
            at += len(pieces[-1])
        samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        spans = place_words([self._phonemes(word) for word in said], phones) if phones else None
        return samples, spans or in_proportion(said, 0, len(samples))

    def _phonemes_of(self, word: str) -> str:
        return "".join(c for sentence in self._voice.phonemize(word) for c in sentence) if word else ""


def _phones(chunk: AudioChunk, at: float) -> Iterator[Phone]:
    for alignment in chunk.phoneme_alignments or []:
        end = at + float(alignment.num_samples)
        yield alignment.phoneme, at, end
        at = end
