"""What every command with an agent needs: an engine beside it, LiveKit loaded meanwhile, calls, and an end in time.

The engine is started first, as a process of its own, and loads its models while this process imports LiveKit Agents: on two cores side
by side. Nothing is loaded before the settings are right and the ports are free.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from antiphon.agent.agent_source import check_source
from antiphon.errors import SettingsError
from antiphon.settings import Settings
from antiphon.supervisor import EngineProcess, claim_port, ending_signals, is_ready

T = TypeVar("T")

if TYPE_CHECKING:
    from livekit.agents import Agent

    from antiphon.agent.calls import Calls

STOP_WITHIN_S = 1.7
"""After this the process ends whatever still hangs: Ctrl-C may take 2 s."""

INTERRUPTED = 130
"""The exit code of a command that had something to finish and was interrupted, as shells have it."""

Say = Callable[[str], None]
"""Told in plain words what happens."""

Work = Callable[["Calls", EngineProcess | None], Awaitable[int]]
"""What a command does once calls can be opened; returns the exit code."""


def run_with_calls(
    settings: Settings,
    work: Work,
    *,
    agent_file: Path | None,
    log_level: str,
    say: Say,
    reuse_engine: bool = False,
) -> int:
    """Starts what is needed, runs `work` until it is done or an end is asked for, and ends everything.

    Args:
        settings: the whole tree.
        work: opens calls. Cancelled by Ctrl-C, SIGTERM and SIGHUP; it then has STOP_WITHIN_S for its own clearing up.
        agent_file: a LiveKit agent file instead of the desk.
        log_level: of the engine.
        say: told what happens.
        reuse_engine: use an engine that already listens at the address, if there is one.

    Returns:
        What `work` returned; INTERRUPTED if it was cancelled.

    Raises:
        SettingsError: a setting is wrong, such as the cloud without a key.
        PortInUseError: the engine's port is taken.
        EngineFailed: the engine ended while it started.
        MissingPartError: a package is absent.
    """
    check(settings, agent_file)
    engine = None
    address = settings.engine.host, settings.engine.port
    if needs_engine(settings) and not (reuse_engine and is_ready(*address)):
        claim_port(*address, "The engine", "--engine-port")
        engine = engine_process(settings, log_level, say)
        say("Starting the engine: recogniser, voice, end of turn …")
        engine.spawn()
    ending = Ending(engine, say)
    try:
        say("Loading the agent …")
        with engine.noticed() if engine else contextlib.nullcontext():
            agent_factory = load_factory(settings, agent_file)
        import uvloop

        return uvloop.run(_with_calls(settings, agent_factory, work, engine, ending, say))
    except KeyboardInterrupt:  # before the handlers stood
        return INTERRUPTED
    finally:
        if engine is not None:
            engine.kill()


def check(settings: Settings, agent_file: Path | None) -> None:
    """Refuses what cannot work, before anything starts.

    Raises:
        SettingsError: says what is wrong.
    """
    if settings.agent.model == "openai" and not os.environ.get("OPENAI_API_KEY"):
        raise SettingsError(
            "--model openai needs OPENAI_API_KEY in the environment or in .env.local.",
            mend="Without --model openai the engine on this machine answers, and needs no key.",
        )
    if agent_file is not None:
        check_source(agent_file)


def needs_engine(settings: Settings) -> bool:
    """Whether this process has to start an engine: not for the cloud, nor for an engine that runs elsewhere."""
    return settings.agent.model == "local" and not settings.agent.engine_url


def engine_process(settings: Settings, log_level: str, say: Say) -> EngineProcess:
    """The engine's process, with this process's settings."""
    engine = settings.engine
    options = ["--host", engine.host, "--port", str(engine.port), "--brain", engine.brain.name]
    return EngineProcess(
        # -P: the folder that the person stands in is no place to import from
        [sys.executable, "-P", "-m", "antiphon.cli", "serve", *options, "--log-level", log_level],
        env=os.environ,
        host=engine.host,
        port=engine.port,
        say=say,
    )


def load_factory(settings: Settings, agent_file: Path | None) -> Callable[[], Agent]:
    """Imports LiveKit Agents (seconds) and gives what makes an agent for each call.

    On the main thread, because LiveKit's plugins register only there.
    """
    from antiphon.agent.calls import Calls  # noqa: F401 - LiveKit and the plugins come with it

    if agent_file is not None:
        from antiphon.agent.loader import load_agent

        return load_agent(agent_file)
    from antiphon.clock import civil_clock
    from antiphon.desk.agent import desk_factory

    return desk_factory(settings.desk, civil_clock(settings.timezone))


class Ending:
    """How a command ends early: an event for the loop, and a deadline for what does not listen."""

    def __init__(self, engine: EngineProcess | None, say: Say) -> None:
        self.asked = asyncio.Event()
        self._engine = engine
        self._say = say

    def listen(self) -> None:
        """Takes the signals that end from now on."""
        loop = asyncio.get_running_loop()
        for number in ending_signals():
            loop.add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Asks everything to end; the second time ends it."""
        if self.asked.is_set():
            self._now()
        self.asked.set()
        deadline = threading.Timer(STOP_WITHIN_S, self._now)
        deadline.daemon = True
        deadline.start()
        self._say("\nEnding …")

    async def unless_asked(self, work: Coroutine[Any, Any, T], default: T) -> T:
        """The result of `work`, or `default` if an end is asked for first. Its errors are raised."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else default
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)

    def _now(self) -> None:
        if self._engine is not None:
            self._engine.kill()
        os._exit(0)


async def beside(keeping: Coroutine[Any, Any, None], work: Awaitable[T]) -> T:
    """The result of `work`, while `keeping` runs beside it; an error of either is raised."""
    keeper, worker = asyncio.ensure_future(keeping), asyncio.ensure_future(work)
    try:
        await asyncio.wait({keeper, worker}, return_when=asyncio.FIRST_COMPLETED)
        if keeper.done():
            keeper.result()
        return await worker
    finally:
        for one in (keeper, worker):
            one.cancel()
        await asyncio.gather(keeper, worker, return_exceptions=True)


async def _with_calls(
    settings: Settings,
    agent_factory: Callable[[], Agent],
    work: Work,
    engine: EngineProcess | None,
    ending: Ending,
    say: Say,
) -> int:
    from antiphon.agent.calls import Calls

    ending.listen()
    calls = Calls(settings, agent_factory)

    async def prepared() -> int:
        if engine is None:
            return await work(calls, None)
        await engine.wait_ready()
        say("✓ The engine is ready")
        return await beside(engine.keep(), work(calls, engine))

    try:
        return await ending.unless_asked(prepared(), INTERRUPTED)
    finally:
        # Side by side, for each may take a second.
        await asyncio.gather(calls.aclose(), engine.stop() if engine else asyncio.sleep(0))
