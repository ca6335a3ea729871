"""Turns of a script as audio: recorded words, or flite's voices."""

from __future__ import annotations

from antiphon.ear.caller import Utterance
from antiphon.ear.line import LINE_HZ
from antiphon.ear.turns import TurnSpec
from tests.support.clip import Clip
from tests.support.speech import flite, say

FLITE = {"woman": "slt", "man": "rms"}


def clip_of(spec: TurnSpec) -> Clip:
    """The turn's clip at the line's rate."""
    if spec.voice == "recorded":
        return say(spec.text, rate_hz=LINE_HZ, pauses=spec.pauses)
    return flite(spec.text, FLITE[spec.voice], LINE_HZ)


def utterance(clip: Clip) -> Utterance:
    """A clip as something that a caller says; its edges are the script's."""
    clip = clip.at_rate(LINE_HZ)
    return Utterance(clip.pcm, clip.text, (clip.start, clip.end) if clip.end > clip.start else None)


def speak(spec: TurnSpec) -> Utterance:
    """The turn as something that a caller says."""
    return utterance(clip_of(spec))
