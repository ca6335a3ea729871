"""Asks the model whether an expected word fits the audio as well as what it wrote.

The encoder's output is there already, and a text that is given is scored in one pass instead of word by word: 4 ms each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from antiphon.engine.speech.expected import Alternative, Expected, best

QUIET_S = 1.0
"""Quiet behind the speech that texts are scored against: all of it would double the time and change nothing."""
ENCODED_HZ = 50
"""The encoder's frames a second."""
UNSURE_LOGPROB = -9.0
"""For words whose tokens cannot be told apart."""
_LEAST_PROBABILITY = 1e-9


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model wrote of a piece.

    Attributes:
        text: the words.
        tokens: theirs.
        logprobs: of the tokens.
        encoded: the encoder's output; shape (1, frames, width).
        clip_s: how long the piece is.
    """

    text: str
    tokens: Sequence[int]
    logprobs: Sequence[float]
    encoded: ctranslate2.StorageView
    clip_s: float


@lru_cache(maxsize=64)
def _expected(vocabulary: tuple[str, ...]) -> Expected:
    return Expected(vocabulary)


class Prompter(Protocol):
    """Decodes a piece again."""

    def __call__(self, heard: Heard, prompt: str) -> str:
        """The words that the model writes of it with a text before."""
        ...


class Rescorer:
    """Puts expected words in the place of doubtful ones.

    Args:
        model: a Whisper model for CTranslate2.
        tokens: its tokenizer.
        start: the tokens that every text begins with.
        end: the token that ends one.
        prompted: decodes again.
    """

    def __init__(
        self,
        model: ctranslate2.models.Whisper,
        tokens: Tokenizer,
        *,
        start: list[int],
        end: int,
        prompted: Prompter,
    ) -> None:
        self._model = model
        self._tokens = tokens
        self._start = start
        self._end = end
        self._prompted = prompted

    def likelier(self, heard: Heard, vocabulary: Sequence[str]) -> str:
        """The text with an expected word where the model was unsure, "" if what it wrote stays."""
        expected, words = _expected(tuple(vocabulary)), heard.text.split()
        logprobs = self._least_by_word(words, heard)
        doubtful = expected.doubtful(words, logprobs)
        offered = expected.alternatives(words, doubtful)
        found = self._best(heard, offered)
        if not found and expected.missed(words, logprobs):
            prompted = expected.prompted(words, self._prompted(heard, expected.prompt))
            found = self._best(heard, [prompted]) if prompted is not None else ""
        return found

    def _best(self, heard: Heard, offered: Sequence[Alternative]) -> str:
        """The one that the audio supports more than what was written, "" if none."""
        if not offered:
            return ""
        written, *scores = self._likelihoods(heard, [heard.text, *(one.text for one in offered)])
        return best(written, list(zip(offered, scores, strict=True))) or ""

    def _least_by_word(self, words: Sequence[str], heard: Heard) -> list[float]:
        """Each word's least sure token's log-probability."""
        least: list[float] = []
        for token, logprob in zip(heard.tokens, heard.logprobs, strict=True):
            piece = self._tokens.decode([token])
            if piece.startswith(" ") or not least:
                least.append(0.0)
            if any(c.isalnum() for c in piece):
                least[-1] = min(least[-1], logprob)
        return least if len(least) == len(words) else [UNSURE_LOGPROB] * len(words)

    def _likelihoods(self, heard: Heard, texts: Sequence[str]) -> list[float]:
        """How likely the model holds each text, with nothing after it, to be what the audio says: sums of log-probabilities."""
        frames = np.array(heard.encoded)[:, : int((heard.clip_s + QUIET_S) * ENCODED_HZ)]
        batch = np.ascontiguousarray(np.repeat(frames, len(texts), axis=0))
        given = [
            [*self._tokens.encode(f" {text}", add_special_tokens=False).ids, self._end] for text in texts
        ]
        aligned = self._model.align(
            ctranslate2.StorageView.from_array(batch), self._start, given, [frames.shape[1]] * len(texts)
        )
        return [float(np.log(np.maximum(one.text_token_probs, _LEAST_PROBABILITY)).sum()) for one in aligned]
