"""Bytes to events and back. Whatever comes in, nothing but WireError is raised."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from antiphon.errors import AntiphonError, ConversationError, WireError
from antiphon.wire import schema
from antiphon.wire.client import ClientEvent, InputAudioBufferAppend
from antiphon.wire.items import ContentPart
from antiphon.wire.server import ErrorDetail, ErrorEvent, ServerEvent

MAX_AUDIO_BYTES = 15 * 1024 * 1024
"""Decoded bytes that one event may carry, as in OpenAI's API (5 min of audio/pcm)."""

MAX_NAMED_UNKNOWN = 20
"""A client that sends more unknown fields than this in one event is told of the first ones."""

_client = msgspec.json.Decoder(ClientEvent)
_server = msgspec.json.Decoder(ServerEvent)
_encoder = msgspec.json.Encoder()
_top = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)

_AT = re.compile(r" - at `(.*)`$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(.*)`$")

RENAMED = {
    "session.modalities": "session.output_modalities",
    "session.voice": "session.audio.output.voice",
    "session.speed": "session.audio.output.speed",
    "session.input_audio_format": "session.audio.input.format",
    "session.output_audio_format": "session.audio.output.format",
    "session.input_audio_transcription": "session.audio.input.transcription",
    "session.input_audio_noise_reduction": "session.audio.input.noise_reduction",
    "session.turn_detection": "session.audio.input.turn_detection",
    "session.max_response_output_tokens": "session.max_output_tokens",
    "response.modalities": "response.output_modalities",
    "response.voice": "response.audio.output.voice",
    "response.output_audio_format": "response.audio.output.format",
    "response.max_response_output_tokens": "response.max_output_tokens",
}
"""Names of the beta API → where the same stands in the GA API."""


def parse_client_event(text: str | bytes) -> ClientEvent:
    """Reads one client event. Fields that the protocol does not have are skipped: see `unknown_fields`.

    Raises:
        WireError: it is not JSON, its `type` is unknown, or a field is missing or wrong (`param` names it).
    """
    try:
        event: ClientEvent = _client.decode(text)
    except _UNREADABLE as error:
        raise _explained(text, error) from error
    return event


def unknown_fields(text: str | bytes) -> list[str]:
    """Dotted names of a client event's fields that the protocol does not have (`session.audio.input.foo`).

    For events that parse; for others the list may be incomplete.
    """
    try:
        top = _top.decode(text)
        kind = msgspec.json.decode(top["type"])
        struct = schema.struct_for(schema.node_of(ClientEvent), {"type": kind})
        if struct is None:
            return []
        known = schema.fields_of(struct)
        found = [name for name in top if name not in known and name != "type"]
        for name in top.keys() & known.keys():
            if schema.structs(known[name]):  # audio and the like need not be read again
                found += schema.unknown(known[name], msgspec.json.decode(top[name]), name)
    except (*_UNREADABLE, KeyError):
        return []
    return found[:MAX_NAMED_UNKNOWN]


def unknown_field_error(name: str, event_id: str | None = None) -> WireError:
    """The error that tells a client of a field that was skipped."""
    hint = f" Its name is {RENAMED[name]!r} now." if name in RENAMED else ""
    return WireError(
        f"Unknown parameter: {name!r}. It was skipped and the rest of the event applied.{hint}",
        param=name,
        event_id=event_id,
        code="unknown_parameter",
    )


def encode(event: ServerEvent | ClientEvent) -> bytes:
    """The event's JSON text in UTF-8."""
    return _encoder.encode(event)


def parse_server_event(text: str | bytes) -> ServerEvent:
    """Reads one server event, for tests and for clients of the engine.

    Raises:
        WireError: it is none of the events that the engine sends.
    """
    try:
        event: ServerEvent = _server.decode(text)
    except _UNREADABLE as error:
        raise WireError(str(error)) from error
    return event


