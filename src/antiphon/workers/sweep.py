"""Lets go of what ended calls leave behind.

A call's session, room and tracks refer to each other in circles, so that they stay until Python collects garbage, and with them the media
library's side of them. Since the process froze what it loaded (process.py), whole collections have become rare: with six short calls at a
time its memory grew by 19 MB in a hundred calls before the next one. Swept up after the calls it stays where it is.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time

log = logging.getLogger(__name__)

SWEEP_AFTER_S = 3.0
"""So long after the end of a call; calls that end meanwhile go with it. The event loop stands still for a sweep, mostly for the media
library's closing: some 10 ms for each call that ended, measured on a busy machine. Seldom sweeps are long ones (117 ms after twelve calls),
and the agents' audio has 200 ms in its sources."""


class Sweeper:
    """Collects garbage after calls have ended: once for all that ended within SWEEP_AFTER_S.

    Args:
        after_s: how long it waits.
    """

    def __init__(self, after_s: float = SWEEP_AFTER_S) -> None:
        self._after_s = after_s
        self._planned: asyncio.TimerHandle | None = None

    def call_ended(self) -> None:
        """A call has ended."""
        if self._planned is None:
            self._planned = asyncio.get_running_loop().call_later(self._after_s, self._sweep)

    def _sweep(self) -> None:
        self._planned = None
        began = time.monotonic()
        found = gc.collect()
        log.debug("swept up %d objects in %.1f ms", found, (time.monotonic() - began) * 1000)
