"""The engine's voice: the phrase cache before a pool of voice workers."""

from __future__ import annotations

import numpy as np

from antiphon.engine.speech import framing
from antiphon.engine.speech.cache import PhraseCache
from antiphon.engine.speech.parts import Clip, Word
from antiphon.engine.speech.pool import WorkerPool
from antiphon.errors import InferenceError

WORKER = "antiphon.engine.speech.voice_worker"


class PooledVoice:
    """`parts.Voice` over worker processes.

    Args:
        pool: of voice workers, started.
        cache: of phrases.
        key: names the model in the cache, so that another voice's clips are never taken for this one's.
    """

    def __init__(self, pool: WorkerPool, cache: PhraseCache, key: str) -> None:
        self.pool = pool
        self.cache = cache
        self._key = key
        self.name = pool.description

    async def speak(self, clause: str, *, voice: str = "", speed: float = 1.0) -> Clip:
        """Speaks one clause. All voice names are the one voice that is loaded."""
        text = " ".join(clause.split())

        async def make() -> Clip:
            answer = await self.pool.ask(framing.SpeakRequest(text, speed))
            if not isinstance(answer, framing.Spoken):
                raise InferenceError(f"the voice worker answered {type(answer).__name__}")
            words = tuple(Word(*word) for word in answer.words)
            return Clip(text, np.frombuffer(answer.pcm, np.int16), words, compute_ms=answer.compute_ms)

        return await self.cache.get(self._key, speed, text, make)

    async def close(self) -> None:
        """Ends the workers."""
        await self.pool.close()


async def open_voice(
    engine: str, model: str, model_path: str, *, workers: int, threads: int, cache: PhraseCache
) -> PooledVoice:
    """Starts the voice.

    Args:
        engine: "piper" or "espeak".
        model: its name, for the cache.
        model_path: of the Piper model.
        workers: processes.
        threads: of each.
        cache: of phrases.

    Raises:
        MissingPartError: a worker could not start.
    """
    arguments = ["piper", model_path, str(threads)] if engine == "piper" else ["espeak"]
    pool = WorkerPool(WORKER, arguments, count=workers)
    await pool.start()
    return PooledVoice(pool, cache, f"{engine}:{model}")
