"""The door that all requests go through: who may come in, how many at once, and what becomes of one whose client has left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from antiphon.engine.access import refusal
from antiphon.engine.metrics import EngineMetrics
from antiphon.engine.rest.errors import ApiError, error_json
from antiphon.errors import BrainError, CallRefused, InferenceError
from antiphon.settings import EngineSettings

log = logging.getLogger(__name__)

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOK_S = 0.1
"""How often it is looked whether a client that waits is still there."""


class ClientGone(ConnectionResetError):
    """The client left before it had its answer; what was under way for it has been withdrawn."""


class Door:
    """Guards the requests beside the calls.

    Args:
        settings: the engine's: token, and `max_sessions` for how many requests may be under way at once.
        metrics: where they are counted.
        closing: whether the engine takes no more.
    """

    def __init__(self, settings: EngineSettings, metrics: EngineMetrics, closing: Callable[[], bool]) -> None:
        self._settings = settings
        self._metrics = metrics
        self._closing = closing
        self._open = 0

    def guarded(self, handler: Handler) -> Handler:
        """A handler that is asked only by those who may, and whose errors become OpenAI's error objects."""

        async def handle(request: web.Request) -> web.StreamResponse:
            response = await self._answer(request, handler)
            self._metrics.requests.labels(request.path, str(response.status)).inc()
            return response

        return handle

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if (why := self._refused(request)) is not None:
            status, code, words = why
            self._metrics.refused.labels(code).inc()
            return error_json(status, code, words)
        self._open += 1
        try:
            return await handler(request)
        except ApiError as error:
            return error_json(error.status, error.code, error.message, param=error.param)
        except (InferenceError, BrainError) as error:
            log.warning("%s failed: %s", request.path, error)
            return error_json(500, error.code, error.message)
        except ConnectionError:
            log.debug("%s: the client left", request.path)
            return web.Response(status=499, reason="Client Closed Request")  # nobody reads it
        finally:
            self._open -= 1

    def _refused(self, request: web.Request) -> tuple[int, str, str] | None:
        if self._closing():
            return 503, "closing", "The engine is closing."
        if (why := refusal(request.headers, self._settings)) is not None:
            return why
        if self._open >= self._settings.max_sessions:
            words = f"{self._settings.max_sessions} requests are under way already; try again in a moment."
            return 503, CallRefused.code, words
        return None


async def while_connected(request: web.Request, work: Awaitable[T]) -> T:
    """Does some work for a client; it is cancelled when the client goes away.

    Raises:
        ClientGone: it did.
        Whatever the work raises.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait((task,), timeout=LOOK_S)
            if not task.done() and (request.transport is None or request.transport.is_closing()):
                raise ClientGone(request.path)
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
