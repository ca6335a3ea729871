"""One worker process, from its start to its end: ready, draining, ended with a word."""

from __future__ import annotations

import asyncio
import gc
import logging
import os

from antiphon.child import LIFELINE, drain_without_parent, tell_parent
from antiphon.supervisor import ending_signals
from antiphon.workers.server import ALIVE, READY, CallServer

log = logging.getLogger(__name__)

BEAT_S = 1.0

CLOSING_S = 5.0
"""After the last word, the rooms are closed and left within this."""


async def run_worker(server: CallServer) -> None:
    """Runs a worker process of a fleet until it is drained.

    The first SIGTERM (or Ctrl-C): no new calls, the running ones go on. The second, or `livekit.drain_s` after the first: those that
    are left are ended with a spoken word.

    Args:
        server: the worker.

    Raises:
        ConnectionError: the LiveKit server was not there, and did not come.
    """
    lifeline = int(os.environ[LIFELINE])
    drain_without_parent(lifeline)
    loop = asyncio.get_running_loop()
    asked, now = asyncio.Event(), asyncio.Event()

    def end() -> None:
        (now if asked.is_set() else asked).set()

    for number in ending_signals():
        loop.add_signal_handler(number, end)

    def ready(*_: object) -> None:
        # What is here now stays: without this, collections of garbage stall the audio of many calls.
        gc.collect()
        gc.freeze()
        tell_parent(lifeline, READY)

    server.once("worker_registered", ready)
    running = asyncio.create_task(server.serve(), name="LiveKit worker")
    beating = asyncio.create_task(_beat(lifeline), name="signs of life")
    ended = asyncio.create_task(asked.wait())
    await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        await _drain(server, now)
        await server.aclose()
    ended.cancel()
    beating.cancel()
    await running


async def _beat(lifeline: int) -> None:
    """Tells the parent every second that this loop runs."""
    while True:
        tell_parent(lifeline, ALIVE)
        await asyncio.sleep(BEAT_S)


async def _drain(server: CallServer, now: asyncio.Event) -> None:
    """Waits for the running calls; ends them with a word when it must be now."""
    draining = asyncio.create_task(server.drain(timeout=None))
    hurried = asyncio.create_task(now.wait())
    await asyncio.wait(
        {draining, hurried},
        timeout=server.settings.livekit.drain_s,
        return_when=asyncio.FIRST_COMPLETED,
    )
    if not draining.done() and server.calls is not None:
        log.warning("ending %d calls", server.calls.active)
        await server.calls.say_goodbye()
        await asyncio.wait({draining}, timeout=CLOSING_S)
    for task in (draining, hurried):
        task.cancel()
    await asyncio.gather(draining, hurried, return_exceptions=True)
