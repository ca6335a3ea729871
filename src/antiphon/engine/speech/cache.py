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

FORMAT = 1
"""Part of every file's name: a change of the form forgets the old files."""


class _Stored(msgspec.Struct, frozen=True):
    text: str
    pcm: bytes
    words: list[tuple[str, float, float]]


class PhraseCache:
    """Clips by what they say.

    Args:
        max_bytes: of samples in memory.
        directory: where clips are kept between runs; None: nowhere.
    """

    def __init__(self, max_bytes: int, directory: Path | None = None) -> None:
        self._max_bytes = max_bytes
        self._directory = directory
        self._clips: OrderedDict[str, Clip] = OrderedDict()
        self._bytes = 0
        self._making: dict[str, asyncio.Future[Clip]] = {}
        self.hits = 0
        self.misses = 0
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)

    async def get(self, voice: str, speed: float, text: str, make: Callable[[], Awaitable[Clip]]) -> Clip:
        """The clip of a phrase, made by `make` if it is not there."""
        key = hashlib.sha256(f"{FORMAT}\0{voice}\0{speed:.3f}\0{text}".encode()).hexdigest()
        while key in self._making:
            with contextlib.suppress(Exception):
                return await asyncio.shield(self._making[key])
            if key not in self._making:
                break
        clip = self._recall(key)
        if clip is None and self._directory is not None:
            clip = await asyncio.to_thread(_read, self._directory / key)
            if clip is not None:
                self._keep(key, clip)
        if clip is not None:
            self.hits += 1
            return replace(clip, cached=True, compute_ms=0.0)
        self.misses += 1
        return await self._make(key, make)

    async def _make(self, key: str, make: Callable[[], Awaitable[Clip]]) -> Clip:
        future: asyncio.Future[Clip] = asyncio.get_running_loop().create_future()
        self._making[key] = future
        try:
            clip = await make()
        except BaseException as error:
            del self._making[key]
            future.cancel() if isinstance(error, asyncio.CancelledError) else future.set_exception(error)
            if future.done() and not future.cancelled():
                future.exception()  # seen: nobody may be waiting
            raise
        del self._making[key]
        self._keep(key, clip)
        future.set_result(replace(clip, cached=True, compute_ms=0.0))
        if self._directory is not None:
            await asyncio.to_thread(_write, self._directory / key, clip)
        return clip

    def _recall(self, key: str) -> Clip | None:
        clip = self._clips.get(key)
        if clip is not None:
            self._clips.move_to_end(key)
        return clip

    def _keep(self, key: str, clip: Clip) -> None:
        if clip.pcm.nbytes > self._max_bytes or key in self._clips:
            return
        self._clips[key] = clip
        self._bytes += clip.pcm.nbytes
        while self._bytes > self._max_bytes:
            _, oldest = self._clips.popitem(last=False)
            self._bytes -= oldest.pcm.nbytes


def _read(path: Path) -> Clip | None:
    try:
        stored = msgspec.msgpack.decode(path.read_bytes(), type=_Stored)
        pcm = np.frombuffer(stored.pcm, np.int16)
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
