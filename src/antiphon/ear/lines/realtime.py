"""A line to any agent that speaks the OpenAI Realtime API over a websocket: this project's engine, OpenAI's cloud, and others.

    opener = realtime.opener(RealtimeOptions("ws://127.0.0.1:8001/v1/realtime"), agent)
    async with Caller(opener) as caller: …

The caller's frames leave when they are spoken, one event each; what the agent says is heard as it comes (`realtime_client.py`).
"""

from __future__ import annotations

import asyncio
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiohttp
import msgspec

from antiphon.clock import Monotonic, monotonic_ms
from antiphon.ear.line import LINE_HZ, Line, OnMessage, Opener
from antiphon.ear.lines.realtime_client import RealtimeClient
from antiphon.ear.lines.trouble import refused, shown, unreachable
from antiphon.ear.scenario import Agent
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError
from antiphon.exposure import is_loopback

OPEN_TIMEOUT_S = 15.0
"""For the connection, and again for the server's answer to `session.update`."""

CLOSE_TIMEOUT_S = 2.0

MAX_WAITING = 500
"""Events that the server has not taken: ten seconds of audio. More, and the line is lost."""

MAX_MESSAGE_BYTES = 32 * 1024 * 1024

CLOUD = "api.openai.com"

CLOUD_MODEL = "gpt-realtime"
"""What OpenAI's address is asked for where no model is named."""

WHERE = "Is it a Realtime address? They end in /v1/realtime."

_APPEND = b'{"type":"input_audio_buffer.append","audio":"'


