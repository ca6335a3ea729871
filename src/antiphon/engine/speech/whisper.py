"""The recogniser: Whisper for CTranslate2, decoding short pieces in a fraction of the stock time.

Stock Whisper pads every piece to 30 s. Here the features are cut to the piece plus 2 s (at least 8 s): five times
quicker. The price is that the decoder, no longer seeing the long silence that it was trained on, goes on after the
words; timestamps tell where the clip ended, so all that it writes after a timestamp at the clip's end is dropped.
Runs inside a worker; nothing here knows of asyncio.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from antiphon.engine.speech.gate import Evidence, rejects
from antiphon.engine.speech.logmel import HOP_SAMPLES, MEL_BANDS, log_mel
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16, Recognition

MARGIN_S = 2.0
"""Silence behind the speech: less, and the decoder runs on; more only costs time."""
MIN_WINDOW_S = 8.0
"""With 5 s the error rate rose from 4.6 to 7.3 %."""
MAX_WINDOW_S = 30.0
_TIMESTAMP_S = 0.02
_AT_THE_END_S = 0.12
"""A timestamp this close to the clip's end is the end: they are a little early at times."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two timestamps; times in seconds from the piece's start."""

    start_s: float
    end_s: float
    tokens: tuple[int, ...]


class Whisper:
    """A loaded model.

    Args:
        directory: a CTranslate2 Whisper model with its `tokenizer.json`.
        threads: computing threads.

    Raises:
        RuntimeError, ValueError: the directory holds no such model.
    """

    def __init__(self, directory: Path, threads: int = 1) -> None:
        self._model = ctranslate2.models.Whisper(
            str(directory), device="cpu", compute_type="int8", intra_threads=threads, inter_threads=1
        )
        self._tokens = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._bands = int(self._model.n_mels) if hasattr(self._model, "n_mels") else MEL_BANDS
        self._end = self._id("<|endoftext|>")
        self._previous = self._id("<|startofprev|>")
        self._first_timestamp = self._id("<|notimestamps|>") + 1
        start = self._id("<|startoftranscript|>")
        self._prompt = (
            [start, self._id("<|en|>"), self._id("<|transcribe|>")] if self._model.is_multilingual else [start]
        )

    def _id(self, token: str) -> int:
        found: int | None = self._tokens.token_to_id(token)
        if found is None:
            raise ValueError(f"the tokenizer has no {token}: this is not a Whisper model")
        return found

    def recognise(self, pcm: Pcm16, *, prompt: str = "") -> Recognition:
        """Recognises one piece.

        Args:
            pcm: samples at 16 kHz, at most 30 s (more is cut off).
            prompt: text that the model is told stood before; "" for none.
        """
        began = time.perf_counter()
        samples = pcm[: int(MAX_WINDOW_S * RECOGNISER_HZ)].astype(np.float32) / 32768
        if len(samples) < HOP_SAMPLES * 2:
            return Recognition("", rejected="too short")
        clip_s = len(samples) / RECOGNISER_HZ
        result = self._generate(self._features(samples), clip_s, prompt)
        segments, spoken = self._segments(result.sequences_ids[0], clip_s)
        text = self._tokens.decode([t for s in segments for t in s.tokens]).strip()
        # CTranslate2's score is the sum over the tokens, divided by length ** length_penalty (1).
        avg_logprob = float(result.scores[0])
        evidence = Evidence(text, avg_logprob, float(result.no_speech_prob), clip_s, spoken)
        rejected = rejects(evidence)
        return Recognition(
            text="" if rejected else text,
            rejected=f"{rejected}: {text}" if rejected else "",
            avg_logprob=avg_logprob,
            no_speech_prob=float(result.no_speech_prob),
            compute_ms=(time.perf_counter() - began) * 1000,
        )

    def _features(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The log-mel window; shape (1, bands, frames), frames even."""
        clip_s = len(samples) / RECOGNISER_HZ
        window_s = min(max(clip_s + MARGIN_S, MIN_WINDOW_S), MAX_WINDOW_S)
        padded = np.zeros(int(window_s * RECOGNISER_HZ) // (2 * HOP_SAMPLES) * 2 * HOP_SAMPLES, np.float32)
        padded[: len(samples)] = samples[: len(padded)]
        return log_mel(padded, self._bands)[None]

    def _generate(
        self, features: NDArray[np.float32], clip_s: float, prompt: str
    ) -> ctranslate2.models.WhisperGenerationResult:
        tokens = list(self._prompt)
        if prompt:
            before = self._tokens.encode(" " + prompt.strip(), add_special_tokens=False).ids[-100:]
            tokens = [self._previous, *before, *tokens]
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features))
        return self._model.generate(
            encoded,
            [tokens],
            beam_size=1,
            max_length=min(len(tokens) + 14 + int(7 * clip_s), 448),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
        )[0]

    def _segments(self, tokens: list[int], clip_s: float) -> tuple[list[Segment], float]:
        """Segments until a timestamp reaches the clip's end, and the seconds that they cover."""
        segments: list[Segment] = []
        start_s, words = 0.0, list[int]()
        for token in tokens:
            if token < self._first_timestamp:
                if token < self._end:
                    words.append(token)
                continue
            at_s = (token - self._first_timestamp) * _TIMESTAMP_S
            if words:
                segments.append(Segment(start_s, at_s, tuple(words)))
                words = []
                if at_s >= clip_s - _AT_THE_END_S:
                    break
            start_s = at_s
        else:
            if words:  # no closing timestamp: the length limit cut it off
                segments.append(Segment(start_s, clip_s, tuple(words)))
        return segments, sum(s.end_s - s.start_s for s in segments)
