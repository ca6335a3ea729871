"""Where a page server is, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

WHERE = "Is it the page's address, such as http://127.0.0.1:8000?"


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Where and how to call.

    Attributes:
        url: the page's: http:// or https:// (or ws://, wss://); a path is left out, a token in its fragment is taken: `#token=…`.
        token: the page's; "": as the address says. Never logged.
        insecure: trust any certificate: a page's that was made by itself.
    """

    url: str = field(repr=False)
    token: str = field(default="", repr=False)
    insecure: bool = False

    @property
    def base(self) -> str:
        """The page's address for HTTP, without a slash at its end."""
        parts = urlsplit(self.url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        return f"{scheme}://{parts.netloc}"

    @property
    def socket_url(self) -> str:
        """The address of its websocket line."""
        return f"ws{self.base.removeprefix('http')}/api/line"

    @property
    def headers(self) -> dict[str, str]:
        """Every request's."""
        token = self.token or parse_qs(urlsplit(self.url).fragment).get("token", [""])[0]
        return {"Authorization": f"Bearer {token}"} if token else {}

    @property
    def ssl(self) -> bool:
        """For aiohttp: whether certificates are looked at."""
        return not self.insecure

    @property
    def key_mend(self) -> str:
        """What to do where the server asks for a token."""
        return "The token is not the right one." if self.headers else "Give the page's token: --key."
