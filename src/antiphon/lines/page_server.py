"""The page's server: the built page, and the calls that it makes."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import math
import ssl
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from antiphon.clock import monotonic_ms
from antiphon.errors import CallRefused, LineError, PortInUseError
from antiphon.exposure import check_listening, in_address
from antiphon.lines import metrics, socket
from antiphon.lines.browser import BrowserLine, open_line
from antiphon.lines.guard import HEADERS, Handler, content_policy, guard
from antiphon.lines.livekit.token import LiveKitDoor, RateLimit, grant
from antiphon.lines.refusal import Refusal, refuse
from antiphon.lines.seam import LineCalls
from antiphon.lines.socket import SocketLine
from antiphon.page import FILES, ROOT
from antiphon.settings import PageSettings, Settings
from antiphon.webrtc.offer import MAX_SDP_CHARS, check_description

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 65_536
"""Twice the longest offer."""

CLOSE_TIMEOUT_S = 1.0
"""How long `close` lets calls say goodbye: Ctrl-C ends everything within 2 s."""

JSON = "application/json"

TOKEN_PATH = "/api/token"


class PageServer:
    """Serves the page and holds its calls. Made by `serve_page`.

    Attributes:
        host: where it listens.
        port: the same, the port.
    """

    def __init__(
        self,
        settings: PageSettings,
        calls: LineCalls,
        about: Mapping[str, Any],
        ready: Callable[[], bool],
        tls: ssl.SSLContext | None = None,
        livekit: LiveKitDoor | None = None,
    ) -> None:
        check_listening("page", settings.host, settings.token)
        self.host = settings.host
        self.port = settings.port
        self._settings = settings
        self._calls = calls
        self._about = {**about, "livekit": livekit is not None}
        self._livekit = livekit
        self._tokens = RateLimit()
        self._policy = content_policy(livekit.url if livekit else "")
        self._ready = ready
        self._tls = tls
        self._lines: dict[str, BrowserLine | SocketLine] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False
        open_to = {TOKEN_PATH: livekit.origins} if livekit else {}
        app = web.Application(
            client_max_size=MAX_BODY_BYTES, middlewares=[_plain_errors, guard(settings, open_to)]
        )
        app.on_response_prepare.append(self._add_headers)
        app.add_routes(
            [
                web.post("/api/calls", self._open_call),
                web.get(socket.PATH, self._open_socket),
                web.delete("/api/calls/{id}", self._end_call),
                web.post("/api/calls/{id}/end", self._end_call),
                web.post(TOKEN_PATH, self._give_token),
                web.options(TOKEN_PATH, self._allow_token),
                web.get("/api/about", self._tell_about),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
                web.get("/", self._file),
                web.get("/{name}", self._file),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_TIMEOUT_S)

    @property
    def address(self) -> str:
        """The page's address."""
        return f"{'https' if self._tls else 'http'}://{in_address(self.host)}:{self.port}"

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            PortInUseError: another program listens there.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, ssl_context=self._tls)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUseError(
                f"another program listens on {self.host}:{self.port}.",
                mend="End it, or choose another port: --port.",
            ) from error

    async def close(self) -> None:
        """Refuses new calls, ends those that go on, and stops listening."""
        self._closing = True
        for line in self._lines.values():
            self._spawn(line.hang_up("shutdown"))
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=CLOSE_TIMEOUT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._runner.cleanup()

    async def _open_call(self, request: web.Request) -> web.Response:
        offer = await _read_offer(request)
        if isinstance(offer, Refusal):
            return refuse(offer)
        sdp, resume = offer
        try:
            if isinstance(line := self._lines.get(resume), BrowserLine):
                answer = await line.attach(sdp)
            elif self._closing:
                raise CallRefused("The agent is going off duty.")
            else:
                line, answer = await open_line(self._calls, sdp, self._settings)
                self._keep(line)
                self._spawn(self._run(line, line.run()))
        except CallRefused as error:
            return _no_place(error, "browser")
        except LineError as error:
            return refuse(Refusal(400, error.code, error.message, "sdp"))
        return web.json_response({"sdp": answer, "type": "answer", "call_id": line.call.id}, status=201)

    async def _open_socket(self, request: web.Request) -> web.StreamResponse:
        """A call over this very connection: lines/socket.py."""
        try:
            if self._closing:
                raise CallRefused("The agent is going off duty.")
            line, ws = await socket.answer(self._calls, request)
        except CallRefused as error:
            return _no_place(error, SocketLine.kind)
        except LineError as error:
            return refuse(Refusal(426, "upgrade_needed", error.message, "Upgrade"), {"Upgrade": "websocket"})
        self._keep(line)
        await self._run(line, line.run(ws))
        return ws

    def _keep(self, line: BrowserLine | SocketLine) -> None:
        self._lines[line.call.id] = line
        metrics.CALLS_OPENED.labels(line.kind).inc()
        metrics.CALLS_ACTIVE.labels(line.kind).inc()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, line: BrowserLine | SocketLine, run: Coroutine[Any, Any, str]) -> None:
        reason = "error"
        try:
            reason = await run
        except Exception:
            log.exception("call %s broke", line.call.id)
        finally:
            del self._lines[line.call.id]
            metrics.CALLS_ACTIVE.labels(line.kind).dec()
            metrics.CALLS_ENDED.labels(line.kind, reason).inc()
            log.info("call %s ended: %s", line.call.id, reason)

    async def _end_call(self, request: web.Request) -> web.Response:
        line = self._lines.get(request.match_info["id"])
        if line is None:
            return refuse(Refusal(404, "unknown_call", "there is no such call, or it is over", "id"))
        self._spawn(line.hang_up())  # an agent may take seconds to finish its tools; the page need not wait
        return web.Response(status=204)

    async def _give_token(self, request: web.Request) -> web.Response:
        """A token for a LiveKit room: lines/livekit/token.py."""
        if self._livekit is None:
            return refuse(
                Refusal(404, "no_livekit", "calls do not go through LiveKit here: antiphon up --livekit")
            )
        if self._closing:
            return refuse(
                Refusal(503, CallRefused.code, "The agent is going off duty."), {"Retry-After": "5"}
            )
        wait_s = self._tokens.wait_s(request.remote or "", monotonic_ms() / 1000)
        if wait_s:
            seconds = str(math.ceil(wait_s))
            return refuse(Refusal(429, "too_many", f"try again in {seconds} s"), {"Retry-After": seconds})
        answer = grant(self._livekit, await request.text())
        if isinstance(answer, Refusal):
            return refuse(answer)
        return web.json_response(answer, status=201, headers={"Cache-Control": "no-store"})

    async def _allow_token(self, request: web.Request) -> web.Response:
        """A browser asks whether another site's page may ask for a token."""
        return web.Response(status=204)

    def _cors(self, request: web.Request) -> dict[str, str]:
        """On every answer of the token's address, refusals too: without it another site's page cannot read why."""
        origin = request.headers.get("Origin", "")
        if self._livekit is None or origin not in self._livekit.origins:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Content-Type, Authorization",
            "Access-Control-Expose-Headers": "Retry-After",
            "Vary": "Origin",
        }

    async def _tell_about(self, request: web.Request) -> web.Response:
        return web.json_response(self._about, headers={"Cache-Control": "no-store"})

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, request: web.Request) -> web.Response:
        ready = not self._closing and self._ready()
        return web.json_response({"ready": ready, "calls": len(self._lines)}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = self._policy
        if request.path == TOKEN_PATH:
            response.headers.update(self._cors(request))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file of the page: only those that it lists, so no address can lead elsewhere."""
        name = request.match_info.get("name", "index.html")
        if name not in FILES or not (ROOT / name).is_file():
            return refuse(Refusal(404, "not_found", f"there is nothing at {request.path!r}"))
        return web.FileResponse(
            ROOT / name, headers={"Content-Type": FILES[name], "Cache-Control": "no-cache"}
        )


async def serve_page(
    settings: Settings,
    calls: LineCalls,
    about: Mapping[str, Any],
    *,
    ready: Callable[[], bool] = lambda: True,
    tls: ssl.SSLContext | None = None,
    livekit: LiveKitDoor | None = None,
) -> PageServer:
    """Starts the page's server; end it with `close`.

    Args:
        settings: the whole tree; `page` matters.
        calls: opens the calls.
        about: what `GET /api/about` answers: name, line, recogniser, voice, brain, try_saying.
        ready: whether calls can be taken now, for `/readyz`.
        tls: the certificate, for https; none: plain http.
        livekit: calls go through rooms of this server; none: straight from the browser.

    Raises:
        SettingsError: `page.host` is beyond this machine and there is no `page.token`.
        PortInUseError: another program listens there.
    """
    server = PageServer(settings.page, calls, about, ready, tls, livekit)
    await server.start()
    return server


def _no_place(error: CallRefused, kind: str) -> web.Response:
    metrics.CALLS_REFUSED.labels(kind).inc()
    return refuse(Refusal(503, error.code, error.message), {"Retry-After": "5"})


async def _read_offer(request: web.Request) -> tuple[str, str] | Refusal:
    """The offer's SDP and the call to resume ("" for a new one)."""
    try:
        body = json.loads(await request.text())
    except (ValueError, RecursionError) as error:
        return Refusal(400, "bad_json", f"the body is not JSON: {error}")
    if not isinstance(body, dict):
        return Refusal(400, "bad_json", "the body must be a JSON object")
    if body.get("type") != "offer":
        return Refusal(400, "bad_field", 'type must be "offer"', "type")
    sdp = body.get("sdp")
    if not isinstance(sdp, str) or not sdp.strip():
        return Refusal(400, "bad_field", "sdp must be a session description", "sdp")
    resume = body.get("resume", "")
    if not isinstance(resume, str):
        return Refusal(400, "bad_field", "resume must be a call's id", "resume")
    if len(sdp) > MAX_SDP_CHARS:
        return Refusal(413, "too_long", f"sdp may have {MAX_SDP_CHARS} characters", "sdp")
    try:
        check_description(sdp)
    except LineError as error:
        return Refusal(400, error.code, error.message, "sdp")
    return sdp, resume


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What aiohttp refuses by itself gets our form too; what is a bug is logged and says nothing of its inside."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        code = error.reason.lower().replace(" ", "_")
        keep = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        return refuse(Refusal(error.status, code, error.reason), keep)
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return refuse(Refusal(500, "internal", "The server made a mistake; its log says which."))
