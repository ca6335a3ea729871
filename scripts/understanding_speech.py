"""Sentences spoken by flite's and Kokoro's voices and heard by the engine's recogniser; what was heard is kept between runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path

import numpy as np
from tests.support import kokoro
from tests.support.speech import cache_dir, flite

from antiphon.engine.speech import models, whisper
from antiphon.engine.speech.parts import RECOGNISER_HZ
from antiphon.engine.speech.whisper import Whisper

SLOWER = (1.0, 1.25, 1.1, 1.4)
"""How much longer a sentence takes that is said for the first, second … time."""
BEFORE_S, AFTER_S = 0.3, 0.2
"""Quiet around the words, as the engine cuts a piece."""


class Recognised:
    """What the recogniser makes of a voice's words. Kept on disk as long as the recogniser's sources, and Kokoro's, are the same."""

    def __init__(self) -> None:
        sources = sorted(Path(whisper.__file__).parent.glob("*.py")) + sorted(
            Path(kokoro.__file__).parent.glob("kokoro*.py")
        )
        state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
        self._file = cache_dir() / f"understood-{state}.json"
        self._known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    @cached_property
    def _model(self) -> Whisper:
        return Whisper(models.WHISPER.verified().parent)

    def by(self, voice: str) -> Callable[[str, int, tuple[str, ...]], Awaitable[str]]:
        """What the recogniser writes of words said by a voice, for the n-th time: later ones are slower.

        Args:
            voice: Kokoro's "heart" (a woman's) or "george" (a man's); any other name is one of flite's ("slt", "rms").
        """

        async def hears(words: str, times: int, expected: tuple[str, ...]) -> str:
            slower = SLOWER[min(times, len(SLOWER) - 1)]
            key = f"{voice}|{slower}|{words}|{hashlib.sha256(repr(expected).encode()).hexdigest()[:12]}"
            if key not in self._known:
                self._known[key] = self._hear(words, voice, slower, expected)
                self._file.write_text(json.dumps(self._known, indent=0))
            return self._known[key]

        return hears

    def _hear(self, words: str, voice: str, slower: float, expected: tuple[str, ...]) -> str:
        if voice in kokoro.VOICES:
            clip = kokoro.kokoro(words, voice, RECOGNISER_HZ, 1 / slower)
        else:
            clip = flite(words, voice, RECOGNISER_HZ, slower)
        quiet = [np.zeros(int(s * RECOGNISER_HZ), np.int16) for s in (BEFORE_S, AFTER_S)]
        return self._model.recognise(np.concatenate([quiet[0], clip.pcm, quiet[1]]), expected).text
