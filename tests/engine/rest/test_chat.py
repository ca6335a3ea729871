"""Chat completions, with the client that people use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessage

from antiphon.engine.brains.brain import BrainOutput, BrainRequest, CallTool, Note, Say, TurnEvidence
from antiphon.engine.brains.form import FormBrain
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    SystemMessage,
    UserMessage,
)
from antiphon.engine.rest.chat_items import ChatRequest, brain_request
from antiphon.engine.rest.errors import read_json
from antiphon.errors import BrainError
from tests.engine.rest.conftest import House, open_house
from tests.engine.virtual_call import ScriptedBrain

NOW = datetime(2026, 11, 25, 12)
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "book_table",
        "description": "Book a table.",
        "parameters": {"type": "object", "properties": {"seats": {"type": "integer"}}, "required": ["seats"]},
    },
}


def asked(*messages: tuple[str, str], **rest: Any) -> BrainRequest:
    body: dict[str, Any] = {"model": "m", "messages": [{"role": r, "content": c} for r, c in messages]} | rest
    return brain_request(read_json(json.dumps(body).encode(), ChatRequest), NOW)


def test_first_system_messages_are_instructions_later_ones_notes_last_ones_orders() -> None:
    request = asked(
        ("system", "You are kind."),
        ("developer", "And quick."),
        ("user", "Hello."),
        ("system", "It rains."),
        ("user", "Well?"),
        ("system", "Answer in one word."),
    )
    assert request.instructions == "You are kind.\n\nAnd quick."
    assert request.items == (
        UserMessage("item_2", "Hello."),
        SystemMessage("item_3", "It rains."),
        UserMessage("item_4", "Well?"),
    )
    assert request.response_instructions == "Answer in one word."


def test_an_order_before_anything_was_said() -> None:
    request = asked(("system", "You are kind."), ("system", "Greet the caller."))
    assert (request.instructions, request.response_instructions) == ("You are kind.", "Greet the caller.")
    assert request.items == ()
    assert asked(("system", "You are kind.")).instructions == "You are kind."


def test_tools_calls_and_results() -> None:
    body = {
        "model": "m",
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": {"name": "book_table"}},
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "A table"}, {"type": "text", "text": "for four."}],
            },
            {
                "role": "assistant",
                "content": "One moment.",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "book_table", "arguments": '{"seats":4}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "done"},
        ],
    }
    request = brain_request(read_json(json.dumps(body).encode(), ChatRequest), NOW)
    assert request.items == (
        UserMessage("item_0", "A table\nfor four."),
        AssistantMessage("item_1", "One moment."),
        FunctionCall("item_1_0", "c1", "book_table", '{"seats":4}'),
        FunctionCallOutput("item_2", "c1", "done"),
    )
    assert request.tool_choice == "book_table"
    assert request.tools[0].parameters["required"] == ["seats"]


def called(message: ChatCompletionMessage) -> list[tuple[str, str]]:
    """The functions that a message calls, with their arguments."""
    return [
        (call.function.name, call.function.arguments)
        for call in message.tool_calls or []
        if call.type == "function"
    ]


def all_kinds(request: BrainRequest) -> list[BrainOutput]:
    return [
        TurnEvidence(1.0),
        Note("why", {}),
        Say("Of course. "),
        Say("One moment."),
        CallTool("book_table", {"seats": 4}),
    ]


async def test_words_and_calls_whole() -> None:
    async with open_house(ScriptedBrain(all_kinds)) as house:
        answer = await house.client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "A table for four."}], tools=[TOOL]
        )
    (choice,) = answer.choices
    assert choice.message.content == "Of course. One moment."
    assert choice.finish_reason == "tool_calls"
    assert called(choice.message) == [("book_table", '{"seats": 4}')]


async def test_words_and_calls_streamed() -> None:
    async with open_house(ScriptedBrain(all_kinds)) as house:
        stream = await house.client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "A table for four."}],
            tools=[TOOL],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert [delta.content for delta in deltas if delta.content] == ["Of course. ", "One moment."]
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    assert [(c.index, c.function and c.function.name) for c in calls] == [(0, "book_table")]
    assert chunks[-2].choices[0].finish_reason == "tool_calls"
    assert chunks[-1].usage is not None and not chunks[-1].choices


async def test_the_form_brain_books_over_it() -> None:
    async with open_house(FormBrain()) as house:
        create = house.client.chat.completions.create
        talk: list[Any] = [{"role": "system", "content": "You are the front desk of The Kettle."}]
        greeting = await create(
            model="m", messages=[*talk, {"role": "system", "content": "Greet the caller."}]
        )
        assert "The Kettle" in (greeting.choices[0].message.content or "")
        talk.append({"role": "assistant", "content": greeting.choices[0].message.content})
        talk.append({"role": "user", "content": "I'd like to book a table, please."})
        question = await create(model="m", messages=talk, tools=[TOOL])
        assert "?" in (question.choices[0].message.content or "")
        talk.append({"role": "assistant", "content": question.choices[0].message.content})
        talk.append({"role": "user", "content": "Four."})
        answer = await create(model="m", messages=talk, tools=[TOOL])
        assert "4 people" in (answer.choices[0].message.content or "")
        talk.append({"role": "assistant", "content": answer.choices[0].message.content})
        talk.append({"role": "user", "content": "Yes, please."})
        booked = await create(model="m", messages=talk, tools=[TOOL])
    assert called(booked.choices[0].message) == [("book_table", '{"seats": 4}')]


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        ({"messages": [{"role": "user", "content": "x"}]}, "model", "required"),
        ({"model": "m"}, "messages", "required"),
        ({"model": "m", "messages": []}, "messages", "length >= 1"),
        ({"model": "m", "messages": [{"role": "caller", "content": "x"}]}, "messages[0].role", "caller"),
        (
            {"model": "m", "messages": [{"role": "tool", "content": "x"}]},
            "messages[0].tool_call_id",
            "required",
        ),
        ({"model": "m", "messages": [{"role": "user", "content": "x"}], "n": 3}, "n", "one answer"),
    ],
)
async def test_a_mistake_is_told_by_its_field(
    house: House, body: dict[str, Any], param: str, says: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=says) as error:
        await house.client.post("/chat/completions", body=body, cast_to=object)
    assert error.value.param == param


class Broken(ScriptedBrain):
    """Fails after some words."""

    def __init__(self, words: int) -> None:
        super().__init__(all_kinds)
        self.words = words

    async def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
        for _ in range(self.words):
            yield Say("Well, ")
        raise BrainError("it broke", spoken="Sorry.")


async def test_a_brain_that_breaks() -> None:
    messages: Any = [{"role": "user", "content": "x"}]
    async with open_house(Broken(0)) as house:
        with pytest.raises(openai.InternalServerError, match="it broke"):
            await house.client.chat.completions.create(model="m", messages=messages, stream=True)
    async with open_house(Broken(2)) as house:
        stream = await house.client.chat.completions.create(model="m", messages=messages, stream=True)
        with pytest.raises(openai.APIError, match="it broke"):
            async for _ in stream:
                pass


async def test_a_brain_is_stopped_when_the_client_leaves() -> None:
    stopped = asyncio.Event()

    class Slow(ScriptedBrain):
        async def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
            yield Say("Well, ")
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

    async with open_house(Slow(all_kinds)) as house:
        stream = await house.client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "x"}], stream=True
        )
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        await stream.close()
        async with asyncio.timeout(5):
            await stopped.wait()
