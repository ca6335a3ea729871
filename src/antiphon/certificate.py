"""A certificate for the page's server, and one that the user gives: read, and refused in words when it cannot be used."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from antiphon.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that can be used.

    Attributes:
        cert: the PEM file with the certificate (and its chain).
        key: the PEM file with the key.
        own: it was made here.
        names: what it is for: DNS names and addresses.
        until: when it ends.
        fingerprint: SHA-256, as browsers show it.
    """

    cert: Path
    key: Path
    own: bool
    names: tuple[str, ...]
    until: datetime
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """For a server."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context

    @property
    def public(self) -> Path:
        """The file to import where it shall be trusted; it holds no key."""
        return self.cert.with_name("page.crt") if self.own else self.cert


def given(cert: Path, key: Path, now: datetime) -> Certificate:
    """A certificate that the user has.

    Args:
        cert: PEM, the server's first, its chain after it.
        key: PEM, without a password.
        now: with a zone.

    Raises:
        SettingsError: a file is missing or none, they do not belong together, or the time is not right; names the option.
    """
    first = certificate_in(_read("--tls-cert", cert), cert)
    private = key_in(_read("--tls-key", key), key)
    if public_bytes(private) != public_bytes(first):
        raise SettingsError(f"--tls-key: {key} is not the key of the certificate in --tls-cert {cert}.")
    if now >= first.not_valid_after_utc:
        raise SettingsError(
            f"--tls-cert: {cert} ended on {first.not_valid_after_utc:%Y-%m-%d}.",
            mend="Give one that is valid, or leave --tls-cert and --tls-key out and use --tls.",
        )
    if now < first.not_valid_before_utc:
        raise SettingsError(
            f"--tls-cert: {cert} is not valid before {first.not_valid_before_utc:%Y-%m-%d %H:%M} UTC.",
            mend="Is this machine's clock right?",
        )
    return described(first, cert, key, own=False)


def _read(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SettingsError(f"{option}: there is no file {path}.") from error
    except OSError as error:
        raise SettingsError(f"{option}: {path} cannot be read: {error.strerror or error}.") from error


def certificate_in(pem: bytes, path: Path) -> x509.Certificate:
    """The first certificate. Raises SettingsError."""
    try:
        return x509.load_pem_x509_certificates(pem)[0]
    except ValueError as error:
        raise SettingsError(f"--tls-cert: {path} holds no certificate in PEM form.") from error


def key_in(pem: bytes, path: Path) -> PrivateKeyTypes:
    """The key. Raises SettingsError, which does not quote it."""
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:  # that is what cryptography raises for it
        raise SettingsError(
            f"--tls-key: {path} is locked with a password.", mend="Give a key without one."
        ) from error
    except Exception as error:  # whatever a malformed key leads to; its text might quote the key
        raise SettingsError(f"--tls-key: {path} holds no private key in PEM form.") from error


def described(first: x509.Certificate, cert: Path, key: Path, *, own: bool) -> Certificate:
    """The certificate in these files."""
    return Certificate(
        cert,
        key,
        own,
        names_of(first),
        first.not_valid_after_utc,
        first.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """DNS names and addresses that it is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(one.value) for one in found if isinstance(one, x509.DNSName | x509.IPAddress))


def public_bytes(of: x509.Certificate | PrivateKeyTypes) -> bytes:
    """The public key, to see whether certificate and key belong together."""
    return of.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
