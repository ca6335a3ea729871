"""The VAD's state machine on scripted probabilities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from antiphon.engine.turns.vad import WINDOW_MS, WINDOW_SAMPLES, Vad, VadFrame, VadState


class Scripted:
    """Hands out probabilities in order."""

    def __init__(self, probabilities: list[float]) -> None:
        self._next: Iterator[float] = iter(probabilities)

    def __call__(self, window: object) -> float:
        return next(self._next)

    def reset(self) -> None:
        pass


def run(probabilities: list[float], *, threshold: float = 0.5, min_speech_ms: float = 64) -> list[VadFrame]:
    vad = Vad(Scripted(probabilities), threshold=threshold, min_speech_ms=min_speech_ms)
    return list(vad.push(np.zeros(WINDOW_SAMPLES * len(probabilities), np.int16)))


def states(frames: list[VadFrame]) -> str:
    return "".join(frame.state.value[1] for frame in frames)  # i p a: silence, speech, pause


def test_speech_needs_its_least_length() -> None:
    assert states(run([0.1, 0.9, 0.1, 0.9, 0.9, 0.9])) == "iiiipp"


def test_hysteresis_keeps_speech_through_a_dip() -> None:
    assert states(run([0.9, 0.9, 0.4, 0.36, 0.34, 0.4, 0.5])) == "ipppaap"


def test_positions_are_the_streams_own() -> None:
    frames = run([0.0, 0.9, 0.9, 0.9, 0.0, 0.0])
    last = frames[-1]
    assert last.onset_ms == WINDOW_MS
    assert last.last_speech_ms == 4 * WINDOW_MS
    assert last.silence_ms == 2 * WINDOW_MS
    assert last.speech_ms == 3 * WINDOW_MS


def test_any_chunking_gives_the_same_frames() -> None:
    probabilities = [0.0, 0.9, 0.9, 0.2, 0.9, 0.1]
    vad = Vad(Scripted(probabilities), threshold=0.5, min_speech_ms=64)
    frames: list[VadFrame] = []
    audio = np.zeros(WINDOW_SAMPLES * len(probabilities), np.int16)
    for first in range(0, len(audio), 333):
        frames += vad.push(audio[first : first + 333])
    assert frames == run(probabilities)


def test_a_new_turn_begins_after_the_old_one_ended() -> None:
    vad = Vad(Scripted([0.9] * 3 + [0.0] * 3 + [0.9] * 2), threshold=0.5, min_speech_ms=64)
    list(vad.push(np.zeros(WINDOW_SAMPLES * 6, np.int16)))
    assert vad.state is VadState.PAUSE
    vad.end_turn()
    frames = list(vad.push(np.zeros(WINDOW_SAMPLES * 2, np.int16)))
    assert frames[-1].state is VadState.SPEECH
    assert frames[-1].onset_ms == 6 * WINDOW_MS


@pytest.mark.parametrize("threshold", [0.3, 0.8])
def test_the_threshold_is_the_sessions(threshold: float) -> None:
    assert run([0.5, 0.5], threshold=threshold)[-1].state is (
        VadState.SPEECH if threshold < 0.5 else VadState.SILENCE
    )
