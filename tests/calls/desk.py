"""The agent's side of a whole call: the front desk in this process, with a book of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiphon.agent.calls import Calls
from antiphon.call import opener
from antiphon.ear.caller import Caller
from antiphon.runtime import load_factory
from antiphon.settings import Settings


@dataclass
class Desk:
    """Calls, and the book."""

    calls: Calls
    database: Path

    def call(self) -> Caller:
        """A call to the desk, to be entered."""
        return Caller(opener(self.calls))

    def bookings(self) -> list[dict[str, Any]]:
        """All bookings, by name."""
        with sqlite3.connect(self.database) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute("SELECT * FROM bookings ORDER BY name")]

    def history(self) -> list[str]:
        """What was done, in order."""
        with sqlite3.connect(self.database) as db:
            return [row[0] for row in db.execute("SELECT what FROM history ORDER BY id")]


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk as the settings say; its calls are hung up at the end."""
    calls = Calls(settings, load_factory(settings, None))
    try:
        yield Desk(calls, settings.desk.database)
    finally:
        await calls.aclose()
