"""Many calls in one process: how many, how long, and what is left of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from livekit.agents import Agent

from antiphon.agent.call import TIME_IS_UP
from antiphon.agent.calls import Calls
from antiphon.agent.events import Ended, Transcript
from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from antiphon.errors import CallRefused, SettingsError
from antiphon.settings import load
from tests.agent.conftest import CallsMaker
from tests.agent.phone import Phone


async def test_there_are_so_many_lines_and_no_more(engine: ScriptedEngine, make_calls: CallsMaker) -> None:
    calls = make_calls(max_calls=2)
    async with Phone(calls) as one, Phone(calls):
        assert calls.active == 2 and calls.find(one.call.id) is one.call
        with pytest.raises(CallRefused, match="All 2 lines are taken"):
            await calls.open(lambda _: None, line="test")
    assert calls.active == 0 and calls.find(one.call.id) is None
    async with Phone(calls):
        pass


async def test_closing_ends_every_call_and_takes_no_more(
    engine: ScriptedEngine, make_calls: CallsMaker
) -> None:
    calls = make_calls()
    async with Phone(calls) as one, Phone(calls) as other:
        await calls.aclose()
        assert one.told(Ended) == other.told(Ended) == [Ended("shutdown")]
    assert calls.active == 0
    with pytest.raises(CallRefused, match="closing"):
        await calls.open(lambda _: None, line="test")
    await calls.aclose()


async def test_a_call_may_last_so_long_and_no_longer(engine: ScriptedEngine, make_calls: CallsMaker) -> None:
    calls = make_calls(max_call_minutes=1)
    calls.minute_s = 0.005
    engine.script = lambda asked: Reply(
        asked.instructions.rpartition("exactly: ")[2] or "Hello.", audio_ms=100
    )
    async with Phone(calls) as phone:
        assert await asyncio.wait_for(phone.call.wait_ended(), 20) == "too_long"
        said = [event.text for event in phone.told(Transcript) if event.speaker == "agent"]
        assert said[-1] == TIME_IS_UP, "a word of farewell comes first"
        assert "speaking" in phone.states


async def test_records_are_kept_where_the_settings_say(
    engine: ScriptedEngine, make_calls: CallsMaker, tmp_path: Path
) -> None:
    calls = make_calls(record_dir=tmp_path)
    async with Phone(calls, line="browser") as phone:
        await phone.until_idle()
        call_id = phone.call.id
    await calls.aclose()
    kept = json.loads((tmp_path / f"{call_id}.json").read_text())
    assert kept["line"] == "browser" and kept["transcript"][0]["text"] == "All right."
    assert kept["ended"]["reason"] == "hang_up"


async def test_an_agent_that_can_not_be_made_leaves_no_call(
    engine: ScriptedEngine, make_calls: CallsMaker
) -> None:
    def broken() -> Agent:
        raise ValueError("no agent")

    calls = make_calls(broken)
    with pytest.raises(ValueError, match="no agent"):
        await calls.open(lambda _: None, line="test")
    await calls.aclose()
    assert calls.active == 0


async def test_the_cloud_without_a_key_is_refused_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    calls = Calls(load(agent={"model": "openai"}), lambda: Agent(instructions="x"))
    with pytest.raises(SettingsError):
        await calls.open(lambda _: None, line="test")
    assert calls.active == 0
    await calls.aclose()


async def test_a_lost_caller_may_be_closed_by_cancelling(
    engine: ScriptedEngine, make_calls: CallsMaker
) -> None:
    """A line that is cancelled while it opens a call leaves none behind."""
    calls = make_calls()
    opening = asyncio.create_task(calls.open(lambda _: None, line="test"))
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await calls.aclose()
    assert calls.active == 0
    await asyncio.sleep(0.1)
    assert engine.live == []
