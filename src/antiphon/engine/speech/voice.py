"""The engine's voice: the phrase cache before a pool of voice workers."""

from __future__ import annotations

import numpy as np

from antiphon.engine.speech import framing
from antiphon.engine.speech.cache import PhraseCache
from antiphon.engine.speech.parts import Clip, Word
from antiphon.engine.speech.pool import WorkerPool
from antiphon.errors import InferenceError

WORKER = "antiphon.engine.speech.voice_worker"
DEADLINE_S = 10.0
"""The longest clause takes 2 s on a core that it has for itself."""


class PooledVoice:
    """`parts.Voice` over worker processes.

    Args:
        pool: of voice workers, started.
        engine: whose clips are kept: "piper" or "espeak".
        cache: of phrases.
        digest: of the voice's model, so that another model's clips are never taken for this one's.
    """

    def __init__(self, pool: WorkerPool, engine: str, cache: PhraseCache, digest: str) -> None:
        self.pool = pool
        self.cache = cache
        self._engine = engine
        self._key = f"{engine}:{digest}"
        self.name = pool.description

    async def speak(self, clause: str, *, voice: str = "", speed: float = 1.0) -> Clip:
        """Speaks one clause; see `parts.Voice`. Every voice name is the one voice that is loaded."""
        text = " ".join(clause.split())

        async def make() -> tuple[Clip, bool]:
            answer = await self.pool.ask(
                framing.SpeakRequest(text, speed), last_resort=framing.SpeakRequest(text, speed, simple=True)
            )
            if not isinstance(answer, framing.Spoken):
                raise InferenceError(f"the voice worker answered {type(answer).__name__}")
            words = tuple(Word(*word) for word in answer.words)
            clip = Clip(text, np.frombuffer(answer.pcm, np.int16), words, compute_ms=answer.compute_ms)
            return clip, answer.voice == self._engine

        return await self.cache.get(self._key, speed, text, make)

    async def close(self) -> None:
        """Ends the workers."""
        await self.pool.close()
        await self.cache.close()
