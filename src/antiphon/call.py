"""`antiphon call`: the ear's caller on a line to an agent in this process."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from antiphon.ear import call
from antiphon.ear.line import Line, OnMessage, Opener
from antiphon.runtime import run_with_calls
from antiphon.settings import Settings
from antiphon.supervisor import EngineProcess

if TYPE_CHECKING:
    from antiphon.agent.calls import Calls


def opener(calls: Calls, *, line: str = "file") -> Opener:
    """Opens calls for the ear, which is told everything in the page's own messages."""
    from antiphon.lines.messages import encode

    async def open_call(on_message: OnMessage) -> Line:
        return await calls.open(lambda event: on_message(encode(event)), line=line)

    return open_call


def run(
    settings: Settings,
    files: Sequence[Path],
    *,
    agent_file: Path | None = None,
    as_json: bool = False,
    record: Path | None = None,
    log_level: str = "warning",
) -> int:
    """Plays recordings to the agent; returns the exit code.

    Raises:
        LineError: a file is no recording; before anything is started.
        What `run_with_calls` raises.
    """
    utterances = call.load(files)

    async def talk(calls: Calls, _engine: EngineProcess | None) -> int:
        return await call.run(opener(calls), utterances, as_json=as_json, record=record)

    return run_with_calls(
        settings,
        talk,
        agent_file=agent_file,
        log_level=log_level,
        say=lambda text: print(text, file=sys.stderr, flush=True),  # stdout is the report's
        reuse_engine=True,
    )
