"""The commands as a person types them: exit codes, and errors that are one or two plain lines."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

FINE, WANTING, WRONG_USE = 0, 1, 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to stand in."""
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def antiphon(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a folder, with nothing of this machine's settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ANTIPHON_") and name not in ("OPENAI_API_KEY", "LIVEKIT_URL")
    }
    return subprocess.run(
        [sys.executable, "-m", "antiphon.cli", *arguments],
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_told(finished: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The exit code, and that stderr says it plainly in at most three lines."""
    assert finished.returncode == code, finished.stderr
    for word in words:
        assert word in finished.stderr
    assert "Traceback" not in finished.stderr
    assert len(finished.stderr.splitlines()) <= 3, finished.stderr


def test_help_lists_the_commands_and_imports_nothing_heavy(folder: Path) -> None:
    finished = antiphon(folder, "--help")
    assert finished.returncode == FINE
    for command in ("up", "serve", "call", "new", "doctor", "version"):
        assert f"\n  {command} " in finished.stdout
    heavy = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, antiphon.cli; print([m for m in ('livekit', 'numpy', 'aiohttp', 'pydantic') if m in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy.stdout.strip() == "[]"


def test_the_entry_point_is_installed() -> None:
    script = Path(sys.executable).with_name("antiphon")
    finished = subprocess.run([str(script), "version"], capture_output=True, text=True, check=True)
    assert finished.stdout == f"antiphon {version('antiphon')}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["up", "--port", "70000"],
        ["up", "--model", "llama"],
        ["serve", "--brain", "big"],
        ["call"],
        ["new", "a", "b"],
    ],
)
def test_wrong_options_are_wrong_use(folder: Path, arguments: list[str]) -> None:
    finished = antiphon(folder, *arguments)
    assert finished.returncode == WRONG_USE
    assert "Traceback" not in finished.stderr


def test_a_wrong_setting_is_named(folder: Path) -> None:
    finished = antiphon(folder, "up", ANTIPHON_ENGINE__VAD__THRESHOLD="loud")
    assert_told(finished, WRONG_USE, "engine.vad.threshold", "loud")


def test_an_agent_file_that_is_not_there_is_told(folder: Path) -> None:
    assert_told(antiphon(folder, "up", "--agent", "nobody.py"), WRONG_USE, "nobody.py")


def test_the_cloud_without_a_key_is_told(folder: Path) -> None:
    assert_told(antiphon(folder, "up", "--model", "openai"), WRONG_USE, "OPENAI_API_KEY", ".env.local")


@pytest.mark.parametrize("option", ["--port", "--engine-port"])
def test_a_port_in_use_is_told_before_anything_is_loaded(folder: Path, taken_port: int, option: str) -> None:
    finished = antiphon(folder, "up", option, str(taken_port))
    assert_told(finished, WANTING, str(taken_port), option)
    assert finished.stdout == ""


def test_an_engine_whose_port_is_taken_is_told(folder: Path, taken_port: int) -> None:
    assert_told(antiphon(folder, "serve", "--port", str(taken_port)), WANTING, str(taken_port), "--port")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "203.0.113.7"], ["'203.0.113.7'", "no address of this machine", "127.0.0.1"]),
        (["--host", "no.such.host.invalid"], ["'no.such.host.invalid'", "no address of this machine"]),
        (["--tls-cert", "desk.pem"], ["--tls-cert needs --tls-key FILE"]),
        (["--tls-cert", "desk.pem", "--tls-key", "key.pem"], ["--tls-cert: there is no file desk.pem"]),
    ],
)
def test_what_cannot_be_listened_with_is_told_before_anything_is_loaded(
    folder: Path, options: list[str], words: list[str]
) -> None:
    finished = antiphon(folder, "up", *options)
    assert_told(finished, WRONG_USE, *words)
    assert finished.stdout == ""


def test_a_short_token_for_others_is_told_and_not_shown(folder: Path) -> None:
    finished = antiphon(folder, "up", "--host", "0.0.0.0", ANTIPHON_PAGE__TOKEN="sesame")
    assert_told(finished, WRONG_USE, "page.token has 6 characters")
    assert "sesame" not in finished.stderr


def test_an_engine_for_others_needs_a_token(folder: Path) -> None:
    assert_told(antiphon(folder, "serve", "--host", "0.0.0.0"), WRONG_USE, "ANTIPHON_ENGINE__TOKEN")


def test_page_and_engine_on_one_port_are_told(folder: Path) -> None:
    assert_told(
        antiphon(folder, "up", "--port", "8158", "--engine-port", "8158"),
        WRONG_USE,
        "--port",
        "--engine-port",
    )


def test_a_recording_that_is_none_is_told_before_anything_is_started(folder: Path) -> None:
    (folder / "noise.wav").write_bytes(b"this is no recording")
    finished = antiphon(folder, "call", "noise.wav")
    assert_told(finished, WRONG_USE, "noise.wav")
    assert finished.stdout == ""


def test_a_traceback_is_for_those_who_ask(folder: Path) -> None:
    assert "Traceback" in antiphon(folder, "up", "--agent", "nobody.py", "--debug").stderr


def test_keys_come_from_env_local_too(folder: Path, taken_port: int) -> None:
    """As LiveKit's own commands have it; the key is accepted, so the next thing that is wrong is told."""
    (folder / ".env.local").write_text("OPENAI_API_KEY=0123456789\n")
    finished = antiphon(folder, "up", "--model", "openai", "--port", str(taken_port))
    assert_told(finished, WANTING, str(taken_port))
    assert "0123456789" not in finished.stdout + finished.stderr


def test_a_terminal_that_knows_no_unicode_gets_plain_text(folder: Path) -> None:
    finished = antiphon(folder, "doctor", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "Traceback" not in finished.stderr
    assert "Python" in finished.stdout
