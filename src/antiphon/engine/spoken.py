"""A reply's audio on one timeline: which words lie where, for pacing, truncation and going on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from antiphon.engine.reply import Clause, Reply
from antiphon.engine.speech.parts import VOICE_HZ, Pcm16

HEARD_SHARE = 2 / 3
"""A word counts as heard when this much of it was played."""

SAMPLES_PER_MS = VOICE_HZ / 1000


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on the reply's timeline, in milliseconds from its start."""

    text: str
    start_ms: float
    end_ms: float

    @property
    def heard_at_ms(self) -> float:
        """Where the word counts as heard."""
        return self.start_ms + (self.end_ms - self.start_ms) * HEARD_SHARE


def words(reply: Reply) -> Iterator[PlacedWord]:
    """The words of the clauses that have audio, in order, up to the first clause that is still awaited."""
    at_ms = 0.0
    for clause in reply.clauses:
        if clause.clip is None:
            if not clause.failed:
                return
            for text in clause.text.split():  # shown, though no voice could speak it
                yield PlacedWord(text, at_ms, at_ms)
            continue
        for word in clause.clip.words:
            yield PlacedWord(word.text, at_ms + word.start_ms, at_ms + word.end_ms)
        at_ms += clause.clip.duration_ms


def split_heard(reply: Reply, start_ms: float, heard_ms: float) -> tuple[str, str, float]:
    """What the caller heard of a reply that was played from `start_ms` to `heard_ms` of its timeline.

    Returns:
        The words heard, the words not heard (clauses without audio yet included), and where on the timeline the first unheard
        word begins.
    """
    heard: list[str] = []
    unheard: list[str] = []
    resume_ms: float | None = None
    for word in words(reply):
        if word.start_ms < start_ms:
            continue  # of an earlier response with the same reply
        if resume_ms is None and word.heard_at_ms <= heard_ms:
            heard.append(word.text)
        else:
            if resume_ms is None:
                resume_ms = word.start_ms
            unheard.append(word.text)
    unheard.extend(clause.text for clause in awaited(reply))
    if resume_ms is None:
        resume_ms = available_ms(reply)
    return " ".join(heard), " ".join(unheard), resume_ms


def awaited(reply: Reply) -> list[Clause]:
    """The clauses from the first one that has no audio yet."""
    for index, clause in enumerate(reply.clauses):
        if not clause.settled:
            return reply.clauses[index:]
    return []


def available_ms(reply: Reply) -> float:
    """How much audio is there without a gap."""
    total = 0.0
    for clause in reply.clauses:
        if not clause.settled:
            break
        total += clause.clip.duration_ms if clause.clip is not None else 0.0
    return total


def audio(reply: Reply, start_ms: float, end_ms: float) -> Pcm16:
    """The samples between two places on the timeline (int16 at VOICE_HZ)."""
    parts: list[Pcm16] = []
    at = 0
    first, last = round(start_ms * SAMPLES_PER_MS), round(end_ms * SAMPLES_PER_MS)
    for clause in reply.clauses:
        if not clause.settled:
            break
        if clause.clip is None:
            continue
        length = len(clause.clip.pcm)
        if at + length > first and at < last:
            parts.append(clause.clip.pcm[max(0, first - at) : last - at])
        at += length
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
