"""The data channel's messages, as docs/ARCHITECTURE.md has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.agent.events import (
    CallEvent,
    Cut,
    Ended,
    Problem,
    Recovered,
    StateChanged,
    ToolEnded,
    ToolStarted,
    Transcript,
    TurnTimed,
)
from antiphon.errors import WireError
from antiphon.lines.messages import (
    MAX_MESSAGE_CHARS,
    MAX_TEXT_CHARS,
    ChatMessage,
    ClockPing,
    Unknown,
    clock_answer,
    decode,
    encode,
)

CASES: list[tuple[CallEvent, dict[str, Any]]] = [
    (
        Transcript("item_1", "caller", "four peop", final=False),
        {
            "topic": "lk.transcription",
            "text": "four peop",
            "speaker": "caller",
            "typed": False,
            "attributes": {"lk.segment_id": "item_1", "lk.transcription_final": "false"},
        },
    ),
    (
        Transcript("chat-1", "caller", "Hello", final=True, typed=True),
        {
            "topic": "lk.transcription",
            "text": "Hello",
            "speaker": "caller",
            "typed": True,
            "attributes": {"lk.segment_id": "chat-1", "lk.transcription_final": "true"},
        },
    ),
    (StateChanged("thinking"), {"topic": "lk.agent.state", "state": "thinking"}),
    (
        Cut("item_2", "We are", "open until ten."),
        {"topic": "antiphon.cut", "segment_id": "item_2", "heard": "We are", "unheard": "open until ten."},
    ),
    (
        ToolStarted("call_1", "book_table", {"people": 4}),
        {
            "topic": "antiphon.tool",
            "call_id": "call_1",
            "name": "book_table",
            "phase": "started",
            "arguments": {"people": 4},
        },
    ),
    (
        ToolEnded("call_1", "book_table", "Booked.", False, 12.5),
        {
            "topic": "antiphon.tool",
            "call_id": "call_1",
            "name": "book_table",
            "phase": "ended",
            "output": "Booked.",
            "is_error": False,
            "took_ms": 12.5,
        },
    ),
    (
        TurnTimed("item_3", "item_2", {"speech_ended": 1.0, "audio_played": 301.5}, {"cached": True}),
        {
            "topic": "antiphon.turn",
            "segment_id": "item_3",
            "user_segment_id": "item_2",
            "stamps": {"speech_ended": 1.0, "audio_played": 301.5},
            "details": {"cached": True},
        },
    ),
    (
        Problem("engine_gone", "The engine is starting again.", fatal=False),
        {
            "topic": "antiphon.problem",
            "code": "engine_gone",
            "message": "The engine is starting again.",
            "fatal": False,
        },
    ),
    (Recovered("engine_lost"), {"topic": "antiphon.recovered", "code": "engine_lost"}),
    (Ended("agent"), {"topic": "antiphon.ended", "reason": "agent"}),
]


@pytest.mark.parametrize(("event", "message"), CASES, ids=lambda case: type(case).__name__)
def test_each_event_has_its_message(event: CallEvent, message: dict[str, Any]) -> None:
    assert encode(event) == message
    json.dumps(message)


def test_every_kind_of_event_is_covered() -> None:
    assert {type(event) for event, _ in CASES} == set(CallEvent.__args__)


def test_a_chat_is_stripped_and_keeps_its_id() -> None:
    text = json.dumps({"topic": "lk.chat", "id": "c1", "text": "  when do you open?\n"})
    assert decode(text) == ChatMessage("c1", "when do you open?")


def test_a_clock_ping_is_answered_with_its_own_fields() -> None:
    ping = decode('{"topic": "antiphon.clock", "id": "p7", "sent_ms": 12.25, "new_field": 1}')
    assert ping == ClockPing("p7", 12.25)
    assert clock_answer(ping, 99.5) == {
        "topic": "antiphon.clock",
        "id": "p7",
        "sent_ms": 12.25,
        "server_ms": 99.5,
    }


def test_an_unknown_topic_is_no_error() -> None:
    assert decode('{"topic": "lk.future"}') == Unknown("lk.future")


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("", ""),
        ("{", ""),
        ("[1]", ""),
        ("[" * 20_000, ""),
        ("[" * 16_000, ""),
        ("x" * (MAX_MESSAGE_CHARS + 1), ""),
        ("{}", "topic"),
        ('{"topic": 3}', "topic"),
        ('{"topic": "lk.chat", "id": "1"}', "text"),
        ('{"topic": "lk.chat", "id": "1", "text": 5}', "text"),
        ('{"topic": "lk.chat", "id": "1", "text": "  "}', "text"),
        ('{"topic": "lk.chat", "id": [], "text": "hi"}', "id"),
        ('{"topic": "lk.chat", "id": "1", "text": "' + "x" * (MAX_TEXT_CHARS + 1) + '"}', "text"),
        ('{"topic": "antiphon.clock", "id": "1"}', "sent_ms"),
        ('{"topic": "antiphon.clock", "id": "1", "sent_ms": true}', "sent_ms"),
        ('{"topic": "antiphon.clock", "id": "1", "sent_ms": NaN}', "sent_ms"),
        ('{"topic": "antiphon.clock", "id": "1", "sent_ms": 1e999}', "sent_ms"),
        ('{"topic": "antiphon.clock", "sent_ms": 1}', "id"),
    ],
)
def test_what_is_wrong_is_named(text: str, param: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(text)
    assert caught.value.param == param


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {"topic": st.sampled_from(["lk.chat", "antiphon.clock", "x"]) | json_values},
        optional={"id": json_values, "text": json_values, "sent_ms": json_values},
    )
)
def test_any_json_gives_a_message_or_a_wire_error(message: dict[str, Any]) -> None:
    try:
        decode(json.dumps(message))
    except WireError as error:
        assert error.param in ("", "topic", "id", "text", "sent_ms")
