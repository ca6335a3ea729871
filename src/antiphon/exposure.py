"""What lies open beyond this machine: which addresses do, and the token that guards them.

Both servers, the settings and the doctor ask here, so that there is one rule.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from ipaddress import ip_address

import ifaddr
from pydantic import SecretStr

from antiphon.errors import SettingsError

MIN_TOKEN = 8
"""Characters of a token that guards against other machines. A server does not slow down who tries many."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_any(host: str) -> bool:
    """Whether it stands for every address of this machine (0.0.0.0, ::)."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def secret(token: SecretStr | None) -> str:
    """A token's characters; "" if there is none."""
    return token.get_secret_value() if token is not None else ""


def new_token() -> str:
    """A token that nobody guesses: 128 bits, fit for a link."""
    return secrets.token_urlsafe(16)


def same_token(given: str, token: str) -> bool:
    """Whether they are equal; takes as long whatever they share."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), token.encode(errors="surrogatepass"))


def check_listening(section: str, host: str, token: SecretStr | None) -> None:
    """Refuses to open a server to other machines without a token.

    Args:
        section: of the settings: "page" or "engine".
        host: where it would listen.
        token: what it would demand.

    Raises:
        SettingsError: other machines can reach the address, and there is no token or a short one.
    """
    if is_loopback(host):
        return
    length = len(secret(token))
    if length >= MIN_TOKEN:
        return
    setting = f"{section}.token (ANTIPHON_{section.upper()}__TOKEN)"
    if length:
        raise SettingsError(
            f"wrong setting: {section}.token has {length} characters, and {section}.host is {host!r}, which other machines reach.",
            mend=f"Give {setting} {MIN_TOKEN} or more.",
        )
    raise SettingsError(
        f"wrong setting: {section}.host is {host!r}: beyond this machine anybody could use it.",
        mend=f"Set {setting} or leave {section}.host at 127.0.0.1.",
    )


def machine_addresses() -> list[str]:
    """The addresses by which other machines may reach this one: IPv4 first; none that holds on one link only."""
    found: list[str] = []
    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            address = ip_address(one.ip if isinstance(one.ip, str) else one.ip[0])
            if not (address.is_loopback or address.is_link_local or str(address) in found):
                found.append(str(address))
    return sorted(found, key=lambda address: ":" in address)


def machine_name() -> str:
    """The name of this machine in its network; "" if it has none."""
    name = socket.gethostname().rstrip(".").lower()
    plain = all(part and part.replace("-", "").isalnum() and part.isascii() for part in name.split("."))
    return name if plain and name != "localhost" else ""


def in_address(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
