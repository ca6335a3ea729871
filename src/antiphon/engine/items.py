"""Items between the wire and the conversation."""

from __future__ import annotations

from antiphon import wire
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    SystemMessage,
    UserMessage,
)
from antiphon.errors import ConversationError

MAX_CALL_ID = 32


def from_wire(item: wire.WireItem) -> Item:
    """An item that a client creates, with a fresh id if it gave none.

    Raises:
        ConversationError: its content is of a kind that the role cannot have, or that this engine does not take.
    """
    item_id = item.id if isinstance(item.id, str) and item.id else wire.new_id("item")
    match item:
        case wire.FunctionCallItem():
            call_id = item.call_id if isinstance(item.call_id, str) else wire.new_id("call")
            return FunctionCall(item_id, call_id, item.name, item.arguments)
        case wire.FunctionCallOutputItem():
            return FunctionCallOutput(item_id, item.call_id, item.output)
        case wire.MessageItem(role=role, content=content):
            text = " ".join(filter(None, (_text(part, index) for index, part in enumerate(content))))
            if role == "user":
                spoken = any(part.type == "input_audio" for part in content)
                return UserMessage(item_id, text, spoken=spoken)
            if role == "assistant":
                return AssistantMessage(item_id, text)
            return SystemMessage(item_id, text)


def to_wire(
    item: Item,
    *,
    status: wire.ItemStatus = "completed",
    empty: bool = False,
    text: str | None = None,
    transcript: bool = False,
) -> wire.WireItem:
    """An item as the client sees it.

    Args:
        item: of the conversation.
        status: its state.
        empty: its content is still to come.
        text: shown instead of an assistant's own words.
        transcript: show a spoken user's words too. Where the item is announced they are left to the transcription
            events: a client that keeps both would have them twice.
    """
    match item:
        case FunctionCall():
            return wire.FunctionCallItem(
                id=item.id,
                object="realtime.item",
                status=status,
                call_id=item.call_id,
                name=item.name,
                arguments="" if empty else item.arguments,
            )
        case FunctionCallOutput():
            return wire.FunctionCallOutputItem(
                id=item.id, object="realtime.item", status=status, call_id=item.call_id, output=item.output
            )
        case UserMessage(spoken=True):
            words = item.text if transcript else None
            content = [wire.ContentPart(type="input_audio", transcript=words)]
        case UserMessage():
            content = [wire.ContentPart(type="input_text", text=item.text)]
        case AssistantMessage():
            shown = item.text if text is None else text
            content = [] if empty else [wire.ContentPart(type="output_audio", transcript=shown)]
        case SystemMessage():
            content = [wire.ContentPart(type="input_text", text=item.text)]
    role: wire.Role = (
        "user"
        if isinstance(item, UserMessage)
        else "assistant"
        if isinstance(item, AssistantMessage)
        else "system"
    )
    return wire.MessageItem(id=item.id, object="realtime.item", status=status, role=role, content=content)


def _text(part: wire.ContentPart, index: int) -> str:
    match part.type:
        case "input_text" | "output_text" | "text":
            if not isinstance(part.text, str):
                raise ConversationError(
                    f"a part of type {part.type} needs its text", param=f"item.content[{index}].text"
                )
            return part.text
        case "output_audio" | "audio":
            return part.transcript if isinstance(part.transcript, str) else ""
        case "input_audio":
            if isinstance(part.transcript, str):
                return part.transcript
            raise ConversationError(
                "recorded audio as an item is not supported yet: send it with input_audio_buffer.append, or give its transcript",
                param=f"item.content[{index}].audio",
                code="unsupported_content",
            )
        case "input_image":
            raise ConversationError(
                "this engine has no eyes: give text",
                param=f"item.content[{index}].type",
                code="unsupported_content",
            )
