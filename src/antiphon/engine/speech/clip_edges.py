"""Trims, levels and resamples a spoken clause so that clauses join as speech does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antiphon.audio.levels import rms_dbfs, sound_edges
from antiphon.audio.resample import resample_clip, to_pcm16
from antiphon.engine.speech.parts import VOICE_HZ, Pcm16
from antiphon.engine.speech.word_timing import Span

LEAD_IN_MS = 10
"""Silence left before the first sound: a reply should begin at once."""
AFTER_SENTENCE_MS = 300
AFTER_COMMA_MS = 180
AFTER_NOTHING_MS = 50
"""Silence after the last sound. Piper itself leaves 240–340 ms at a comma; a little less sounds eager, not rushed."""
BELOW_PEAK_DB = 42.0
"""Quieter than the loudest 5 ms by this is silence. Piper's own silence lies 80 dB below, a soft "th" 35 dB."""
FADE_MS = 4
LEVEL_DBFS = -20.0
"""Of the sounding parts. The voice varies by 5 dB from clause to clause, which joins would show."""
MAX_GAIN_DB = 9.0
CEILING = 0.9
"""No sample is louder, of full scale: room for a codec."""


def finish(
    samples: NDArray[np.float32], rate_hz: int, spans: list[Span], text: str
) -> tuple[Pcm16, list[tuple[float, float]]]:
    """The clause as it is played.

    Args:
        samples: ±1 at `rate_hz`, shape (n,).
        rate_hz: of the samples.
        spans: the words' places in samples.
        text: of the clause; its end decides the pause after it.

    Returns:
        int16 samples at VOICE_HZ, and each word's (start ms, end ms) in them.
    """
    first, last = sound_edges(samples, rate_hz, below_peak_db=BELOW_PEAK_DB, frame_ms=5)
    body = _levelled(samples[first:last], rate_hz)
    fade = min(len(body) // 2, rate_hz * FADE_MS // 1000)
    ramp = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    body[:fade] *= ramp
    body[len(body) - fade :] *= ramp[::-1]
    lead = np.zeros(rate_hz * LEAD_IN_MS // 1000, np.float32)
    tail = np.zeros(rate_hz * _pause_ms(text) // 1000, np.float32)
    pcm = to_pcm16(resample_clip(np.concatenate([lead, body, tail]), rate_hz, VOICE_HZ))
    end_ms = LEAD_IN_MS + len(body) * 1000 / rate_hz

    def ms(place: float) -> float:
        return round(min(max((place - first) * 1000 / rate_hz + LEAD_IN_MS, 0.0), end_ms), 1)

    return pcm, [(ms(start), ms(end)) for start, end in spans]


def _levelled(body: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """A copy at the common level, measured where it sounds: pauses inside do not count."""
    step = rate_hz // 50
    count = len(body) // step
    if not count:
        return body.copy()
    frames = body[: count * step].reshape(count, step)
    power = np.mean(np.square(frames), axis=1)
    sounding = frames[power > power.max() * 0.01]
    gain_db = min(LEVEL_DBFS - rms_dbfs(sounding.reshape(-1)), MAX_GAIN_DB) if power.max() else 0.0
    gain = min(10 ** (gain_db / 20), CEILING / max(float(np.abs(body).max()), 1e-6))
    return body * np.float32(gain)


def _pause_ms(text: str) -> int:
    end = text.rstrip("\"')]”’ ")[-1:]
    if end in ".!?…":
        return AFTER_SENTENCE_MS
    return AFTER_COMMA_MS if end in ",;:–—-" else AFTER_NOTHING_MS
