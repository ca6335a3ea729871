"""`antiphon new`: an agent file of ten lines to begin with.

The file is an ordinary LiveKit agent: nothing in it is Antiphon's, so that it runs on LiveKit as it stands.
"""

from __future__ import annotations

import keyword
import os
import re
import shlex
import shutil
import site
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from antiphon.errors import SettingsError

DEFAULT = Path("my_agent.py")

TRY_SAYING = "I'd like to book a flight."
"""Leaves everything out that the tool needs, so that the agent asks."""

_FILE = '''\
"""{title}, a voice agent.

Talk to it: antiphon up --agent {file}
With a local LLM: --brain chat; with OpenAI: --model openai (docs/YOUR_OWN_AGENT.md).
"""

from typing import Literal

from livekit.agents import Agent, function_tool

INSTRUCTIONS = "You sell flights to other worlds. A seat is ten euros. Dogs fly free."
World = Literal["Venus", "Saturn", "Neptune"]


class {name}(Agent):
    """What one caller talks to."""

    def __init__(self) -> None:
        super().__init__(instructions=INSTRUCTIONS)

    @function_tool
    async def book_flight(self, destination: World, seats: int) -> str:
        """Book a flight to another world."""
        return f"{{seats}} seats to {{destination}} are booked. Bring a warm coat."
'''


def write(path: Path) -> None:
    """Writes the file; one that is there stays as it is.

    Raises:
        SettingsError: the name does not end in .py or is another module's, there is such a file, or it cannot be written.
    """
    if path.suffix != ".py":
        raise SettingsError(
            f"{shown(path)} must end in .py: an agent is a Python file.", mend=f"antiphon new {DEFAULT}"
        )
    if _hides(path):
        raise SettingsError(
            f"{shown(path)} would hide the Python module {path.stem!r} from its own imports.",
            mend=f"Give another name: antiphon new my_{path.name}",
        )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content(path))
    except FileExistsError as error:
        raise SettingsError(
            f"{shown(path)} exists, and is left as it is.", mend="Give another name: antiphon new FILE.py"
        ) from error
    except OSError as error:
        raise SettingsError(f"{shown(path)} cannot be written: {error.strerror or error}.") from error


def content(path: Path) -> str:
    """What is written into a file of this name."""
    title = " ".join(re.findall(r"\w+", path.stem)).replace("_", " ").strip().title() or "Agent"
    return _FILE.format(title=title, name=class_name(path), file=shown(Path(path.name)))


def class_name(path: Path) -> str:
    """The agent's class: MyAgent for my_agent.py."""
    words = re.findall(r"[^\W_]+", path.stem)
    name = "".join(word[:1].upper() + word[1:] for word in words) or "Agent"
    if not name.isidentifier() or keyword.iskeyword(name) or name == "Agent":
        return f"My{name}"
    return name


def _hides(path: Path) -> bool:
    """Whether Python would take the file for a module that it or its imports need: livekit.py, typing.py."""
    installed = PathFinder.find_spec(path.stem, site.getsitepackages())
    return path.stem == "antiphon" or path.stem in sys.stdlib_module_names or installed is not None


def told(path: Path) -> str:
    """What a person is told who has just made the file: what to type now."""
    return f"""\
✓ {path} is written: a LiveKit agent with one tool.

  Talk to it    {program()} up --agent {shown(path)}
  and say       “{TRY_SAYING}”
  Then          put your own instructions and tools in: docs/YOUR_OWN_AGENT.md"""


def program() -> str:
    """How the person called this program, so that the next command can be typed the same way."""
    called = sys.argv[0]
    name = os.path.basename(called)
    if name != "antiphon":  # python -m antiphon.cli
        return "antiphon"
    found = shutil.which(name)
    if found is not None and os.path.realpath(found) == os.path.realpath(called):
        return name
    return shlex.quote(called)


def shown(path: Path) -> str:
    """A path as it is typed into a shell."""
    return shlex.quote(str(path))
