"""Where the words of a clause stand in its audio."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Placed = tuple[str, float, float]
"""A word with its start and end, in samples."""


def place_words(
    text: str,
    groups: Sequence[tuple[float, float]],
    groups_of: Callable[[str], int],
    total: int,
) -> list[Placed]:
    """Joins spoken groups of phonemes to written words.

    A written word is spoken as one group or more ("7:30" as two) or none ("-"). When the counts disagree (the voice reads words together
    differently than apart) the words share the time in proportion to their length.

    Args:
        text: the clause.
        groups: start and end of each spoken group, in samples.
        groups_of: how many groups a written word has by itself.
        total: the clip's length in samples.
    """
    words = text.split()
    if not words:
        return []
    counts = [groups_of(word) for word in words]
    if not groups or sum(counts) != len(groups):
        span = (groups[0][0], groups[-1][1]) if groups else (0.0, float(total))
        return in_proportion(words, *span)
    placed: list[Placed] = []
    index = 0
    end = groups[0][0]
    for word, count in zip(words, counts, strict=True):
        start = groups[index][0] if count else end
        if count:
            end = groups[index + count - 1][1]
        placed.append((word, start, end))
        index += count
    return placed


def in_proportion(words: Sequence[str], start: float, end: float) -> list[Placed]:
    """The words one after the other between two places, each as long as it has letters."""
    weights = [len(word) + 1 for word in words]
    scale = (end - start) / sum(weights)
    placed: list[Placed] = []
    at = start
    for word, weight in zip(words, weights, strict=True):
        placed.append((word, at, at + weight * scale))
        at += weight * scale
    return placed
