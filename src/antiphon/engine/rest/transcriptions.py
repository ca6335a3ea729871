"""POST /v1/audio/transcriptions: the engine's recogniser for a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from aiohttp import web

from antiphon.audio.decode import NoAudio, decode
from antiphon.audio.resample import resample_clip, to_pcm16
from antiphon.clock import monotonic_ms
from antiphon.engine.metrics import EngineMetrics
from antiphon.engine.rest.door import while_connected
from antiphon.engine.rest.errors import ApiError, checked_model
from antiphon.engine.rest.upload import Form, read_form
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16, Recogniser, Recognition

MAX_S = 600.0
"""A file may be so long."""
PIECE_S = 28.0
"""The recogniser takes 30 s at once, with quiet before the speech."""
SEARCH_S = 8.0
"""A longer file is cut at the quietest moment of the last so many seconds of each piece."""
QUIET_S = 0.1

FORMATS = ("json", "text", "verbose_json")
LANGUAGES = ("", "en", "eng", "english")
_NOT_SERVED = {"stream": ("false", "0"), "diarize": ("false", "0")}
"""Fields that would change the answer, and their values that don't."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A recognised part of the file, in seconds from its beginning."""

    start_s: float
    end_s: float
    heard: Recognition


class Transcriptions:
    """Serves the address.

    Args:
        recogniser: the engine's, with its own pool. A file waits as a turn does that is over.
        metrics: where the work is counted.
    """

    def __init__(self, recogniser: Recogniser, metrics: EngineMetrics) -> None:
        self._recogniser = recogniser
        self._metrics = metrics

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request.

        Raises:
            ApiError: the form is wrong; names the field.
            InferenceError: the recogniser failed.
        """
        form = await read_form(request)
        shape = _checked(form)
        assert form.file is not None
        pcm = await asyncio.to_thread(_samples, form.file)
        vocabulary = tuple(word.strip() for word in form.fields.get("keywords", []) if word.strip())
        pieces = await while_connected(request, self._recognise(pcm, vocabulary))
        return _answer(pieces, len(pcm) / RECOGNISER_HZ, shape)

    async def _recognise(self, pcm: Pcm16, vocabulary: tuple[str, ...]) -> list[Piece]:
        pieces = []
        for start, end in cuts(pcm):
            began_ms = monotonic_ms()
            heard = await self._recogniser.recognise(pcm[start:end], vocabulary=vocabulary)
            self._metrics.work.labels("recognise").observe((monotonic_ms() - began_ms) / 1000)
            pieces.append(Piece(start / RECOGNISER_HZ, end / RECOGNISER_HZ, heard))
        return pieces


def cuts(pcm: Pcm16) -> Iterator[tuple[int, int]]:
    """Where a file is cut into pieces that the recogniser takes (samples from, to)."""
    most, search, quiet = (int(s * RECOGNISER_HZ) for s in (PIECE_S, SEARCH_S, QUIET_S))
    start = 0
    while len(pcm) - start > most:
        window = np.abs(pcm[start + most - search : start + most].astype(np.float32))
        loudness = window[: len(window) // quiet * quiet].reshape(-1, quiet).mean(axis=1)
        end = start + most - search + int(loudness.argmin()) * quiet + quiet // 2
        yield start, end
        start = end
    yield start, len(pcm)


def _checked(form: Form) -> str:
    """The answer's form, when all is right."""
    if form.file is None:
        raise ApiError(
            "`file` is missing: send the recording as a file.",
            param="file",
            code="missing_required_parameter",
        )
    if "model" not in form.fields:
        raise ApiError("`model` is required.", param="model", code="missing_required_parameter")
    checked_model(form.text("model"))
    shape = form.text("response_format", "json")
    if shape not in FORMATS:
        raise ApiError(f"`response_format` is one of {', '.join(FORMATS)}.", param="response_format")
    if form.text("language").lower() not in LANGUAGES:
        raise ApiError("`language`: the recogniser knows English only (en).", param="language")
    if "word" in form.fields.get("timestamp_granularities", []):
        raise ApiError(
            "`timestamp_granularities`: words have no times here, segments have.",
            param="timestamp_granularities",
        )
    for name, harmless in _NOT_SERVED.items():
        if form.text(name, harmless[0]).lower() not in harmless:
            raise ApiError(f"`{name}` is not served here.", param=name, code="unsupported_parameter")
    return shape


def _samples(data: bytes) -> Pcm16:
    try:
        samples, rate_hz = decode(data, max_s=MAX_S)
    except NoAudio as error:
        raise ApiError(f"`file` {error.message}.", param="file", code="invalid_audio") from error
    return to_pcm16(resample_clip(samples, rate_hz, RECOGNISER_HZ))


def _answer(pieces: list[Piece], duration_s: float, shape: str) -> web.Response:
    text = " ".join(piece.heard.text for piece in pieces if piece.heard.text)
    if shape == "text":
        return web.Response(text=f"{text}\n")
    found: dict[str, Any] = {"text": text, "usage": {"type": "duration", "seconds": round(duration_s, 3)}}
    if shape == "verbose_json":
        segments = [_segment(number, piece) for number, piece in enumerate(pieces) if piece.heard.text]
        found |= {"task": "transcribe", "language": "english", "duration": duration_s, "segments": segments}
    return web.json_response(found)


def _segment(number: int, piece: Piece) -> dict[str, Any]:
    return {
        "id": number,
        "seek": 0,
        "start": piece.start_s,
        "end": piece.end_s,
        "text": piece.heard.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": piece.heard.avg_logprob,
        "compression_ratio": 1.0,
        "no_speech_prob": piece.heard.no_speech_prob,
    }
