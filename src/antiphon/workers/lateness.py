"""How full a worker process is, as the LiveKit server is told."""

from __future__ import annotations

from antiphon.clock import Monotonic, monotonic_ms

LATE_MS = 60.0
"""An event loop that is this late, smoothed, holds up the audio of its calls."""

LATE_FOR_MS = 5_000.0
"""So long it must have been late without a break. Calls that come together make the loop late for a moment: to be full for that moment
would leave callers without an agent on a worker with room for dozens."""


class Lateness:
    """Whether an event loop has been late for so long that it must take no more calls.

    Args:
        clock: milliseconds.
    """

    def __init__(self, clock: Monotonic = monotonic_ms) -> None:
        self._clock = clock
        self._since: float | None = None

    def load(self, calls: int, limit: int, late_ms: float) -> float:
        """The load: calls by their limit; 1 while the loop has been late for long.

        Args:
            calls: that run.
            limit: how many may.
            late_ms: how late the loop is now.
        """
        now = self._clock()
        if late_ms < LATE_MS:
            self._since = None
        elif self._since is None:
            self._since = now
        if self._since is not None and now - self._since >= LATE_FOR_MS:
            return 1.0
        return calls / limit
