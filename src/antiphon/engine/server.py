"""The engine's server: Realtime calls over websocket, health and metrics.

GET /v1/realtime (and /realtime)   a call; ?model=NAME, ?antiphon=events for the namespaced events
GET /healthz                       200 while the process serves
GET /readyz                        200 once warmed up, until it closes
GET /metrics                       Prometheus

The parts one by one (`engine/rest/`):

POST /v1/audio/transcriptions      a file's words
POST /v1/audio/speech              a text's sound
POST /v1/chat/completions          the brain's answer to a conversation
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import WSCloseCode, WSMsgType, web

from antiphon.clock import CivilClock, civil_clock, monotonic_ms
from antiphon.engine.access import refusal
from antiphon.engine.metrics import CONTENT_TYPE, EngineMetrics
from antiphon.engine.parts import EngineParts
from antiphon.engine.records import Records
from antiphon.engine.rest.chat import Chat
from antiphon.engine.rest.door import Door, Handler
from antiphon.engine.rest.errors import error_json
from antiphon.engine.rest.speech import Speech
from antiphon.engine.rest.transcriptions import Transcriptions
from antiphon.engine.runner import SessionRunner
from antiphon.engine.session import Session
from antiphon.errors import CallRefused, PortInUseError, SettingsError, WireError
from antiphon.exposure import check_listening, in_address
from antiphon.settings import EngineSettings, Settings

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""The largest websocket message that is read at all. The largest event that can be right has 20 MiB (15 MiB of audio as base64), so a
client that went too far is told so in an `error` event; beyond this the connection is closed (1009)."""

HEARTBEAT_S = 20.0
"""A client that is silently gone (a laptop's lid) is noticed after one and a half of these."""

CLOSE_S = 0.4
"""How long a client may take to answer a close."""

CLOSE_CODES = {
    "client": WSCloseCode.OK,
    "shutdown": WSCloseCode.GOING_AWAY,
    "slow_client": WSCloseCode.TRY_AGAIN_LATER,
    "failed": WSCloseCode.INTERNAL_ERROR,
}

NOT_YET = {
    "/v1/realtime/calls": "Calls over WebRTC",
    "/v1/realtime/client_secrets": "Client secrets",
    "/v1/realtime/translations": "Translation sessions",
}
"""Addresses of the Realtime API that are not served yet."""


