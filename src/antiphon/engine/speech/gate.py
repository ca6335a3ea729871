"""Tells words from what a recogniser invents on noise, coughs, music and silence."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

NO_SPEECH = 0.62
"""Above it nothing counts. Measured over 645 recordings of prompts, some 36 dB quieter: never above 0.42; noises,
coughs, hum, knocks and chords: 0.64…0.92; recorded music: from 0.50."""
CERTAIN, DOUBTFUL = 0.30, 0.48
"""Between them the words must be surer, the less certain it is that there is speech: screaming monkeys reach 0.44."""
UNSURE_LOGPROB, DOUBTFUL_LOGPROB = -2.2, -0.8
"""The least mean log-probability up to CERTAIN, and from DOUBTFUL on. A single word that is right falls to -2.0."""
REPETITIVE = 2.4
"""Length over compressed length; Whisper's own measure and limit."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the recogniser knows about the text it wrote.

    Attributes:
        text: the text.
        avg_logprob: mean log-probability of its words' tokens (timestamps left out).
        no_speech_prob: the model's estimate that there is no speech, 0…1.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float


def rejects(evidence: Evidence) -> str:
    """Why the text is no speech; "" if it is."""
    text = evidence.text
    if not any(c.isalnum() for c in text):
        return "no words"
    if text[0] in "([*♪" and text[-1] in ")]*♪":
        return "a sound's description"
    if evidence.no_speech_prob > NO_SPEECH:
        return "no speech"
    if evidence.avg_logprob < _least_logprob(evidence.no_speech_prob):
        return "unsure"
    if _compression(text) > REPETITIVE:
        return "repeats itself"
    return ""


def _least_logprob(no_speech_prob: float) -> float:
    doubt = min(max((no_speech_prob - CERTAIN) / (DOUBTFUL - CERTAIN), 0.0), 1.0)
    return UNSURE_LOGPROB + doubt * (DOUBTFUL_LOGPROB - UNSURE_LOGPROB)


def _compression(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw))
