"""`antiphon serve`: the engine alone, an OpenAI Realtime server for any client."""

from __future__ import annotations

import asyncio
import contextlib

from antiphon.engine.server import EngineServer, serve
from antiphon.settings import Settings
from antiphon.supervisor import claim_port, ending_signals


def run(settings: Settings, *, supervised: bool = False) -> int:
    """Serves until Ctrl-C or SIGTERM, which is its ordinary end.

    Args:
        settings: `engine` and the time zone matter.
        supervised: `antiphon up` started it and tells the person itself what happens.

    Raises:
        PortInUseError: the port is taken.
        MissingPartError: a model or package is absent.
        ModelDigestError: a model is not the one that was published.
    """
    import uvloop

    claim_port(settings.engine.host, settings.engine.port, "The engine", "--port")
    uvloop.run(_serve(settings, supervised))
    return 0


async def _serve(settings: Settings, supervised: bool) -> None:
    from antiphon.engine.speech.factory import open_parts

    serving = asyncio.current_task()
    assert serving is not None
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        parts = await open_parts(settings.engine)
        try:
            await serve(settings, parts=parts, ready=None if supervised else banner)
        finally:
            await parts.close()


def banner(server: EngineServer) -> None:
    """Where clients find the engine."""
    print(
        f"✓ Engine is ready\n\n  {server.url}\n  {server.url.replace('http', 'ws', 1)}/realtime\n", flush=True
    )
    print("  Any key is right unless engine.token is set. Ctrl-C ends it.", flush=True)
