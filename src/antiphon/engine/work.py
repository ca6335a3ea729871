"""A session's pieces of work, done by the parts and measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from antiphon.clock import Monotonic
from antiphon.engine.brains.brain import BrainOutput, BrainRequest
from antiphon.engine.effects import JudgeEndOfTurn, Recognise, Result, Speak, Think, Work
from antiphon.engine.metrics import EngineMetrics
from antiphon.engine.parts import EngineParts
from antiphon.engine.speech.parts import Urgency

KINDS: dict[type[Work], str] = {
    Recognise: "recognise",
    JudgeEndOfTurn: "end_of_turn",
    Speak: "voice",
    Think: "brain",
}
"""What metrics and logs call them."""


async def perform(
    work: Work,
    parts: EngineParts,
    *,
    urgency: Urgency,
    thought: Callable[[BrainOutput], bool],
    metrics: EngineMetrics,
    clock: Monotonic,
) -> Result:
    """Does one piece of work.

    Args:
        work: what is to be done.
        parts: who does it.
        urgency: of the work; changed from outside while it waits.
        thought: takes each output of a brain; False when no more are wanted.
        metrics: where the brain's first output and the voice's cache hits are counted.
        clock: monotonic milliseconds.

    Raises:
        InferenceError, BrainError: the part failed for good.
    """
    match work:
        case Recognise(pcm, vocabulary):
            return await parts.recogniser.recognise(pcm, vocabulary=vocabulary, urgency=urgency)
        case JudgeEndOfTurn(pcm):
            return await parts.end_of_turn.probability(pcm)
        case Speak(clause, voice, speed):
            clip = await parts.voice.speak(clause, voice=voice, speed=speed)
            if clip.cached:
                metrics.voice_cached.inc()
            return clip
        case Think(request):
            await _think(request, parts, thought, metrics, clock)
            return None
        case _:
            assert_never(work)


async def _think(
    request: BrainRequest,
    parts: EngineParts,
    thought: Callable[[BrainOutput], bool],
    metrics: EngineMetrics,
    clock: Monotonic,
) -> None:
    asked_ms: float | None = clock()
    stream = parts.brain.reply(request)
    try:
        async for output in stream:
            if asked_ms is not None:
                metrics.brain_first.observe((clock() - asked_ms) / 1000)
                asked_ms = None
            if not thought(output):
                return
    finally:
        close = getattr(
            stream, "aclose", None
        )  # of a generator: its connection is closed now, not when it is collected
        if close is not None:
            await close()
