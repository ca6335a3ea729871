"""What a command with an agent does before it starts anything, and how it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from antiphon.errors import SettingsError
from antiphon.runtime import Ending, beside, check, engine_process, needs_engine
from antiphon.settings import AgentSettings, BrainSettings, EngineSettings, Settings


def test_the_cloud_needs_a_key_and_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Settings(agent=AgentSettings(model="openai"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        check(cloud, None)
    monkeypatch.setenv("OPENAI_API_KEY", "0123456789")
    check(cloud, None)
    assert not needs_engine(cloud)


def test_an_engine_elsewhere_needs_none_here() -> None:
    assert needs_engine(Settings())
    assert not needs_engine(Settings(agent=AgentSettings(engine_url="http://127.0.0.1:9/v1")))


def test_an_agent_file_must_be_there(tmp_path: Path) -> None:
    check(Settings(), Path(__file__))
    with pytest.raises(SettingsError, match=r"nobody\.py"):
        check(Settings(), tmp_path / "nobody.py")


def test_the_engine_gets_this_process_settings() -> None:
    settings = Settings(engine=EngineSettings(port=8159, brain=BrainSettings(name="chat")))
    command = " ".join(engine_process(settings, "info", print)._command)
    assert command.endswith("serve --host 127.0.0.1 --port 8159 --brain chat --log-level info")


async def answer(after_s: float = 0.0) -> int:
    """42, later."""
    await asyncio.sleep(after_s)
    return 42


async def fail() -> int:
    """An error, later."""
    await asyncio.sleep(0)
    raise ValueError("no")


async def keep() -> None:
    """What goes on for ever."""
    await asyncio.Event().wait()


async def test_work_goes_on_unless_an_end_is_asked_for() -> None:
    ending = Ending(None, print)
    assert await ending.unless_asked(answer(), 7) == 42
    with pytest.raises(ValueError, match="no"):
        await ending.unless_asked(fail(), 7)
    cancelled = asyncio.Event()

    async def work() -> int:
        try:
            return await answer(3600)
        finally:
            cancelled.set()

    asyncio.get_running_loop().call_soon(ending.asked.set)
    assert await ending.unless_asked(work(), 7) == 7
    assert cancelled.is_set()


async def test_work_ends_with_what_is_kept_beside_it() -> None:
    assert await beside(keep(), answer()) == 42

    async def break_off() -> None:
        raise OSError("no process could be started")

    with pytest.raises(OSError, match="no process"):
        await beside(break_off(), answer(3600))
