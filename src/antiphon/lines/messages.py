"""The data channel's messages: call events out, the page's wishes in. Sans-I/O; the table stands in docs/ARCHITECTURE.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, assert_never

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

MAX_MESSAGE_CHARS = 16_384
"""A page's message that is longer is refused unread."""

MAX_TEXT_CHARS = 4_000
"""What may be typed at once: two pages of prose."""

MAX_ID_CHARS = 128


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """The caller typed `text`. `id` is the page's own."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ClockPing:
    """The page asks for the server's time. `sent_ms` is the page's clock, sent back untouched."""

    id: str
    sent_ms: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """A topic of another version of the page; ignored."""

    topic: str


PageMessage = ChatMessage | ClockPing | Unknown


def encode(event: CallEvent) -> dict[str, Any]:
    """The message that tells the page of an event."""
    match event:
        case Transcript():
            return {
                "topic": "lk.transcription",
                "text": event.text,
                "speaker": event.speaker,
                "typed": event.typed,
                "attributes": {
                    "lk.segment_id": event.segment_id,
                    "lk.transcription_final": "true" if event.final else "false",
                },
            }
        case StateChanged():
            return {"topic": "lk.agent.state", "state": event.state}
        case Cut():
            return {
                "topic": "antiphon.cut",
                "segment_id": event.segment_id,
                "heard": event.heard,
                "unheard": event.unheard,
            }
        case ToolStarted():
            return {
                "topic": "antiphon.tool",
                "call_id": event.call_id,
                "name": event.name,
                "phase": "started",
                "arguments": dict(event.arguments),
            }
        case ToolEnded():
            return {
                "topic": "antiphon.tool",
                "call_id": event.call_id,
                "name": event.name,
                "phase": "ended",
                "output": event.output,
                "is_error": event.is_error,
                "took_ms": event.took_ms,
            }
        case TurnTimed():
            return {
                "topic": "antiphon.turn",
                "segment_id": event.segment_id,
                "user_segment_id": event.user_segment_id,
                "stamps": dict(event.stamps),
                "details": dict(event.details),
            }
        case Problem():
            return {
                "topic": "antiphon.problem",
                "code": event.code,
                "message": event.message,
                "fatal": event.fatal,
            }
        case Recovered():
            return {"topic": "antiphon.recovered", "code": event.code}
        case Ended():
            return {"topic": "antiphon.ended", "reason": event.reason}
        case _:
            assert_never(event)


def clock_answer(ping: ClockPing, server_ms: float) -> dict[str, Any]:
    """The answer to a clock ping; `server_ms` is on the clock of the turns' stamps."""
    return {"topic": "antiphon.clock", "id": ping.id, "sent_ms": ping.sent_ms, "server_ms": server_ms}


def decode(text: str) -> PageMessage:
    """What the page wants.

    Raises:
        WireError: the message is malformed or too long; `param` names the field.
    """
    if len(text) > MAX_MESSAGE_CHARS:
        raise WireError(
            f"the message has {len(text)} characters; {MAX_MESSAGE_CHARS} are allowed", code="too_long"
        )
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the message is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise WireError("the message must be a JSON object")
    topic = _text(message, "topic", MAX_ID_CHARS)
    match topic:
        case "lk.chat":
            chat_id = _text(message, "id", MAX_ID_CHARS) if "id" in message else ""
            words = _text(message, "text", MAX_TEXT_CHARS).strip()
            if not words:
                raise WireError("text must not be empty", param="text")
            return ChatMessage(chat_id, words)
        case "antiphon.clock":
            return ClockPing(_text(message, "id", MAX_ID_CHARS), _number(message, "sent_ms"))
        case _:
            return Unknown(topic)


def _text(message: dict[str, Any], field: str, limit: int) -> str:
    value = message.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and field == "id":
        return str(value)
    if not isinstance(value, str):
        raise WireError(f"{field} must be a string", param=field)
    if len(value) > limit:
        raise WireError(
            f"{field} has {len(value)} characters; {limit} are allowed", param=field, code="too_long"
        )
    return value


def _number(message: dict[str, Any], field: str) -> float:
    value = message.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise WireError(f"{field} must be a number", param=field)
    return float(value)
