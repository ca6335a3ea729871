"""`antiphon call`: the ear calls the agent. The agent lives in this process; its engine is a running one, or our own.

Progress goes to stderr, so that stdout holds nothing but the report.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from antiphon import up
from antiphon.ear import call as ear_call
from antiphon.ear.line import Line, OnMessage, Opener
from antiphon.lines.messages import encode
from antiphon.settings import Settings
from antiphon.supervisor import EngineProcess, claim_port, is_ready

if TYPE_CHECKING:
    from antiphon.agent.calls import Calls


def say(text: str = "") -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def run(
    settings: Settings,
    files: Sequence[Path],
    *,
    agent_file: Path | None = None,
    as_json: bool = False,
    record: Path | None = None,
    log_level: str = "warning",
) -> int:
    """Plays recordings to the agent as a caller would, and prints what was heard.

    Args:
        settings: the whole tree.
        files: one turn each.
        agent_file: a LiveKit agent file instead of the desk.
        as_json: the report for programs.
        record: a stereo WAV of the call, the caller left.
        log_level: of this process and of an engine that it starts.

    Returns:
        0; 1 if a turn was not answered or the call ended by itself.

    Raises:
        AntiphonError: says what is missing or wrong; `exit_code` 2 for a file that is no recording.
    """
    utterances = ear_call.load(files)  # before anything is started: a wrong file is told at once
    up.check(settings, agent_file)

    async def call() -> int:
        async with open_agent(settings, agent_file=agent_file, log_level=log_level) as calls:
            return await ear_call.run(opener(calls), utterances, as_json=as_json, record=record)

    import uvloop

    return uvloop.run(call())


@contextlib.asynccontextmanager
async def open_agent(
    settings: Settings, *, agent_file: Path | None = None, log_level: str = "warning"
) -> AsyncIterator[Calls]:
    """The agent's calls, with an engine behind them: the one that answers already, or one that lives as long as this.

    Raises:
        PortInUseError: something else listens at the engine's address.
        EngineFailed: the engine ended while it started.
    """
    engine = _engine(settings, log_level)
    if engine is not None:
        say("Starting the engine …")
        engine.spawn()
    keeper: asyncio.Task[None] | None = None
    try:
        from antiphon.agent.calls import Calls

        calls = Calls(settings, up.load_factory(settings, agent_file))
        if engine is not None:
            await engine.wait_ready()
            keeper = asyncio.create_task(engine.keep(), name="keep the engine")
        try:
            yield calls
        finally:
            await calls.aclose()
    finally:
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        if engine is not None:
            await engine.stop()


def _engine(settings: Settings, log_level: str) -> EngineProcess | None:
    """The engine to start; None if one answers already, or none is needed."""
    host, port = settings.engine.host, settings.engine.port
    if not up.needs_engine(settings) or is_ready(host, port):
        return None
    claim_port(host, port, "The engine", "--engine-port")
    return up.engine_process(settings, log_level, tell=say)


def opener(calls: Calls) -> Opener:
    """How the ear gets a line to the agent: what it is told is what a page would be told."""

    async def open_line(on_message: OnMessage) -> Line:
        return await calls.open(lambda event: on_message(encode(event)), line="file")

    return open_line
