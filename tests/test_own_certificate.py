"""The certificate that is made here: browsers and Python believe it, it is kept for its owner alone, and renewed in time."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from antiphon.certificate import Certificate
from antiphon.errors import SettingsError
from antiphon.own_certificate import MAX_NAMES, find_own, own
from antiphon.places import state_folder

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = ["localhost", "127.0.0.1", "::1", "desk.example"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not there yet."""
    return tmp_path / "state" / "antiphon"


def made(folder: Path, names: list[str] | None = None, days: float = 0) -> Certificate:
    return own(folder, names or NAMES, NOW + timedelta(days=days))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_for_every_name_and_no_longer_than_browsers_like(folder: Path) -> None:
    certificate = made(folder)
    assert certificate.own
    assert certificate.names == tuple(NAMES)
    assert certificate.until - NOW == timedelta(days=396)
    parsed = x509.load_pem_x509_certificate(certificate.public.read_bytes())
    assert parsed.not_valid_before_utc < NOW, "other machines' clocks may be behind"
    certificate.context()


def test_its_key_is_for_its_owner_alone(folder: Path) -> None:
    certificate = made(folder)
    assert mode(folder) == 0o700
    assert mode(certificate.key) == 0o600
    assert b"PRIVATE KEY" in certificate.key.read_bytes()
    assert b"PRIVATE KEY" not in certificate.public.read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["page.crt", "page.pem"], "nothing half written"


def test_it_stays_the_same_until_it_nears_its_end(folder: Path) -> None:
    first = made(folder)
    assert made(folder, NAMES[:2]).fingerprint == first.fingerprint
    assert made(folder, days=365).fingerprint == first.fingerprint
    later = made(folder, days=367)
    assert later.fingerprint != first.fingerprint
    assert later.until - NOW == timedelta(days=367 + 396)


def test_another_name_makes_it_anew_and_keeps_the_earlier_ones(folder: Path) -> None:
    made(folder)
    second = made(folder, ["localhost", "10.0.0.7"])
    assert second.names == ("localhost", "10.0.0.7", "127.0.0.1", "::1", "desk.example")
    assert made(folder).fingerprint == second.fingerprint
    for number in range(MAX_NAMES + 5):
        last = made(folder, [f"10.0.1.{number}"])
    assert len(last.names) == MAX_NAMES
    assert last.names[0] == f"10.0.1.{MAX_NAMES + 4}"


@pytest.mark.parametrize("harm", ["open", "broken", "torn"])
def test_a_kept_one_that_cannot_be_trusted_is_made_anew(folder: Path, harm: str) -> None:
    first = made(folder)
    match harm:
        case "open":
            first.key.chmod(0o640)
        case "broken":
            first.key.write_text("this is no certificate")
        case "torn":
            other = made(folder.with_name("other"))
            key = other.key.read_text().partition("-----BEGIN CERTIFICATE")[0]
            first.key.write_text(key + first.public.read_text())
    assert find_own(folder) is None
    second = made(folder)
    assert second.fingerprint != first.fingerprint
    assert mode(second.key) == 0o600
    found = find_own(folder)
    assert found is not None and found.fingerprint == second.fingerprint


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"page\.tls_dir") as error:
        made(tmp_path / "file" / "antiphon")
    assert "ANTIPHON_PAGE__TLS_DIR" in error.value.mend
    assert find_own(tmp_path / "file") is None


def test_it_is_kept_with_the_users_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert state_folder("page.tls_dir") == tmp_path / ".local" / "state" / "antiphon"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    assert state_folder("page.tls_dir") == tmp_path / "elsewhere" / "antiphon"
