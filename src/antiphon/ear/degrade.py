"""Lines that are worse than this machine's: loss, jitter, noise, G.711 and echo, put between a caller and any line."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from antiphon.ear.line import Opener


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
    noise: Literal["white", "pink", "hum", "music"] = "pink"
    codec: Literal["none", "pcmu", "pcma"] = "none"
    echo_db: float | None = Field(default=None, le=0)
    echo_ms: float = Field(default=80.0, ge=20)

    @property
    def none(self) -> bool:
        """Whether the line is as it is."""
        return self == Faults()


def degraded(opener: Opener, faults: Faults, seed: int) -> Opener:
    """Opens lines with these faults.

    Args:
        opener: opens the line itself.
        faults: what is done to it.
        seed: the same seed loses the same frames.
    """
    if faults.none:
        return opener
    raise NotImplementedError
