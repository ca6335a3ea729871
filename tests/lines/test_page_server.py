"""The page's HTTP server: what it serves, what it refuses, and in which words."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from antiphon import page as built_page
from antiphon.errors import PortInUseError, SettingsError
from antiphon.exposure import in_address, machine_addresses
from antiphon.lines import page_server
from antiphon.lines.guard import host_name
from antiphon.lines.page_server import MAX_BODY_BYTES, PageServer, serve_page
from antiphon.own_certificate import own
from antiphon.settings import load
from tests.lines.fake_calls import FakeCalls
from tests.lines.page_caller import ABOUT, PageCaller, free_port, serving
from tests.webrtc.pair import until
from tests.webrtc.test_offer import CHROMIUM


@pytest.fixture
async def calls() -> FakeCalls:
    return FakeCalls(places=1)


@pytest.fixture
async def server(calls: FakeCalls) -> AsyncIterator[PageServer]:
    async with serving(calls) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def error_of(response: aiohttp.ClientResponse) -> dict[str, str]:
    assert response.content_type == "application/json"
    error = (await response.json())["error"]
    assert error["code"] and error["message"]
    return error  # type: ignore[no-any-return]


@pytest.fixture
def small_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of two files, and a secret beside them."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Page</title>")
    (tmp_path / "page.js").write_text("export {};")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(page_server, "ROOT", tmp_path)
    monkeypatch.setattr(
        page_server,
        "FILES",
        {
            "index.html": "text/html; charset=utf-8",
            "page.js": "text/javascript; charset=utf-8",
            "gone.css": "text/css",
        },
    )
    return tmp_path


async def test_the_page_comes_with_its_types_and_guards(
    server: PageServer, http: aiohttp.ClientSession, small_page: Path
) -> None:
    for path, kind in (("/", "text/html"), ("/index.html", "text/html"), ("/page.js", "text/javascript")):
        async with http.get(server.address + path) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == f"{kind}; charset=utf-8"
            assert response.headers["Cache-Control"] == "no-cache"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "unsafe" not in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            etag = response.headers["ETag"]
        async with http.get(server.address + path, headers={"If-None-Match": etag}) as response:
            assert response.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/page.js/../secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/index.html%00",
        "/gone.css",
        "/__init__.py",
        "/.env.local",
        "/api",
        "/api/other",
    ],
)
async def test_nothing_else_is_served(
    server: PageServer, http: aiohttp.ClientSession, small_page: Path, path: str
) -> None:
    async with http.get(URL(server.address + path, encoded=True)) as response:
        assert response.status == 404
        assert "secret" not in (await error_of(response))["message"] or "secret.txt" in path
        assert "Content-Security-Policy" in response.headers


async def test_every_file_of_the_built_page_is_served(
    server: PageServer, http: aiohttp.ClientSession
) -> None:
    for name, kind in built_page.FILES.items():
        async with http.get(f"{server.address}/{name}") as response:
            assert response.status == 200, name
            assert response.headers["Content-Type"] == kind


async def test_about_health_and_metrics(
    server: PageServer, http: aiohttp.ClientSession, calls: FakeCalls
) -> None:
    async with http.get(f"{server.address}/api/about") as response:
        assert await response.json() == {**ABOUT, "livekit": False}
    async with http.get(f"{server.address}/healthz") as response:
        assert response.status == 200
    page = PageCaller(server.address)
    await page.call(http)
    async with http.get(f"{server.address}/metrics") as response:
        assert 'antiphon_line_calls_active{line="browser"} 1.0' in await response.text()
    await page.peer.close()


async def test_ready_says_whether_calls_can_be_taken(http: aiohttp.ClientSession) -> None:
    ready = True
    async with serving(FakeCalls(), ready=lambda: ready) as server:
        async with http.get(f"{server.address}/readyz") as response:
            assert response.status == 200
        ready = False
        async with http.get(f"{server.address}/readyz") as response:
            assert response.status == 503


OFFER = {"type": "offer", "sdp": CHROMIUM}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        ("offer", None),
        ({}, "type"),
        ({"type": "offer"}, "sdp"),
        (OFFER | {"type": "answer"}, "type"),
        (OFFER | {"sdp": 5}, "sdp"),
        (OFFER | {"sdp": "  "}, "sdp"),
        (OFFER | {"sdp": "v=0"}, "sdp"),
        (OFFER | {"sdp": CHROMIUM.replace("opus", "speex")}, "sdp"),
        (OFFER | {"sdp": CHROMIUM.replace("a=ice-pwd", "a=ice-pw")}, "sdp"),
        (OFFER | {"resume": 7}, "resume"),
    ],
)
async def test_a_bad_offer_names_its_field_and_opens_no_call(
    server: PageServer, http: aiohttp.ClientSession, calls: FakeCalls, body: Any, field: str | None
) -> None:
    async with http.post(f"{server.address}/api/calls", json=body) as response:
        assert response.status == 400
        assert (await error_of(response)).get("field") == field
    await until(lambda: all(call.reason is not None for call in calls.opened))


async def test_a_body_that_is_no_json_or_too_long_is_refused(
    server: PageServer, http: aiohttp.ClientSession, calls: FakeCalls
) -> None:
    for body, status in (
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 60_000, 400),
        (b"x" * (MAX_BODY_BYTES + 1), 413),
    ):
        async with http.post(f"{server.address}/api/calls", data=body) as response:
            assert response.status == status
            await error_of(response)
    async with http.post(f"{server.address}/api/calls", json=OFFER | {"sdp": "x" * 40_000}) as response:
        assert response.status == 413
        assert (await error_of(response))["field"] == "sdp"
    assert not calls.opened


async def test_when_every_place_is_taken_the_answer_is_503_in_words(
    server: PageServer, http: aiohttp.ClientSession
) -> None:
    page = PageCaller(server.address)
    await page.call(http)
    async with http.post(f"{server.address}/api/calls", json=OFFER) as response:
        assert response.status == 503
        assert await error_of(response) == {"code": "busy", "message": "All lines are busy."}
        assert response.headers["Retry-After"]
    await page.peer.close()


async def test_unknown_calls_and_methods(server: PageServer, http: aiohttp.ClientSession) -> None:
    async with http.delete(f"{server.address}/api/calls/none") as response:
        assert response.status == 404
        assert (await error_of(response))["field"] == "id"
    async with http.put(f"{server.address}/api/calls") as response:
        assert response.status == 405
        assert response.headers["Allow"]
        await error_of(response)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[::2]:80", ""]
)
async def test_a_foreign_name_for_this_machine_is_refused(
    server: PageServer, http: aiohttp.ClientSession, host: str
) -> None:
    """DNS rebinding: another site's page, whose name suddenly leads here."""
    async with http.get(f"{server.address}/api/about", headers={"Host": host}) as response:
        assert response.status in (400, 421)
        assert str(ABOUT["name"]) not in await response.text()


