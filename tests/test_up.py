"""`antiphon up` as a person starts it: the real engine, agent and page, and every way in which it may end.

Every process that a test starts bears a mark in its environment, so that one that stays behind is found wherever it went.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from antiphon.exposure import machine_addresses
from antiphon.new import write as write_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

MARK = "ANTIPHON_TEST_MARK"
START_S, END_S, BACK_S = 60.0, 10.0, 30.0
"""Limits that only tell that something never came; how long it takes is measured elsewhere."""


def until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Antiphon:
    """A running `antiphon up`, in a process group of its own as a shell would start it."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.mark = uuid.uuid4().hex
        self.port, self.engine_port = free_port(), free_port()
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("ANTIPHON_") and name != "OPENAI_API_KEY"
        }
        ports = ["--port", str(self.port), "--engine-port", str(self.engine_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "antiphon.cli", "up", *ports, *options],
            cwd=folder,
            env=kept | environment | {MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self.written: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.written.append(line.rstrip("\n"))
            self._lines.put(line)
        self._lines.put(None)

    def until_line(self, part: str, limit_s: float = START_S) -> str:
        """Waits for a line that contains `part`, from where the last wait ended."""
        deadline = time.monotonic() + limit_s
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                pytest.fail(f"ended before {part!r}: {self.written}")
            if part in line:
                return line
        pytest.fail(f"never wrote {part!r}: {self.written}")

    def processes(self) -> list[int]:
        """Every living process with the mark, wherever it is."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                marked = f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes().split(b"\0")
                dead = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except (OSError, IndexError):
                continue
            if marked and not dead:
                found.append(int(entry.name))
        return found

    def engine(self) -> int:
        """The pid of the engine."""
        for pid in self.processes():
            if b"--lifeline" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        pytest.fail("there is no engine")

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET on the page's server."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def assert_gone(self) -> None:
        """No process is left, nor does anybody listen."""
        until(lambda: not self.processes(), END_S, "the end of every process")
        for port in (self.port, self.engine_port):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", port)) != 0

    def clear_up(self) -> None:
        """Ends what a failed test left."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Antiphon]]:
    """Starts `antiphon up`; everything is ended with the test."""
    started: list[Antiphon] = []

    def starter(*options: str, **environment: str) -> Antiphon:
        started.append(Antiphon(tmp_path, *options, **environment))
        return started[-1]

    yield starter
    for one in started:
        one.clear_up()


def test_it_starts_tells_what_is_in_use_and_ends_with_ctrl_c(start: Callable[..., Antiphon]) -> None:
    antiphon = start()
    antiphon.until_line("AI VOICE AGENT WITH LIVEKIT (REALTIME API)")
    antiphon.until_line("✓ Agent is ready")
    antiphon.until_line(f"http://127.0.0.1:{antiphon.port}")
    banner = antiphon.until_line("Ctrl-C") and "\n".join(antiphon.written)
    for word in (
        "Line",
        "WebRTC",
        "Recogniser",
        "Whisper tiny.en",
        "Voice",
        "Piper",
        "Brain",
        "form",
        "opening hours",
    ):
        assert word in banner
    status, page = antiphon.get("/")
    assert status == 200
    assert b"<html" in page
    about = json.loads(antiphon.get("/api/about")[1])
    assert about["name"]
    assert len(about["try_saying"]) == 3
    assert antiphon.get("/readyz")[0] == 200
    assert len(antiphon.processes()) >= 4, "page and agent, engine, recogniser, voice"
    os.killpg(antiphon.process.pid, signal.SIGINT)  # as a terminal does
    assert antiphon.process.wait(END_S) == 0
    antiphon.assert_gone()
    assert "Traceback" not in "\n".join(antiphon.written)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_stays_however_the_parent_ends(
    start: Callable[..., Antiphon], number: signal.Signals
) -> None:
    antiphon = start()
    antiphon.until_line("✓ Agent is ready")
    antiphon.process.send_signal(number)
    assert antiphon.process.wait(END_S) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    antiphon.assert_gone()


def test_nothing_stays_when_it_ends_while_it_starts(start: Callable[..., Antiphon]) -> None:
    antiphon = start()
    antiphon.until_line("Loading the agent")
    os.killpg(antiphon.process.pid, signal.SIGINT)
    antiphon.process.wait(END_S)
    antiphon.assert_gone()
    assert "Traceback" not in "\n".join(antiphon.written)


def test_an_engine_that_is_killed_comes_back(start: Callable[..., Antiphon]) -> None:
    antiphon = start()
    antiphon.until_line("Ctrl-C")
    first = antiphon.engine()
    others = set(antiphon.processes()) - {antiphon.process.pid}
    os.kill(first, signal.SIGKILL)
    assert "killed by SIGKILL" in antiphon.until_line("The engine ended", BACK_S)
    antiphon.until_line("The engine is back", BACK_S)
    assert antiphon.engine() != first
    assert antiphon.get("/readyz")[0] == 200
    until(lambda: not others & set(antiphon.processes()), END_S, "the end of the first engine's workers")


def test_a_second_one_on_the_same_ports_says_so(start: Callable[..., Antiphon], tmp_path: Path) -> None:
    antiphon = start()
    antiphon.until_line("✓ Agent is ready")
    second = subprocess.run(
        [
            sys.executable,
            "-m",
            "antiphon.cli",
            "up",
            "--port",
            str(antiphon.port),
            "--engine-port",
            str(free_port()),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"127.0.0.1:{antiphon.port}" in second.stderr
    assert "--port" in second.stderr
    assert antiphon.get("/readyz")[0] == 200, "the first one goes on"


def test_an_engine_that_cannot_start_ends_it_all_with_its_reason(start: Callable[..., Antiphon]) -> None:
    antiphon = start(ANTIPHON_ENGINE__RECOGNISER__MODEL="/no/such/model")
    assert antiphon.process.wait(START_S) == 1
    antiphon.assert_gone()
    written = "\n".join(antiphon.written)
    assert "/no/such/model" in written
    assert "Traceback" not in written
    assert "✓ Agent is ready" not in written


def test_an_agent_of_ones_own_is_reached_from_elsewhere(
    start: Callable[..., Antiphon], tmp_path: Path
) -> None:
    """What `antiphon new` writes, over https and with a token that is made, at every address that this machine has."""
    write_agent(tmp_path / "my_agent.py")
    antiphon = start(
        "--agent", "my_agent.py", "--host", "0.0.0.0", "--tls", XDG_STATE_HOME=str(tmp_path / "state")
    )
    antiphon.until_line("✓ Agent is ready")
    link = antiphon.until_line("Page").split()[1]
    antiphon.until_line("Ctrl-C")
    address, _, token = link.partition("/#token=")
    pem = tmp_path / "state" / "antiphon" / "page.crt"
    trusting = ssl.create_default_context(cafile=pem)

    def about(**headers: str) -> int:
        request = urllib.request.Request(f"{address}/api/about", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5, context=trusting) as answer:
                assert json.loads(answer.read())["name"] == "My Agent"
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert about() == 401
    assert about(Authorization=f"Bearer {token}") == 200
    written = "\n".join(antiphon.written)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest().upper()
    assert digest in written.replace(":", "")
    links = [line for line in antiphon.written if token in line]
    assert len(links) == len(machine_addresses_4()) + 1, "nowhere but in the links"
    assert "localhost" in links[-1]


def machine_addresses_4() -> list[str]:
    return [address for address in machine_addresses() if ":" not in address]