class EngineServer:
    """Serves calls until it is stopped.

    Args:
        settings: the whole tree; `engine` and `timezone` are used.
        parts: shared by all calls. The one who opened them closes them.

    Raises:
        SettingsError: it would be open to other machines without a token.
    """

    def __init__(self, settings: Settings, *, parts: EngineParts) -> None:
        check_listening("engine", settings.engine.host, settings.engine.token)
        self.settings: EngineSettings = settings.engine
        self.metrics = EngineMetrics()
        self._parts = parts
        self._civil: CivilClock = civil_clock(settings.timezone)
        self._calls: dict[SessionRunner, None] = {}
        self._open_calls = 0
        self._ready = False
        self._closing = False
        self._records: Records | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The Realtime base address, as clients want it."""
        return f"http://{in_address(self.settings.host)}:{self.settings.port}/v1"

    async def start(self) -> None:
        """Listens, then warms the parts up. Calls are taken at once; `/readyz` tells when the first answer will be quick.

        Raises:
            PortInUseError: another program listens there.
            SettingsError: `engine.host` cannot be listened on, or `engine.record_dir` cannot be written to.
            InferenceError: a part does not work.
        """
        if self.settings.record_dir is not None:
            try:
                self._records = Records(self.settings.record_dir, dropped=self.metrics.records_dropped.inc)
            except OSError as error:
                raise SettingsError(f"engine.record_dir cannot be used: {error}") from error
        try:
            self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=CLOSE_S)
            await self._runner.setup()
            await self._listen(self._runner)
            await self._parts.warm_up()
        except BaseException:
            await self.stop()
            raise
        gc.collect()
        gc.freeze()  # models and modules are never garbage; walking them stalls every call
        self._ready = True
        self.metrics.ready.set(1)
        log.info("the engine is ready at %s", self.url)

    async def stop(self) -> None:
        """Says good-bye to every call (1001) and closes, within a second."""
        self._closing = True
        self._ready = False
        self.metrics.ready.set(0)
        for call in list(self._calls):
            call.stop("shutdown")
        if self._runner is not None:
            await self._runner.cleanup()
        if self._records is not None:
            await asyncio.to_thread(self._records.close)

    async def _listen(self, runner: web.AppRunner) -> None:
        host, port = self.settings.host, self.settings.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(
                    f"Another program listens on {host}:{port}, where the engine should.",
                    mend="End it, or choose another port with --engine-port or engine.port.",
                ) from error
            raise SettingsError(
                f"engine.host: cannot listen on {host}:{port}: {error.strerror or error}"
            ) from error

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_json_errors])
        app.on_response_prepare.append(_number)
        app.router.add_get("/v1/realtime", self._realtime)
        app.router.add_get("/realtime", self._realtime)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics_page)
        door = Door(self.settings, self.metrics, lambda: self._closing)
        for path, handler in self._parts_alone().items():
            app.router.add_post(path, door.guarded(handler))
        for path in NOT_YET:
            app.router.add_route("*", path, _not_yet)
        return app

    def _parts_alone(self) -> dict[str, Handler]:
        """The parts that are served without a call."""
        parts, metrics = self._parts, self.metrics
        return {
            "/v1/audio/transcriptions": Transcriptions(parts.recogniser, metrics).handle,
            "/v1/audio/speech": Speech(parts.voice, metrics).handle,
            "/v1/chat/completions": Chat(parts.brain, self._civil).handle,
        }

    # ------------------------------------------------------------------ calls

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        if (why := self._refused(request)) is not None:
            status, code, words = why
            self.metrics.refused.labels(code).inc()
            return error_json(status, code, words)
        socket = web.WebSocketResponse(
            timeout=CLOSE_S,
            heartbeat=HEARTBEAT_S,
            protocols=("realtime",),
            compress=False,
            max_msg_size=MAX_MESSAGE_BYTES,
            decode_text=False,
        )
        if not socket.can_prepare(request):
            words = "This is a websocket's address: open it with ws:// or an Upgrade request."
            return error_json(426, "upgrade_required", words, {"Upgrade": "websocket"})
        self._open_calls += 1
        self.metrics.sessions.inc()
        try:
            await socket.prepare(request)
            await self._call(request, socket)
        finally:
            self._open_calls -= 1
            self.metrics.sessions.dec()
        return socket

    def _refused(self, request: web.Request) -> tuple[int, str, str] | None:
        if self._closing:
            return 503, "closing", "The engine is closing."
        if (why := refusal(request.headers, self.settings)) is not None:
            return why
        if self._open_calls >= self.settings.max_sessions:
            words = f"All {self.settings.max_sessions} places for calls are taken; try again later."
            return 503, CallRefused.code, words
        return None

    async def _call(self, request: web.Request, socket: web.WebSocketResponse[bool]) -> None:
        session = Session(
            self.settings,
            vad=self._parts.make_vad(),
            brain=self._parts.brain,
            civil=self._civil,
            extended="events" in request.query.get("antiphon", "").split(","),
            model=request.query.get("model", "antiphon"),
            now_ms=monotonic_ms(),
        )
        record = self._records.open(session.id, self._civil()) if self._records is not None else None
        runner = SessionRunner(
            session,
            self._parts,
            lambda message: socket.send_frame(message, WSMsgType.TEXT),
            metrics=self.metrics,
            record=record,
        )
        self._calls[runner] = None
        log.info("%s: a call begins", session.id)
        ending = "failed"
        try:
            ending = await runner.run(_messages(socket, runner))
        finally:
            del self._calls[runner]
            self.metrics.ended.labels(ending).inc()
            log.info("%s: the call ended (%s)", session.id, ending)
            if record is not None:
                record.write("ended", monotonic_ms(), {"reason": ending})
                record.close()
            await socket.close(code=CLOSE_CODES[ending], message=ending.encode())

    # ------------------------------------------------------------------ pages

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, request: web.Request) -> web.Response:
        status = "ready" if self._ready else "closing" if self._closing else "starting"
        parts = {
            kind: getattr(self._parts, kind).name for kind in ("recogniser", "voice", "end_of_turn", "brain")
        }
        return web.json_response(
            {
                "status": status,
                "sessions": self._open_calls,
                "max_sessions": self.settings.max_sessions,
                "parts": parts,
            },
            status=200 if self._ready else 503,
        )

    async def _metrics_page(self, request: web.Request) -> web.Response:
        return web.Response(body=self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


async def serve(
    settings: Settings, *, parts: EngineParts, ready: Callable[[EngineServer], None] | None = None
) -> None:
    """Serves until cancelled; then every call is closed with 1001.

    Args:
        settings: the whole tree.
        parts: what listens, thinks and speaks; not closed here.
        ready: told when the engine is warmed up.

    Raises:
        What `EngineServer` and its `start` raise.
    """
    server = EngineServer(settings, parts=parts)
    await server.start()
    try:
        if ready is not None:
            ready(server)
        await asyncio.Event().wait()
    finally:
        await server.stop()


async def _messages(socket: web.WebSocketResponse[bool], runner: SessionRunner) -> AsyncIterator[str | bytes]:
    """The text messages of a websocket, to its end. What is not text is refused, and the call goes on."""
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            yield message.data
        elif message.type == WSMsgType.BINARY:
            runner.refuse(
                WireError(
                    "Binary messages are not part of the protocol: send audio as base64 in input_audio_buffer.append.",
                    code="binary_message",
                )
            )
        elif message.type == WSMsgType.ERROR:
            log.warning("a websocket failed: %s", socket.exception())


@web.middleware
async def _json_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Errors of HTTP as the API's error objects."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        words = f"{request.method} {request.path}: {error.reason}."
        return error_json(error.status, error.reason.lower().replace(" ", "_"), words)


async def _number(_: web.Request, response: web.StreamResponse) -> None:
    """Every response has a number, as OpenAI's: clients log it."""
    response.headers.setdefault("x-request-id", f"req_{uuid.uuid4().hex}")


async def _not_yet(request: web.Request) -> web.Response:
    words = f"{NOT_YET[request.path]} are not served yet; open ws:// /v1/realtime instead."
    return error_json(501, "not_implemented", words)
