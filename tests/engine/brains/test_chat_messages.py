"""Conversations as chat messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from antiphon.engine.brains import chat_messages
from antiphon.engine.brains.brain import BrainRequest, Tool
from antiphon.engine.brains.chat_messages import messages_for, tool_choice_for, tools_for
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    SystemMessage,
    UserMessage,
)

NOW = datetime(2026, 11, 23, 14, 7, tzinfo=ZoneInfo("Europe/Vienna"))


def messages(
    *items: Item, only_now: str = "", instructions: str = "You take bookings."
) -> list[dict[str, Any]]:
    request = BrainRequest(instructions, only_now, (), "auto", items, NOW)
    return [dict(message) for message in messages_for(request)]


def roles(*items: Item) -> list[str]:
    return [message["role"] for message in messages(*items)]


def test_the_system_message_tells_instructions_manner_and_time() -> None:
    system = messages(UserMessage("1", "hello"))[0]
    assert system["role"] == "system"
    assert system["content"].startswith("You take bookings.")
    assert "spoken aloud" in system["content"]
    assert "Monday, 23 November 2026, about 14:05" in system["content"]


def test_turns_alternate() -> None:
    talk = messages(
        UserMessage("1", "hello"), AssistantMessage("2", "Good evening."), UserMessage("3", "a table please")
    )
    assert talk[1:] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Good evening."},
        {"role": "user", "content": "a table please"},
    ]


def test_neighbours_of_one_role_become_one() -> None:
    talk = messages(
        UserMessage("1", "a table"), UserMessage("2", "for four"), SystemMessage("3", "a regular")
    )
    assert talk[1:] == [{"role": "user", "content": "a table\nfor four\n(a regular)"}]


def test_an_interrupted_reply_shows_what_was_heard_and_that_it_was_cut() -> None:
    talk = messages(
        UserMessage("1", "opening hours?"),
        AssistantMessage("2", "We open at five", unheard="and close at eleven.", interrupted=True),
        UserMessage("3", "and on Sunday?"),
        AssistantMessage("4", "On Sunday at noon."),
        UserMessage("5", "thanks"),
    )
    assert talk[2]["content"] == "We open at five …"
    assert talk[3]["content"] == "[interrupting you] and on Sunday?"
    assert talk[5]["content"] == "thanks"
    assert "close at eleven" not in str(talk)


def test_a_reply_of_which_nothing_was_heard_is_no_message() -> None:
    talk = messages(
        UserMessage("1", "hello"),
        AssistantMessage("2", "", unheard="Good evening.", interrupted=True),
        UserMessage("3", "a table"),
    )
    assert talk[1:] == [{"role": "user", "content": f"hello\n{chat_messages.UNHEARD}\na table"}]


def test_speech_that_was_not_understood_is_told() -> None:
    assert messages(UserMessage("1", ""))[1]["content"] == chat_messages.UNCLEAR


def test_a_tools_call_and_result_stand_together() -> None:
    talk = messages(
        UserMessage("1", "four people"),
        AssistantMessage("2", "Let me see."),
        FunctionCall("3", "call_1", "find", '{"seats":4}'),
        FunctionCall("4", "call_2", "price", ""),
        UserMessage("5", "quickly please"),
        FunctionCallOutput("6", "call_2", "12"),
        FunctionCallOutput("7", "call_1", "table nine"),
    )
    assert [message["role"] for message in talk] == ["system", "user", "assistant", "tool", "tool", "user"]
    assert talk[2]["content"] == "Let me see."
    assert [call["function"] for call in talk[2]["tool_calls"]] == [
        {"name": "find", "arguments": '{"seats":4}'},
        {"name": "price", "arguments": "{}"},
    ]
    assert [(tool["tool_call_id"], tool["content"]) for tool in talk[3:5]] == [
        ("call_1", "table nine"),
        ("call_2", "12"),
    ]


def test_words_that_came_after_their_tool_call_stand_with_it() -> None:
    talk = messages(
        UserMessage("1", "four people"),
        FunctionCall("2", "call_1", "find", "{}"),
        AssistantMessage("3", "Let me see."),
        FunctionCallOutput("4", "call_1", "table nine"),
    )
    assert [message["role"] for message in talk] == ["system", "user", "assistant", "tool"]
    assert talk[2]["content"] == "Let me see."


def test_calls_of_two_replies_stay_apart() -> None:
    assert roles(
        UserMessage("1", "x"),
        FunctionCall("2", "call_1", "find", "{}"),
        FunctionCallOutput("3", "call_1", "nothing"),
        FunctionCall("4", "call_2", "find", "{}"),
        FunctionCallOutput("5", "call_2", "table nine"),
    ) == ["system", "user", "assistant", "tool", "assistant", "tool"]


def test_a_call_without_a_result_and_a_result_without_a_call() -> None:
    talk = messages(
        UserMessage("1", "x"),
        FunctionCall("2", "call_1", "find", "{}"),
        FunctionCallOutput("3", "call_9", "late"),
    )
    assert talk[3] == {"role": "tool", "tool_call_id": "call_1", "content": chat_messages.NO_RESULT}
    assert talk[4] == {"role": "user", "content": "(A tool's result: late)"}


def test_there_is_always_something_to_answer() -> None:
    assert messages()[1:] == [{"role": "user", "content": chat_messages.CONNECTED}]
    said = AssistantMessage("2", "Good evening.")
    assert messages(said)[-1] == {"role": "user", "content": chat_messages.GO_ON}
    assert (
        messages(said, only_now="Say goodbye.")[-1]["content"] == "(For your next words only: Say goodbye.)"
    )


def test_instructions_that_livekit_repeats_are_told_once() -> None:
    talk = messages(only_now="You take bookings.\nGreet the caller.")
    assert talk[0]["content"].count("You take bookings.") == 1
    assert talk[1]["content"] == "(For your next words only: Greet the caller.)"


def test_notes_at_the_start_belong_to_the_system_message() -> None:
    talk = messages(SystemMessage("1", "The caller is Anna."), UserMessage("2", "hello"))
    assert "The caller is Anna." in talk[0]["content"]
    assert len(talk) == 2


def test_no_instructions_at_all() -> None:
    assert messages(UserMessage("1", "x"), instructions="")[0]["content"].startswith("You talk with a caller")


def test_tools() -> None:
    assert tools_for([Tool("book", "Books.", {})]) == [
        {
            "type": "function",
            "function": {
                "name": "book",
                "description": "Books.",
                "parameters": {"type": "object", "properties": {}},
            },
        }
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", None),
        ("none", "none"),
        ("required", "required"),
        ("book", {"type": "function", "function": {"name": "book"}}),
    ],
)
def test_tool_choice(choice: str, sent: object) -> None:
    assert tool_choice_for(choice) == sent
