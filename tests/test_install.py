"""scripts/install.sh: what it installs, when it does nothing, and when it must do it again.

uv itself is a stand-in that writes down how it was called: what is tried here is the script. `make test` has run the real one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

UV = f"""#!/bin/sh
[ "$1" != --version ] || exit 0
echo "$@" >> "$UV_CALLS"
[ "$1" != venv ] || {{ mkdir -p .venv/bin && ln -sf "{sys.executable}" .venv/bin/python; }}
[ "$1" != pip ] || [ ! -e "$UV_CALLS.fail" ] || exit 1
"""


class Checkout:
    """A checkout in a folder with spaces in its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "my antiphon"
        self.calls_file = folder / "calls"
        (self.folder / "src" / "antiphon").mkdir(parents=True)
        (self.folder / "src" / "antiphon" / "small.py").write_text("x = 1\n")
        shutil.copytree(
            PROJECT / "scripts", self.folder / "scripts", ignore=shutil.ignore_patterns("*.py", "__pycache__")
        )
        for name in (
            "requirements.lock",
            "requirements-dev.lock",
            "models.lock",
            "models-dev.lock",
            "pyproject.toml",
        ):
            (self.folder / name).write_text(f"# {name}\n")
        programs = folder / "bin"
        programs.mkdir()
        (programs / "uv").write_text(UV)
        (programs / "uv").chmod(0o755)
        (programs / "sleep").write_text("#!/bin/sh\n")  # between tries
        (programs / "sleep").chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def install(self, kind: str = "run") -> subprocess.CompletedProcess[str]:
        """Runs the script; `calls` then tells what uv was asked for."""
        self.calls_file.write_text("")
        return subprocess.run(
            ["sh", "scripts/install.sh", kind],
            cwd=self.folder,
            env=os.environ | {"PATH": self.path, "UV_CALLS": str(self.calls_file)},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """What uv was asked for by the last run."""
        return self.calls_file.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh one."""
    return Checkout(tmp_path)


def test_it_installs_what_is_hashed_and_builds_nothing(checkout: Checkout) -> None:
    assert checkout.install().returncode == 0
    environment, packages, project = checkout.calls
    assert environment.startswith("venv ")
    for option in (
        "--require-hashes",
        "--no-deps",
        "--no-build",
        "--compile-bytecode",
        "-r requirements.lock",
        "-r models.lock",
    ):
        assert option in packages
    assert "dev" not in packages
    assert "--no-build-isolation" in project
    assert "--editable ." in project
    assert list((checkout.folder / "src" / "antiphon").rglob("*.pyc")), "the project's own bytecode"


def test_the_second_time_it_does_nothing(checkout: Checkout) -> None:
    checkout.install()
    second = checkout.install()
    assert (second.returncode, second.stdout, checkout.calls) == (0, "", [])


def test_the_tests_tools_come_on_top(checkout: Checkout) -> None:
    checkout.install()
    checkout.install("dev")
    packages, _ = checkout.calls
    assert "-r requirements-dev.lock" in packages
    assert "-r models-dev.lock" in packages
    assert checkout.install().stdout == "", "and what runs is still there"
    assert checkout.calls == []


@pytest.mark.parametrize("name", ["requirements.lock", "models.lock", "pyproject.toml"])
def test_what_changed_is_installed(checkout: Checkout, name: str) -> None:
    checkout.install()
    (checkout.folder / name).write_text("# changed\n")
    checkout.install()
    assert [call.split()[0] for call in checkout.calls] == ["pip", "pip"], "into the same environment"


def test_an_environment_that_was_moved_is_made_anew(checkout: Checkout) -> None:
    checkout.install()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    checkout.install()
    assert [call.split()[0] for call in checkout.calls] == ["venv", "pip", "pip"]


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.install()
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    checkout.install()
    assert checkout.calls[0].startswith("venv")


def test_a_failure_is_tried_again_told_and_not_taken_for_done(checkout: Checkout) -> None:
    broken = checkout.calls_file.with_name("calls.fail")
    broken.touch()
    failed = checkout.install()
    assert failed.returncode == 1
    assert "network" in failed.stderr
    assert sum(call.startswith("pip install") for call in checkout.calls) == 3
    broken.unlink()
    assert checkout.install().returncode == 0
    assert sum(call.startswith("pip install") for call in checkout.calls) == 2


def test_a_kind_that_is_none_is_wrong_use(checkout: Checkout) -> None:
    assert checkout.install("everything").returncode == 2
