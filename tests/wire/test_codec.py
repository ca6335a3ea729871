"""Malformed events: the field is named, the right value is told, and nothing but WireError comes out."""

from __future__ import annotations

import base64
import copy
import json
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon import wire
from antiphon.errors import WireError
from antiphon.wire import ClientEvent, decode_audio, parse_client_event, unknown_fields

CAPTURED = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "captured").glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def _update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "event_id": "event_1", "session": session}


def _vad(**fields: Any) -> dict[str, Any]:
    return _update(audio={"input": {"turn_detection": {"type": "server_vad", **fields}}})


_VAD = "session.audio.input.turn_detection"

MALFORMED: list[tuple[Any, str, str, str]] = [
    ({"event_id": "event_1"}, "type", "missing_required_parameter", "'session.update'"),
    ({"type": "session.uptade", "event_id": "event_1"}, "type", "invalid_value", "'session.update'"),
    ({"type": 3, "event_id": "event_1"}, "type", "invalid_value", "str"),
    ({"type": "session.update", "event_id": "event_1"}, "session", "missing_required_parameter", "session"),
    (_update(instructions=7), "session.instructions", "invalid_value", "`str"),
    (_update(type="transcription"), "session.type", "invalid_value", "'realtime'"),
    (_update(tools=[{"type": "function"}]), "session.tools[0].name", "missing_required_parameter", "name"),
    (_update(tools=[{"type": "retrieval"}]), "session.tools[0].type", "invalid_value", "'function'"),
    (_update(tool_choice="maybe"), "session.tool_choice", "invalid_value", "'required'"),
    (
        _update(output_modalities=["audio", "video"]),
        "session.output_modalities[1]",
        "invalid_value",
        "'text'",
    ),
    (_update(max_output_tokens=0), "session.max_output_tokens", "invalid_value", ">= 1"),
    (_update(audio={"output": {"speed": 3}}), "session.audio.output.speed", "invalid_value", "1.5"),
    (
        _update(audio={"input": {"format": {"type": "audio/pcm", "rate": 16000}}}),
        "session.audio.input.format",
        "invalid_value",
        "24000",
    ),
    (_vad(threshold=1.5), f"{_VAD}.threshold", "invalid_value", "<= 1.0"),
    (_vad(silence_duration_ms="200"), f"{_VAD}.silence_duration_ms", "invalid_value", "`int"),
    (_vad(type="client_vad"), f"{_VAD}.type", "invalid_value", "'semantic_vad'"),
    (
        {"type": "input_audio_buffer.append", "event_id": "event_1"},
        "audio",
        "missing_required_parameter",
        "audio",
    ),
    (
        {"type": "input_audio_buffer.append", "event_id": "event_1", "audio": "é!"},
        "audio",
        "invalid_value",
        "base64",
    ),
    (
        {
            "type": "conversation.item.create",
            "event_id": "event_1",
            "item": {"type": "message", "role": "bot"},
        },
        "item.role",
        "invalid_value",
        "'assistant'",
    ),
    (
        {
            "type": "conversation.item.truncate",
            "event_id": "event_1",
            "item_id": "i",
            "content_index": 0,
            "audio_end_ms": -1,
        },
        "audio_end_ms",
        "invalid_value",
        ">= 0",
    ),
]


@pytest.mark.parametrize(("event", "param", "code", "told"), MALFORMED, ids=[row[1] for row in MALFORMED])
def test_names_the_field_and_what_would_be_right(event: Any, param: str, code: str, told: str) -> None:
    with pytest.raises(WireError) as caught:
        parse_client_event(json.dumps(event))
    assert (caught.value.param, caught.value.code) == (param, code)
    assert told in caught.value.message
    assert caught.value.event_id == "event_1"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"\ud800"', "\x00", b"\xff\xfe", '{"type":"\\ud800"}', "[" * 100_000]
)
def test_what_is_no_event_is_refused(text: str | bytes) -> None:
    with pytest.raises(WireError):
        parse_client_event(text)
    assert unknown_fields(text) == []


def test_a_schema_nested_without_end_is_refused() -> None:
    deep = '{"a":' * 50_000 + "1" + "}" * 50_000
    with pytest.raises(WireError):
        parse_client_event('{"type":"session.update","session":{"tools":[{"type":"function","name":"f",'
                           f'"parameters":{deep}}}]}}}}')  # fmt: skip


def test_a_long_wrong_value_is_not_sent_back_whole() -> None:
    with pytest.raises(WireError) as caught:
        parse_client_event(json.dumps({"type": "x" * 100_000}))
    assert len(caught.value.message) < 1000


