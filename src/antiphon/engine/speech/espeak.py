"""espeak-ng, the voice that always works. Runs in the voice worker alone: it is GPL-3. By ctypes on the library of espeakng-loader.

Its own word events time the words. Not thread-safe; one instance a process.
"""

from __future__ import annotations

import ctypes

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from antiphon.engine.speech.word_timing import Placed, in_proportion

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
        self._words: list[tuple[int, int, float]] = []  # text position, length, ms
        self._callback = _Callback(self._collect)
        self._lib.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, speed: float) -> tuple[NDArray[np.float32], list[Placed]]:
        """Speaks a clause: samples in -1…1 at `rate_hz`, and (word, start, end) in samples."""
        self._samples, self._words = [], []
        self._lib.espeak_SetParameter(_RATE_PARAMETER, int(_WORDS_PER_MINUTE * speed), 0)
        data = text.encode()
        self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        self._lib.espeak_Synchronize()
        pcm = np.concatenate(self._samples) if self._samples else np.zeros(0, np.int16)
        return pcm.astype(np.float32) / np.float32(32768), self._place(text, len(pcm))

    def _place(self, text: str, total: int) -> list[Placed]:
        words = text.split()
        starts: list[float] = []
        at = 0
        for word in words:  # the events count characters from 1
            position = text.index(word, at) + 1
            at = position - 1 + len(word)
            inside = [ms for place, _, ms in self._words if position <= place < position + len(word)]
            starts.append(inside[0] * self.rate_hz / 1000 if inside else -1.0)
        if not words or starts[0] < 0:
            return in_proportion(words, 0, total) if words else []
        for index in range(1, len(starts)):
            starts[index] = max(starts[index], starts[index - 1])
        ends = [*starts[1:], float(total)]
        return list(zip(words, starts, ends, strict=True))

    def _collect(self, samples: object, count: int, events: object) -> int:
        if samples and count:
            self._samples.append(np.ctypeslib.as_array(samples, (count,)).copy())  # type: ignore[arg-type]
        index = 0
        while events and events[index].type != 0:
            event = events[index]
            if event.type == _WORD_EVENT:
                self._words.append((event.text_position, event.length, event.audio_position))
            index += 1
        return 0
