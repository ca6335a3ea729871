"""Endpointing: how much silence ends a turn, given the evidence.

Silence alone cannot be both patient and quick. Three witnesses are fused: the end-of-turn model (how it
sounded), the words (whether they are a complete answer to what was asked; `TurnEvidence`), and the silence
itself. Sure of an end: `silence_duration_ms`. Divided: `hold_ms`. Sure that more comes:
`hold_unfinished_ms`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from antiphon.settings import TurnSettings

WORDS_WEIGHT = 1.5
"""How much more the words count than the sound: a complete answer said with a rising voice is still one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about a pause.

    Attributes:
        sound: the end-of-turn model's probability, None while it is not known.
        words: the brain's judgement of the words, 0…1, None while it is not known.
        more_to_come: the answer asked for has many parts.
    """

    sound: float | None = None
    words: float | None = None
    more_to_come: bool = False

    @property
    def complete(self) -> float | None:
        """The fused probability that the turn is over; None when nothing is known."""
        terms = []
        if self.sound is not None:
            terms.append(_logit(self.sound))
        if self.words is not None:
            terms.append(WORDS_WEIGHT * _logit(self.words))
        return 1 / (1 + math.exp(-sum(terms))) if terms else None


def required_silence_ms(evidence: Evidence, settings: TurnSettings, silence_duration_ms: float) -> float:
    """The silence after which a turn with this evidence is over.

    Args:
        evidence: what is known now; it may still change.
        settings: thresholds and holds.
        silence_duration_ms: the session's `server_vad.silence_duration_ms`, which is never undercut.
    """
    if settings.endpointing == "silence":
        return silence_duration_ms
    complete = evidence.complete
    if complete is None:
        hold: float = settings.hold_ms
    elif complete >= settings.end_of_turn_threshold:
        hold = settings.hold_ms if evidence.more_to_come and complete < _SURE else silence_duration_ms
    elif complete >= settings.end_of_turn_threshold / _DIVIDED:
        hold = settings.hold_ms
    elif evidence.words is not None and evidence.words >= _NEUTRAL:
        hold = settings.hold_ms  # only the sound says no, and it says so of many a whole sentence
    else:
        hold = settings.hold_unfinished_ms
    return max(silence_duration_ms, hold)


_SURE = 0.9
_DIVIDED = 3.0
_NEUTRAL = 0.5
_CLIP = 0.03


def _logit(probability: float) -> float:
    clipped = min(max(probability, _CLIP), 1 - _CLIP)
    return math.log(clipped / (1 - clipped))
