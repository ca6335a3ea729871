"""Who may open a call: a token if one is set, else only programs and pages of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from antiphon.exposure import is_loopback, same_token, secret
from antiphon.settings import EngineSettings

KEY_PROTOCOL = "openai-insecure-api-key."
"""How a browser, which cannot set headers on a websocket, sends its key: as a subprotocol with this prefix."""


def refusal(headers: Mapping[str, str], settings: EngineSettings) -> tuple[int, str, str] | None:
    """Why a request may not open a call: HTTP status, code and words. None if it may.

    Without a token, requests that a foreign web page makes in a visitor's browser are refused: those name the page in `Origin`,
    or, if the page's own name was pointed at this machine, in `Host`.
    """
    if token := secret(settings.token):
        if _right_key(headers, token):
            return None
        return 401, "invalid_api_key", "Send the engine's token as 'Authorization: Bearer <token>'."
    for header in ("Origin", "Host"):
        value = headers.get(header)
        if value is not None and not is_loopback(_hostname(header, value)):
            words = f"{header} {value!r} is not of this machine; set engine.token to allow others."
            return 403, "foreign_origin", words
    return None


def _hostname(header: str, value: str) -> str:
    try:
        return urlsplit(value if header == "Origin" else f"//{value}").hostname or ""
    except ValueError:
        return ""


def _right_key(headers: Mapping[str, str], token: str) -> bool:
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    candidates = [given.strip()] if scheme.lower() == "bearer" else []
    protocols = headers.get("Sec-WebSocket-Protocol", "").split(",")
    candidates += [
        protocol.strip().removeprefix(KEY_PROTOCOL)
        for protocol in protocols
        if protocol.strip().startswith(KEY_PROTOCOL)
    ]
    # every candidate is compared, each in constant time
    return any([same_token(candidate, token) for candidate in candidates])