def test_unknown_fields_are_named_and_the_rest_is_read() -> None:
    text = json.dumps(
        _update(
            voice="ash",
            instructions="Be brief.",
            audio={"input": {"turn_detection": {"type": "server_vad", "patience": 3}}},
            tools=[
                {"type": "function", "name": "f", "strict": True, "parameters": {"anything": {"goes": 1}}}
            ],
        )
        | {"priority": 1}
    )
    event = parse_client_event(text)
    assert isinstance(event, wire.SessionUpdate)
    assert event.session.instructions == "Be brief."
    assert sorted(unknown_fields(text)) == [
        "priority",
        "session.audio.input.turn_detection.patience",
        "session.tools[0].strict",
        "session.voice",
    ]


def test_a_flood_of_unknown_fields_is_cut_short() -> None:
    text = json.dumps(_update(**{f"x{n}": n for n in range(1000)}))
    assert len(unknown_fields(text)) == wire.MAX_NAMED_UNKNOWN


def _append(audio: bytes) -> wire.InputAudioBufferAppend:
    event = parse_client_event(
        json.dumps(
            {
                "type": "input_audio_buffer.append",
                "event_id": "event_1",
                "audio": base64.b64encode(audio).decode(),
            }
        )
    )
    assert isinstance(event, wire.InputAudioBufferAppend)
    return event


def test_audio_of_the_largest_size_is_taken() -> None:
    assert len(decode_audio(_append(bytes(wire.MAX_AUDIO_BYTES)))) == wire.MAX_AUDIO_BYTES


@pytest.mark.parametrize(
    ("audio", "code"),
    [(bytes(wire.MAX_AUDIO_BYTES + 2), "audio_too_large"), (b"\x00\x01\x02", "invalid_audio")],
)
def test_audio_that_cannot_be_right_is_refused(audio: bytes, code: str) -> None:
    with pytest.raises(WireError) as caught:
        decode_audio(_append(audio))
    assert (caught.value.param, caught.value.code, caught.value.event_id) == ("audio", code, "event_1")


def test_g711_may_have_an_odd_number_of_bytes() -> None:
    assert decode_audio(_append(b"\x7f\x7f\x7f"), sample_bytes=1) == b"\x7f\x7f\x7f"


def test_a_content_part_without_audio_is_named() -> None:
    with pytest.raises(WireError) as caught:
        decode_audio(wire.ContentPart(type="input_audio"), param="item.content[0].audio", event_id="event_1")
    assert (caught.value.param, caught.value.event_id) == ("item.content[0].audio", "event_1")


# Fuzzing: whatever comes in, an event or a WireError comes out.

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_EVENTS = typing.get_args(ClientEvent)


def _holds(text: str | bytes) -> None:
    """The property: an event, or a WireError that programs and people can use."""
    try:
        event = parse_client_event(text)
    except WireError as error:
        assert isinstance(error.param, str)
        assert error.message
        wire.encode(wire.error_event(error))
    else:
        assert isinstance(event, _EVENTS)
        wire.encode(event)
    assert isinstance(unknown_fields(text), list)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes(text: str | bytes) -> None:
    _holds(text)


@given(_JSON)
def test_any_json(value: Any) -> None:
    _holds(json.dumps(value))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [p for key, part in value.items() for p in _paths(part, (*path, key))]
    elif isinstance(value, list):
        found += [p for index, part in enumerate(value) for p in _paths(part, (*path, index))]
    return found


@settings(max_examples=400)
@given(st.data())
def test_captured_events_with_one_part_changed(data: st.DataObject) -> None:
    event = copy.deepcopy(data.draw(st.sampled_from(CAPTURED)))
    path = data.draw(st.sampled_from([p for p in _paths(event) if p]))
    holder = event
    for step in path[:-1]:
        holder = holder[step]
    what = data.draw(st.sampled_from(["replace", "remove", "add", "rename"]))
    if what == "replace":
        holder[path[-1]] = data.draw(_JSON)
    elif what == "remove":
        del holder[path[-1]]
    elif isinstance(holder, dict):
        holder[data.draw(st.text(max_size=8))] = (
            holder.pop(path[-1]) if what == "rename" else data.draw(_JSON)
        )
    _holds(json.dumps(event))


@given(st.data())
def test_captured_events_cut_or_garbled(data: st.DataObject) -> None:
    text = bytearray(json.dumps(data.draw(st.sampled_from(CAPTURED))).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    _holds(bytes(text[: data.draw(st.integers(0, len(text)))]))
