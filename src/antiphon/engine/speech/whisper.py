"""The recogniser: Whisper for CTranslate2, decoding short pieces in a fraction of the stock time.

Stock Whisper pads every piece to 30 s. Here the features are cut to the piece plus 2 s (at least 8 s): five times
quicker. The price is that the decoder, no longer seeing the long silence that it was trained on, goes on after the
words; timestamps tell where the clip ended, so all that it writes after a timestamp at the clip's end is dropped.
It is told nothing beforehand: with a question, likely words or the words before as its prompt, 34 answers had 5 to
42 % errors instead of 3 %. It is asked afterwards whether an expected word fits as well as what it wrote (`rescoring`).
Runs inside a worker; nothing here knows of asyncio.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from antiphon.audio.levels import FULL_SCALE, raised, sound_edges
from antiphon.engine.speech.gate import Evidence, rejects
from antiphon.engine.speech.logmel import HOP_SAMPLES, MEL_BANDS, log_mel
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16, Recognition
from antiphon.engine.speech.rescoring import Heard, Rescorer
from antiphon.engine.speech.transcript import Vocabulary, words_within

MARGIN_S = 2.0
"""Silence behind the speech: less, and the decoder runs on; more only costs time."""
MIN_WINDOW_S = 8.0
"""With 5 s the error rate rose from 4.6 to 7.3 %."""
MAX_WINDOW_S = 30.0
LEAD_S = 0.5
"""Quiet before the speech. Without any, the error rate was 6.6 instead of 4.6 %: the first word suffers."""
TOKENS_MIN, TOKENS_PER_S = 10, 7
"""Where a decoder that repeats itself is stopped. Quick speech with punctuation and timestamps reaches 6 a second."""
_MOST_TOKENS = 448
NOTHING_LOGPROB = -9.0
"""For no words at all."""
PROMPT_TOKENS = 120
"""Of the likely words, most likely first: each costs a little time, and later ones count for less."""
_DITHER = np.random.default_rng(0).standard_normal(int(MAX_WINDOW_S * RECOGNISER_HZ), np.float32) * (
    10 / FULL_SCALE
)
"""Faint noise under everything: digital silence, which the model never heard in training, makes it repeat itself."""


def conditioned(pcm: Pcm16) -> NDArray[np.float32]:
    """A piece as the model likes it: raised to a common level, with LEAD_S of quiet before its first sound."""
    samples = raised(pcm.astype(np.float32) / FULL_SCALE, peak=0.5, max_gain=30.0)
    lead = int(LEAD_S * RECOGNISER_HZ) - sound_edges(samples, RECOGNISER_HZ)[0]
    return np.concatenate([np.zeros(max(lead, 0), np.float32), samples])[: int(MAX_WINDOW_S * RECOGNISER_HZ)]


def _window_s(clip_s: float) -> float:
    """How much the model is shown of a clip and the quiet behind it."""
    return min(max(clip_s + MARGIN_S, MIN_WINDOW_S), MAX_WINDOW_S)


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
        self._ids = Vocabulary(self._id("<|endoftext|>"), self._id("<|notimestamps|>") + 1)
        start = self._id("<|startoftranscript|>")
        self._prompt = (
            [start, self._id("<|en|>"), self._id("<|transcribe|>")]
            if self._model.is_multilingual
            else [start]
        )
        self._rescorer = Rescorer(
            self._model, self._tokens, start=self._prompt, end=self._ids.end, prompted=self._with_prompt
        )

    def _id(self, token: str) -> int:
        found: int | None = self._tokens.token_to_id(token)
        if found is None:
            raise ValueError(f"the tokenizer has no {token}: this is not a Whisper model")
        return found

    def recognise(self, pcm: Pcm16, vocabulary: Sequence[str] = ()) -> Recognition:
        """Recognises one piece: samples at 16 kHz, at most 30 s (more is cut off).

        Args:
            pcm: the piece.
            vocabulary: what will probably be said. One of these is taken for a word that the model is not sure of, if the audio
                fits it about as well.
        """
        began = time.perf_counter()
        samples = conditioned(pcm)
        clip_s = len(samples) / RECOGNISER_HZ
        encoded = self._model.encode(ctranslate2.StorageView.from_array(self._features(samples)))
        result = self._generate(encoded, clip_s)
        tokens, text = self._words(result, clip_s)
        logprobs = self._logprobs(result, len(tokens))
        avg_logprob = float(np.mean(logprobs)) if logprobs else NOTHING_LOGPROB
        rejected = rejects(Evidence(text, avg_logprob, float(result.no_speech_prob)))
        heard = Heard(text, tokens, logprobs, encoded, clip_s)
        likelier = self._rescorer.likelier(heard, vocabulary) if vocabulary and not rejected else ""
        return Recognition(
            text="" if rejected else likelier or text,
            rejected=f"{rejected}: {text}" if rejected else "",
            written=text if likelier else "",
            avg_logprob=avg_logprob,
            no_speech_prob=float(result.no_speech_prob),
            compute_ms=(time.perf_counter() - began) * 1000,
        )

    def _words(
        self, result: ctranslate2.models.WhisperGenerationResult, clip_s: float
    ) -> tuple[list[int], str]:
        """The words' tokens and the text."""
        tokens = words_within(result.sequences_ids[0], self._ids, clip_s, _window_s(clip_s))
        return tokens, self._tokens.decode(tokens).strip()

    def _with_prompt(self, heard: Heard, prompt: str) -> str:
        """What the model writes of a piece when it believes to have written the prompt before."""
        before = self._tokens.encode(f" {prompt}", add_special_tokens=False).ids[:PROMPT_TOKENS]
        result = self._generate(heard.encoded, heard.clip_s, [self._id("<|startofprev|>"), *before])
        return self._words(result, heard.clip_s)[1]

    def _logprobs(self, result: ctranslate2.models.WhisperGenerationResult, words: int) -> list[float]:
        """Log-probabilities of the first `words` word tokens; timestamps, which are always unsure, left out."""
        sure: list[float] = []
        for token, logits in zip(result.sequences_ids[0], result.logits[0], strict=False):
            if len(sure) == words:
                break
            if token < self._ids.end:
                row = np.array(logits, dtype=np.float32).reshape(-1)
                top = float(row.max())
                sure.append(float(row[token]) - top - float(np.log(np.exp(row - top).sum())))
        return sure

    def _features(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The log-mel window; shape (1, bands, frames), frames even."""
        window_s = _window_s(len(samples) / RECOGNISER_HZ)
        padded = _DITHER[: int(window_s * RECOGNISER_HZ) // (2 * HOP_SAMPLES) * 2 * HOP_SAMPLES].copy()
        padded[: len(samples)] += samples[: len(padded)]
        return log_mel(padded, self._bands)[None]

    def _generate(
        self, encoded: ctranslate2.StorageView, clip_s: float, before: Sequence[int] = ()
    ) -> ctranslate2.models.WhisperGenerationResult:
        prompt = [*before, *self._prompt]
        most = int(TOKENS_MIN + TOKENS_PER_S * clip_s)
        return self._model.generate(
            encoded,
            [prompt],
            beam_size=1,
            # it takes half of this for the words, or what the prompt leaves, whichever is less
            max_length=min(max(2 * most, most + len(prompt)), _MOST_TOKENS),
            return_no_speech_prob=True,
            return_logits_vocab=True,
        )[0]
