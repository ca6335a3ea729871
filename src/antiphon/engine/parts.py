"""The parts that every call of an engine shares: one recogniser, one voice, one brain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from antiphon.engine.brains.brain import Brain
from antiphon.engine.speech.parts import RECOGNISER_HZ, EndOfTurn, Recogniser, SpeechProbability, Voice


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What a server needs to serve calls.

    Attributes:
        recogniser, voice, end_of_turn, brain: shared by all calls; their own pools bound the work.
        make_vad: a fresh VAD state, one for each call.
    """

    recogniser: Recogniser
    voice: Voice
    end_of_turn: EndOfTurn
    brain: Brain
    make_vad: Callable[[], SpeechProbability]

    async def warm_up(self) -> None:
        """Uses every part once, so that the first caller does not wait for lazy loading.

        Raises:
            InferenceError: a part does not work.
        """
        silence = np.zeros(RECOGNISER_HZ, dtype=np.int16)
        self.make_vad()(silence[:512])
        await self.recogniser.recognise(silence)
        await self.end_of_turn.probability(silence)
        await self.voice.speak("Okay.")

    async def close(self) -> None:
        """Ends the parts' workers, all of them even if one fails."""
        parts = (self.recogniser, self.voice, self.end_of_turn, self.brain)
        results = await asyncio.gather(*(part.close() for part in parts), return_exceptions=True)
        failures = [result for result in results if isinstance(result, Exception)]
        if failures:
            raise failures[0]
