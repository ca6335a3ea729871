"""Tells words from what a recogniser invents on noise, coughs, music and silence."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the recogniser knows about the text it wrote.

    Attributes:
        text: the text.
        avg_logprob: mean log-probability of its tokens.
        no_speech_prob: the model's estimate that there is no speech, 0…1.
        clip_s: length of the audio.
        spoken_s: seconds that the text's segments claim.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float
    clip_s: float
    spoken_s: float


def rejects(evidence: Evidence) -> str:
    """Why the text is no speech; "" if it is."""
    text = evidence.text
    if not any(c.isalnum() for c in text):
        return "no words"
    if text[:1] in "([" and text[-1:] in ")]":
        return "a sound's description"
    if evidence.no_speech_prob > 0.6 and evidence.avg_logprob < -0.4:
        return "no speech"
    if evidence.avg_logprob < (-1.0 if evidence.no_speech_prob > 0.5 else -1.8):
        return "unsure"  # one right word alone scores as low as -1.3, its timestamps counted with it
    if _compression(text) > 2.4:
        return "repeats itself"
    return ""


def _compression(text: str) -> float:
    """Length over compressed length: above 2.4 a text repeats itself (Whisper's own measure)."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw))
