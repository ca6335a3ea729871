"""Time, injected.

Two clocks that are never mixed: a monotonic one for latency (milliseconds, float; on Linux CLOCK_MONOTONIC, shared by
every process of a machine, so that stamps of agent and engine compare) and a civil one, with its zone, for dates.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def machine_zone() -> str:
    """The IANA name of this machine's zone: from TZ, /etc/timezone or the link /etc/localtime; "UTC" if none tells."""
    link = Path("/etc/localtime")
    _, _, linked = str(link.resolve()).partition("/zoneinfo/")
    file = Path("/etc/timezone")
    written = file.read_text().strip() if file.is_file() else ""
    for name in (os.environ.get("TZ", "").lstrip(":"), written, linked):
        try:
            if name:
                return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"
