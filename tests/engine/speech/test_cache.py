"""The phrase cache."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from antiphon.engine.speech.cache import ON_DISK, PhraseCache
from antiphon.engine.speech.parts import Clip, Word
from antiphon.errors import InferenceError


class Voice:
    """Makes clips and counts them; waits for `go` if it has one."""

    def __init__(self, go: asyncio.Event | None = None, *, keep: bool = True, samples: int = 100) -> None:
        self.made: list[str] = []
        self.go = go
        self.keep = keep
        self.samples = samples

    async def say(self, cache: PhraseCache, text: str, *, voice: str = "joe", speed: float = 1.0) -> Clip:
        async def make() -> tuple[Clip, bool]:
            self.made.append(text)
            if self.go:
                await self.go.wait()
            pcm = np.arange(self.samples, dtype=np.int16)
            return Clip(text, pcm, (Word(text, 1.5, 3.0),), compute_ms=40.0), self.keep

        return await cache.get(voice, speed, text, make)


def files(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def same(one: Clip, other: Clip) -> bool:
    return (one.text, one.words) == (other.text, other.words) and np.array_equal(one.pcm, other.pcm)


async def test_the_second_time_costs_nothing() -> None:
    cache, voice = PhraseCache(10_000), Voice()
    first = await voice.say(cache, "Okay.")
    again = await voice.say(cache, "Okay.")
    assert (first.cached, first.compute_ms) == (False, 40.0)
    assert (again.cached, again.compute_ms) == (True, 0.0)
    assert same(first, again)
    assert voice.made == ["Okay."]
    assert (cache.hits, cache.misses) == (1, 1)


async def test_another_voice_speed_or_text_is_another_phrase() -> None:
    cache, voice = PhraseCache(10_000), Voice()
    await voice.say(cache, "Okay.")
    await voice.say(cache, "Okay!")
    await voice.say(cache, "Okay.", voice="amy")
    await voice.say(cache, "Okay.", speed=1.2)
    assert len(voice.made) == 4


async def test_at_once_it_is_made_once() -> None:
    cache, go = PhraseCache(10_000), asyncio.Event()
    voice = Voice(go)
    asked = [asyncio.create_task(voice.say(cache, "Okay.")) for _ in range(5)]
    await asyncio.sleep(0)
    go.set()
    clips = await asyncio.gather(*asked)
    assert voice.made == ["Okay."]
    assert sum(not clip.cached for clip in clips) == 1
    assert all(same(clip, clips[0]) for clip in clips)


async def test_if_the_one_who_has_it_made_is_withdrawn_the_next_has_it_made() -> None:
    cache, go = PhraseCache(10_000), asyncio.Event()
    voice = Voice(go)
    first, second, third = (asyncio.create_task(voice.say(cache, "Okay.")) for _ in range(3))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    go.set()
    clips = await asyncio.gather(second, third)
    assert voice.made == ["Okay."] * 2
    assert [clip.text for clip in clips] == ["Okay."] * 2


async def test_one_who_waits_may_be_withdrawn_alone() -> None:
    cache, go = PhraseCache(10_000), asyncio.Event()
    voice = Voice(go)
    first, second = (asyncio.create_task(voice.say(cache, "Okay.")) for _ in range(2))
    await asyncio.sleep(0.01)
    second.cancel()
    go.set()
    assert not (await first).cached
    assert voice.made == ["Okay."]


async def test_a_failure_is_told_to_each_and_not_kept() -> None:
    cache = PhraseCache(10_000)
    tries = 0

    async def fail() -> tuple[Clip, bool]:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise InferenceError("no voice")

    outcomes = await asyncio.gather(
        *(cache.get("joe", 1.0, "Okay.", fail) for _ in range(3)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [InferenceError] * 3
    assert tries == 3
    assert not (await Voice().say(cache, "Okay.")).cached


async def test_what_another_voice_helped_out_with_is_not_kept(tmp_path: Path) -> None:
    cache, helper = PhraseCache(10_000, tmp_path), Voice(keep=False)
    await helper.say(cache, "Okay.")
    await helper.say(cache, "Okay.")
    await cache.close()
    assert helper.made == ["Okay."] * 2
    assert files(tmp_path) == []


async def test_the_least_recently_used_goes_first() -> None:
    cache, voice = PhraseCache(600), Voice()  # three clips of 200 bytes
    for text in ("a", "b", "c", "a", "d"):
        await voice.say(cache, text)
    assert (await voice.say(cache, "a")).cached
    assert not (await voice.say(cache, "b")).cached


async def test_a_clip_too_large_for_memory_is_spoken_all_the_same() -> None:
    cache, voice = PhraseCache(600), Voice(samples=1000)
    assert len((await voice.say(cache, "long")).pcm) == 1000
    assert not (await voice.say(cache, "long")).cached
    assert not (await Voice().say(PhraseCache(0), "a")).cached


async def test_on_disk_it_outlives_the_engine(tmp_path: Path) -> None:
    cache = PhraseCache(10_000, tmp_path / "new" / "dir")
    first = await Voice().say(cache, "Okay.")
    await cache.close()
    voice = Voice()
    again = await voice.say(PhraseCache(10_000, tmp_path / "new" / "dir"), "Okay.")
    assert again.cached
    assert same(first, again)
    assert voice.made == []


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x93\xa1x\xc4\x03abc\x90"])
async def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    cache = PhraseCache(10_000, tmp_path)
    first = await Voice().say(cache, "Okay.")
    await cache.close()
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    for bad in (damage, whole[: len(whole) // 2]):
        file.write_bytes(bad)
        cache, voice = PhraseCache(10_000, tmp_path), Voice()
        assert same(await voice.say(cache, "Okay."), first)
        await cache.close()
        assert voice.made == ["Okay."]
        assert file.read_bytes() == whole


async def test_a_directory_that_cannot_be_written_costs_the_cache_only(tmp_path: Path) -> None:
    cache = PhraseCache(10_000, tmp_path / "dir")
    (tmp_path / "dir").rmdir()
    assert (await Voice().say(cache, "Okay.")).text == "Okay."
    await cache.close()


async def test_the_directory_is_bounded(tmp_path: Path) -> None:
    cache = PhraseCache(1000, tmp_path)
    for number in range(3 * ON_DISK):
        await Voice(samples=490).say(cache, f"phrase {number}")
    await cache.close()
    assert len(files(tmp_path)) == 3 * ON_DISK
    PhraseCache(1000, tmp_path)
    assert 0 < sum(file.stat().st_size for file in files(tmp_path)) <= ON_DISK * 1000