@pytest.mark.parametrize(
    "host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST", "localhost:9"]
)
async def test_this_machines_own_names_are_fine(
    server: PageServer, http: aiohttp.ClientSession, host: str
) -> None:
    """Another port too: the caller may come through a tunnel."""
    headers = {"Host": host.format(port=server.port)}
    async with http.get(f"{server.address}/api/about", headers=headers) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_sites_page_can_neither_call_nor_hang_up(
    server: PageServer, http: aiohttp.ClientSession, calls: FakeCalls, headers: dict[str, str]
) -> None:
    for method, path in (("POST", "/api/calls"), ("DELETE", "/api/calls/x"), ("POST", "/api/calls/x/end")):
        async with http.request(method, server.address + path, json=OFFER, headers=headers) as response:
            assert response.status == 403
            await error_of(response)
    assert not calls.opened


async def test_the_page_itself_may_call(server: PageServer, http: aiohttp.ClientSession) -> None:
    headers = {"Origin": server.address, "Sec-Fetch-Site": "same-origin"}
    async with http.post(f"{server.address}/api/calls", json=OFFER, headers=headers) as response:
        assert response.status == 201


async def test_a_token_is_asked_for_where_something_can_be_done(http: aiohttp.ClientSession) -> None:
    async with serving(FakeCalls(), token="open sesame") as server:
        for path in ("/", "/healthz", "/readyz"):
            async with http.get(server.address + path) as response:
                assert response.status != 401
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "open sesame"}):
            for method, path in (
                ("GET", "/api/about"),
                ("POST", "/api/calls"),
                ("DELETE", "/api/calls/x"),
                ("GET", "/metrics"),
            ):
                async with http.request(method, server.address + path, headers=headers) as response:
                    assert response.status == 401
                    assert "sesame" not in await response.text()
        headers = {"Authorization": "Bearer open sesame"}
        async with http.get(f"{server.address}/api/about", headers=headers) as response:
            assert response.status == 200
        async with http.post(f"{server.address}/api/calls/x/end") as response:
            assert response.status == 404


