"""The speech parts' interfaces: recogniser, voice, end of turn, speech probability.

Each is asynchronous (but the VAD, which is cheap) and none may stall the event loop: models run in pools
(`speech/pool.py`). Cancelling the awaiting task withdraws a request that has not begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RECOGNISER_HZ = 16_000
"""The sample rate of all that listens: VAD, recogniser, end of turn."""

VOICE_HZ = 24_000
"""The sample rate of all that speaks, as the Realtime API's audio/pcm has it."""

Pcm16 = NDArray[np.int16]
"""Mono samples, shape (n,), int16."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a clip, with its place in the clip's audio, in milliseconds from its start."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser heard in a piece of audio.

    Attributes:
        text: the words; "" when there were none (noise, cough, music: already gated).
        rejected: why there are none although the model wrote some ("" if not rejected), for the record.
        written: what the model wrote by itself, where an expected word was then taken instead ("" if not), for the record.
        avg_logprob: mean log-probability of the tokens.
        no_speech_prob: the model's own estimate that there is no speech, 0…1.
        compute_ms: time in the worker.
    """

    text: str
    rejected: str = ""
    written: str = ""
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0
    compute_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A spoken clause.

    Attributes:
        text: exactly the text that was asked for; the words' texts, joined by single spaces, are its words.
        pcm: samples at VOICE_HZ.
        words: where each word stands in the audio, in order.
        cached: came from the phrase cache.
        compute_ms: time in the worker; 0 when cached.
    """

    text: str
    pcm: Pcm16
    words: tuple[Word, ...]
    cached: bool = False
    compute_ms: float = 0.0

    @property
    def duration_ms(self) -> float:
        """Length of the audio in milliseconds."""
        return len(self.pcm) * 1000 / VOICE_HZ


@dataclass(slots=True)
class Urgency:
    """How much a piece of work matters, which may change while it waits for a worker.

    Attributes:
        final: its result is wanted whatever happens. Otherwise it is a trial, in a pause that may be none: it goes after all that
            are final.
    """

    final: bool = True


class Recogniser(Protocol):
    """Speech to text, a piece at a time."""

    name: str

    async def recognise(
        self, pcm: Pcm16, *, vocabulary: tuple[str, ...] = (), urgency: Urgency | None = None
    ) -> Recognition:
        """Recognises one piece (samples at RECOGNISER_HZ, at most 30 s).

        Args:
            pcm: the piece, with a little silence at both ends.
            vocabulary: words and phrases that are likely. The same audio and vocabulary give the same words.
            urgency: whether somebody waits for it; None: as for one who does.

        Raises:
            InferenceError: the worker failed and a repeat failed too.
        """
        ...

    async def close(self) -> None:
        """Ends the workers."""
        ...


class Voice(Protocol):
    """Text to speech, a clause at a time."""

    name: str

    async def speak(self, clause: str, *, voice: str = "", speed: float = 1.0) -> Clip:
        """Speaks one clause. `voice` is the session's voice name ("alloy"); unknown names get the default voice.

        Raises:
            InferenceError: every voice failed, the fallback too.
        """
        ...

    async def close(self) -> None:
        """Ends the workers."""
        ...


class EndOfTurn(Protocol):
    """How probably the caller has finished, from the audio of the turn so far."""

    name: str

    async def probability(self, pcm: Pcm16) -> float:
        """0…1 from the turn's audio (samples at RECOGNISER_HZ; the last 8 s count), which ends in the pause in question.

        Raises:
            InferenceError: the worker failed and a repeat failed too.
        """
        ...

    async def close(self) -> None:
        """Ends the workers."""
        ...


class SpeechProbability(Protocol):
    """A VAD model's state for one stream of audio: call it once per window, in order."""

    def __call__(self, window: Pcm16) -> float:
        """The probability (0…1) that this window (512 samples at RECOGNISER_HZ, 32 ms) holds speech."""
        ...

    def reset(self) -> None:
        """Forgets the stream."""
        ...
