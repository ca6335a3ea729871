"""Time, injected.

Two clocks that are never mixed: a monotonic one for latency (milliseconds, float; on Linux CLOCK_MONOTONIC, shared by
every process of a machine, so that stamps of agent and engine compare) and a civil one, with its zone, for dates.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

Monotonic = Callable[[], float]
"""Returns milliseconds since an arbitrary origin, never going back."""

CivilClock = Callable[[], datetime]
"""Returns the present moment as an aware datetime in the zone that callers live in."""


def monotonic_ms() -> float:
    """Milliseconds on the machine's monotonic clock."""
    return time.monotonic_ns() / 1e6


def civil_clock(zone: str) -> CivilClock:
    """A civil clock for an IANA zone name, such as "Europe/Vienna".

    Raises:
        zoneinfo.ZoneInfoNotFoundError: the name is not a zone.
    """
    tz = ZoneInfo(zone)
    return lambda: datetime.now(tz)
