"""Lines that are worse than this machine's: loss, jitter, noise, G.711 and echo, put between a caller and any line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.ear import sounds
from antiphon.ear.g711 import DELAY_MS, Telephone
from antiphon.ear.line import FRAME_MS, FRAME_SAMPLES, LINE_HZ, Line, OnMessage, Opener
from antiphon.ear.lines.live_playout import LivePlayout
from antiphon.ear.packets import BurstyLoss, Lateness
from antiphon.ear.signal import Pcm16, clean_spans

SPEECH_DBFS = -26.0
"""What a caller's speech counts for where its level is not said: the nominal level of ITU-T P.56."""

NOISE_S = 20
"""Noise is a loop of so long."""

_LOST = np.zeros(FRAME_SAMPLES, np.int16)
_LOST.flags.writeable = False


Noise = Literal["white", "pink", "hum", "music"]


class Faults(BaseModel):
    """What a line does to the audio.

    Attributes:
        loss: share of 20 ms frames that are lost each way (0…1).
        burst: how many frames are lost in a row, on average (Gilbert-Elliott).
        jitter_ms: frames are late by up to so much each way, in order; what comes too late for its turn is silence.
        noise_snr_db: noise of this kind beside the caller's voice, so many dB below it; None: none.
        noise: its kind.
        codec: what the audio goes through each way.
        echo_db: the agent's voice comes back into the microphone at this gain; None: it does not.
        echo_ms: so much later.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss: float = Field(default=0.0, ge=0, lt=1)
    burst: float = Field(default=1.0, ge=1)
    jitter_ms: float = Field(default=0.0, ge=0, le=1000)
    noise_snr_db: float | None = None
    noise: Noise = "pink"
    codec: Literal["none", "pcmu", "pcma"] = "none"
    echo_db: float | None = Field(default=None, le=0)
    echo_ms: float = Field(default=80.0, ge=20)

    @model_validator(mode="after")
    def _bursts(self) -> Self:
        least = self.loss / (1 - self.loss)
        if self.burst < least:
            raise ValueError(
                f"a loss of {self.loss:g} needs a burst of {least:g} or more; it is {self.burst:g}"
            )
        return self

    @property
    def none(self) -> bool:
        """Whether the line is as it is."""
        return self == Faults()


class Degraded:
    """A line made worse.

    The caller's frames get the echo and the noise, go through the codec, are lost or late; the agent's go through the codec, are lost or
    late. A lost frame is silence on both sides: nothing conceals it. Late frames reach the agent when they come, several at once if need
    be; the caller hears silence where none has come, and what came late after it, so that his buffer grows to what the line needs.

    Attributes:
        delay_ms: what the codec adds to every sample, each way; 0 without one. Loss, noise and echo add nothing.
    """

    def __init__(self, line: Line, faults: Faults, seed: int = 1, speech_dbfs: float = SPEECH_DBFS) -> None:
        up_loss, down_loss, up_late, down_late, noise = np.random.default_rng(seed).spawn(5)
        self._line = line
        codec = faults.codec
        self._up_codec = Telephone(codec) if codec != "none" else None
        self._down_codec = Telephone(codec) if codec != "none" else None
        self._up_loss = BurstyLoss(faults.loss, faults.burst, up_loss) if faults.loss else None
        self._down_loss = BurstyLoss(faults.loss, faults.burst, down_loss) if faults.loss else None
        self._up_late: Lateness[Pcm16] | None = None
        self._down_late: Lateness[Pcm16] | None = None
        if faults.jitter_ms:
            self._up_late = Lateness(faults.jitter_ms, up_late)
            self._down_late = Lateness(faults.jitter_ms, down_late)
        slack_frames = int(-(-faults.jitter_ms // FRAME_MS))
        self._playout = LivePlayout(slack=slack_frames * FRAME_SAMPLES)
        self._noise = _Noise(faults, noise, speech_dbfs) if faults.noise_snr_db is not None else None
        self._echo = _Echo(faults.echo_db, faults.echo_ms) if faults.echo_db is not None else None
        self.delay_ms = DELAY_MS if codec != "none" else 0.0

    def hear(self, pcm: Pcm16) -> None:
        """The caller's next frame."""
        if self._echo is not None or self._noise is not None:
            mixed = pcm.astype(np.float64)
            if self._echo is not None:
                mixed += self._echo.next(len(pcm))
            if self._noise is not None:
                mixed += self._noise.next(len(pcm))
            pcm = np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)
        pcm = self._sent(pcm, self._up_codec, self._up_loss)
        if self._up_late is None:
            self._line.hear(pcm)
            return
        self._up_late.send(pcm)
        for frame in self._up_late.arrived():
            self._line.hear(frame)

    def take(self, samples: int) -> Pcm16:
        """What the caller hears next."""
        pcm = self._sent(self._line.take(samples), self._down_codec, self._down_loss)
        if self._down_late is not None:
            self._down_late.send(pcm)
            for frame in self._down_late.arrived():
                self._playout.push(frame)
            pcm = self._playout.take(samples)
        if self._echo is not None:
            self._echo.heard(pcm)
        return pcm

    def type_text(self, text: str) -> None:
        """Typed text comes through as it is."""
        self._line.type_text(text)

    async def hang_up(self) -> None:
        """Ends the call."""
        await self._line.hang_up()

    def _sent(self, pcm: Pcm16, codec: Telephone | None, loss: BurstyLoss | None) -> Pcm16:
        if codec is not None:
            pcm = codec(pcm)
        return _LOST[: len(pcm)] if loss is not None and loss.lost() else pcm


