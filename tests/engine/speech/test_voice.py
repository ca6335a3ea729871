"""The voice with its real worker: Piper, espeak-ng behind it, words in their places, the cache before."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import jiwer
import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from antiphon.engine.speech import models, voice
from antiphon.engine.speech.cache import PhraseCache
from antiphon.engine.speech.clauses import split_clauses
from antiphon.engine.speech.parts import VOICE_HZ, Clip
from antiphon.engine.speech.pool import WorkerPool
from antiphon.engine.speech.voice import PooledVoice
from antiphon.engine.speech.whisper import Whisper

SCRIPTED = "tests.engine.speech.scripted_worker"


@asynccontextmanager
async def opened(module: str, *arguments: str, engine: str = "piper") -> AsyncIterator[PooledVoice]:
    pool = WorkerPool(module, list(arguments))
    await pool.start()
    spoken = PooledVoice(pool, engine, PhraseCache(10_000_000), "digest")
    try:
        yield spoken
    finally:
        await spoken.close()


def piper() -> tuple[str, ...]:
    return voice.WORKER, "piper", str(models.PIPER_JOE.verified()), "1"


def heard(whisper: Whisper, pcm: NDArray[np.int16]) -> str:
    at_16k = soxr.resample(pcm.astype(np.float32), VOICE_HZ, 16_000)
    text = whisper.recognise(np.clip(at_16k, -32768, 32767).astype(np.int16)).text
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def loudness(pcm: NDArray[np.int16]) -> float:
    """RMS of the loudest half of a clip's 20 ms frames, in dB."""
    frames = (pcm[: len(pcm) // 480 * 480].reshape(-1, 480) / 32768) ** 2
    loudest = np.sort(frames.mean(axis=1))[-len(frames) // 2 :]
    return float(10 * np.log10(loudest.mean()))


def assert_in_order(clip: Clip) -> None:
    assert " ".join(word.text for word in clip.words) == clip.text
    edges = [edge for word in clip.words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= clip.duration_ms


LONG = "Our kitchen opens on Friday evening at seven, and you can park behind the house for free."
CUTS = {"Friday": "evening", "evening": "seven", "park": "house"}
"""Where a caller breaks in: after a word, before another."""


def assert_about_the_same(heard_text: str, written: str) -> None:
    """Within one word in five: every speaking differs a little, and so does every hearing."""
    wanted = written.lower().replace(",", "").replace(".", "").replace("?", "")
    assert jiwer.wer(wanted, heard_text.replace("7", "seven").replace("4", "four")) <= 0.2


async def test_piper_speaks_what_is_written_and_knows_where(whisper: Whisper) -> None:
    async with opened(*piper()) as joe:
        assert joe.name == "Piper en_US-joe-medium"
        clip = await joe.speak(LONG, voice="alloy")
        assert_in_order(clip)
        assert_about_the_same(heard(whisper, clip.pcm), LONG)
        for last, unheard in CUTS.items():
            (end_ms,) = (word.end_ms for word in clip.words if word.text.strip(",.") == last)
            said = heard(whisper, clip.pcm[: round(end_ms * VOICE_HZ / 1000)])
            assert last.lower() in said
            assert unheard not in said

        written = "Call 555-1234 – or come to 12 Main St. at 7:30 p.m."
        clip = await joe.speak(written)
        assert_in_order(clip)
        said = heard(whisper, clip.pcm)
        assert "555" in said.replace(" ", "")
        assert "street" in said
        assert "730" in said.replace(" ", "")

        slow, fast = await joe.speak(LONG, speed=0.8), await joe.speak(LONG, speed=1.4)
        assert slow.duration_ms > 1.2 * fast.duration_ms
        assert_in_order(fast)

        again = await joe.speak(f"  {LONG} ", voice="no such voice")
        assert again.cached
        assert (await joe.speak("…!")).duration_ms == 0


async def test_clauses_join_as_one_reply(whisper: Whisper) -> None:
    reply = (
        "Good evening, this is the kitchen, how can I help you? "
        "We have some tables left. Which one would you like?"
    )
    async with opened(*piper()) as joe:
        clips = [await joe.speak(clause) for clause in split_clauses(reply)]
    assert len(clips) >= 3
    joined = np.concatenate([clip.pcm for clip in clips])
    for seam in np.cumsum([len(clip.pcm) for clip in clips])[:-1]:
        around = joined[seam - 100 : seam + 100].astype(int)
        assert np.abs(np.diff(around)).max() < 60
    levels = [loudness(clip.pcm) for clip in clips]
    assert max(levels) - min(levels) < 4
    assert_about_the_same(heard(whisper, joined), reply)


async def test_espeak_speaks_when_told_and_knows_where(whisper: Whisper) -> None:
    async with opened(voice.WORKER, "espeak", engine="espeak") as robot:
        assert robot.name == "espeak-ng"
        clip = await robot.speak("We are open – from 11 a.m. to 10 p.m. ( daily ) , please try again.")
        assert_in_order(clip)
        words = {word.text: word for word in clip.words}
        assert words["–"].start_ms == words["–"].end_ms
        assert words["please"].end_ms - words["please"].start_ms > 150
        assert "please try again" in heard(whisper, clip.pcm)
        assert (await robot.speak(clip.text)).cached
        fast = await robot.speak(clip.text, speed=1.5)
        assert fast.duration_ms < 0.85 * clip.duration_ms


async def test_espeak_helps_out_where_piper_cannot_be_loaded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    broken = tmp_path_factory.mktemp("voice") / "broken.onnx"
    broken.write_bytes(b"no model")
    broken.with_name("broken.onnx.json").write_text("{}")
    async with opened(voice.WORKER, "piper", str(broken), "1") as helper:
        assert helper.name.startswith("espeak-ng (Piper cannot be loaded")
        clip = await helper.speak("Hello.")
        assert clip.duration_ms > 200
        assert not (await helper.speak("Hello.")).cached  # nobody's clip but Piper's is kept as Piper's


async def test_a_clause_that_kills_piper_is_left_to_espeak() -> None:
    async with opened(SCRIPTED) as scripted:
        clip = await scripted.speak("die unless simple")
        assert [word.text for word in clip.words] == ["die unless simple"]
        assert scripted.pool.restarts == 2


async def test_killed_at_any_time_the_clause_is_spoken_all_the_same() -> None:
    async with opened(*piper()) as joe:
        os.kill(joe.pool.pids[0], signal.SIGKILL)
        clip = await joe.speak("Thank you, goodbye.")
        assert_in_order(clip)
        assert clip.duration_ms > 500
