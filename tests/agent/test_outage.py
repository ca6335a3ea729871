"""The engine goes away and comes back; or never does."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from antiphon.agent import history, patches
from antiphon.agent.audio_io import FRAME_MS, HELD_MS
from antiphon.agent.calls import Calls
from antiphon.agent.events import Ended, Problem, Recovered, ToolStarted, Transcript
from antiphon.ear.scripted_engine import Asked, Reply, ScriptedEngine
from tests.agent.conftest import CallsMaker
from tests.agent.phone import FRAME, PATIENCE_S, Phone

LONG = Reply("one two three four five six seven eight nine ten", audio_ms=4000)


def said(engine: ScriptedEngine) -> list[tuple[str, str]]:
    """Role and text of what the server has in its newest conversation."""
    return [
        (item["role"], item["content"][0].get("text") or item["content"][0].get("transcript"))
        for item in engine.connections[-1].items
        if item.get("type") == "message"
    ]


def mirrored(phone: Phone) -> int:
    """How many messages the plugin knows the server to have."""
    remote = history.realtime_session(phone.call._session)
    assert remote is not None
    return sum(item.type == "message" and bool(item.content) for item in remote.chat_ctx.items)


async def restart(engine: ScriptedEngine, away_s: float = 0.3) -> None:
    await engine.stop()
    engine.newcomer.clear()
    await asyncio.sleep(away_s)
    await engine.start()
    await asyncio.wait_for(engine.newcomer.wait(), PATIENCE_S)


async def test_a_greeting_that_was_cut_by_a_restart_is_said_again(
    engine: ScriptedEngine, calls: Calls
) -> None:
    engine.script = lambda _: LONG
    async with Phone(calls) as phone:
        await phone.until(lambda: phone.agent_is_loud)
        engine.script = lambda _: Reply("Hello again.", audio_ms=80)
        await restart(engine)
        await phone.until_told(Transcript, text="Hello again.", final=True)
        assert phone.problems == ["engine_lost"]
        assert phone.told(Recovered) == [Recovered("engine_lost")]
        assert "Greet the caller" in engine.asked[-1].instructions
        assert not phone.told(Ended)


async def test_the_history_is_replayed_and_the_open_question_answered(
    engine: ScriptedEngine, calls: Calls
) -> None:
    engine.word_ms = 400
    engine.words = ["stop", "what time is it"]
    replies = iter([LONG, Reply("Yes?", audio_ms=80), LONG])
    engine.script = lambda _: next(replies)
    async with Phone(calls) as phone:
        await phone.until(lambda: phone.loud_samples > 24 * 900)
        await phone.say()
        await phone.until_told(Transcript, text="Yes?", final=True)
        await phone.until_idle()
        heard = phone.texts()[0][1]
        assert 0 < len(heard) < len(LONG.words)
        await phone.say()
        await phone.until(lambda: len(engine.asked) == 3 and phone.agent_is_loud)
        engine.script = lambda asked: Reply(f"Now: {asked.words}", audio_ms=80)
        await restart(engine)
        await phone.until_told(Transcript, text="Now: what time is it", final=True)
        assert said(engine)[:4] == [
            ("assistant", heard),  # not a word more than was heard
            ("user", "stop"),
            ("assistant", "Yes?"),
            ("user", "what time is it"),
        ]
        assert engine.connections[-1].session["instructions"] == "Be kind."
        assert len(engine.connections[-1].session["tools"]) == 4


async def test_a_replay_that_is_cut_short_loses_nothing(engine: ScriptedEngine, calls: Calls) -> None:
    engine.words = ["what time is it"]
    async with Phone(calls) as phone:
        await phone.until_idle()
        await phone.say()
        await phone.until(lambda: len(phone.texts()) == 3 and phone.states[-1] == "listening")
        await phone.until(lambda: mirrored(phone) == 3)
        engine.deaf_after = 2  # the next connection takes the settings and one item, and goes
        await restart(engine)
        await phone.until(lambda: not engine.live)
        engine.deaf_after = None
        await phone.until(lambda: engine.live and len(engine.live[-1].items) >= 3)
        assert said(engine) == [
            ("assistant", "All right."),
            ("user", "what time is it"),
            ("assistant", "All right."),
        ]
        await phone.until(lambda: mirrored(phone) == 3)
        assert len(engine.asked) == 2


async def test_history_that_is_confirmed_late_is_no_empty_call(engine: ScriptedEngine, calls: Calls) -> None:
    async with Phone(calls) as phone:
        await phone.until_idle()
        engine.slow_ms = 300
        await restart(engine)
        await phone.until(lambda: engine.live and len(engine.live[-1].items) == 1)
        await phone.until(lambda: mirrored(phone) == 1)
        assert len(engine.asked) == 1, "no second greeting"


async def test_nothing_is_said_after_an_outage_in_which_nothing_was_open(
    engine: ScriptedEngine, calls: Calls
) -> None:
    async with Phone(calls) as phone:
        await phone.until_idle()
        await restart(engine)
        await phone.until(lambda: engine.live and engine.live[-1].audio_samples > 48_000 // 4)
        assert len(engine.asked) == 1
        assert said(engine) == [("assistant", "All right.")]
        await phone.say()
        await phone.until(lambda: len(phone.texts()) == 3)


async def test_a_tool_that_ran_through_the_outage_is_answered_once(
    engine: ScriptedEngine, calls: Calls
) -> None:
    def script(asked: Asked) -> Reply:
        if asked.output is not None:
            return Reply(asked.output, audio_ms=80)
        return Reply(tool="slow") if asked.kind == "turn" else Reply("Hello.", audio_ms=80)

    engine.script = script
    async with Phone(calls) as phone:
        await phone.until_idle()
        await phone.say()
        await phone.until_told(ToolStarted)
        await restart(engine, 0.05)
        await phone.until_told(Transcript, text="Done at last.", final=True)
        await asyncio.sleep(0.3)
        assert [asked.output for asked in engine.asked if asked.output] == ["Done at last."]


async def test_text_that_is_typed_in_an_outage_is_answered_after_it(
    engine: ScriptedEngine, calls: Calls
) -> None:
    engine.script = lambda asked: Reply(f"Heard {asked.words or 'nothing'}.", audio_ms=80)
    async with Phone(calls) as phone:
        await phone.until_idle()
        await engine.stop()
        await phone.until_told(Problem, code="engine_lost")
        phone.call.type_text("are you there")
        await engine.start()
        await phone.until_told(Transcript, text="Heard are you there.", final=True)
        assert said(engine).count(("user", "are you there")) == 1


async def test_audio_of_an_outage_is_bounded_and_the_newest_is_kept(
    engine: ScriptedEngine, calls: Calls
) -> None:
    async with Phone(calls) as phone:
        await phone.until_idle()
        await engine.stop()
        await phone.until_told(Problem, code="engine_lost")
        frames = HELD_MS // FRAME_MS
        for number in range(3 * frames):
            phone.call.hear(np.full(FRAME, number, np.int16))
        assert phone.call._audio.dropped >= 2 * frames - 50
        await engine.start()
        await phone.until(lambda: engine.live and engine.live[-1].audio_samples > 0)
        assert engine.live[-1].audio_samples <= (frames + 100) * FRAME
    assert phone.call.record.dropped_audio_ms >= HELD_MS


async def test_a_server_that_reads_nothing_fills_no_memory(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = 0
    monkeypatch.setattr(patches, "backlog", lambda _: waiting)
    async with Phone(calls) as phone:
        await phone.until_idle()
        waiting = 1000
        frames = HELD_MS // FRAME_MS
        for _ in range(2 * frames):
            phone.call.hear(np.ones(FRAME, np.int16))
        held = phone.call._frames.caller
        assert len(held._frames) == frames and held.dropped >= frames
        waiting = 0
        await phone.until(lambda: not held._frames)


async def test_a_server_that_is_not_there_yet_is_waited_for(engine: ScriptedEngine, calls: Calls) -> None:
    await engine.stop()
    async with Phone(calls) as phone:
        await phone.until_told(Problem, code="engine_lost")
        await engine.start()
        await phone.until_told(Transcript, text="All right.", final=True)


async def test_a_refused_answer_is_asked_for_again(engine: ScriptedEngine, calls: Calls) -> None:
    refused: list[dict[str, Any]] = []

    def refuse(event: dict[str, Any]) -> bool:
        first = event["type"] == "response.create" and not refused
        if first:
            refused.append(event)
        return first

    engine.refuse = refuse
    async with Phone(calls) as phone:
        await phone.until_told(Transcript, text="All right.", final=True)
    assert len(refused) == 1


async def test_an_error_that_no_retry_can_mend_ends_the_call_with_words(
    engine: ScriptedEngine, make_calls: CallsMaker
) -> None:
    tasks_before = asyncio.all_tasks()
    calls = make_calls()
    async with Phone(calls) as phone:
        await phone.until_idle()
        await engine.live[0].send(
            "error",
            error={
                "type": "invalid_request_error",
                "code": "invalid_api_key",
                "message": "Incorrect API key.",
            },
        )
        assert await phone.call.wait_ended() == "error"
        (problem,) = phone.told(Problem)
        assert problem.fatal and "Incorrect API key." in problem.message
        assert phone.told(Ended) == [Ended("error")]
    await asyncio.sleep(0.1)
    assert [task for task in asyncio.all_tasks() - tasks_before if not task.done()] == []
    assert calls.active == 0


async def test_an_error_of_the_server_that_is_no_fault_of_the_call_is_passed_over(
    engine: ScriptedEngine, calls: Calls
) -> None:
    async with Phone(calls) as phone:
        await phone.until_idle()
        await engine.live[0].send(
            "error", error={"type": "invalid_request_error", "code": "x", "message": "Odd."}
        )
        await engine.live[0].send("something.new", detail=1)
        await engine.live[0].send("antiphon.item.heard")
        await engine.live[0].send("antiphon.turn", item_id=7, response_id=None, stamps=None)
        await engine.live[0].send("conversation.item.input_audio_transcription.delta", item_id="u", delta=3)
        await phone.say()
        await phone.until(lambda: len(phone.texts()) == 3)
        assert phone.problems == []


async def test_a_failed_answer_is_told(engine: ScriptedEngine, calls: Calls) -> None:
    async with Phone(calls) as phone:
        await phone.until_idle()
        engine.script = lambda _: Reply(status="failed")
        await phone.say()
        await phone.until_told(Problem, code="answer_failed", fatal=False)
        await phone.until(lambda: phone.states[-1] == "listening")


async def test_what_is_typed_while_the_history_is_replayed_comes_after_it(
    engine: ScriptedEngine, calls: Calls
) -> None:
    """The plugin tells the new connection the conversation; a text that came in between would stand before its beginning."""
    engine.script = lambda asked: Reply(f"You said {asked.words or 'nothing'}.", audio_ms=80)
    async with Phone(calls) as phone:
        await phone.until_idle()
        for text in ("one", "two"):
            phone.call.type_text(text)
            await phone.until_told(Transcript, text=f"You said {text}.", final=True)
            await phone.until_idle()
        engine.slow_ms = 60  # it confirms one item after the other
        await restart(engine, away_s=0.1)
        phone.call.type_text("three")
        await phone.until_told(Transcript, text="You said three.", final=True)
        assert [text for role, text in said(engine) if role == "user"] == ["one", "two", "three"]
        assert said(engine)[-2:] == [("user", "three"), ("assistant", "You said three.")]
        assert len(said(engine)) == 7
