"""Trims, levels and resamples a spoken clause so that clauses join as speech does."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from antiphon.engine.speech.parts import VOICE_HZ, Pcm16
from antiphon.engine.speech.word_timing import Placed

LEAD_IN_MS = 20
"""Silence left before the first sound: a reply should begin at once."""
AFTER_COMMA_MS = 120
AFTER_SENTENCE_MS = 260
"""Silence after the last sound: what a reader leaves at a comma and at a full stop."""
QUIET = 0.01
"""Of full scale: below it is silence."""
FADE_MS = 4
PEAK = 0.7
"""Loudest sample of a clause, of full scale."""
MAX_GAIN = 4.0


def finish(
    samples: NDArray[np.float32], rate_hz: int, words: list[Placed], text: str
) -> tuple[Pcm16, list[tuple[str, float, float]]]:
    """The clause as it is played.

    Args:
        samples: -1…1 at `rate_hz`, shape (n,).
        rate_hz: of the samples.
        words: their places in samples.
        text: of the clause; its last character chooses the pause after it.

    Returns:
        int16 samples at VOICE_HZ, and (word, start ms, end ms).
    """
    if not len(samples):
        return np.zeros(0, np.int16), []
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    first, last = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))
    body = samples[first:last]
    body = body * min(PEAK / max(float(np.abs(body).max()), 1e-6), MAX_GAIN)
    fade = min(len(body) // 2, rate_hz * FADE_MS // 1000)
    if fade:
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        body[:fade] *= ramp
        body[-fade:] *= ramp[::-1]
    tail_ms = AFTER_SENTENCE_MS if text.rstrip("\"')”’").endswith((".", "!", "?")) else AFTER_COMMA_MS
    lead = np.zeros(rate_hz * LEAD_IN_MS // 1000, np.float32)
    tail = np.zeros(rate_hz * tail_ms // 1000, np.float32)
    whole = soxr.resample(np.concatenate([lead, body, tail]), rate_hz, VOICE_HZ, quality="HQ")
    pcm = np.clip(np.rint(whole * 32767), -32768, 32767).astype(np.int16)
    length_ms = len(pcm) * 1000 / VOICE_HZ

    def ms(place: float) -> float:
        return round(min(max((place - first) * 1000 / rate_hz + LEAD_IN_MS, 0.0), length_ms), 1)

    return pcm, [(word, ms(start), ms(end)) for word, start, end in words]
