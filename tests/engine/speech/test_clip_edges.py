"""Clauses trimmed, levelled and faded so that they join."""

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.engine.speech import clip_edges
from antiphon.engine.speech.clip_edges import finish
from antiphon.engine.speech.parts import VOICE_HZ

RATE = 22_050


def voiced(before_s: float, sound_s: float, after_s: float, amplitude: float) -> NDArray[np.float32]:
    t = np.arange(round(sound_s * RATE)) / RATE
    wave = amplitude * np.sin(2 * np.pi * 220 * t)
    return np.concatenate([np.zeros(round(before_s * RATE)), wave, np.zeros(round(after_s * RATE))]).astype(
        np.float32
    )


def loud_ms(pcm: NDArray[np.int16]) -> tuple[float, float]:
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 300) / VOICE_HZ * 1000
    return float(loud[0]), float(loud[-1])


@pytest.mark.parametrize(
    ("text", "pause_ms"),
    [
        ("Done.", clip_edges.AFTER_SENTENCE_MS),
        ("Done?", clip_edges.AFTER_SENTENCE_MS),
        ('"Done."', clip_edges.AFTER_SENTENCE_MS),
        ("Well,", clip_edges.AFTER_COMMA_MS),
        ("for four", clip_edges.AFTER_NOTHING_MS),
    ],
)
def test_silence_at_both_ends_is_what_the_text_asks_for(text: str, pause_ms: int) -> None:
    pcm, _ = finish(voiced(0.3, 1.0, 0.7, 0.2), RATE, [], text)
    first, last = loud_ms(pcm)
    assert first == pytest.approx(clip_edges.LEAD_IN_MS, abs=8)
    assert len(pcm) * 1000 / VOICE_HZ - last == pytest.approx(pause_ms, abs=10)


@pytest.mark.parametrize("amplitude", [0.08, 0.2, 0.8])
def test_clauses_are_equally_loud(amplitude: float) -> None:
    pcm, _ = finish(voiced(0.1, 1.0, 0.1, amplitude), RATE, [], "Done.")
    middle = pcm[VOICE_HZ // 4 : VOICE_HZ // 2] / 32768
    assert 20 * np.log10(np.sqrt(np.mean(middle**2))) == pytest.approx(clip_edges.LEVEL_DBFS, abs=0.5)


def test_a_peak_stays_below_the_ceiling() -> None:
    wave = voiced(0, 1.0, 0, 0.01)
    wave[5000:5020] = 0.9
    pcm, _ = finish(wave, RATE, [], "Done.")
    assert np.abs(pcm.astype(int)).max() <= 32768 * 0.95


def test_no_click_where_clauses_meet() -> None:
    step = 0.2 * 2 * np.pi * 220 / VOICE_HZ * 32768 * 1.5  # of the tone itself, at its level
    pcm, _ = finish(voiced(0, 0.5, 0, 0.2), RATE, [], "and so")
    joined = np.concatenate([pcm, pcm, pcm]).astype(int)
    assert np.abs(np.diff(joined)).max() < step


def test_words_move_with_the_audio() -> None:
    sound = 0.3 * RATE
    pcm, spans = finish(
        voiced(0.3, 1.0, 0.5, 0.2), RATE, [(sound, sound * 2), (sound * 2, 2.0 * RATE)], "a b."
    )
    lead = clip_edges.LEAD_IN_MS
    assert list(spans[0]) == pytest.approx([lead, lead + 300], abs=5)
    # A word that reaches into the silence ends where the sound does.
    assert list(spans[1]) == pytest.approx([lead + 300, lead + 1000], abs=8)
    assert spans[1][1] <= len(pcm) * 1000 / VOICE_HZ


@pytest.mark.parametrize("samples", [0, 1, 50])
def test_next_to_nothing(samples: int) -> None:
    pcm, spans = finish(np.zeros(samples, np.float32), RATE, [(0.0, 0.0)], "x.")
    assert not pcm.any()
    assert spans == [(10.0, 10.0)]
