"""Virtual time for every test of the page, and a scripted Realtime server."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest

from antiphon.ear.scripted_engine import ScriptedEngine
from tests.support.jumping_loop import JumpingLoop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], JumpingLoop]]:
    """Four seconds of outage or twenty minutes of a session cost nothing here."""
    return {"virtual": JumpingLoop}


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker that ties a test to its row of the page."""
    shows = "the row of docs/API_NOTES.md that this test shows; -m 'row(id=\"aec-warmup\")' runs one"
    config.addinivalue_line("markers", f"row(id): {shows}")


@pytest.fixture
async def server() -> AsyncIterator[ScriptedEngine]:
    async with ScriptedEngine() as running:
        yield running


@pytest.fixture(autouse=True)
def _as_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library's loggers without Antiphon's filters, which other tests of the same process leave there."""
    monkeypatch.setattr(logging.getLogger("livekit.agents"), "filters", [])
    yield
