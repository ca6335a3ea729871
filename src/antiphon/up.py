"""`antiphon up`: engine, agent and page together, from the first line of progress to the last process ended.

The engine is started first, as a process of its own, and loads its models while this process imports LiveKit Agents: on two cores side
by side. Nothing is loaded before the settings are right and the ports are free.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from antiphon.errors import SettingsError
from antiphon.settings import Settings
from antiphon.supervisor import EngineProcess, claim_port

if TYPE_CHECKING:
    from livekit.agents import Agent

    from antiphon.agent.calls import Calls
    from antiphon.lines.page_server import PageServer

BANNER = "AI VOICE AGENT WITH LIVEKIT (REALTIME API)"
READY = "✓ Agent is ready"
STOP_WITHIN_S = 1.7
"""After this the process ends whatever still hangs: Ctrl-C may take 2 s."""

DESK_SAYINGS = (
    "What are your opening hours?",
    "I'd like to book a table for four on Thursday at seven.",
    "Make that five people, please.",
)
OTHER_SAYINGS = ("What can you do for me?",)


def say(text: str = "") -> None:
    """A line of progress."""
    print(text, flush=True)


def run(settings: Settings, *, agent_file: Path | None = None, log_level: str = "warning") -> None:
    """Runs until Ctrl-C or SIGTERM.

    Args:
        settings: the whole tree.
        agent_file: a LiveKit agent file instead of the desk.
        log_level: of this process, and of the engine.

    Raises:
        SettingsError: a setting is wrong, such as the cloud without a key.
        PortInUseError: a port is taken.
        EngineFailed: the engine ended while it started.
        MissingPartError: a package is absent.
    """
    check(settings, agent_file)
    claim_port(settings.page.host, settings.page.port, "The page", "--port")
    engine = None
    if needs_engine(settings):
        claim_port(settings.engine.host, settings.engine.port, "The engine", "--engine-port")
        engine = engine_process(settings, log_level)
        say("Starting the engine: recogniser, voice, end of turn …")
        engine.spawn()
    ending = Ending(engine)
    try:
        say("Loading the agent …")
        with engine.noticed() if engine else contextlib.nullcontext():
            agent_factory = load_factory(settings, agent_file)
        import uvloop

        uvloop.run(_up(settings, agent_file, agent_factory, engine, ending))
    except KeyboardInterrupt:
        pass  # before the handlers stood
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
    if agent_file is not None and not agent_file.is_file():
        raise SettingsError(
            f"There is no agent file {str(agent_file)!r}.", mend="--agent takes a Python file."
        )
    if needs_engine(settings) and settings.page.port == settings.engine.port:
        raise SettingsError(
            f"Page and engine cannot both listen on port {settings.page.port}.",
            mend="Choose another with --port or --engine-port.",
        )


def needs_engine(settings: Settings) -> bool:
    """Whether this process has to start an engine: not for the cloud, nor for an engine that runs elsewhere."""
    return settings.agent.model == "local" and not settings.agent.engine_url


def engine_process(settings: Settings, log_level: str, tell: Callable[[str], None] = say) -> EngineProcess:
    """The engine's process, with this process's settings; `tell` is told when it ends and comes back."""
    engine = settings.engine
    options = ["--host", engine.host, "--port", str(engine.port), "--brain", engine.brain.name]
    return EngineProcess(
        [sys.executable, "-P", "-m", "antiphon.cli", "serve", *options, "--log-level", log_level],
        env=os.environ,
        host=engine.host,
        port=engine.port,
        say=tell,
    )


def load_factory(settings: Settings, agent_file: Path | None) -> Callable[[], Agent]:
    """Imports LiveKit Agents (seconds) and gives what makes an agent for each call.

    On the main thread, because LiveKit's plugins register only there.
    """
    if agent_file is not None:
        from antiphon.agent.loader import load_agent

        return load_agent(agent_file)
    from antiphon.desk import agent_factory

    return agent_factory(settings)


class Ending:
    """How the process ends: an event for the loop, and a deadline for what does not listen."""

    def __init__(self, engine: EngineProcess | None) -> None:
        self.asked = asyncio.Event()
        self._engine = engine

    def listen(self) -> None:
        """Takes SIGINT, SIGTERM and SIGHUP from now on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.ask)

    async def unless_asked(self, work: Coroutine[Any, Any, object]) -> bool:
        """Runs `work` unless and until an end is asked for; whether it came to its own end. Its errors are raised."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            return task.done()
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)

    def ask(self) -> None:
        """Asks everything to end; the second time ends it."""
        if self.asked.is_set():
            self._now()
        say("\nEnding …")
        self.asked.set()
        deadline = threading.Timer(STOP_WITHIN_S, self._now)
        deadline.daemon = True
        deadline.start()

    def _now(self) -> None:
        if self._engine is not None:
            self._engine.kill()
        os._exit(0)


async def _up(
    settings: Settings,
    agent_file: Path | None,
    agent_factory: Callable[[], Agent],
    engine: EngineProcess | None,
    ending: Ending,
) -> None:
    """Serves calls until asked to end."""
    from antiphon.agent.calls import Calls
    from antiphon.lines.page_server import serve_page

    ending.listen()
    if engine is not None and not await ending.unless_asked(engine.wait_ready()):
        await engine.stop()
        return
    about = about_page(settings, agent_file)
    calls = Calls(settings, agent_factory)
    page = await serve_page(settings, calls, about, ready=lambda: engine is None or engine.ready)
    # What is here now stays: without this, collections of garbage stall the audio of many calls.
    gc.collect()
    gc.freeze()
    banner(page.address, about)
    try:
        await ending.unless_asked(engine.keep() if engine else asyncio.Event().wait())
    finally:
        # Side by side, for each may take a second.
        await asyncio.gather(_close(page, calls), engine.stop() if engine else asyncio.sleep(0))


async def _close(page: PageServer, calls: Calls) -> None:
    await page.close()
    await calls.aclose()


def about_page(settings: Settings, agent_file: Path | None) -> dict[str, Any]:
    """What the banner and the page tell about this agent."""
    about: dict[str, Any] = {
        "name": agent_file.stem.replace("_", " ").title() if agent_file else "Antiphon",
        "line": "direct WebRTC from the browser",
        "try_saying": list(OTHER_SAYINGS if agent_file else DESK_SAYINGS),
    }
    if settings.agent.model == "openai":
        cloud = f"OpenAI {settings.agent.openai_model}"
        return about | {"recogniser": cloud, "voice": f"{cloud}, {settings.agent.voice}", "brain": cloud}
    if settings.agent.engine_url:
        elsewhere = f"the engine at {settings.agent.engine_url}"
        return about | {"recogniser": elsewhere, "voice": elsewhere, "brain": elsewhere}
    engine = settings.engine
    voice = engine.voice
    return about | {
        "recogniser": f"Whisper {engine.recogniser.model}",
        "voice": f"Piper {voice.model}" if voice.engine == "piper" else "espeak-ng",
        "brain": f"chat: {engine.brain.chat_model}" if engine.brain.name == "chat" else "form (offline)",
    }


def banner(address: str, about: Mapping[str, Any]) -> None:
    """What a person needs to know now."""
    say()
    say(f"  {BANNER}")
    say(f"  {READY}")
    say()
    say(f"  Page         {address}")
    for name in ("line", "recogniser", "voice", "brain"):
        say(f"  {name.title():<12} {about[name]}")
    say()
    say("  Open the page, press Talk, and try saying:")
    for sentence in about["try_saying"]:
        say(f"    “{sentence}”")
    say()
    say("  Ctrl-C ends everything.")
