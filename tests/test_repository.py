"""What stands in the repository: locks that fit, no address of a registry, no path of a machine, the built page."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from antiphon import page

PROJECT = Path(__file__).parents[1]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "models.lock",
    "models-dev.lock",
    "tools.lock",
    "npm.lock",
    "go.lock",
)

# Written in halves, so that this file does not contain what it looks for.
REGISTRIES = "|".join(
    re.escape(a + b)
    for a, b in (
        ("pypi", ".org"),
        ("python", "hosted"),
        ("registry.", "npmjs"),
        ("proxy.", "golang"),
        ("repo.", "maven"),
        ("deb.", "debian"),
        ("static.", "crates"),
        ("registry.", "yarnpkg"),
    )
)
MACHINE_PATHS = (
    "/(" + "|".join((a + b) for a, b in (("wo", "rk"), ("ro", "ot"), ("home/", r"\w+"), ("Use", "rs"))) + ")/"
)


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        try:
            yield name, (PROJECT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def pins(lock: str) -> dict[str, list[Requirement]]:
    """Name → pins of a lock; a name may have one for each range of Pythons."""
    found: dict[str, list[Requirement]] = {}
    for line in (PROJECT / lock).read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip("\\").strip())
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def declared() -> Iterator[tuple[str, str]]:
    """Lock and requirement, for each requirement of pyproject.toml."""
    content = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    groups = {
        "requirements.lock": [
            *content["project"]["dependencies"],
            *(one for extra in content["project"]["optional-dependencies"].values() for one in extra),
            *content["dependency-groups"]["build"],
        ],
        "requirements-dev.lock": content["dependency-groups"]["dev"],
        "models.lock": content["dependency-groups"]["models"],
        "models-dev.lock": content["dependency-groups"]["models-dev"],
        "tools.lock": content["dependency-groups"]["tools"],
        "npm.lock": content["dependency-groups"]["npm"],
        "go.lock": content["dependency-groups"]["go"],
    }
    for lock, requirements in groups.items():
        for requirement in requirements:
            yield lock, requirement


@pytest.mark.parametrize(
    ("what", "pattern"), [("a registry", REGISTRIES), ("a machine's path", MACHINE_PATHS)]
)
def test_no_file_names(what: str, pattern: str) -> None:
    found = [f"{name}: {match.group()}" for name, text in texts() for match in re.finditer(pattern, text)]
    assert not found, f"{what} is named"


def test_the_patterns_find_what_they_look_for() -> None:
    assert re.search(REGISTRIES, "https://files.python" + "hosted" + ".org/x")
    assert re.search(MACHINE_PATHS, "/wo" + "rk/main")
    assert re.search(MACHINE_PATHS, "/home" + "/ada/src")


@pytest.mark.parametrize(("lock", "requirement"), sorted(set(declared())))
def test_the_locks_hold_what_is_declared(lock: str, requirement: str) -> None:
    wanted = Requirement(requirement)
    found = pins(lock).get(canonicalize_name(wanted.name))
    assert found, f"{wanted.name} is not in {lock}: run `make lock`"
    for pin in found:
        version = next(iter(pin.specifier)).version
        assert wanted.specifier.contains(version, prereleases=True), f"{pin} in {lock}: run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    text = (PROJECT / lock).read_text()
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_what_runs_is_the_same_with_and_without_the_tools_for_tests() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    for name in run.keys() & dev.keys():
        assert {str(one.specifier) for one in dev[name]} <= {str(one.specifier) for one in run[name]}, name


@pytest.mark.parametrize("name", sorted(page.FILES))
def test_the_built_page_is_here(name: str) -> None:
    assert (page.ROOT / name).is_file(), "run `make page` and commit the result"


def test_scripts_are_plain_shell() -> None:
    """A fresh machine has no bash-isms in /bin/sh."""
    for script in sorted((PROJECT / "scripts").glob("*.sh")):
        subprocess.run(["sh", "-n", str(script)], check=True)
