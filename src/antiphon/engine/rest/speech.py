"""POST /v1/audio/speech: the engine's voice for a text, sent clause by clause as it is made."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from antiphon.audio.encode import FORMATS, Encoder
from antiphon.clock import monotonic_ms
from antiphon.engine.metrics import EngineMetrics
from antiphon.engine.rest.door import while_connected
from antiphon.engine.rest.errors import ApiError, checked_model, read_json
from antiphon.engine.speech.clauses import split_clauses
from antiphon.engine.speech.parts import VOICE_HZ, Clip, Voice
from antiphon.errors import InferenceError

AHEAD = 2
"""Clauses in the making at once: the next one is ready when the one before has been sent."""


class VoiceRef(msgspec.Struct, frozen=True):
    """A voice by its id."""

    id: str


class SpeechRequest(msgspec.Struct, frozen=True):
    """The body. `instructions` are not followed: the voice has one manner."""

    input: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    model: str
    voice: str | VoiceRef
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float, msgspec.Meta(ge=0.25, le=4.0)] = 1.0
    stream_format: Literal["audio", "sse"] = "audio"
    instructions: str | None = None


class Speech:
    """Serves the address.

    Args:
        voice: the engine's, with its phrase cache and its own pool.
        metrics: where the work is counted.
    """

    def __init__(self, voice: Voice, metrics: EngineMetrics) -> None:
        self._voice = voice
        self._metrics = metrics

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request.

        Raises:
            ApiError: the body is wrong; names the field.
            InferenceError: the voice failed before the first sound. Later, the connection is cut.
        """
        asked = read_json(await request.read(), SpeechRequest)
        checked_model(asked.model)
        clauses = split_clauses(asked.input)
        if not clauses:
            raise ApiError("`input` has nothing in it that can be said.", param="input")
        async with aclosing(self._clips(clauses, asked)) as clips:
            first = await while_connected(request, anext(clips))
            response = _Stream(request, asked)
            try:
                await response.begin(first)
                while (clip := await while_connected(request, anext(clips, None))) is not None:
                    await response.send(clip)
                await response.finish()
            except InferenceError:
                if request.transport is not None:
                    request.transport.abort()  # what would end here must not be taken for the whole
        return response.response

    async def _clips(self, clauses: Sequence[str], asked: SpeechRequest) -> AsyncGenerator[Clip, None]:
        making: deque[asyncio.Task[Clip]] = deque()
        voice = asked.voice if isinstance(asked.voice, str) else asked.voice.id
        try:
            for clause in clauses:
                making.append(asyncio.ensure_future(self._speak(clause, voice, asked.speed)))
                if len(making) == AHEAD:
                    yield await making[0]
                    making.popleft()
            while making:
                yield await making[0]
                making.popleft()
        finally:
            for task in making:
                task.cancel()
            await asyncio.gather(*making, return_exceptions=True)

    async def _speak(self, clause: str, voice: str, speed: float) -> Clip:
        began_ms = monotonic_ms()
        clip = await self._voice.speak(clause, voice=voice, speed=speed)
        self._metrics.work.labels("voice").observe((monotonic_ms() - began_ms) / 1000)
        if clip.cached:
            self._metrics.voice_cached.inc()
        return clip


class _Stream:
    """The answer under way, as bytes or as server-sent events."""

    def __init__(self, request: web.Request, asked: SpeechRequest) -> None:
        self._request = request
        self._events = asked.stream_format == "sse"
        self._encoder = Encoder(asked.response_format, VOICE_HZ)
        kind = "text/event-stream" if self._events else FORMATS[asked.response_format]
        self.response = web.StreamResponse(headers={"Content-Type": kind, "Cache-Control": "no-store"})

    async def begin(self, clip: Clip) -> None:
        head = await asyncio.to_thread(self._encoder.begin)
        await self.response.prepare(self._request)
        await self.send(clip, head)

    async def send(self, clip: Clip, head: bytes = b"") -> None:
        await self._write(head + await asyncio.to_thread(self._encoder.encode, clip.pcm))

    async def finish(self) -> None:
        await self._write(await asyncio.to_thread(self._encoder.finish))
        if self._events:
            usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
            await self._event({"type": "speech.audio.done", "usage": usage})
        await self.response.write_eof()

    async def _write(self, data: bytes) -> None:
        if data and self._events:
            await self._event({"type": "speech.audio.delta", "audio": base64.b64encode(data).decode()})
        elif data:
            await self.response.write(data)

    async def _event(self, event: dict[str, Any]) -> None:
        await self.response.write(f"data: {json.dumps(event)}\n\n".encode())
