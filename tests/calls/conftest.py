"""One engine for all calls of this folder; a fresh desk, with its own database, for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from antiphon.agent.calls import Calls
from antiphon.call import opener
from antiphon.ear.caller import Caller
from antiphon.runtime import load_factory
from tests.calls.engine import RunningEngine


@dataclass
class Desk:
    """The agent's side of a test: calls, and the book."""

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


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """The engine with its real models."""
    running = RunningEngine(tmp_path_factory.mktemp("engine"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def desk(engine: RunningEngine, tmp_path: Path) -> AsyncIterator[Desk]:
    """The front desk in this process, on that engine."""
    settings = engine.settings(tmp_path / "bookings.sqlite3")
    calls = Calls(settings, load_factory(settings, None))
    yield Desk(calls, settings.desk.database)
    await calls.aclose()
