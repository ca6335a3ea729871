"""The doctor's findings: each thing that may be wrong is found when it is wrong."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from antiphon import doctor
from antiphon.doctor import Finding, Status
from antiphon.own_certificate import own
from antiphon.settings import AgentSettings, EngineSettings, PageSettings, Settings


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, no keys."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "LIVEKIT_URL"):
        monkeypatch.delenv(name, raising=False)


def only(findings: Iterator[Finding]) -> Finding:
    """The one finding."""
    (finding,) = findings
    return finding


def test_this_machine_has_what_the_locks_say() -> None:
    finding = only(doctor.packages())
    assert finding.status is Status.OK, finding.detail


def test_packages_that_differ_from_the_lock_are_found(tmp_path: Path) -> None:
    (tmp_path / "models.lock").write_text("")
    (tmp_path / "requirements.lock").write_text(
        "aiohttp==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 ; python_version >= '3' \\\n    --hash=sha256:00\n"
        "not-for-us==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    finding = only(doctor.packages(tmp_path))
    assert finding.status is Status.WANTING
    assert "aiohttp" in finding.detail
    assert "no-such-package is absent" in finding.detail
    assert "not-for-us" not in finding.detail
    assert finding.mend == "make install"


def test_without_locks_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert only(doctor.packages(tmp_path)).status is Status.INFO


def test_a_wrong_setting_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_PAGE__PORT", "0")
    finding = only(doctor.settings())
    assert finding.status is Status.WANTING
    assert "page.port" in finding.detail


def with_ports(page: int, engine: int) -> Settings:
    """Settings with these ports."""
    return Settings(page=PageSettings(port=page), engine=EngineSettings(port=engine))


class Ready(http.server.BaseHTTPRequestHandler):
    """Answers as an Antiphon that is ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_strangers_port_is_wanting_and_an_antiphons_is_not() -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        strange_port = stranger.getsockname()[1]
        page, engine = doctor.ports(with_ports(page=server.server_port, engine=strange_port))
    server.shutdown()
    server.server_close()
    assert page.status is Status.OK
    assert "serves there now" in page.detail
    assert engine.status is Status.WANTING
    assert "--engine-port" in engine.mend


def test_a_page_of_this_machine_has_nothing_to_tell() -> None:
    assert list(doctor.away(Settings())) == []


def test_a_page_for_others_is_told_with_token_and_certificate(tmp_path: Path) -> None:
    token, certificate = doctor.away(Settings(page=PageSettings(host="192.168.1.4")))
    assert "makes one" in token.detail
    assert (certificate.status, "no microphone" in certificate.detail) == (Status.INFO, True)
    assert "--tls" in certificate.mend
    page = PageSettings(
        host="192.168.1.4", token=SecretStr("open sesame"), tls=True, tls_dir=tmp_path / "tls"
    )
    token, certificate = doctor.away(Settings(page=page))
    assert token.detail.startswith("set")
    assert "the first start makes one" in certificate.detail
    assert not (tmp_path / "tls").exists(), "the doctor changes nothing"
    made = own(tmp_path / "tls", ["localhost"], datetime.now(UTC))
    token, certificate = doctor.away(Settings(page=page))
    assert made.fingerprint in certificate.detail
    assert "sesame" not in str((token, certificate))


def test_a_certificate_that_cannot_be_used_is_wanting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_PAGE__TLS_CERT", "none.pem")
    monkeypatch.setenv("ANTIPHON_PAGE__TLS_KEY", "none.pem")
    found = [one for one in doctor.examine() if one.name == "Away from localhost"]
    assert [(one.status, "--tls-cert" in one.detail) for one in found] == [(Status.WANTING, True)]


def test_an_antiphon_behind_tls_is_known_for_one(tmp_path: Path) -> None:
    certificate = own(tmp_path, ["localhost"], datetime.now(UTC))
    server = http.server.HTTPServer(("127.0.0.1", 0), Ready)
    server.socket = certificate.context().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page, _ = doctor.ports(
        Settings(page=PageSettings(port=server.server_port, tls=True), engine=EngineSettings(port=1))
    )
    server.shutdown()
    server.server_close()
    assert "serves there now" in page.detail


def test_a_key_is_told_to_be_there_and_not_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Settings(agent=AgentSettings(model="openai"))
    assert only(doctor.keys(Settings())).status is Status.INFO
    assert only(doctor.keys(cloud)).status is Status.WANTING
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    finding = only(doctor.keys(cloud))
    assert finding.status is Status.INFO
    assert "0123456789" not in str(finding)


def test_the_report_is_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    fine = doctor.run()
    words = capsys.readouterr().out
    assert doctor.run(as_json=True) is fine
    report = json.loads(capsys.readouterr().out)
    assert report["fine"] is fine
    assert fine is all(one["status"] != "wanting" for one in report["findings"])
    for one in report["findings"]:
        assert set(one) == {"name", "status", "detail", "mend"}
        assert one["name"] in words
        if one["status"] in ("wanting", "absent"):
            assert one["mend"], f"{one['name']} has no mend"


def test_a_livekit_server_that_is_absent_or_broken_is_told_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "elsewhere" / ".venv"))
    _, absent = doctor.livekit()
    assert (absent.status, absent.name) == (Status.ABSENT, "livekit-server")
    assert "make livekit" in absent.mend
    built = tmp_path / ".tools/bin/livekit-server"
    built.parent.mkdir(parents=True)
    built.write_text("#!/no/such/interpreter\n")
    built.chmod(0o755)
    _, broken = doctor.livekit()
    assert broken.status is Status.ABSENT
    assert "does not run" in broken.detail and broken.mend == "make livekit"
    built.write_text("#!/bin/sh\necho livekit-server version 9.8.7\n")
    _, fine = doctor.livekit()
    assert fine.status is Status.OK
    assert "9.8.7" in fine.detail
