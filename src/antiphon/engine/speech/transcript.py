"""From Whisper's tokens to the words that were said: cut where the clip ended, repetitions undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TIMESTAMP_S = 0.02
"""A timestamp token counts these."""
AT_THE_END_S = 0.12
"""A timestamp this close to the clip's end is the end: they are a little early at times."""
ONE_TOKEN_TIMES = 4
SEGMENT_TOKENS = 4
"""A segment of so many that is the same as the one before was said once: the model lost its place. Shorter ones ("no, no") are said."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids that have a meaning of their own: words are below `end`, timestamps at or above `first_timestamp`."""

    end: int
    first_timestamp: int


def words_within(tokens: Sequence[int], ids: Vocabulary, clip_s: float, window_s: float) -> list[int]:
    """The tokens of the words that the clip holds.

    The model writes segments between timestamps. All count until a timestamp reaches the clip's end, also after
    a pause; what comes then is invented, and so is a longer segment that repeats the one before. Where no such
    timestamp comes, or an impossible one, the model has lost its place and says the same again until it is stopped:
    then one saying is kept.

    Args:
        tokens: what the model wrote.
        ids: which tokens are timestamps.
        clip_s: length of the audio.
        window_s: of the window that the model saw.
    """
    kept: list[int] = []
    before: list[int] = []
    since_timestamp = 0
    for token in tokens:
        if token < ids.end:
            kept.append(token)
            since_timestamp += 1
        elif token >= ids.first_timestamp:
            if since_timestamp:
                segment = kept[-since_timestamp:]
                if len(segment) >= SEGMENT_TOKENS and segment == before:
                    del kept[-since_timestamp:]
                before = segment
            at_s = (token - ids.first_timestamp) * TIMESTAMP_S
            if since_timestamp and at_s >= clip_s - AT_THE_END_S:
                return once(kept) if at_s > window_s else kept
            since_timestamp = 0
    return once(kept) if since_timestamp else kept


def once(tokens: list[int]) -> list[int]:
    """A list that ends in the same saying over and over, with one of these sayings: a b c b c b → a b c.

    Two whole sayings at least, up to the very end (the last may be cut short); of a single token four, for people
    do say "3 3" at the end of a telephone number.
    """
    for start in range(len(tokens)):
        for length in range(1, (len(tokens) - start) // 2 + 1):
            if length == 1 and len(tokens) - start < ONE_TOKEN_TIMES:
                continue
            if all(tokens[i] == tokens[i - length] for i in range(start + length, len(tokens))):
                return tokens[: start + length]
    return tokens
