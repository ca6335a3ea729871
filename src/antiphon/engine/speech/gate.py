"""Tells words from what a recogniser invents on noise, coughs, music and silence."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

NO_SPEECH = 0.62
"""Above it nothing counts. Measured over 380 recorded prompts, some 36 dB quieter: never above 0.42; noises, coughs,
hum, knocks and chords: 0.64…0.92."""
DOUBTFUL = 0.48
"""Above it the words must be sure: recorded music reaches down to 0.50, speech in loud noise up to 0.6."""
DOUBTFUL_LOGPROB = -0.8
UNSURE_LOGPROB = -2.2
"""A single word that is right scores as low as -2.0."""
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
    if evidence.avg_logprob < (DOUBTFUL_LOGPROB if evidence.no_speech_prob > DOUBTFUL else UNSURE_LOGPROB):
        return "unsure"
    if _compression(text) > REPETITIVE:
        return "repeats itself"
    return ""


def _compression(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw))
