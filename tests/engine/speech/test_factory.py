"""The engine's parts as the factory opens them: real models in real processes."""

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from antiphon.engine.parts import EngineParts
from antiphon.engine.speech.factory import open_parts
from antiphon.engine.speech.listening import PooledEndOfTurn, PooledRecogniser
from antiphon.engine.speech.voice import PooledVoice
from antiphon.errors import MissingPartError
from antiphon.settings import EngineSettings, VoiceSettings
from tests.support import noises, speech


def children() -> set[int]:
    """Processes that this one started and that still run."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            except OSError:
                continue
            if int(parent) == os.getpid() and state != "Z":
                found.add(int(entry.name))
    return found


def worker_of(part: object) -> int:
    assert isinstance(part, PooledRecogniser | PooledEndOfTurn | PooledVoice)
    return part.pool.pids[0]


async def use(parts: EngineParts) -> tuple[str, str]:
    """Speaks, listens, judges; returns what was heard of speech and of noise."""
    clip = await parts.voice.speak("Thank you.")
    assert clip.duration_ms > 300
    sentence = speech.recording("agent-pass").pcm
    said, expected, noise, judged = await asyncio.gather(
        parts.recogniser.recognise(speech.say("please try again").pcm),
        parts.recogniser.recognise(speech.flite("exhaust", "rms").pcm, vocabulary=("brakes", "exhaust")),
        parts.recogniser.recognise(noises.white(1500).pcm),
        parts.end_of_turn.probability(sentence),
    )
    assert judged > 0.5
    assert (expected.text, bool(expected.written)) == ("Exhaust.", True)
    assert noise.rejected
    return said.text.lower().strip(" ."), noise.text


async def test_parts_speak_listen_and_judge_whatever_worker_is_killed(tmp_path: Path) -> None:
    before = children()
    settings = EngineSettings(voice=VoiceSettings(cache_dir=tmp_path))
    parts = await open_parts(settings)
    try:
        assert (parts.recogniser.name, parts.voice.name, parts.end_of_turn.name) == (
            "Whisper tiny.en, int8",
            "Piper en_US-joe-medium",
            "Smart Turn v3.2",
        )
        assert await use(parts) == ("please try again", "")
        for part in (parts.recogniser, parts.end_of_turn, parts.voice):
            os.kill(worker_of(part), signal.SIGKILL)
            assert await use(parts) == ("please try again", "")

        # In the middle of work: the request is repeated, with the same outcome.
        working = asyncio.create_task(parts.recogniser.recognise(speech.recording("vm-options").pcm))
        await asyncio.sleep(0.05)
        os.kill(worker_of(parts.recogniser), signal.SIGKILL)
        assert "press" in (await working).text.lower()

        one, other = parts.make_vad(), parts.make_vad()
        assert one is not other
        assert one(np.zeros(512, np.int16)) < 0.5
    finally:
        await parts.close()
    assert children() == before


async def test_without_a_voice_model_nothing_is_left_behind(tmp_path: Path) -> None:
    before = children()
    settings = EngineSettings(voice=VoiceSettings(model=str(tmp_path / "none.onnx")))
    with pytest.raises(MissingPartError, match="Piper voice"):
        await open_parts(settings)
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "model.bin").write_bytes(b"no model")
    settings = EngineSettings(
        recogniser=settings.recogniser.model_copy(update={"model": str(tmp_path / "wrong")})
    )
    with pytest.raises(MissingPartError, match="listening_worker cannot load"):
        await open_parts(settings)
    assert children() == before
