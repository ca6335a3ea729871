"""espeak-ng, the voice that always works. Runs in the voice worker alone: it is GPL-3.

By ctypes on the library of espeakng-loader. Its own word events time the words. Not thread-safe; one instance a process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from antiphon.engine.speech.word_timing import Span, in_proportion

_RETRIEVAL = 1  # AUDIO_OUTPUT_RETRIEVAL
_UTF8 = 1  # espeakCHARS_UTF8
_RATE_PARAMETER = 1  # espeakRATE
_WORD_EVENT = 1  # espeakEVENT_WORD
_WORDS_PER_MINUTE = 165


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """The library, initialised."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz: int = self._lib.espeak_Initialize(_RETRIEVAL, 0, data, 0)
        if self.rate_hz <= 0:
            raise RuntimeError("espeak-ng could not be initialised")
        self._lib.espeak_SetVoiceByName(b"en-us")
        self._samples: list[NDArray[np.int16]] = []
        self._words: list[tuple[int, float]] = []  # text position, ms
        self._callback = _Callback(self._collect)
        self._lib.espeak_SetSynthCallback(self._callback)

    def speak(self, said: Sequence[str], speed: float) -> tuple[NDArray[np.float32], list[Span]]:
        """Speaks a clause: samples (±1) at `rate_hz`, and each word's span in samples; see `Piper.speak`."""
        self._samples, self._words = [], []
        self._lib.espeak_SetParameter(_RATE_PARAMETER, int(_WORDS_PER_MINUTE * speed), 0)
        text = " ".join(word for word in said if word)
        data = text.encode()
        self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        self._lib.espeak_Synchronize()
        pcm = np.concatenate(self._samples) if self._samples else np.zeros(0, np.int16)
        return pcm.astype(np.float32) / np.float32(32768), self._place(said, len(pcm))

    def _place(self, said: Sequence[str], total: int) -> list[Span]:
        """The words' spans: from each word's first event to the next word's, or the end."""
        starts: list[float] = []  # of the words that are said
        at = 1  # the events count characters from 1
        for word in filter(None, said):
            inside = [ms for place, ms in self._words if at <= place < at + len(word)]
            if not inside and not starts:
                return in_proportion(said, 0, total)
            heard = inside[0] * self.rate_hz / 1000 if inside else 0.0
            starts.append(min(max([heard, *starts[-1:]]), float(total)))
            at += len(word) + 1
        spans = iter(zip(starts, [*starts[1:], float(total)], strict=True))
        placed: list[Span] = []
        for word in said:
            end = placed[-1][1] if placed else 0.0
            placed.append(next(spans) if word else (end, end))
        return placed

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._samples.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events and events[index].type != 0:
            event = events[index]
            if event.type == _WORD_EVENT:
                self._words.append((event.text_position, event.audio_position))
            index += 1
        return 0
