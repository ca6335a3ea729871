"""Where the words of a clause stand in its audio."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

Span = tuple[float, float]
"""Start and end, in samples."""

Phone = tuple[str, float, float]
"""A phoneme as it was spoken, with its start and end in samples."""


def place_words(said: Sequence[str], spoken: Sequence[Phone]) -> list[Span] | None:
    """Finds each word in what was spoken.

    A voice reads words together otherwise than apart ("Main street" as one, "the" with another vowel), so that
    neither words nor phonemes can be counted off: the words' own phonemes are matched with those that were spoken,
    and what lies between two matches is shared out.

    Args:
        said: the phonemes of each word, said by itself; "" for a word that is not spoken.
        spoken: what was spoken, in order.

    Returns:
        A span for each word; None if nothing was spoken. A word without phonemes gets an empty span.
    """
    heard = [(letter, start, end) for phone, start, end in spoken for letter in _letters(phone)]
    letters = [_letters(word) for word in said]
    together = "".join(letters)
    if not heard or not together:
        return None
    places = _match(together, "".join(letter for letter, _, _ in heard))
    spans: list[Span] = []
    index, end_at = 0, heard[0][1]
    for word in letters:
        if not word:
            spans.append((end_at, end_at))
            continue
        first = min(round(places[index]), len(heard) - 1)
        last = max(min(round(places[index + len(word)]), len(heard)) - 1, first)
        index += len(word)
        start_at = max(heard[first][1], end_at)
        end_at = max(heard[last][2], start_at)
        spans.append((start_at, end_at))
    return spans


def in_proportion(said: Sequence[str], start: float, end: float) -> list[Span]:
    """The words one after the other between two places, each as long as it has letters."""
    weights = [len(word) + 1 if word else 0 for word in said]
    scale = (end - start) / max(sum(weights), 1)
    spans: list[Span] = []
    at = start
    for weight in weights:
        spans.append((at, at + weight * scale))
        at += weight * scale
    return spans


def _letters(phonemes: str) -> str:
    """Phonemes without stress, length, breaks and punctuation, which come and go with the context."""
    plain = unicodedata.normalize("NFD", phonemes)
    return "".join(c for c in plain if c.isalpha() and unicodedata.category(c) != "Lm")


def _match(ours: str, theirs: str) -> list[float]:
    """For each place in `ours` (its end included) the place in `theirs`; monotone."""
    anchors = [(0, 0)]
    for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        anchors += [(block.a, block.b), (block.a + block.size, block.b + block.size)]
    anchors[-1] = (len(ours), len(theirs))
    places: list[float] = []
    for (a0, b0), (a1, b1) in zip(anchors, anchors[1:], strict=False):
        places += [b0 + (b1 - b0) * (a - a0) / (a1 - a0) for a in range(a0, a1)]
    return [*places, float(len(theirs))]
