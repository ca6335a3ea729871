"""The page from another machine's point of view: https on this machine's address in its network, a token, and the microphone."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from antiphon.exposure import machine_addresses
from antiphon.own_certificate import own
from tests.e2e.chromium import chromium
from tests.e2e.echo_calls import EchoCalls
from tests.lines.page_caller import serving
from tests.webrtc.pair import until

pytestmark = pytest.mark.e2e


async def test_a_page_away_from_localhost_has_a_microphone_and_calls(tmp_path: Path) -> None:
    """Chromium trusts this one key, as a person does who compared the fingerprint. Without a network: 127.0.0.1."""
    host = next(iter(machine_addresses()), "127.0.0.1")
    certificate = own(tmp_path, ["localhost", host], datetime.now(UTC))
    public = x509.load_pem_x509_certificate(certificate.public.read_bytes()).public_key()
    key = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    trust = f"--ignore-certificate-errors-spki-list={base64.b64encode(key).decode()}"
    calls = EchoCalls()
    async with (
        serving(calls, tls=certificate.context(), host=host, token="open sesame") as server,
        chromium(trust) as browser,
    ):
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{server.address}/#token=open%20sesame")
        assert server.address.startswith("https://") and await page.evaluate("isSecureContext")
        await page.get_by_test_id("talk").click()
        await page.wait_for_selector("body[data-state=live]")
        await until(
            lambda: calls.last.heard != [] and calls.last.loudness() > 500
        )  # Chromium's fake microphone beeps
        await page.get_by_test_id("hang-up").click()
        await until(lambda: calls.last.reason == "hang_up")
        assert complaints == []
