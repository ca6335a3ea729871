"""What a load test calls when nobody named an address: an agent on its own socket line, with the engine or a scripted one behind it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

from antiphon.audio.wav import write_wav
from antiphon.child import Child
from antiphon.ear.line import LINE_HZ
from antiphon.ear.load.plan import MOST_CALLS
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError

Behind = Literal["engine", "scripted"]

START_S = 60.0


class NoStack(LineError):
    """The agent to measure did not start."""

    code = "no_stack"
    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What runs.

    Attributes:
        address: the agent's socket line.
        watched: processes to measure, by name.
    """

    address: str
    watched: dict[str, int]


@asynccontextmanager
async def stack(
    behind: Behind, folder: Path, *, words: str, voice: Pcm16, agent_file: Path | None, ports: tuple[int, int]
) -> AsyncIterator[Stack]:
    """Starts `antiphon up`, with its own engine or a scripted one.

    Args:
        behind: which.
        folder: for the book and the scripted voice; it is thrown away.
        words: what a scripted engine says.
        voice: what that sounds like, at LINE_HZ.
        agent_file: a LiveKit agent file instead of the desk.
        ports: of the page and of the engine.

    Raises:
        NoStack: it was not ready within START_S.
    """
    page, engine = ports
    env = {**os.environ, "ANTIPHON_DESK__DATABASE": str(folder / "bookings.sqlite3")}
    env |= {"ANTIPHON_AGENT__MAX_CALLS": str(MOST_CALLS), "ANTIPHON_ENGINE__MAX_SESSIONS": str(MOST_CALLS)}
    children: dict[str, Child] = {}
    if behind == "scripted":
        write_wav(folder / "voice.wav", LINE_HZ, voice)
        options = [str(engine), "--words", words, "--voice", str(folder / "voice.wav")]
        children["scripted engine"] = Child(
            [sys.executable, "-P", "-m", "antiphon.ear.scripted_engine", *options], env=env
        )
        env = {**env, "ANTIPHON_AGENT__ENGINE_URL": f"http://127.0.0.1:{engine}/v1"}
    command = ["up", "--port", str(page), "--engine-port", str(engine)]
    command += ["--agent", str(agent_file)] if agent_file else []
    children["agent"] = Child([sys.executable, "-P", "-m", "antiphon.cli", *command], env=env)
    try:
        for child in children.values():
            child.spawn()
        await _ready(f"http://127.0.0.1:{page}/readyz", children)
        yield Stack(
            address=f"http://127.0.0.1:{page}/api/line",
            watched={name: child.pid for name, child in children.items()},
        )
    finally:
        for child in children.values():
            child.kill()


async def _ready(url: str, children: dict[str, Child]) -> None:
    over = time.monotonic() + START_S
    while time.monotonic() < over:
        try:
            await asyncio.to_thread(urlopen, url, timeout=2)
            return
        except (URLError, OSError):
            await asyncio.sleep(0.2)
    raise NoStack(
        f"{' and '.join(children)} were not ready within {START_S:.0f} s.",
        mend="`antiphon up` alone tells why.",
    )
