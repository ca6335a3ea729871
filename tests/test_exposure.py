"""Which addresses lie open to other machines, and the one rule for the token that guards them."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from pydantic import SecretStr

from antiphon.errors import SettingsError
from antiphon.exposure import (
    check_listening,
    in_address,
    is_any,
    is_loopback,
    machine_addresses,
    machine_name,
    new_token,
    same_token,
)


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("me", False),
    ],
)
def test_loopback_is_known_by_its_addresses(host: str, only_here: bool) -> None:
    assert is_loopback(host) is only_here


@pytest.mark.parametrize(
    ("host", "every"), [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("me", False)]
)
def test_an_address_that_means_every_one_is_known(host: str, every: bool) -> None:
    assert is_any(host) is every


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "desk.example"])
def test_an_address_for_others_needs_a_token(host: str) -> None:
    for none in (None, SecretStr("")):
        with pytest.raises(SettingsError, match="page.host") as error:
            check_listening("page", host, none)
        assert "page.token (ANTIPHON_PAGE__TOKEN)" in error.value.mend
    check_listening("page", host, SecretStr("long enough"))


def test_a_short_token_is_refused_and_not_told() -> None:
    with pytest.raises(SettingsError, match=r"engine\.token has 6 characters") as error:
        check_listening("engine", "0.0.0.0", SecretStr("sesame"))
    assert "sesame" not in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_none(host: str) -> None:
    check_listening("page", host, None)
    check_listening("page", host, SecretStr("short"))


def test_tokens_are_long_and_never_the_same() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 22, "128 bits"


@pytest.mark.parametrize(
    ("given", "right"),
    [("open sesame", True), ("open sesam", False), ("", False), ("öffne dich", False), ("\udcff", False)],
)
def test_a_token_is_compared_whatever_was_sent(given: str, right: bool) -> None:
    assert same_token(given, "open sesame") is right


def test_the_addresses_are_this_machines_and_can_be_listened_on() -> None:
    for address in machine_addresses():
        assert not ip_address(address).is_loopback and not ip_address(address).is_link_local
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.bind((address, 0))


@pytest.mark.parametrize(
    ("given", "name"),
    [("Desk.example.", "desk.example"), ("localhost", ""), ("bad_name", ""), ("", ""), ("a..b", "")],
)
def test_the_machines_name_is_one_for_certificates(
    monkeypatch: pytest.MonkeyPatch, given: str, name: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: given)
    assert machine_name() == name


def test_ipv6_is_put_in_brackets() -> None:
    assert (in_address("::1"), in_address("127.0.0.1")) == ("[::1]", "127.0.0.1")
