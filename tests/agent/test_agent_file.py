"""agent.py at the root: right in form for LiveKit's tools, and the whole of Antiphon without any argument."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.agent.loader import load_agent
from antiphon.desk.agent import FrontDesk

AGENT_FILE = Path(__file__).parents[2] / "agent.py"


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("LIVEKIT_", "ANTIPHON_"))
    }
    return subprocess.run(
        [sys.executable, str(AGENT_FILE), *arguments],
        cwd=cwd,
        env=env | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_an_agent_file_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_DESK__DATABASE", str(tmp_path / "desk.sqlite3"))
    monkeypatch.setattr(sys, "path", sys.path.copy())
    make = load_agent(AGENT_FILE)
    one, other = make(), make()
    assert type(one) is type(other) is FrontDesk and one is not other


def test_it_has_the_commands_that_livekit_users_know(tmp_path: Path) -> None:
    shown = run("--help", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert all(command in shown.stdout for command in ("console", "start", "dev"))


def test_without_an_argument_it_is_antiphon_up(tmp_path: Path) -> None:
    shown = run(cwd=tmp_path, ANTIPHON_PAGE__PORT="70000")
    assert shown.returncode == 2
    assert "page.port" in shown.stderr
