"""What a server that speaks the Realtime API has to do so that the plugin is content with it."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
import pytest

from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from tests.api_notes.talk import FRAME, TONE, talk
from tests.api_notes.test_tools import Desk, calls

Event = dict[str, Any]


def without(kind: str) -> Any:
    """A server that never sends this event."""
    return lambda event: None if event["type"] == kind else event


@pytest.mark.row(id="server-client-event-id")
async def test_a_response_without_its_id_times_out_after_10_s(server: ScriptedEngine) -> None:
    def rewrite(event: Event) -> Event:
        if event["type"] == "response.created":
            event = event | {"response": event["response"] | {"metadata": None}}
        return event

    loop = asyncio.get_running_loop()
    async with talk(server) as call:
        server.rewrite = rewrite
        began = loop.time()
        handle = await call.session.generate_reply()
        assert "timed out" in str(handle.exception()) and 9 < loop.time() - began < 11
        server.rewrite = lambda event: event
        assert (await call.session.generate_reply()).exception() is None


@pytest.mark.row(id="server-item-ack")
async def test_an_item_that_is_not_acknowledged_stalls_for_5_s(server: ScriptedEngine) -> None:
    loop = asyncio.get_running_loop()
    async with talk(server) as call:
        server.rewrite = without("conversation.item.added")
        began = loop.time()
        call.session.generate_reply(user_input="one")
        await asyncio.sleep(4.5)
        assert "response.create" not in call.types()
        await asyncio.sleep(1)
        assert "response.create" in call.types()
        server.rewrite = lambda event: event
        began = loop.time()
        await call.session.generate_reply(user_input="two")
        assert loop.time() - began < 2


@pytest.mark.row(id="server-item-ack")
async def test_nor_may_a_deletion_go_unanswered(server: ScriptedEngine) -> None:
    loop = asyncio.get_running_loop()
    async with talk(server) as call:
        for drops, least, most in (("conversation.item.deleted", 4.9, 5.5), ("nothing", 0.0, 0.5)):
            server.rewrite = lambda event: event
            context = call.remote.chat_ctx.copy()
            context.add_message(role="user", content="one")
            await call.remote.update_chat_ctx(context)
            server.rewrite = without(drops)
            shorter = call.remote.chat_ctx.copy()
            del shorter.items[0]
            began = loop.time()
            try:
                await call.remote.update_chat_ctx(shorter)
            except Exception as error:
                assert "timed out" in str(error)
            assert least <= loop.time() - began <= most


@pytest.mark.row(id="server-cancel-error")
@pytest.mark.parametrize(
    ("message", "errors"), [("No active response.", 1), ("Cancellation failed: no active response", 0)]
)
async def test_a_needless_cancel_is_an_error_of_the_session_unless_it_begins_so(
    server: ScriptedEngine, message: str, errors: int
) -> None:
    async with talk(server) as call:
        error = {"type": "invalid_request_error", "code": "response_cancel_not_active", "message": message}
        await call.connection.send("error", error=error)
        await asyncio.sleep(0.1)
        assert len(call.told("error")) == errors


@pytest.mark.row(id="server-interrupt")
async def test_interrupt_cancels_twice(server: ScriptedEngine) -> None:
    server.script = lambda _: Reply("one two three four", audio_ms=4000)
    async with talk(server) as call:
        call.session.generate_reply()
        await call.until(lambda: call.played > 0)
        await call.session.interrupt()
        await asyncio.sleep(0.5)
        assert call.types()[3:] == [
            "response.create",
            "response.cancel",
            "response.cancel",
            "conversation.item.truncate",
        ]
        assert not call.told("error"), "the second is answered by an error that begins as it should"


@pytest.mark.row(id="server-order")
async def test_audio_of_an_item_that_was_not_added_is_lost(
    server: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with talk(server) as call:
        server.rewrite = without("response.output_item.added")
        handle = await call.session.generate_reply()
        assert call.played == 0 and handle.exception() is None, "silence, and only the log tells"
        assert any("failed to handle event" in record.getMessage() for record in caplog.records)
        server.rewrite = lambda event: event
        await call.session.generate_reply()
        assert call.played > 0


@pytest.mark.row(id="server-arguments")
async def test_arguments_are_taken_from_the_item_that_is_done(server: ScriptedEngine) -> None:
    def rewrite(event: Event) -> Event:
        if event["type"] == "response.output_item.done" and "arguments" in event["item"]:
            event = event | {"item": event["item"] | {"arguments": ""}}
        return event

    calls(server, "seats", number=4)
    async with talk(server, agent=Desk()) as call:
        server.rewrite = rewrite
        await call.say()
        await call.until(lambda: call.told("function_tools_executed"))
        assert call.told("function_tools_executed")[0].function_call_outputs[0].is_error
        server.rewrite = lambda event: event
        await asyncio.sleep(1)
        await call.say()
        await call.until(lambda: len(call.told("function_tools_executed")) == 2)
        assert call.told("function_tools_executed")[1].function_call_outputs[0].output == "4 seats inside"


@pytest.mark.row(id="server-call-id")
@pytest.mark.parametrize(("length", "same"), [(32, True), (33, False)])
async def test_a_call_id_of_more_than_32_comes_back_as_another(
    server: ScriptedEngine, length: int, same: bool
) -> None:
    long = "call_" + "x" * (length - 5)

    def rewrite(event: Event) -> Event:
        if event.get("item", {}).get("type") == "function_call":
            event = event | {"item": event["item"] | {"call_id": long}}
        return event

    calls(server, "closed")
    async with talk(server, agent=Desk()) as call:
        server.rewrite = rewrite
        await call.say()
        await call.until(lambda: "conversation.item.create" in call.types())
        result = next(event for event in call.sent if event["type"] == "conversation.item.create")["item"]
        assert result["type"] == "function_call_output"
        assert (result["call_id"] == long) is same


@pytest.mark.row(id="server-cancel-by-id")
async def test_a_late_response_is_cancelled_by_its_id(
    server: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with talk(server) as call:
        server.slow_ms = 500
        handle = call.session.generate_reply()
        await asyncio.sleep(0.1)
        await call.session.interrupt()
        await asyncio.sleep(5)
        cancels = [event for event in call.sent if event["type"] == "response.cancel"]
        assert [bool(event.get("response_id")) for event in cancels] == [False, False, True]
        assert handle.interrupted and call.played == 0


@pytest.mark.row(id="server-merge")
async def test_the_session_comes_in_three_parts(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        await call.until(lambda: call.types()[:3] == ["session.update"] * 3)
        parts = [set(event["session"]) for event in call.sent[:3]]
        assert "audio" in parts[0] and "instructions" in parts[1] and "tools" in parts[2]
        assert "audio" not in parts[1] | parts[2] and "instructions" not in parts[0] | parts[2]
        assert {"audio", "instructions", "tools"} <= set(call.connection.session), "a server merges them"


@pytest.mark.row(id="server-two-messages")
async def test_two_messages_of_one_response_are_both_said(server: ScriptedEngine) -> None:
    """Earlier versions tripped over the second."""
    audio = base64.b64encode(np.tile(TONE, 5).tobytes()).decode()
    async with talk(server) as call:
        send = call.connection.send
        response: Event = {
            "id": "resp_two",
            "object": "realtime.response",
            "status": "in_progress",
            "output": [],
        }
        await send("response.created", response=response)
        for number, words in enumerate(("First.", "Second.")):
            where = {"response_id": "resp_two", "item_id": words, "output_index": number, "content_index": 0}
            item = {
                "id": words,
                "type": "message",
                "role": "assistant",
                "status": "in_progress",
                "content": [],
            }
            await send("response.output_item.added", response_id="resp_two", output_index=number, item=item)
            await send("conversation.item.added", previous_item_id="First." if number else None, item=item)
            await send("response.content_part.added", **where, part={"type": "audio", "transcript": ""})
            await send("response.output_audio_transcript.delta", **where, delta=words)
            await send("response.output_audio.delta", **where, delta=audio)
            await send("response.output_item.done", response_id="resp_two", output_index=number, item=item)
        await send("response.done", response=response | {"status": "completed"})
        await call.until(lambda: len(call.messages()) == 2)
        assert call.messages() == [("assistant", "First."), ("assistant", "Second.")]
        assert call.played > 1.9 * 5 * FRAME * 46 / 48
