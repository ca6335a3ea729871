"""Why a line could not be opened, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from antiphon.errors import CallRefused, LineError

_WHAT = {
    401: "asks for a key",
    403: "does not let this caller in",
    404: "has nothing at this address",
    429: "takes no more calls from this caller now",
}


def shown(url: str) -> str:
    """An address without its query and password, which may be secrets."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def unreachable(url: str, error: BaseException, key: str = "", where: str = "") -> LineError | CallRefused:
    """The error for a connection that could not be made.

    Args:
        url: the address; shown without its query.
        error: what was raised.
        key: what to do where the server asks for a key.
        where: which addresses would be right.
    """
    place = shown(url)
    match error:
        case aiohttp.WSServerHandshakeError() | aiohttp.ClientResponseError():
            return status(url, error.status, key, where)
        case TimeoutError():
            return LineError(
                f"{place} did not answer in time.", mend="Is it running, and is the way to it free?"
            )
        case aiohttp.ClientConnectorCertificateError():
            return LineError(
                f"The certificate of {place} is not trusted: {error.certificate_error}.",
                mend="Set SSL_CERT_FILE to the authority's certificate.",
            )
        case aiohttp.ClientConnectorDNSError():
            return LineError(f"There is no host {error.host!r}.", mend="Is its name written right?")
        case OSError():
            return LineError(
                f"{place} cannot be reached: {error.strerror or error}.", mend="Is it running there?"
            )
        case _:
            return LineError(f"{place} cannot be called: {error or type(error).__name__}.", mend=where)


def status(url: str, code: int, key: str = "", where: str = "") -> LineError | CallRefused:
    """The error for an HTTP status."""
    place = shown(url)
    if code == 503:
        return CallRefused(f"{place} takes no more calls now (HTTP 503).", mend="Try again later.")
    what = _WHAT.get(code, "did not take the call")
    return LineError(
        f"{place} {what} (HTTP {code}).", mend=key if code in (401, 403) else where if code == 404 else ""
    )


def refused(place: str, error: Mapping[str, Any]) -> LineError:
    """The error for an `error` event before the call began."""
    code = error.get("code") or error.get("type") or "error"
    param = f" ({error['param']})" if error.get("param") else ""
    return LineError(
        f"{place} refused the session: {error.get('message') or code}{param}.".replace("..", ".")
    )
