"""The engine's ears: recogniser and end of turn over pools of worker processes."""

from __future__ import annotations

from antiphon.engine.speech import framing
from antiphon.engine.speech.parts import Pcm16, Recognition, Urgency
from antiphon.engine.speech.pool import WorkerPool
from antiphon.errors import InferenceError

WORKER = "antiphon.engine.speech.listening_worker"


class PooledRecogniser:
    """`parts.Recogniser` over worker processes.

    Args:
        pool: of recognisers, started.
        name: for people.
    """

    def __init__(self, pool: WorkerPool, name: str) -> None:
        self.pool = pool
        self.name = name

    async def recognise(
        self, pcm: Pcm16, *, vocabulary: tuple[str, ...] = (), urgency: Urgency | None = None
    ) -> Recognition:
        """Recognises a piece; see `parts.Recogniser`."""
        answer = await self.pool.ask(framing.RecogniseRequest(pcm.tobytes(), vocabulary), urgency=urgency)
        if not isinstance(answer, framing.Recognised):
            raise InferenceError(f"the recogniser answered {type(answer).__name__}")
        return Recognition(
            answer.text,
            answer.rejected,
            answer.written,
            answer.avg_logprob,
            answer.no_speech_prob,
            answer.compute_ms,
        )

    async def close(self) -> None:
        """Ends the workers."""
        await self.pool.close()


class PooledEndOfTurn:
    """`parts.EndOfTurn` over worker processes.

    Args:
        pool: of end-of-turn models, started.
        name: for people.
    """

    def __init__(self, pool: WorkerPool, name: str) -> None:
        self.pool = pool
        self.name = name

    async def probability(self, pcm: Pcm16) -> float:
        """Judges a pause; see `parts.EndOfTurn`."""
        answer = await self.pool.ask(framing.JudgeRequest(pcm.tobytes()))
        if not isinstance(answer, framing.Judged):
            raise InferenceError(f"the end-of-turn model answered {type(answer).__name__}")
        return answer.probability

    async def close(self) -> None:
        """Ends the workers."""
        await self.pool.close()
