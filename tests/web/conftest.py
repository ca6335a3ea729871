"""The page's build tools, installed once for all tests of this folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NODE_MAJOR = 20


def node_major() -> int:
    """The major version of the Node that is installed; 0 without Node or npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return 0
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.lstrip("v").partition(".")[0])


def run(folder: Path, *command: str) -> None:
    """Runs a command; its output is the failure's message."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=os.environ | {"CI": "true"}, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)} failed\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of web/ with what its lock names; skips where there is no Node to install it with."""
    if node_major() < NODE_MAJOR:
        pytest.skip(f"Node {NODE_MAJOR} with npm is not installed")
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(REPOSITORY / "web", folder / "web", ignore=shutil.ignore_patterns("node_modules"))
    (folder / "src").symlink_to(REPOSITORY / "src")
    run(folder / "web", "npm", "ci", "--no-audit", "--no-fund")
    return folder / "web"


@pytest.fixture(scope="session")
def axe(web: Path) -> str:
    """The source of the accessibility checker, axe-core."""
    return (web / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