@dataclass(frozen=True, slots=True)
class RealtimeOptions:
    """Where and how to call.

    Attributes:
        url: ws://, wss://, http:// or https://; its query is kept.
        key: sent as a bearer token; "": what OPENAI_API_KEY holds, if the address is OpenAI's. Never logged.
        model: added to the address; "": as the address says.
        voice: of the agent; "": the server's own.
        greet: ask the agent to speak first.
        beta: speak the API's beta. None: as `session.created` shows.
        insecure: trust any certificate.
    """

    url: str
    key: str = field(default="", repr=False)
    model: str = ""
    voice: str = ""
    greet: bool = True
    beta: bool | None = None
    insecure: bool = False

    @property
    def address(self) -> str:
        """The websocket's address, with the model, and the wish for Antiphon's own events."""
        parts = urlsplit(self.url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        cloud = parts.hostname == CLOUD
        if model := self.model or (CLOUD_MODEL if cloud else ""):
            query = query | {"model": model} if self.model else {"model": model} | query
        if not cloud:  # other servers ignore what they do not know
            query.setdefault("antiphon", "events")
        return urlunsplit((scheme, parts.netloc, parts.path, urlencode(query), ""))

    @property
    def headers(self) -> dict[str, str]:
        """The request's."""
        cloud = urlsplit(self.url).hostname == CLOUD
        key = self.key or (os.environ.get("OPENAI_API_KEY", "") if cloud else "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return headers | ({"OpenAI-Beta": "realtime=v1"} if self.beta else {})


class RealtimeLine:
    """The caller's end. Made by `opener`."""

    def __init__(self, tell: OnMessage, agent: Agent | None, clock: Monotonic = monotonic_ms) -> None:
        self.client = RealtimeClient(tell, self._send, agent, clock)
        self._http: aiohttp.ClientSession | None = None
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: list[bytes] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, options: RealtimeOptions, agent: Agent | None) -> None:
        """Connects and configures the session.

        Raises:
            LineError: why not, and what to do.
        """
        # What is elsewhere may be reached through the machine's proxy; what is here is not.
        self._http = aiohttp.ClientSession(trust_env=not is_loopback(urlsplit(options.url).hostname or ""))
        try:
            self._ws = await _connect(self._http, options)
            await _configure(self._ws, options, agent)
        except BaseException:
            await self._http.close()
            raise
        if options.greet:
            self.client.greet()
        self._tasks = [asyncio.create_task(self._read(self._ws)), asyncio.create_task(self._write(self._ws))]

    def hear(self, pcm: Pcm16) -> None:
        """Sends a frame."""
        self._put(_APPEND + binascii.b2a_base64(pcm.tobytes(), newline=False) + b'"}')

    def take(self, samples: int) -> Pcm16:
        """What is heard next."""
        return self.client.take(samples)

    def type_text(self, text: str) -> None:
        """Adds a message and asks for an answer."""
        self.client.type_text(text)

    async def hang_up(self) -> None:
        """Closes the connection."""
        self.client.end("hang_up")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._ws is not None and self._http is not None:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._ws.close()
            except TimeoutError:
                pass  # the socket is closed with the session
            await self._http.close()

    def _send(self, event: Mapping[str, Any]) -> None:
        self._put(msgspec.json.encode(event))

    def _put(self, data: bytes) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(data)
            self._wake.set()
        else:
            self.client.end("line_lost")

    async def _write(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, []
            try:
                for data in waiting:
                    await ws.send_frame(data, aiohttp.WSMsgType.TEXT)
            except (ConnectionError, RuntimeError):  # closed: the reader tells
                return

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.client.feed(message.data)
        error = ws.exception()
        if error is not None:
            self.client.problem("line_lost", f"The connection broke: {error or type(error).__name__}.")
        elif ws.close_code not in (None, aiohttp.WSCloseCode.OK, aiohttp.WSCloseCode.ABNORMAL_CLOSURE):
            self.client.problem("closed", f"The server closed the connection with code {ws.close_code}.")
        self.client.end(
            "line_lost" if error is not None or ws.close_code != aiohttp.WSCloseCode.OK else "agent"
        )


def opener(options: RealtimeOptions, agent: Agent | None = None, clock: Monotonic = monotonic_ms) -> Opener:
    """Opens calls for the ear."""

    async def open_call(tell: OnMessage) -> Line:
        line = RealtimeLine(tell, agent, clock)
        await line.open(options, agent)
        return line

    return open_call


async def _connect(http: aiohttp.ClientSession, options: RealtimeOptions) -> aiohttp.ClientWebSocketResponse:
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            return await http.ws_connect(
                options.address,
                headers=options.headers,
                max_msg_size=MAX_MESSAGE_BYTES,
                ssl=not options.insecure,
            )
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        key = (
            "Give a key: --key, or OPENAI_API_KEY."
            if not options.headers
            else "The key is not the right one."
        )
        raise unreachable(options.url, error, key, WHERE) from error


async def _configure(
    ws: aiohttp.ClientWebSocketResponse, options: RealtimeOptions, agent: Agent | None
) -> None:
    created = await _await(ws, options, "session.created")
    session = created.get("session") or {}
    beta = options.beta if options.beta is not None else "input_audio_format" in session
    settings = _beta_session(options, agent) if beta else _session(options, agent)
    await ws.send_str(msgspec.json.encode({"type": "session.update", "session": settings}).decode())
    updated = (await _await(ws, options, "session.updated")).get("session") or {}
    modalities = updated.get("output_modalities") or updated.get("modalities")
    if modalities and "audio" not in modalities:
        raise LineError(
            f"{shown(options.url)} answers in {', '.join(modalities)} only, without audio.",
            mend="Choose a model that speaks.",
        )


async def _await(ws: aiohttp.ClientWebSocketResponse, options: RealtimeOptions, kind: str) -> dict[str, Any]:
    """The next event of a kind.

    Raises:
        LineError: an error came, the connection was closed, or nothing came in time.
    """
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            async for message in ws:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                event = msgspec.json.decode(message.data, type=dict[str, Any])
                if event.get("type") == kind:
                    return event
                if event.get("type") == "error":
                    raise refused(shown(options.url), event.get("error") or {})
    except msgspec.DecodeError as error:
        raise LineError(
            f"{shown(options.url)} sent something that is no JSON ({error}).",
            mend=WHERE,
        ) from error
    except TimeoutError as error:
        raise LineError(
            f"{shown(options.url)} took the connection, and sent no {kind} within {OPEN_TIMEOUT_S:.0f} s.",
            mend=WHERE,
        ) from error
    raise LineError(
        f"{shown(options.url)} closed the connection before {kind} (code {ws.close_code}).",
        mend="Its log says why; a model's name may be missing: ?model=….",
    )


def _tools(agent: Agent) -> list[dict[str, Any]]:
    return [
        {"type": "function", "name": t.name, "description": t.description, "parameters": t.parameters}
        for t in agent.tools
    ]


def _session(options: RealtimeOptions, agent: Agent | None) -> dict[str, Any]:
    pcm = {"type": "audio/pcm", "rate": LINE_HZ}
    output = {"format": pcm} | ({"voice": options.voice} if options.voice else {})
    listening = {
        "format": pcm,
        "transcription": {"model": "gpt-4o-mini-transcribe"},
        "turn_detection": {"type": "server_vad"},
    }
    session: dict[str, Any] = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "audio": {"input": listening, "output": output},
    }
    if agent is not None:
        session |= {"instructions": agent.instructions, "tools": _tools(agent), "tool_choice": "auto"}
    return session


def _beta_session(options: RealtimeOptions, agent: Agent | None) -> dict[str, Any]:
    session: dict[str, Any] = {
        "modalities": ["audio", "text"],
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": {"model": "whisper-1"},
        "turn_detection": {"type": "server_vad"},
    }
    if options.voice:
        session["voice"] = options.voice
    if agent is not None:
        session |= {"instructions": agent.instructions, "tools": _tools(agent), "tool_choice": "auto"}
    return session
