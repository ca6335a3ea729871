"""Who may ask the page's server for what: addresses, origins, the token. And what every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from aiohttp import web
from aiohttp.typedefs import Middleware

from antiphon.exposure import is_loopback, same_token, secret
from antiphon.lines.refusal import Refusal, refuse
from antiphon.settings import PageSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer, with the page's policy. The page is shown in no frame."""


def content_policy(livekit_url: str = "") -> str:
    """What the page may load and reach: itself, and the LiveKit server if calls go through one."""
    reached = " ".join(["'self'", *_addresses(livekit_url)])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {reached}; "
        "media-src 'self' blob:; worker-src 'self'; font-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _addresses(url: str) -> list[str]:
    """A LiveKit server's address for websockets and, beside it, for HTTP."""
    if not url:
        return []
    scheme, _, rest = url.partition("://")
    place = rest.partition("/")[0]
    safe = "s" if scheme in ("wss", "https") else ""
    return [f"ws{safe}://{place}", f"http{safe}://{place}"]


def guard(settings: PageSettings, open_to: Mapping[str, Collection[str]] | None = None) -> Middleware:
    """The middleware that asks first.

    Args:
        settings: host and token.
        open_to: addresses that other sites may use too, and which: path → origins.

    * On loopback without a token the Host must be a name of this machine: a foreign name that was made to point here (DNS
      rebinding) is refused. With a token any name may lead here, such as a proxy's: who made it does not have the token.
    * What changes something, or opens a websocket, must come from the page itself: another site's Origin is refused.
    * With a token, `/api` and `/metrics` demand it. `POST /api/calls/{id}/end` does not: a closing page cannot send
      headers, and the call's id is as secret as the token.
    """
    token = secret(settings.token)
    local = is_loopback(settings.host) and not token

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if local and host_name(request.host) not in LOOPBACK_NAMES:
            return refuse(Refusal(421, "wrong_host", f"this server is not {request.host!r}", "Host"))
        invited = request.headers.get("Origin") in (open_to or {}).get(request.path, ())
        if invited and request.method == "OPTIONS":  # asked without the token
            return await handler(request)
        if not invited and _changes(request) and not same_origin(request):
            return refuse(Refusal(403, "wrong_origin", "only the page itself may do this", "Origin"))
        if token and needs_token(request) and not has_token(request, token):
            return refuse(Refusal(401, "unauthorized", "a token is needed", "Authorization"))
        return await handler(request)

    return middleware


def _changes(request: web.Request) -> bool:
    """Whether more than reading is asked for. Browsers let any site open websockets anywhere."""
    return request.method not in ("GET", "HEAD") or "Upgrade" in request.headers


def host_name(host: str) -> str:
    """The name or address in a Host header, without the port, in lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def same_origin(request: web.Request) -> bool:
    """Whether a browser says that the request comes from our page; what is no browser says nothing and may pass."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2].lower() == request.host.lower()


def needs_token(request: web.Request) -> bool:
    """Whether this address is one that the token protects."""
    path = request.path
    if request.method == "POST" and path.startswith("/api/calls/") and path.endswith("/end"):
        return False
    return path.startswith("/api/") or path == "/metrics"


def has_token(request: web.Request, token: str) -> bool:
    """Whether the request carries the token."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and same_token(given.strip(), token)
