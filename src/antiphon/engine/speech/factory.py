"""Opens the engine's parts as the settings say: models verified, workers started side by side, the brain chosen."""

from __future__ import annotations

import asyncio

from antiphon.engine.brains.brain import Brain
from antiphon.engine.parts import EngineParts
from antiphon.engine.speech import models
from antiphon.engine.speech.cache import PhraseCache
from antiphon.engine.speech.listening import WORKER, PooledEndOfTurn, PooledRecogniser
from antiphon.engine.speech.pool import WorkerPool
from antiphon.engine.speech.voice import open_voice
from antiphon.settings import BrainSettings, EngineSettings

RECOGNISER_DEADLINE_S = 20.0
"""The longest piece takes 2 s on a quiet core."""
JUDGE_DEADLINE_S = 5.0


async def open_parts(settings: EngineSettings) -> EngineParts:
    """Opens all parts; they are warm when it returns.

    Raises:
        MissingPartError: a package, model or library is not there.
        ModelDigestError: a model is not the published one.
    """
    recogniser_path, voice_path, turn_path, vad_path = await asyncio.gather(
        asyncio.to_thread(models.recogniser_path, settings),
        asyncio.to_thread(models.voice_path, settings),
        asyncio.to_thread(models.SMART_TURN.verified),
        asyncio.to_thread(models.SILERO.verified),
    )
    listen = settings.recogniser
    recognisers = WorkerPool(
        WORKER,
        ["recogniser", str(recogniser_path), str(listen.threads)],
        count=listen.workers,
        deadline_s=RECOGNISER_DEADLINE_S,
    )
    judges = WorkerPool(WORKER, ["end_of_turn", str(turn_path), "1"], deadline_s=JUDGE_DEADLINE_S)
    speak = settings.voice
    cache = PhraseCache(speak.cache_mb * 1024 * 1024, speak.cache_dir)
    try:
        _, _, voice = await asyncio.gather(
            recognisers.start(),
            judges.start(),
            open_voice(
                speak.engine,
                speak.model,
                str(voice_path),
                workers=speak.workers,
                threads=speak.threads,
                cache=cache,
            ),
        )
        from antiphon.engine.speech.vad import SileroModel  # onnxruntime: while the workers load

        vad = SileroModel(vad_path)
    except BaseException:
        await asyncio.gather(recognisers.close(), judges.close())
        raise
    return EngineParts(
        recogniser=PooledRecogniser(recognisers, f"Whisper {listen.model}"),
        voice=voice,
        end_of_turn=PooledEndOfTurn(judges, judges.description),
        brain=open_brain(settings.brain),
        make_vad=vad.stream,
    )


def open_brain(settings: BrainSettings) -> Brain:
    """The brain that the settings name."""
    if settings.name == "chat":
        from antiphon.engine.brains.chat import ChatBrain

        return ChatBrain(settings)
    from antiphon.engine.brains.form import FormBrain

    return FormBrain()
