"""Patches of livekit-agents: they do what they say on the version they know, and nothing on others."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import APIConnectionError
from livekit.agents.utils.audio import AudioByteStream
from livekit.agents.voice.events import AgentStateChangedEvent

from antiphon.agent import patches
from antiphon.agent.model import realtime_model
from antiphon.agent.session import CallInfo, new_session
from antiphon.settings import load


def test_the_installed_version_is_the_known_one() -> None:
    assert patches.known(), "livekit-agents changed: read its source again before KNOWN_VERSION is raised"


async def test_audio_is_appended_every_20_ms() -> None:
    session = realtime_model(load()).session()
    assert isinstance(session._bstream, AudioByteStream)
    assert [len(frame.data) for frame in session._bstream.write(bytes(960 * 3))] == [480, 480, 480]
    session._main_atask.cancel()


def test_an_unknown_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "__version__", "1.9.0")
    before = AudioByteStream(24_000, 1, samples_per_channel=2400)
    session = SimpleNamespace(_bstream=before, _recorded_events=[])
    assert not patches.append_in_short_chunks(session)
    assert session._bstream is before
    assert not patches.bound_recorded_events(session)  # type: ignore[arg-type]
    assert isinstance(session._recorded_events, list)


async def test_recorded_events_are_bounded() -> None:
    session = new_session(None, CallInfo("call_1", "test"))
    assert patches.bound_recorded_events(session)
    for _ in range(2 * patches.RECORDED_EVENTS):
        session.emit("agent_state_changed", AgentStateChangedEvent(old_state="idle", new_state="listening"))
    assert len(session._recorded_events) == patches.RECORDED_EVENTS


async def test_the_backlog_is_what_waits_to_be_sent() -> None:
    session: Any = realtime_model(load()).session()
    waiting = patches.backlog(session)
    session.clear_audio()
    assert patches.backlog(session) == waiting + 1
    assert patches.backlog(None) == patches.backlog(object()) == 0
    session._main_atask.cancel()


def test_expected_warnings_are_no_warnings(caplog: pytest.LogCaptureFixture) -> None:
    patches.quieten()
    patches.quieten()
    logger = logging.getLogger("livekit.agents")
    with caplog.at_level(logging.WARNING, logger="livekit.agents"):
        logger.warning("OpenAI Realtime API connection failed, retrying in 0.5s", exc_info=ValueError("x"))
        logger.warning("something else")
        logger.error("connection failed, retrying")
    assert [record.getMessage() for record in caplog.records] == [
        "something else",
        "connection failed, retrying",
    ]
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="livekit.agents"):
        for cause in (APIConnectionError("gone"), ConnectionResetError("gone"), KeyError("a fault")):
            logger.error("failed to send event", exc_info=cause)
    assert [record.exc_info and type(record.exc_info[1]) for record in caplog.records] == [KeyError]
    with caplog.at_level(logging.DEBUG, logger="livekit.agents"):
        logger.warning("ToolError while executing tool")
    assert caplog.records[-1].levelname == "DEBUG"
    assert sum(isinstance(each, patches._Expected) for each in logger.filters) == 1
