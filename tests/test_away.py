"""Away from localhost: which token, which certificate, which addresses to open, and what is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiphon import away
from antiphon.away import addresses, names, page_certificate, remarks, with_token
from antiphon.errors import SettingsError
from antiphon.exposure import secret
from antiphon.own_certificate import own
from antiphon.settings import PageSettings, Settings
from tests.test_own_certificate import NOW


@pytest.fixture(autouse=True)
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a name and two addresses."""
    monkeypatch.setattr(away, "machine_addresses", lambda: ["192.168.1.4", "fd00::4"])
    monkeypatch.setattr(away, "machine_name", lambda: "desk.example")


def test_a_page_for_others_gets_a_token_that_is_in_its_link() -> None:
    settings, made = with_token(Settings(page=PageSettings(host="192.168.1.4")))
    assert secret(settings.page.token) == made and len(made) >= 22
    assert addresses(settings.page, tls=True, made_token=made) == [f"https://192.168.1.4:8000/#token={made}"]
    assert made not in repr(settings)
    assert with_token(Settings(page=PageSettings(host="192.168.1.4")))[1] != made


def test_a_token_that_was_given_is_used_and_not_shown() -> None:
    given = Settings(page=PageSettings.model_validate({"host": "192.168.1.4", "token": "open sesame"}))
    settings, made = with_token(given)
    assert made == "" and secret(settings.page.token) == "open sesame"
    assert addresses(settings.page, tls=False) == ["http://192.168.1.4:8000/#token=<page.token>"]


def test_localhost_needs_nothing() -> None:
    settings = Settings()
    assert with_token(settings) == (settings, "")
    assert page_certificate(settings.page) is None
    assert addresses(settings.page, tls=False) == ["http://127.0.0.1:8000"]
    assert remarks(settings.page, None) == []


def test_every_address_of_the_machine_is_told() -> None:
    for host, other in (("0.0.0.0", "192.168.1.4"), ("::", "[fd00::4]")):
        page = PageSettings(host=host, port=8443)
        assert addresses(page, tls=True) == [f"https://{other}:8443", "https://localhost:8443"]
        assert {"localhost", "127.0.0.1", "::1", "desk.example", "192.168.1.4", "fd00::4"} == set(names(host))
    assert names("10.0.0.7")[-1] == "10.0.0.7"


def test_what_a_person_should_know_is_told(tmp_path: Path) -> None:
    certificate = own(tmp_path, ["localhost"], NOW)
    open_page = PageSettings(host="192.168.1.4")
    said = "\n".join(remarks(open_page, certificate))
    assert certificate.fingerprint in said
    assert "warns once" in said
    assert "microphone" not in said
    assert "no microphone" in "\n".join(remarks(open_page, None))
    assert "token" not in "\n".join(remarks(PageSettings(tls=True), certificate))


def test_the_certificate_that_the_settings_ask_for(tmp_path: Path) -> None:
    made = page_certificate(PageSettings(tls=True, tls_dir=tmp_path, host="192.168.1.4"))
    assert made is not None and "192.168.1.4" in made.names
    mine = page_certificate(PageSettings(tls_cert=made.cert, tls_key=made.key))
    assert mine is not None and not mine.own
    assert mine.fingerprint == made.fingerprint


@pytest.mark.parametrize(("one", "other"), [("tls_cert", "--tls-key FILE"), ("tls_key", "--tls-cert FILE")])
def test_a_certificate_and_its_key_come_together(one: str, other: str) -> None:
    with pytest.raises(SettingsError, match=f"needs {other}"):
        page_certificate(PageSettings.model_validate({one: "some.pem"}))
