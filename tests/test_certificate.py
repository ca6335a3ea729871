"""A certificate that the user gives: what can be wrong with it is told by its option, and never with the key's content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from antiphon.certificate import given
from antiphon.errors import SettingsError
from antiphon.own_certificate import own

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Certificate and key in files of their own."""
    made = own(tmp_path, ["desk.example", "192.168.1.4"], NOW)
    key = tmp_path / "key.pem"
    key.write_text(made.key.read_text().partition("-----BEGIN CERTIFICATE")[0])
    return made.public, key


def refused(cert: Path, key: Path, now: datetime = NOW) -> str:
    with pytest.raises(SettingsError) as error:
        given(cert, key, now)
    return str(error.value)


def key_file(path: Path, password: bytes = b"") -> Path:
    """Another key."""
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock
        )
    )
    return path


def test_a_right_one_is_taken_and_described(pair: tuple[Path, Path]) -> None:
    found = given(*pair, NOW)
    assert found.names == ("desk.example", "192.168.1.4")
    assert not found.own and found.public == pair[0]
    assert len(found.fingerprint.split(":")) == 32
    found.context()


def test_a_file_that_is_not_there_is_told_by_its_option(pair: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = pair
    assert "--tls-cert: there is no file" in refused(tmp_path / "none.pem", key)
    assert "--tls-key: there is no file" in refused(cert, tmp_path / "none.pem")
    assert "--tls-cert: " in (said := refused(tmp_path, key)) and "cannot be read: Is a directory" in said


def test_a_file_of_another_kind_is_told_by_its_option(pair: tuple[Path, Path]) -> None:
    cert, key = pair
    assert "--tls-cert: " in (said := refused(key, key)) and "holds no certificate" in said
    assert "--tls-key: " in (said := refused(cert, cert)) and "holds no private key" in said


def test_a_broken_key_is_not_quoted(pair: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN PRIVATE KEY-----\nc2VjcmV0IHdvcmRz\n-----END PRIVATE KEY-----\n")
    said = refused(pair[0], broken)
    assert "holds no private key" in said
    assert "c2VjcmV0" not in said


def test_a_locked_key_is_told(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert "locked with a password" in refused(pair[0], key_file(tmp_path / "locked.pem", b"sesame"))


def test_files_that_do_not_belong_together_are_told(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert "is not the key of the certificate" in refused(pair[0], key_file(tmp_path / "other.pem"))


def test_the_time_must_be_right(pair: tuple[Path, Path]) -> None:
    assert "ended on 2027-12-26" in refused(*pair, NOW + timedelta(days=400))
    assert "not valid before 2026-11-24" in refused(*pair, NOW - timedelta(days=2))
