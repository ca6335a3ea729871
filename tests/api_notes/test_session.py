"""The session: its options, and what it does of its own accord."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, TurnHandlingOptions, voice
from livekit.agents.voice.room_io.types import TextInputEvent, _default_text_input_cb
from opentelemetry import context as otel_context

from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from tests.api_notes.talk import FRAME, TONE, TURNS, right_model, right_session, talk

LONG = Reply("one two three four five six seven eight nine ten", audio_ms=6000)
SHORT = Reply("Hello.", audio_ms=80)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.row(id="flat-keywords")
async def test_flat_keywords_are_deprecated(server: ScriptedEngine, caplog: pytest.LogCaptureFixture) -> None:
    flat: AgentSession[None] = AgentSession(
        vad=None, turn_detection="realtime_llm", min_endpointing_delay=0.3
    )
    assert flat.turn_detection == "realtime_llm" and flat.options.endpointing["min_delay"] == 0.3
    (warning,) = warnings(caplog)
    assert "min_endpointing_delay, turn_detection are deprecated and will be removed in v2.0" in warning
    caplog.clear()
    right: TurnHandlingOptions = {"turn_detection": "realtime_llm", "endpointing": {"min_delay": 0.3}}
    nested: AgentSession[None] = AgentSession(vad=None, turn_handling=right)
    assert nested.turn_detection == "realtime_llm" and nested.options.endpointing["min_delay"] == 0.3
    assert warnings(caplog) == []


@pytest.mark.row(id="flat-keywords")
async def test_flat_keywords_beside_turn_handling_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    both: AgentSession[None] = AgentSession(vad=None, turn_handling=TURNS, min_endpointing_delay=0.3)
    assert both.options.endpointing["min_delay"] != 0.3


@pytest.mark.row(id="voice-agent")
async def test_an_agent_with_a_model_of_its_own_is_answered_by_it(server: ScriptedEngine) -> None:
    assert voice.Agent is Agent and voice.AgentSession is AgentSession
    model = right_model(server)
    async with talk(server, agent=voice.Agent(instructions="x", llm=model), llm=...) as call:
        assert call.remote.realtime_model is model
        await call.session.generate_reply()
        assert call.played > 0
    await model.aclose()
    async with ScriptedEngine() as another:
        others = right_model(another)
        async with talk(another, agent=Agent(instructions="x", llm=others), model={"base_url": server.url}):
            assert len(another.live) == 1 and not server.live
        await others.aclose()


@pytest.mark.row(id="say-text")
async def test_say_wants_a_voice(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        with pytest.raises(RuntimeError, match="without a TTS model"):
            call.session.say("Hello.")


@pytest.mark.row(id="say-text")
async def test_say_with_audio_and_generate_reply(server: ScriptedEngine) -> None:
    async def frames() -> Any:
        yield rtc.AudioFrame(TONE.tobytes() * 10, 24_000, 1, 10 * FRAME)

    async with talk(server) as call:
        await call.session.say("Hello.", audio=frames())
        assert call.played > 0 and call.messages() == [("assistant", "Hello.")]
        await call.session.generate_reply(instructions="Greet the caller.")
        assert call.messages()[-1] == ("assistant", "All right.")
        assert server.asked[-1].instructions.endswith("Greet the caller.")


@pytest.mark.row(id="allow-interruptions")
async def test_a_session_that_allows_no_interruption_does_not_start(server: ScriptedEngine) -> None:
    session = right_session(
        right_model(server),
        turn_handling={"turn_detection": "realtime_llm", "interruption": {"enabled": False}},
    )
    with pytest.raises(ValueError, match="allow_interruptions cannot be False"):
        await session.start(Agent(instructions="x"))


@pytest.mark.row(id="allow-interruptions")
async def test_a_reply_that_allows_none_is_interrupted_all_the_same(
    server: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    server.script = lambda _: LONG
    async with talk(server) as call:
        handle = call.session.generate_reply(allow_interruptions=False)
        assert any("allow_interruptions cannot be False" in warning for warning in warnings(caplog))
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        await call.say()
        await call.until(handle.done)
        assert handle.interrupted


@pytest.mark.row(id="allow-interruptions")
async def test_with_turns_on_the_client_it_holds(server: ScriptedEngine) -> None:
    server.script = lambda _: Reply("one two", audio_ms=1000)
    manual: TurnHandlingOptions = {"turn_detection": "manual", "interruption": {"enabled": False}}
    async with talk(server, model={"turn_detection": None}, turn_handling=manual) as call:
        handle = call.session.generate_reply()
        await call.until(lambda: call.played > 0)
        with pytest.raises(RuntimeError, match="not allow interruptions"):
            handle.interrupt()
        await handle
        assert not handle.interrupted


@pytest.mark.row(id="speech-handle")
async def test_awaiting_a_reply_tells_nothing_of_its_failure(server: ScriptedEngine) -> None:
    server.refuse = lambda event: event["type"] == "response.create"
    async with talk(server) as call:
        handle = await call.session.generate_reply()
        assert handle.done() and call.played == 0
        assert "Not now." in str(handle.exception())
        server.refuse = lambda _: False
        handle = await call.session.generate_reply()
        assert handle.exception() is None and call.played > 0


@pytest.mark.row(id="thinking-state")
async def test_the_agent_listens_until_its_first_frame(server: ScriptedEngine) -> None:
    server.script = lambda _: Reply("Half past nine.", audio_ms=200, delay_ms=2000)
    async with talk(server) as call:
        committed = asyncio.Event()
        call.remote.on(
            "openai_server_event_received",
            lambda event: committed.set() if event["type"] == "input_audio_buffer.committed" else None,
        )
        await call.say()
        await asyncio.wait_for(committed.wait(), 5)
        await asyncio.sleep(1)
        assert call.session.agent_state == "listening", "it has been working for a second"
        await call.until_quiet()
        assert "thinking" not in call.states()


@pytest.mark.row(id="recorded-events")
async def test_events_are_kept_for_the_whole_call(server: ScriptedEngine) -> None:
    server.script = lambda _: SHORT
    async with talk(server) as call:
        kept = []
        for _ in range(3):
            await call.session.generate_reply()
            await asyncio.sleep(0.5)
            kept.append(len(call.session._recorded_events))
        assert 0 < kept[0] < kept[1] < kept[2]


@pytest.mark.row(id="recorded-events")
async def test_a_bounded_list_after_start_keeps_the_last_ones(server: ScriptedEngine) -> None:
    server.script = lambda _: SHORT
    async with talk(server) as call:
        call.session._recorded_events = deque(call.session._recorded_events, maxlen=4)  # type: ignore[assignment]
        for _ in range(3):
            await call.session.generate_reply()
            await asyncio.sleep(0.5)
        assert len(call.session._recorded_events) == 4


@pytest.mark.row(id="one-agent-two-sessions")
async def test_an_agent_belongs_to_one_session(server: ScriptedEngine) -> None:
    agent = Agent(instructions="x")
    async with talk(server, agent=agent):
        second = right_session(right_model(server))
        with pytest.raises(RuntimeError):
            await second.start(agent)
        await second.aclose()
    async with talk(server, agent=Agent(instructions="x")), talk(server, agent=Agent(instructions="x")):
        await asyncio.sleep(0.1)
        assert len(server.live) == 2


@pytest.mark.row(id="start-context")
async def test_start_leaves_its_span_in_the_task_that_called_it(server: ScriptedEngine) -> None:
    async def one_call() -> bool:
        before = otel_context.get_current()
        async with talk(server):
            pass
        return otel_context.get_current() == before

    assert not await asyncio.create_task(one_call()), "what this task does next counts as the call's"

    before = otel_context.get_current()
    session = right_session(right_model(server))
    await asyncio.create_task(session.start(Agent(instructions="x")))
    assert otel_context.get_current() == before
    await session.aclose()


@pytest.mark.row(id="typed-text")
async def test_a_text_that_is_interrupted_before_it_began_is_lost(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        for text in ("one", "two"):
            await _default_text_input_cb(call.session, TextInputEvent(text))
        await call.until_quiet()
        assert [text for role, text in call.messages() if role == "user"] == ["two"]


@pytest.mark.row(id="typed-text")
async def test_one_text_after_the_other_loses_none(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        arrived = asyncio.Event()
        call.remote.on("remote_item_added", lambda event: arrived.set())
        for text in ("one", "two"):
            arrived.clear()
            await call.session.interrupt()
            call.session.generate_reply(user_input=text)
            await asyncio.wait_for(arrived.wait(), 5)
        await call.until_quiet()
        assert [text for role, text in call.messages() if role == "user"] == ["one", "two"]


@pytest.mark.row(id="empty-transcript")
async def test_a_cough_becomes_a_message(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        server.words = ["", "Hello."]
        await call.say()
        await asyncio.sleep(1)
        assert call.messages() == [("user", "")]

        def without_words(event: Any) -> None:
            if event.item.type == "message" and not (event.item.text_content or "").strip():
                call.session.history.items.remove(event.item)

        call.session.history.items.clear()
        call.session.on("conversation_item_added", without_words)
        server.words = ["", "Hello."]
        for _ in range(2):
            await call.say()
            await asyncio.sleep(1)
        await call.until_quiet()
        assert [text for role, text in call.messages() if role == "user"] == ["Hello."]


@pytest.mark.row(id="reply-before-start")
async def test_nothing_is_said_before_start(server: ScriptedEngine) -> None:
    session = right_session(right_model(server))
    with pytest.raises(RuntimeError, match="isn't running"):
        session.generate_reply(instructions="Greet the caller.")
    async with talk(server) as call:
        await call.session.generate_reply(instructions="Greet the caller.")
        assert call.played > 0
