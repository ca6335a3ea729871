"""The phrase cache: what was spoken once costs nothing again.

Keyed by voice, speed and text. In memory, least recently used goes first; on disk too when told, so that a restart
does not forget. Requests for a phrase that is being made wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from antiphon.engine.speech.parts import Clip, Word

log = logging.getLogger(__name__)

FORMAT = 2
"""Part of every key: a change of how clips are made forgets the old ones."""
ON_DISK = 4
"""The directory holds so many times what memory does; what was not used for longest goes when an engine starts."""


Maker = Callable[[], Awaitable[tuple[Clip, bool]]]


class _Stored(msgspec.Struct, frozen=True):
    text: str
    pcm: bytes
    words: list[tuple[str, float, float]]


class PhraseCache:
    """Clips by what they say.

    Args:
        max_bytes: of samples in memory.
        directory: where clips are kept between runs; None: nowhere. It is made; old files beyond the bound go.

    Attributes:
        hits: phrases that were there, or already being made.
        misses: phrases that had to be made.
    """

    def __init__(self, max_bytes: int, directory: Path | None = None) -> None:
        self._max_bytes = max_bytes
        self._directory = directory
        self._clips: OrderedDict[str, Clip] = OrderedDict()
        self._bytes = 0
        self._making: dict[str, asyncio.Future[Clip]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self.hits = 0
        self.misses = 0
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            _prune(directory, ON_DISK * max_bytes)

    async def get(self, voice: str, speed: float, text: str, make: Maker) -> Clip:
        """The clip of a phrase, made by `make` if it is not there.

        Args:
            voice: names the voice, down to its model's digest.
            speed: how fast.
            text: the phrase.
            make: makes it; tells whether the clip may be kept (not if another voice had to help out).

        Raises:
            Exception: as `make` does; a phrase whose making failed is made anew for the next who asks.
        """
        key = hashlib.sha256(f"{FORMAT}\0{voice}\0{speed:.3f}\0{text}".encode()).hexdigest()
        while (making := self._making.get(key)) is not None:
            # Who makes it may be withdrawn or fail; then the first who waited makes it.
            with contextlib.suppress(Exception):
                await asyncio.wait([making])
                if not making.cancelled() and making.exception() is None:
                    self.hits += 1
                    return _cached(making.result())
        if (clip := self._recall(key)) is not None:
            self.hits += 1
            return _cached(clip)
        return await self._find_or_make(key, make)

    async def close(self) -> None:
        """Waits until what was made is on disk."""
        await asyncio.gather(*self._writing)

    async def _find_or_make(self, key: str, make: Maker) -> Clip:
        future: asyncio.Future[Clip] = asyncio.get_running_loop().create_future()
        self._making[key] = future
        try:
            found = await asyncio.to_thread(_read, self._directory / key) if self._directory else None
            if found is not None:
                self.hits += 1
                clip, keep = _cached(found), True
            else:
                self.misses += 1
                clip, keep = await make()
                if keep:
                    self._write_later(key, clip)
        except BaseException:
            future.cancel()
            raise
        else:
            if keep:
                self._keep(key, clip)
            future.set_result(clip)
            return clip
        finally:
            del self._making[key]

    def _write_later(self, key: str, clip: Clip) -> None:
        if self._directory is not None:
            task = asyncio.create_task(asyncio.to_thread(_write, self._directory / key, clip))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    def _recall(self, key: str) -> Clip | None:
        clip = self._clips.get(key)
        if clip is not None:
            self._clips.move_to_end(key)
        return clip

    def _keep(self, key: str, clip: Clip) -> None:
        if clip.pcm.nbytes > self._max_bytes:
            return
        self._clips[key] = clip
        self._bytes += clip.pcm.nbytes
        while self._bytes > self._max_bytes:
            _, oldest = self._clips.popitem(last=False)
            self._bytes -= oldest.pcm.nbytes


def _cached(clip: Clip) -> Clip:
    return replace(clip, cached=True, compute_ms=0.0)


def _read(path: Path) -> Clip | None:
    try:
        stored = msgspec.msgpack.decode(path.read_bytes(), type=_Stored)
        pcm = np.frombuffer(stored.pcm, np.int16)
        os.utime(path)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, ValueError) as error:
        log.warning("phrase cache: %s is unreadable (%s); made anew", path.name, error)
        return None
    return Clip(stored.text, pcm, tuple(Word(*word) for word in stored.words))


def _write(path: Path, clip: Clip) -> None:
    words = [(word.text, word.start_ms, word.end_ms) for word in clip.words]
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(msgspec.msgpack.encode(_Stored(clip.text, clip.pcm.tobytes(), words)))
        partial.replace(path)
    except OSError as error:
        log.warning("phrase cache: cannot write %s: %s", path, error)


def _prune(directory: Path, max_bytes: int) -> None:
    """Removes what is too much, the longest unused first. Other engines may use the directory too."""
    files = []
    for path in directory.iterdir():
        with contextlib.suppress(OSError):
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    total = 0
    for _, size, path in sorted(files, reverse=True):
        total += size
        if total > max_bytes:
            with contextlib.suppress(OSError):
                path.unlink()
