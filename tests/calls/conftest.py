"""One engine for all calls of this folder; a fresh desk, with its own database, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.calls.desk import Desk, open_desk
from tests.calls.engine import RunningEngine


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
    async with open_desk(engine.settings(tmp_path / "bookings.sqlite3")) as opened:
        yield opened
