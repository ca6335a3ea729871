"""The one-way doors between rooms (pyproject.toml, import-linter): they hold, and each would notice a break."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SOURCES = PROJECT / "src" / "antiphon"

BREAKS = {
    "engine/conversation.py": "import livekit.agents",
    "agent/events.py": "import antiphon.engine.conversation",
    "lines/seam.py": "import antiphon.desk",
    "ear/signal.py": "import antiphon.engine.conversation",
    "clock.py": "import antiphon.agent.events",
    "engine/effects.py": "import piper",
    "engine/outbox.py": "import antiphon.engine.speech.piper",
    "engine/runner.py": "import antiphon.engine.speech.voice_worker",
    "engine/metrics.py": "import pipecat",
}
"""One line for each contract, in their order, that it must refuse."""


def lint(sources: Path) -> str:
    """What import-linter says about a source folder."""
    finished = subprocess.run(
        [
            str(Path(sys.executable).with_name("lint-imports")),
            "--no-cache",
            "--config",
            str(PROJECT / "pyproject.toml"),
        ],
        env=os.environ | {"PYTHONPATH": str(sources)},
        cwd=sources,
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.stdout + finished.stderr


def contracts() -> list[str]:
    """The names of the contracts."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def test_the_doors_hold() -> None:
    said = lint(PROJECT / "src")
    assert f"{len(contracts())} kept, 0 broken" in said, said


def test_every_door_notices_a_break(tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "antiphon", ignore=shutil.ignore_patterns("__pycache__"))
    for name, line in BREAKS.items():
        with (tmp_path / "antiphon" / name).open("a") as file:
            file.write(f"\n{line}\n")
    said = lint(tmp_path)
    assert len(BREAKS) == len(contracts())
    for name in contracts():
        assert f"{name} BROKEN" in said, said


@pytest.mark.parametrize(
    "forbidden", ["livekit.local_inference", "livekit.agents.inference", "livekit.plugins.turn_detector"]
)
def test_models_that_are_licensed_for_livekit_agents_only_are_not_imported(forbidden: str) -> None:
    """import-linter sees whole packages only, so this looks into the statements."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            assert not any(name.startswith(forbidden) for name in names), f"{file}: {names}"