def decode_audio(
    source: InputAudioBufferAppend | ContentPart,
    *,
    sample_bytes: int = 2,
    param: str = "audio",
    event_id: str | None = None,
) -> bytes:
    """The audio of an event or content part, checked.

    Args:
        source: what carries it.
        sample_bytes: 2 for audio/pcm, 1 for G.711.
        param: the field's dotted name, for errors about a content part.
        event_id: the client's event id, for errors about a content part.

    Raises:
        WireError: there is none, it is over `MAX_AUDIO_BYTES`, or it ends in the middle of a sample.
    """
    if isinstance(source, InputAudioBufferAppend):
        event_id = source.event_id
    audio = source.audio
    if not isinstance(audio, bytes):
        raise WireError(
            f"Missing required parameter: {param!r}.",
            param=param,
            event_id=event_id,
            code="missing_required_parameter",
        )
    if len(audio) > MAX_AUDIO_BYTES:
        raise WireError(
            f"{param!r} holds {len(audio)} bytes, at most {MAX_AUDIO_BYTES} fit: send it in pieces.",
            param=param,
            event_id=event_id,
            code="audio_too_large",
        )
    if len(audio) % sample_bytes:
        raise WireError(
            f"{param!r} holds {len(audio)} bytes, not a whole number of {sample_bytes}-byte samples.",
            param=param,
            event_id=event_id,
            code="invalid_audio",
        )
    return audio


def error_event(error: AntiphonError) -> ErrorEvent:
    """The `error` event that tells the client of an error."""
    ours = not isinstance(error, WireError | ConversationError)
    return ErrorEvent(
        error=ErrorDetail(
            type="server_error" if ours else "invalid_request_error",
            code=error.code,
            message=str(error),
            param=getattr(error, "param", "") or None,
            event_id=getattr(error, "event_id", None),
        )
    )


def _explained(text: str | bytes, error: Exception) -> WireError:
    """Says of an event that could not be read which field is wrong, and what would be right."""
    if not isinstance(error, msgspec.ValidationError):
        return WireError(f"The event is not JSON: {error}.", code="invalid_json")
    try:
        value: Any = msgspec.json.decode(text)
    except _UNREADABLE as unreadable:
        return WireError(f"The event is not JSON: {unreadable}.", code="invalid_json")
    if not isinstance(value, dict):
        return WireError("An event is a JSON object with a 'type'.", code="invalid_type")
    given = value.get("event_id")
    event_id = given if isinstance(given, str) else None
    message = str(error)
    where = _AT.search(message)
    path = where.group(1).removeprefix("$").removeprefix(".") if where else ""
    message = _AT.sub("", message)

    def wrong(param: str, words: str, code: str) -> WireError:
        return WireError(words, param=param, event_id=event_id, code=code)

    if missing := _MISSING.match(message):
        name = f"{path}.{missing.group(1)}" if path else missing.group(1)
        known = schema.tags(schema.node_of(ClientEvent)) if name == "type" else []
        hint = f" Known: {', '.join(map(repr, known))}." if known else ""
        return wrong(name, f"Missing required parameter: {name!r}.{hint}", "missing_required_parameter")
    known, found = _listed(path, value)
    if known and isinstance(found, str):
        return wrong(
            path,
            f"Invalid value for {path!r}: {_short(found)}. Known: {', '.join(map(repr, known))}.",
            "invalid_value",
        )
    return wrong(path, f"Invalid value for {path!r}: {message}.", "invalid_value")


def _listed(path: str, value: dict[str, Any]) -> tuple[list[Any], Any]:
    """The values that are allowed at a path, if they are listed, and what stands there."""
    root = schema.node_of(ClientEvent)
    node, found = schema.at(root, value, path)
    if node is not None:
        return schema.literals(node), found
    parent, _, last = path.rpartition(".")  # a tag is no field of its struct
    holder, held = (root, value) if not parent else schema.at(root, value, parent)
    if holder is None or not isinstance(held, dict):
        return [], None
    owners = [struct for struct in schema.structs(holder) if struct.tag_field == last]
    return [str(struct.tag) for struct in owners], held.get(last)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
