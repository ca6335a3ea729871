"""Every event that the engine sends is what OpenAI's own types expect, and reads back as what was sent."""

from __future__ import annotations

import json
import typing
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

from antiphon import wire
from antiphon.wire import encode, parse_server_event
from tests.wire.examples import ANTIPHON, REALTIME

_SDK: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
_SDK_TYPES = {
    typing.get_args(model.model_fields["type"].annotation)[0]: model
    for model in typing.get_args(typing.get_args(RealtimeServerEvent)[0])
}

_BEYOND_THE_SDK = {"start_time", "id", "object", "expires_at", "previous_item_id"}
"""Fields that OpenAI's server or LiveKit's plugin know and the SDK's types leave out."""


def _extras(model: Any) -> set[str]:
    if isinstance(model, list):
        return {name for part in model for name in _extras(part)}
    if not isinstance(model, BaseModel):
        return set()
    inside = {name for field in type(model).model_fields for name in _extras(getattr(model, field))}
    return set(model.model_extra or {}) | inside


def _name(event: object) -> str:
    return type(event).__name__


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in value]
    return value


@pytest.mark.parametrize("event", REALTIME, ids=_name)
def test_the_sdk_reads_what_we_send(event: wire.RealtimeEvent) -> None:
    sent = json.loads(encode(event))
    read = _SDK_TYPES[sent["type"]].model_validate_json(encode(event))
    assert _extras(read) <= _BEYOND_THE_SDK
    assert _without_nulls(read.model_dump(mode="json", exclude_unset=True)) == _without_nulls(sent)
    assert isinstance(_SDK.validate_json(encode(event)), _SDK_TYPES[sent["type"]])


@pytest.mark.parametrize("event", [*REALTIME, *ANTIPHON], ids=_name)
def test_reads_back_as_sent(event: wire.ServerEvent) -> None:
    assert parse_server_event(encode(event)) == event


def test_there_is_an_example_of_every_event() -> None:
    assert {type(e) for e in [*REALTIME, *ANTIPHON]} == set(typing.get_args(wire.ServerEvent))


def test_what_the_sdk_knows_and_we_do_not_send() -> None:
    """New events of a new SDK should be looked at, so the list is exact."""
    ours = {json.loads(encode(event))["type"] for event in REALTIME}
    assert set(_SDK_TYPES) - ours == {
        "conversation.item.created",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.dtmf_event_received",
        "mcp_list_tools.completed",
        "mcp_list_tools.failed",
        "mcp_list_tools.in_progress",
        "response.mcp_call.completed",
        "response.mcp_call.failed",
        "response.mcp_call.in_progress",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done",
    }
    assert ours <= set(_SDK_TYPES)


def test_event_ids_are_fresh() -> None:
    one, other = wire.InputAudioBufferCleared(), wire.InputAudioBufferCleared()
    assert one.event_id.startswith("event_")
    assert one.event_id != other.event_id


def test_ids_fit_the_limit_of_call_ids() -> None:
    assert len(wire.new_id("call")) <= 32


def test_absent_fields_are_not_sent_and_null_is() -> None:
    update = wire.SessionUpdated(
        session=wire.SessionConfig(audio=wire.AudioConfig(input=wire.AudioInput(noise_reduction=None)))
    )
    assert json.loads(encode(update))["session"] == {"audio": {"input": {"noise_reduction": None}}}


def test_an_error_tells_field_code_and_event() -> None:
    error = wire.error_event(wire.unknown_field_error("session.voice", "event_7")).error
    assert (error.param, error.code, error.event_id) == ("session.voice", "unknown_parameter", "event_7")
    assert "session.audio.output.voice" in error.message
