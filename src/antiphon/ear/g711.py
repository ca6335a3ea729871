"""G.711, the telephone's codec: 8 kHz, mu-law or A-law, and what a call sounds like that went through it. Sans-I/O.

The tables are those of ITU-T G.711. Around them stands a linear-phase filter, so that the delay is known to the sample; it passes what a
telephone passes above (3.4 kHz), and cuts nothing below, where telephones cut 300 Hz.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from antiphon.ear.line import LINE_HZ
from antiphon.ear.signal import Pcm16

Law = Literal["pcmu", "pcma"]

DOWN = LINE_HZ // 8000

TAPS = 73
"""Of each of the two filters: -59 dB beyond 4.6 kHz."""

DELAY_SAMPLES = TAPS - 1
"""Of both filters together, at LINE_HZ."""

DELAY_MS = DELAY_SAMPLES * 1000 / LINE_HZ
"""3 ms."""

_CUT_HZ = 4000.0


def encode(pcm: Pcm16, law: Law) -> NDArray[np.uint8]:
    """Samples as one byte each."""
    return _mu_encode(pcm) if law == "pcmu" else _a_encode(pcm)


def decode(data: NDArray[np.uint8], law: Law) -> Pcm16:
    """Bytes as samples."""
    return _DECODED[law][data]


class Telephone:
    """One direction of a telephone call: a stream at LINE_HZ in, the same stream out, DELAY_SAMPLES late.

    Args:
        law: mu-law (America, Japan) or A-law (elsewhere).
    """

    def __init__(self, law: Law) -> None:
        self._through = _DECODED[law][encode(np.arange(-32768, 32768).astype(np.int16), law)]
        self._before = np.zeros(TAPS - 1)
        self._after = np.zeros(TAPS - 1)

    def __call__(self, pcm: Pcm16) -> Pcm16:
        """The next samples, a multiple of DOWN."""
        low = self._filtered(pcm, "_before")[::DOWN]
        narrow = self._through[np.clip(np.rint(low), -32768, 32767).astype(np.int32) + 32768]
        wide = np.zeros(len(pcm))
        wide[::DOWN] = narrow * float(DOWN)
        return np.clip(np.rint(self._filtered(wide, "_after")), -32768, 32767).astype(np.int16)

    def _filtered(self, samples: NDArray[np.int16] | NDArray[np.float64], state: str) -> NDArray[np.float64]:
        joined = np.concatenate((getattr(self, state), samples))
        setattr(self, state, joined[len(joined) - (TAPS - 1) :])
        return np.convolve(joined, _FILTER, "valid")


def _low_pass() -> NDArray[np.float64]:
    n = np.arange(TAPS) - (TAPS - 1) / 2
    taps = np.sinc(2 * _CUT_HZ / LINE_HZ * n) * np.kaiser(TAPS, 5.3)
    return np.asarray(taps / taps.sum())


_FILTER = _low_pass()


def _mu_encode(pcm: Pcm16) -> NDArray[np.uint8]:
    magnitude = np.minimum(np.abs(pcm.astype(np.int32)), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(pcm < 0, 0x80, 0)
    return np.asarray(~(sign | (exponent << 4) | mantissa) & 0xFF, np.uint8)


def _mu_levels() -> Pcm16:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << ((code >> 4) & 7)) - 132
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude), np.int16)


def _a_encode(pcm: Pcm16) -> NDArray[np.uint8]:
    value = pcm.astype(np.int32) >> 3
    magnitude = np.where(value < 0, ~value, value)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = (magnitude >> np.maximum(exponent, 1)) & 0x0F  # the first two segments have the same steps
    return np.asarray((np.where(value < 0, 0, 0x80) | (exponent << 4) | mantissa) ^ 0x55, np.uint8)


def _a_levels() -> Pcm16:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 0x0F
    magnitude = np.where(
        exponent > 0, ((mantissa << 4) + 264) << np.maximum(exponent - 1, 0), (mantissa << 4) + 8
    )
    return np.asarray(np.where(code & 0x80, magnitude, -magnitude), np.int16)


_DECODED: dict[Law, Pcm16] = {"pcmu": _mu_levels(), "pcma": _a_levels()}