class _Noise:
    """Noise beside the caller, for ever."""

    def __init__(self, faults: Faults, rng: np.random.Generator, speech_dbfs: float) -> None:
        assert faults.noise_snr_db is not None
        self._loop = _noise_loop(faults.noise, speech_dbfs - faults.noise_snr_db)
        self._at = int(rng.integers(len(self._loop)))

    def next(self, samples: int) -> Pcm16:
        """The next samples."""
        found = self._loop[self._at : self._at + samples]
        self._at += samples
        if self._at >= len(self._loop):
            self._at -= len(self._loop)
            found = np.concatenate((found, self._loop[: self._at]))
        return found


@cache
def _noise_loop(kind: Noise, level_dbfs: float) -> Pcm16:
    """Made once in a process: many callers may stand in the same noise, each at a place of its own."""
    if kind == "hum":
        return sounds.hum(NOISE_S * 1000, rate_hz=LINE_HZ, level_dbfs=level_dbfs)
    make = {"white": sounds.white, "pink": sounds.pink, "music": sounds.music}[kind]
    return make(NOISE_S * 1000, rate_hz=LINE_HZ, level_dbfs=level_dbfs)


class _Echo:
    """The agent's voice, back in the microphone: what is heard at a moment, `delay_ms` later, softer.

    A frame of the microphone is complete FRAME_MS after it began, so its sound is older than what is heard now.
    """

    def __init__(self, gain_db: float, delay_ms: float) -> None:
        self._gain = 10 ** (gain_db / 20)
        self._waiting = np.zeros(round((delay_ms + FRAME_MS) * LINE_HZ / 1000), np.int16)

    def heard(self, pcm: Pcm16) -> None:
        """The agent was heard."""
        self._waiting = np.concatenate((self._waiting, pcm))

    def next(self, samples: int) -> NDArray[np.float64]:
        """The next samples in the microphone."""
        found, self._waiting = self._waiting[:samples], self._waiting[samples:]
        return np.asarray(found, np.float64) * self._gain


def speech_level(clips: Sequence[Pcm16]) -> float:
    """The level of a caller's speech in dBFS, over what is sounding in his turns; SPEECH_DBFS if nothing is."""
    power: list[NDArray[np.float64]] = []
    for pcm in clips:
        for span in clean_spans(pcm, LINE_HZ):
            low, high = (round(at * LINE_HZ / 1000) for at in (span.start_ms, span.end_ms))
            power.append(np.square(pcm[low:high] / 32768.0))
    if not power:
        return SPEECH_DBFS
    return float(10 * np.log10(np.mean(np.concatenate(power))))


def degraded(opener: Opener, faults: Faults, seed: int, speech_dbfs: float = SPEECH_DBFS) -> Opener:
    """Opens lines with these faults.

    Args:
        opener: opens the line itself.
        faults: what is done to it.
        seed: the same seed loses the same frames.
        speech_dbfs: the level of the caller's speech, which noise is measured by.
    """
    if faults.none:
        return opener

    async def open_call(on_message: OnMessage) -> Line:
        return Degraded(await opener(on_message), faults, seed, speech_dbfs)

    return open_call
