"""The certificate that is made here and kept, for a page without any other.

It is self-signed: browsers warn once, and show the same SHA-256 fingerprint that is printed at the start. Certificate and key are in
one file, which only its owner may read and which is replaced as a whole; `page.crt` beside it holds the certificate alone, for
those who want to import it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from antiphon.certificate import Certificate, certificate_in, described, key_in, names_of, public_bytes
from antiphon.errors import SettingsError

LASTS = timedelta(days=397)
"""Browsers distrust what lasts longer than 398 days."""

RENEWED_BEFORE = timedelta(days=30)

MAX_NAMES = 40
"""Names of earlier networks are kept, so that a laptop that comes back needs no new trust, up to here."""


def own(folder: Path, names: Iterable[str], now: datetime) -> Certificate:
    """The certificate that is kept in `folder`; made anew if there is none, it ends soon, or it lacks a name.

    Args:
        folder: made if it is not there.
        names: what it must be for: DNS names and addresses.
        now: with a zone.

    Raises:
        SettingsError: the folder cannot be used.
    """
    path = folder / "page.pem"
    wanted = tuple(dict.fromkeys(names))
    try:
        kept = _kept(path)
        if kept is not None and now < kept.not_valid_after_utc - RENEWED_BEFORE:
            if set(wanted) <= set(names_of(kept)):
                return described(kept, path, path, own=True)
            wanted = tuple(dict.fromkeys([*wanted, *names_of(kept)]))[:MAX_NAMES]
        private = ec.generate_private_key(ec.SECP256R1())
        made = _made(private, wanted, now)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = made.public_bytes(serialization.Encoding.PEM)
        _replace(path, secret + public, 0o600)
        _replace(folder / "page.crt", public, 0o644)
    except OSError as error:
        raise SettingsError(
            f"page.tls_dir: the certificate cannot be kept in {folder}: {error.strerror or error}.",
            mend="Set page.tls_dir (ANTIPHON_PAGE__TLS_DIR) to a folder that can be written to.",
        ) from error
    return described(made, path, path, own=True)


def find_own(folder: Path) -> Certificate | None:
    """The certificate that is kept in `folder`, as it is; None if there is none that can be used."""
    path = folder / "page.pem"
    with contextlib.suppress(OSError):
        if (kept := _kept(path)) is not None:
            return described(kept, path, path, own=True)
    return None


def _kept(path: Path) -> x509.Certificate | None:
    """What was kept: None if it is not there, is no pair, or others than its owner could read the key."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return None
        pem = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        first, private = certificate_in(pem, path), key_in(pem, path)
    except SettingsError:
        return None
    return first if public_bytes(first) == public_bytes(private) else None


def _made(private: ec.EllipticCurvePrivateKey, names: Collection[str], now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Antiphon on this machine")])
    public = private.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))  # other machines' clocks may be behind
        .not_valid_after(now.astimezone(UTC) + LASTS - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(private, hashes.SHA256())
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Writes a file as a whole; at no time could more people read it than `mode` says."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
