"""`antiphon up`: engine, agent and page together, from the first line of progress to the last process ended."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from antiphon.errors import SettingsError
from antiphon.runtime import INTERRUPTED, needs_engine, run_with_calls
from antiphon.settings import Settings
from antiphon.supervisor import EngineProcess, claim_port

if TYPE_CHECKING:
    from antiphon.agent.calls import Calls

BANNER = "AI VOICE AGENT WITH LIVEKIT (REALTIME API)"
READY = "✓ Agent is ready"

DESK_SAYINGS = (
    "What are your opening hours?",
    "I'd like to book a table for four on Thursday at seven.",
    "Make that five people, please.",
)
OTHER_SAYINGS = ("What can you do for me?",)


def say(text: str = "") -> None:
    """A line of progress."""
    print(text, flush=True)


def run(settings: Settings, *, agent_file: Path | None = None, log_level: str = "warning") -> int:
    """Runs until Ctrl-C or SIGTERM, which is its ordinary end.

    Args:
        settings: the whole tree.
        agent_file: a LiveKit agent file instead of the desk.
        log_level: of the engine.

    Raises:
        What `run_with_calls` raises, and PortInUseError if the page's port is taken.
    """
    page, engine = settings.page, settings.engine
    if needs_engine(settings) and page.port == engine.port:
        raise SettingsError(
            f"Page and engine cannot both listen on port {page.port}.",
            mend="Choose another with --port or --engine-port.",
        )
    claim_port(page.host, page.port, "The page", "--port")

    async def serve(calls: Calls, process: EngineProcess | None) -> int:
        return await _serve(settings, agent_file, calls, process)

    code = run_with_calls(settings, serve, agent_file=agent_file, log_level=log_level, say=say)
    return 0 if code == INTERRUPTED else code


async def _serve(
    settings: Settings, agent_file: Path | None, calls: Calls, engine: EngineProcess | None
) -> int:
    """Serves the page until cancelled."""
    from antiphon.lines.page_server import serve_page

    about = about_page(settings, agent_file, await engine_parts(settings))
    page = await serve_page(settings, calls, about, ready=lambda: engine is None or engine.ready)
    # What is here now stays: without this, collections of garbage stall the audio of many calls.
    gc.collect()
    gc.freeze()
    banner(page.address, about)
    try:
        await asyncio.Event().wait()
    finally:
        await page.close()
    return 0


def about_page(settings: Settings, agent_file: Path | None, parts: Mapping[str, str]) -> dict[str, Any]:
    """What the banner and the page tell about this agent.

    Args:
        settings: the whole tree.
        agent_file: the agent, unless it is the desk.
        parts: what the engine says that it uses; empty for the cloud.
    """
    elsewhere = settings.agent.openai_model if settings.agent.model == "openai" else settings.agent.engine_url
    return {
        "name": agent_file.stem.replace("_", " ").title() if agent_file else "Antiphon",
        "line": "direct WebRTC from the browser",
        "recogniser": parts.get("recogniser", elsewhere),
        "voice": parts.get("voice", elsewhere),
        "brain": parts.get("brain", elsewhere),
        "try_saying": list(OTHER_SAYINGS if agent_file else DESK_SAYINGS),
    }


async def engine_parts(settings: Settings) -> dict[str, str]:
    """The names of the parts that the engine uses, as it tells them; none for the cloud, or if it is not an Antiphon."""
    if settings.agent.model == "openai":
        return {}
    import aiohttp

    from antiphon.agent.model import engine_address

    address = engine_address(settings).removesuffix("/v1") + "/readyz"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as http,
            http.get(address) as answer,
        ):
            return {str(kind): str(name) for kind, name in (await answer.json())["parts"].items()}
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, AttributeError):
        return {}


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
