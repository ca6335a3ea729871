"""What `antiphon up` needs away from localhost: a token, a certificate, and the addresses to open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import SecretStr

from antiphon.errors import SettingsError
from antiphon.exposure import (
    in_address,
    is_any,
    is_loopback,
    machine_addresses,
    machine_name,
    new_token,
    secret,
)
from antiphon.settings import PageSettings, Settings

if TYPE_CHECKING:
    from antiphon.certificate import Certificate


def with_token(settings: Settings) -> tuple[Settings, str]:
    """The settings with a token for a page that other machines reach, and that token if it was made now ("" if not)."""
    page = settings.page
    if is_loopback(page.host) or secret(page.token):
        return settings, ""
    made = new_token()
    return settings.model_copy(update={"page": page.model_copy(update={"token": SecretStr(made)})}), made


def page_certificate(page: PageSettings, now: datetime | None = None) -> Certificate | None:
    """The certificate that the settings ask for; None for plain HTTP.

    Raises:
        SettingsError: it cannot be had; names the option.
    """
    now = now or datetime.now(UTC)
    if page.tls_cert is not None or page.tls_key is not None:
        from antiphon.certificate import given

        if page.tls_cert is None:
            raise SettingsError("--tls-key needs --tls-cert FILE too (page.tls_cert).")
        if page.tls_key is None:
            raise SettingsError("--tls-cert needs --tls-key FILE too (page.tls_key).")
        return given(page.tls_cert, page.tls_key, now)
    if not page.tls:
        return None
    from antiphon.own_certificate import own
    from antiphon.places import state_folder

    return own(page.tls_dir or state_folder("page.tls_dir"), names(page.host), now)


def names(host: str) -> list[str]:
    """What a page that listens on `host` may be called by: the certificate is made for these."""
    found = ["localhost", "127.0.0.1", "::1", machine_name()]
    found += machine_addresses() if is_any(host) else [host]
    return list(dict.fromkeys(name.partition("%")[0] for name in found if name))


def addresses(page: PageSettings, *, tls: bool, made_token: str = "") -> list[str]:
    """Where the page is opened, the one to give to others first.

    A token that was made now is in the link, for nobody knows it yet. One that was given is not shown.
    """
    hosts = [page.host]
    if is_any(page.host):
        family_6 = ":" in page.host
        hosts = [one for one in machine_addresses() if (":" in one) is family_6] + ["localhost"]
    ending = ""
    if made_token:
        ending = f"/#token={quote(made_token, safe='')}"
    elif secret(page.token):
        ending = "/#token=<page.token>"
    scheme = "https" if tls else "http"
    return [f"{scheme}://{in_address(host)}:{page.port}{ending}" for host in hosts]


def remarks(page: PageSettings, certificate: Certificate | None) -> list[str]:
    """What a person should know who opens the page from elsewhere; lines for the banner."""
    told: list[str] = []
    if certificate is not None:
        how = (
            "made here: the browser warns once, and shows this SHA-256"
            if certificate.own
            else "as given; its SHA-256"
        )
        told += [
            f"Certificate  {how}, valid until {certificate.until:%Y-%m-%d}",
            f"             {certificate.fingerprint}",
        ]
    if is_loopback(page.host):
        return told
    told.append("Who has the token can call.")
    if certificate is None:
        told.append("Without --tls, browsers elsewhere give this page no microphone (typing works).")
    return told
