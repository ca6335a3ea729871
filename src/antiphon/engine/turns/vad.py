"""Voice activity: from a model's probabilities to speech and pauses, with hysteresis.

The states and their moves:

    SILENCE ──speech for min_speech_ms──> SPEECH ──a window below threshold - 0.15──> PAUSE ──a window at threshold──> SPEECH
       ^                                                                               │
       └───────────────────────────── end_turn(), whoever decides it ──────────────────┘

The model is silero: 32 ms windows; its speech ends 31–106 ms after the true end.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16, SpeechProbability
from antiphon.errors import IllegalTransition

WINDOW_SAMPLES = 512
WINDOW_MS = WINDOW_SAMPLES * 1000 / RECOGNISER_HZ
HYSTERESIS = 0.15
"""silero's own: speech ends this far below the threshold at which it begins."""


class VadState(enum.Enum):
    """What the caller does."""

    SILENCE = "silence"
    SPEECH = "speech"
    PAUSE = "pause"


_MOVES: dict[VadState, frozenset[VadState]] = {
    VadState.SILENCE: frozenset({VadState.SPEECH}),
    VadState.SPEECH: frozenset({VadState.PAUSE, VadState.SILENCE}),
    VadState.PAUSE: frozenset({VadState.SPEECH, VadState.SILENCE}),
}


@dataclass(frozen=True, slots=True)
class VadFrame:
    """One window's verdict.

    Attributes:
        end_ms: stream position of the window's end.
        probability: the model's, 0…1.
        state: after this window.
        previous: before it.
        onset_ms: stream position where the present stretch of speech began (of the turn's first, while the state is not SILENCE).
        last_speech_ms: stream position of the end of the last window with speech.
        speech_ms: speech in this turn so far, pauses not counted.
    """

    end_ms: float
    probability: float
    state: VadState
    previous: VadState
    onset_ms: float
    last_speech_ms: float
    speech_ms: float

    @property
    def silence_ms(self) -> float:
        """Silence since the last speech."""
        return self.end_ms - self.last_speech_ms


class Vad:
    """The state machine over one stream of audio.

    Args:
        model: the stream's speech probability.
        threshold: speech begins at this probability.
        min_speech_ms: speech shorter than this at the start of a turn is a click.
    """

    def __init__(self, model: SpeechProbability, *, threshold: float, min_speech_ms: float) -> None:
        self._model = model
        self._threshold = threshold
        self._min_speech_ms = min_speech_ms
        self._pending = np.zeros(0, np.int16)
        self._position_ms = 0.0
        self._state = VadState.SILENCE
        self._run_ms = 0.0
        self._onset_ms = 0.0
        self._last_speech_ms = 0.0
        self._speech_ms = 0.0

    @property
    def state(self) -> VadState:
        """The state after the last window."""
        return self._state

    def configure(self, *, threshold: float) -> None:
        """Changes the threshold from the next window on."""
        self._threshold = threshold

    def push(self, pcm: Pcm16) -> Iterator[VadFrame]:
        """Judges samples (int16, RECOGNISER_HZ, any number); yields a frame for each window that is full."""
        joined = np.concatenate((self._pending, pcm)) if len(self._pending) else pcm
        whole = len(joined) - len(joined) % WINDOW_SAMPLES
        self._pending = joined[whole:].copy()
        for first in range(0, whole, WINDOW_SAMPLES):
            yield self._step(self._model(joined[first : first + WINDOW_SAMPLES]))

    def end_turn(self) -> None:
        """The turn is over (or was none): the next speech is an onset again."""
        if self._state is not VadState.SILENCE:
            self._move(VadState.SILENCE)
        self._run_ms = 0.0
        self._speech_ms = 0.0

    def _step(self, probability: float) -> VadFrame:
        previous = self._state
        begin_ms = self._position_ms
        self._position_ms = end_ms = begin_ms + WINDOW_MS
        limit = self._threshold if previous is not VadState.SPEECH else self._threshold - HYSTERESIS
        if probability >= limit:
            if previous is VadState.SILENCE:
                if self._run_ms == 0.0:
                    self._onset_ms = begin_ms
                self._run_ms += WINDOW_MS
                if self._run_ms >= self._min_speech_ms:
                    self._move(VadState.SPEECH)
                    self._speech_ms = self._run_ms
            else:
                self._speech_ms += WINDOW_MS
                if previous is VadState.PAUSE:
                    self._move(VadState.SPEECH)
            self._last_speech_ms = end_ms
        else:
            self._run_ms = 0.0
            if previous is VadState.SPEECH:
                self._move(VadState.PAUSE)
        return VadFrame(
            end_ms, probability, self._state, previous, self._onset_ms, self._last_speech_ms, self._speech_ms
        )

    def _move(self, to: VadState) -> None:
        if to not in _MOVES[self._state]:
            raise IllegalTransition(f"VAD cannot go from {self._state.value} to {to.value}")
        self._state = to
