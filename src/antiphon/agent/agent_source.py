"""An agent file as text: whether it can be read at all, and the line of it where something went wrong. Needs no LiveKit."""

from __future__ import annotations

import ast
import shutil
import sys
import traceback
from pathlib import Path

from antiphon.errors import SettingsError


def check_source(path: Path) -> None:
    """Refuses what is no Python file, before anything heavy is loaded.

    Raises:
        SettingsError: it is not there, does not end in .py, cannot be read, or its syntax is wrong; says where.
    """
    if path.suffix != ".py":
        raise SettingsError(f"{path} is not a Python file.", mend="--agent takes a file that ends in .py.")
    if not path.is_file():
        raise SettingsError(
            f"There is no agent file {path}.", mend="`antiphon new FILE.py` writes one to begin with."
        )
    try:
        ast.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (SyntaxError, ValueError) as error:  # ValueError: a zero byte
        raise SettingsError(f"{path} can't be loaded: {in_words(error, path)}") from error


def in_words(error: BaseException, path: Path) -> str:
    """An error of the file's own code in one sentence, with its line: "NameError: … (line 3: `x = y`)."."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        said, number, line = error.msg, error.lineno, error.text
    else:
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == str(path)]
        said = " ".join(str(error).split())
        number, line = (frames[-1].lineno, frames[-1].line) if frames else (None, None)
    place = ""
    if number:
        place = f" (line {number}: `{line.strip()}`)" if line and line.strip() else f" (line {number})"
    return f"{type(error).__name__}{': ' if said else ''}{said.rstrip('.')}{place}."


def mend_for(error: BaseException) -> str:
    """What to do about an error of the file's own code; "" if that is plain."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    # The environment has no pip; `make install` has brought uv if the machine has none.
    ours = Path(sys.prefix).parent / ".tools" / "uv" / "bin" / "uv"
    uv = "uv" if shutil.which("uv") or not ours.is_file() else str(ours)
    module = error.name.partition(".")[0]
    return f"Install its package beside Antiphon: {uv} pip install --python {sys.executable} {module}"