@pytest.mark.parametrize("host", ["desk.example", "desk.example:8443", "192.168.1.4"])
async def test_with_a_token_any_name_may_lead_here(http: aiohttp.ClientSession, host: str) -> None:
    """A proxy's: who makes a visitor's browser come here by another name does not have the token."""
    async with serving(FakeCalls(), token="open sesame") as server:
        headers = {"Host": host, "Authorization": "Bearer open sesame"}
        async with http.get(f"{server.address}/api/about", headers=headers) as response:
            assert response.status == 200
        async with http.get(f"{server.address}/api/about", headers={"Host": host}) as response:
            assert response.status == 401
        headers |= {"Origin": "https://evil.example"}
        async with http.post(f"{server.address}/api/calls", headers=headers) as response:
            assert response.status == 403


async def test_beyond_this_machine_it_does_not_start_without_a_token() -> None:
    with pytest.raises(SettingsError, match=r"page\.host"):
        await serve_page(load(page={"host": "0.0.0.0", "port": free_port()}), FakeCalls(), ABOUT)


async def test_over_tls_a_client_that_checks_the_certificate_can_call(tmp_path: Path) -> None:
    """With the address that this machine has in its network, if it has one."""
    host = next(iter(machine_addresses()), "127.0.0.1")
    certificate = own(tmp_path, ["localhost", host], datetime.now(UTC))
    trusting = ssl.create_default_context(cafile=certificate.public)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 has it
    calls = FakeCalls()
    async with serving(calls, tls=certificate.context(), host=host, token="open sesame") as server:
        assert server.address == f"https://{in_address(host)}:{server.port}"
        headers = {"Authorization": "Bearer open sesame"}
        connector = aiohttp.TCPConnector(ssl=trusting)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as http:
            caller = PageCaller(server.address)
            await caller.call(http)
            await until(lambda: len(calls.last.heard) > 5)
            await caller.peer.close()
        async with aiohttp.ClientSession() as stranger:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await stranger.get(server.address)
            with pytest.raises(aiohttp.ClientError):
                await stranger.get(f"http://{in_address(host)}:{server.port}/")


async def test_a_port_in_use_is_told_with_its_mend(server: PageServer) -> None:
    with pytest.raises(PortInUseError, match="--port"):
        await serve_page(load(page={"port": server.port}), FakeCalls(), ABOUT)


async def test_closing_ends_the_calls_within_a_second_or_two(http: aiohttp.ClientSession) -> None:
    calls = FakeCalls()
    async with serving(calls) as server:
        pages = [PageCaller(server.address) for _ in range(2)]
        for page in pages:
            await page.call(http)
    assert [call.reason for call in calls.opened] == ["shutdown", "shutdown"]
    await until(lambda: all(page.told("antiphon.ended") for page in pages))
    assert pages[0].told("antiphon.ended")[0]["reason"] == "shutdown"
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get(f"{server.address}/healthz")
    for page in pages:
        await page.peer.close()


async def test_a_call_that_will_not_end_does_not_hold_the_server_up(http: aiohttp.ClientSession) -> None:
    calls = FakeCalls()
    async with asyncio.timeout(10), serving(calls) as server:
        page = PageCaller(server.address)
        await page.call(http)
        calls.last.hang_up = _never  # type: ignore[method-assign]
    await page.peer.close()


async def _never(reason: str = "") -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("header", "name"),
    [("Localhost:8000", "localhost"), ("[::1]:8000", "::1"), ("[::1", "::1"), ("a.b", "a.b"), ("", "")],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name
