"""`antiphon up`: engine, agent and page together, from the first line of progress to the last process ended."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from antiphon.away import addresses, page_certificate, remarks, with_token
from antiphon.errors import SettingsError
from antiphon.exposure import check_listening
from antiphon.runtime import INTERRUPTED, needs_engine, run_with_calls
from antiphon.settings import Settings
from antiphon.supervisor import EngineProcess, claim_port

if TYPE_CHECKING:
    from antiphon.agent.calls import Calls
    from antiphon.lines.livekit.token import LiveKitDoor

BANNER = "AI VOICE AGENT WITH LIVEKIT (REALTIME API)"
READY = "✓ Agent is ready"

DESK_SAYINGS = (
    "What are your opening hours?",
    "I'd like to book a table for four on Thursday at seven.",
    "Make that five people, please.",
)


def say(text: str = "") -> None:
    """A line of progress."""
    print(text, flush=True)


def run(
    settings: Settings,
    *,
    agent_file: Path | None = None,
    log_level: str = "warning",
    livekit: bool = False,
) -> int:
    """Runs until Ctrl-C or SIGTERM, which is its ordinary end.

    Args:
        settings: the whole tree.
        agent_file: a LiveKit agent file instead of the desk.
        log_level: of the engine.
        livekit: calls go through LiveKit rooms; they do so too if LIVEKIT_URL is set.

    Raises:
        What `run_with_calls` and `livekit_beside` raise; PortInUseError if the page's port is taken; SettingsError if its token
        is short or its certificate cannot be used.
    """
    settings, made_token = with_token(settings)
    page, engine = settings.page, settings.engine
    check_listening("page", page.host, page.token)
    if needs_engine(settings) and page.port == engine.port:
        raise SettingsError(
            f"Page and engine cannot both listen on port {page.port}.",
            mend="Choose another with --port or --engine-port.",
        )
    certificate = page_certificate(page)
    claim_port(page.host, page.port, "The page", "--port")
    links = addresses(page, tls=certificate is not None, made_token=made_token)
    context = certificate.context() if certificate else None
    through_livekit = livekit or bool(os.environ.get("LIVEKIT_URL"))

    async def serve(calls: Calls, process: EngineProcess | None) -> int:
        from antiphon.agent.sayings import sayings
        from antiphon.lines.page_server import serve_page

        try_saying = sayings(calls.agent_factory()) if agent_file else DESK_SAYINGS
        async with AsyncExitStack() as stack:
            door = None
            if through_livekit:
                from antiphon.workers.beside import livekit_beside

                house = livekit_beside(settings, agent_file, log_level, say)
                door = (await stack.enter_async_context(house)).door(settings.livekit)
            about = about_page(settings, agent_file, await engine_parts(settings), try_saying, door)
            server = await serve_page(
                settings,
                calls,
                about,
                ready=lambda: process is None or process.ready,
                tls=context,
                livekit=door,
            )
            stack.push_async_callback(server.close)
            # What is here now stays: without this, collections of garbage stall the audio of many calls.
            gc.collect()
            gc.freeze()
            banner(links, about, [*remarks(page, certificate), *await llm_trouble(settings)])
            await asyncio.Event().wait()
        return 0

    code = run_with_calls(settings, serve, agent_file=agent_file, log_level=log_level, say=say)
    return 0 if code == INTERRUPTED else code


def about_page(
    settings: Settings,
    agent_file: Path | None,
    parts: Mapping[str, str],
    try_saying: Sequence[str],
    door: LiveKitDoor | None = None,
) -> dict[str, Any]:
    """What the banner and the page tell about this agent.

    Args:
        settings: the whole tree.
        agent_file: the agent, unless it is the desk.
        parts: what the engine says that it uses; empty for the cloud.
        try_saying: sentences for a caller who does not know what to say.
        door: the LiveKit server that calls go through.
    """
    elsewhere = settings.agent.openai_model if settings.agent.model == "openai" else settings.agent.engine_url
    return {
        "name": agent_file.stem.replace("_", " ").title() if agent_file else "Antiphon",
        "line": f"LiveKit at {door.url}" if door else "direct WebRTC from the browser",
        "recogniser": parts.get("recogniser", elsewhere),
        "voice": parts.get("voice", elsewhere),
        "brain": parts.get("brain", elsewhere),
        "try_saying": list(try_saying),
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


async def llm_trouble(settings: Settings) -> list[str]:
    """Lines about an LLM that will not answer; the call would only say that it is sorry."""
    if not needs_engine(settings) or settings.engine.brain.name != "chat":
        return []
    from antiphon.chat_server import trouble

    found = await asyncio.to_thread(trouble, settings.engine.brain)
    return [f"✗ {found[0]}", f"  {found[1]}"] if found else []


def banner(links: Sequence[str], about: Mapping[str, Any], remarks: Sequence[str] = ()) -> None:
    """What a person needs to know now: where to open the page, what is in use, what to be aware of."""
    say()
    say(f"  {BANNER}")
    say(f"  {READY}")
    say()
    for number, link in enumerate(links):
        say(f"  {'' if number else 'Page':<12} {link}")
    for name in ("line", "recogniser", "voice", "brain"):
        say(f"  {name.title():<12} {about[name]}")
    for remark in remarks:
        say(f"  {remark}")
    say()
    say("  Open the page, press Talk, and try saying:")
    for sentence in about["try_saying"]:
        say(f"    “{sentence}”")
    say()
    say("  Ctrl-C ends everything.")
