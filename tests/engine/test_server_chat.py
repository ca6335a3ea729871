"""A call whose brain is a chat model, as its caller lives it: words, a tool, and a model that fails."""

from __future__ import annotations

from typing import Any

import aiohttp

from antiphon.engine.brains import chat_errors
from antiphon.engine.brains.chat import ChatBrain
from tests.engine.brains.test_chat import STOP, TOOLS, Answer, refuses, say, serving, settings, streams, tool
from tests.engine.test_server import connected, engine, receive


async def answered(ws: aiohttp.ClientWebSocketResponse) -> tuple[str, list[dict[str, Any]], list[str]]:
    """Asks for a response; returns its words, its function calls and the codes of errors that came with it."""
    await ws.send_json({"type": "response.create"})
    said, calls, errors = "", [], []
    while True:
        event = await receive(ws)
        match event["type"]:
            case "response.output_audio_transcript.done":
                said += event["transcript"]
            case "response.output_item.done" if event["item"]["type"] == "function_call":
                calls.append(event["item"])
            case "error":
                errors.append(event["error"]["code"])
            case "response.done":
                return said, calls, errors


async def user(ws: aiohttp.ClientWebSocketResponse, text: str) -> None:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    await ws.send_json({"type": "conversation.item.create", "item": item})


async def test_a_chat_model_talks_and_calls_tools() -> None:
    script: list[Answer] = [
        streams(*say("Let me ", "see."), *tool('{"day":"Thursday"}'), *TOOLS),
        streams(*say("Table ", "nine ", "is free."), *STOP),
    ]
    async with serving(*script) as llm:
        brain = ChatBrain(settings(llm.url))
        async with engine(brain) as server, connected(server) as ws:
            tools = [{"type": "function", "name": "book", "parameters": {"type": "object", "properties": {}}}]
            await ws.send_json(
                {"type": "session.update", "session": {"instructions": "Book.", "tools": tools}}
            )
            await user(ws, "Thursday please")
            said, calls, errors = await answered(ws)
            assert (said, errors) == ("Let me see.", [])
            assert [(call["name"], call["arguments"]) for call in calls] == [("book", '{"day": "Thursday"}')]
            output = {"type": "function_call_output", "call_id": calls[0]["call_id"], "output": "nine"}
            await ws.send_json({"type": "conversation.item.create", "item": output})
            assert await answered(ws) == ("Table nine is free.", [], [])
        await brain.close()
    asked = llm.asked[1]["messages"]
    assert [message["role"] for message in asked] == ["system", "user", "assistant", "tool"]
    assert asked[2]["content"] == "Let me see."
    assert asked[2]["tool_calls"][0]["id"] == asked[3]["tool_call_id"]


async def test_a_chat_model_that_fails_is_told_to_the_caller_and_the_call_goes_on() -> None:
    async with serving(refuses(500), streams(*say("Good evening."), *STOP)) as llm:
        brain = ChatBrain(settings(llm.url))
        async with engine(brain) as server, connected(server) as ws:
            await user(ws, "hello")
            said, _, errors = await answered(ws)
            assert said == chat_errors.TRY_AGAIN
            assert errors == ["brain_failed"]
            assert await answered(ws) == ("Good evening.", [], [])
        await brain.close()
