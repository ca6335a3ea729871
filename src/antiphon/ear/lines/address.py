"""Which line an address means, and how to open calls on it.

| address | line |
|---|---|
| ws(s)://…/realtime… | realtime |
| http(s)://…/v1 | realtime, at /v1/realtime |
| ws(s):// with `livekit` in the host's name, or port 7880 | livekit |
| …/api/token | livekit, with a token from there |
| http(s)://host:port | browser: the page's WebRTC line |
| …/api/line | socket: the page's plain websocket |
| here | the agent of this process, which the ear does not open |

`options.line` says it where the address does not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never, get_args
from urllib.parse import urlsplit

from antiphon.ear.line import Opener
from antiphon.ear.scenario import Agent
from antiphon.errors import LineError, MissingPartError

Kind = Literal["realtime", "livekit", "browser", "socket", "here"]

KINDS: tuple[Kind, ...] = get_args(Kind)

LIVEKIT_PORT = 7880

OpenerFactory = Callable[[Agent | None], Opener]
"""Gives the opener of calls for a scenario's agent; lines to an agent of its own pass the scenario's over."""

CHOICES = (
    "Give ws(s)://…/v1/realtime (a Realtime server), https://….livekit.cloud (a LiveKit room), http(s)://host:port (Antiphon's page), "
    "http(s)://host:port/api/line (its plain websocket), or here; or say which it is: --line realtime, livekit, browser or socket."
)


class NoLine(LineError):
    """An address that means no line: wrong use, exit code 2."""

    code = "no_line"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class LineOptions:
    """What a line may need beside its address.

    Attributes:
        line: which it is, where the address does not say; "": as the address says.
        key: the server's key or token, or a LiveKit server's API key. Never logged.
        secret: a LiveKit server's API secret. Never logged.
        model, voice: of a Realtime server.
        greet: whether a Realtime server is asked to speak first.
        room: of LiveKit; "": a new one for each call.
        agent_name: which LiveKit agent is sent for; "": those that come by themselves.
        insecure: trust any certificate.
    """

    line: str = ""
    key: str = ""
    secret: str = ""
    model: str = ""
    voice: str = ""
    greet: bool = True
    room: str = ""
    agent_name: str = ""
    insecure: bool = False

    def __repr__(self) -> str:
        return f"LineOptions(line={self.line!r})"


def kind_of(address: str, line: str = "") -> Kind:
    """Which line is meant.

    Raises:
        NoLine: neither the address nor `line` says; names the choices.
    """
    if line:
        for kind in KINDS:
            if line == kind:
                return kind
        raise NoLine(f"There is no line {line!r}.", mend=f"There are {', '.join(KINDS)}.")
    if address == "here":
        return "here"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NoLine(f"{address!r} is no address: {error}.", mend=CHOICES) from error
    path = parts.path.rstrip("/")
    if parts.scheme not in ("ws", "wss", "http", "https") or not host:
        raise NoLine(f"{address!r} is no address that can be called.", mend=CHOICES)
    if path.endswith("/api/line"):
        return "socket"
    if path.endswith("/api/token") or "livekit" in host.lower() or port == LIVEKIT_PORT:
        return "livekit"
    if "realtime" in path.split("/") or path.endswith("/v1"):
        return "realtime"
    if parts.scheme in ("http", "https") and not path:
        return "browser"
    raise NoLine(f"It is not clear which line {parts.scheme}://{host}{path} is.", mend=CHOICES)


def openers(address: str, options: LineOptions | None = None) -> OpenerFactory:
    """How to open calls on an address.

    Raises:
        NoLine: it is not clear which line is meant, or it is the one of this process.
        MissingPartError: the line needs a package that is not installed.
    """
    options = options or LineOptions()
    kind = kind_of(address, options.line)
    match kind:
        case "realtime":
            return _realtime(address, options)
        case "livekit":
            return _livekit(address, options)
        case "browser":
            return _browser(address, options)
        case "socket":
            from antiphon.ear.lines import socket
            from antiphon.ear.lines.page_options import PageOptions

            page = PageOptions(address, options.key, options.insecure)
            return lambda _: socket.opener(page)
        case "here":
            raise NoLine("The agent of this process is not opened by its address.")
        case _:
            assert_never(kind)


def _realtime(address: str, options: LineOptions) -> OpenerFactory:
    from antiphon.ear.lines import realtime

    parts = urlsplit(address)
    if not parts.path.rstrip("/") or parts.path.rstrip("/").endswith("/v1"):
        path = parts.path.rstrip("/") or "/v1"
        address = parts._replace(path=f"{path}/realtime").geturl()
    called = realtime.RealtimeOptions(
        address,
        options.key,
        model=options.model,
        voice=options.voice,
        greet=options.greet,
        insecure=options.insecure,
    )
    return lambda agent: realtime.opener(called, agent)


def _browser(address: str, options: LineOptions) -> OpenerFactory:
    from antiphon.ear.lines.page_options import PageOptions

    try:
        from antiphon.ear.lines import browser
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"The browser line needs {error.name}, which is not installed.",
            mend="pip install 'antiphon[webrtc]'; or call the page's plain websocket: --line socket.",
        ) from error
    page = PageOptions(address, options.key, options.insecure)
    return lambda _: browser.opener(page)


def _livekit(address: str, options: LineOptions) -> OpenerFactory:
    try:
        from antiphon.ear.lines import room
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"A LiveKit room needs {error.name}, which is not installed.",
            mend="pip install 'antiphon[agent]'.",
        ) from error
    called = room.RoomOptions(
        address,
        key=options.key or os.environ.get("LIVEKIT_API_KEY", ""),
        secret=options.secret or os.environ.get("LIVEKIT_API_SECRET", ""),
        room=options.room,
        agent_name=options.agent_name,
    )
    return lambda _: room.opener(called)
