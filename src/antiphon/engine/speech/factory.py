"""Opens the engine's parts as the settings say: models verified, workers started side by side, the brain chosen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from antiphon.engine.brains.brain import Brain
from antiphon.engine.parts import EngineParts
from antiphon.engine.speech import listening, models, own_voice, voice
from antiphon.engine.speech.cache import PhraseCache
from antiphon.engine.speech.pool import WorkerPool
from antiphon.settings import BrainSettings, EngineSettings

if TYPE_CHECKING:
    from antiphon.engine.speech.vad import SileroModel

RECOGNISER_DEADLINE_S = 15.0
"""The longest piece takes 2 s on a quiet core."""
JUDGE_DEADLINE_S = 5.0


async def open_parts(settings: EngineSettings) -> EngineParts:
    """Opens all parts; they are warm when it returns.

    Raises:
        MissingPartError: a package, model or library is not there.
        ModelDigestError: a model is not the published one.
    """
    piper = settings.voice.engine == "piper"
    whisper, joe, turn, vad = await asyncio.gather(
        asyncio.to_thread(models.recogniser_path, settings),
        asyncio.to_thread(models.voice_path, settings) if piper else _nothing(),
        asyncio.to_thread(models.SMART_TURN.verified),
        asyncio.to_thread(models.SILERO.verified),
    )
    digest = await asyncio.to_thread(own_voice.sha256_of, joe) if joe else ""
    cache = await asyncio.to_thread(
        PhraseCache, settings.voice.cache_mb * 1024 * 1024, settings.voice.cache_dir
    )
    hears = settings.recogniser
    recognisers = WorkerPool(
        listening.WORKER,
        ["recogniser", str(whisper), str(hears.threads)],
        count=hears.workers,
        deadline_s=RECOGNISER_DEADLINE_S,
    )
    judges = WorkerPool(
        listening.WORKER, ["end_of_turn", str(turn), "1"], count=hears.workers, deadline_s=JUDGE_DEADLINE_S
    )
    speakers = WorkerPool(
        voice.WORKER,
        ["piper", str(joe), str(settings.voice.threads)] if joe else ["espeak"],
        count=settings.voice.workers,
        deadline_s=voice.DEADLINE_S,
    )
    pools = (recognisers, judges, speakers)
    try:
        starts = [asyncio.ensure_future(pool.start()) for pool in pools]
        silero = await asyncio.to_thread(_open_vad, vad)  # while the workers load
        await asyncio.gather(*starts)
        brain = open_brain(settings.brain)
    except BaseException:
        await asyncio.gather(*(pool.close() for pool in pools))
        raise
    return EngineParts(
        recogniser=listening.PooledRecogniser(
            recognisers, f"{recognisers.description} {_model(settings)}, int8"
        ),
        voice=voice.PooledVoice(speakers, settings.voice.engine, cache, digest),
        end_of_turn=listening.PooledEndOfTurn(judges, judges.description),
        brain=brain,
        make_vad=silero.stream,
    )


def open_brain(settings: BrainSettings) -> Brain:
    """The brain that the settings name."""
    if settings.name == "chat":
        from antiphon.engine.brains.chat import ChatBrain

        return ChatBrain(settings)
    from antiphon.engine.brains.form import FormBrain

    return FormBrain()


def _open_vad(path: Path) -> SileroModel:
    from antiphon.engine.speech.vad import SileroModel  # onnxruntime takes 0.3 s to import

    return SileroModel(path)


def _model(settings: EngineSettings) -> str:
    return Path(settings.recogniser.model).name


async def _nothing() -> None:
    return None
