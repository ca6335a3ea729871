"""Conversation items as they stand on the wire."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

ItemStatus = Literal["completed", "incomplete", "in_progress"]
ContentType = Literal[
    "input_text", "input_audio", "input_image", "output_text", "output_audio", "text", "audio"
]
Role = Literal["user", "assistant", "system"]


class ContentPart(Struct, frozen=True, kw_only=True):
    """A piece of a message's content.

    `audio` is base64 on the wire and bytes here. The types `text` and `audio` are those of
    `response.content_part.*` events; items have `output_text` and `output_audio`.
    """

    type: ContentType
    text: str | None | UnsetType = UNSET
    audio: bytes | None | UnsetType = UNSET
    transcript: str | None | UnsetType = UNSET
    image_url: str | None | UnsetType = UNSET
    detail: str | None | UnsetType = UNSET


class MessageItem(Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """What somebody said or typed."""

    role: Role
    content: list[ContentPart]
    id: str | None | UnsetType = UNSET
    object: Literal["realtime.item"] | None | UnsetType = UNSET
    status: ItemStatus | None | UnsetType = UNSET


class FunctionCallItem(Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call"):
    """The brain's call of a tool; `arguments` is JSON text."""

    name: str
    arguments: str
    id: str | None | UnsetType = UNSET
    call_id: str | None | UnsetType = UNSET
    object: Literal["realtime.item"] | None | UnsetType = UNSET
    status: ItemStatus | None | UnsetType = UNSET


class FunctionCallOutputItem(Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"):
    """A tool's result, free text."""

    call_id: str
    output: str
    id: str | None | UnsetType = UNSET
    object: Literal["realtime.item"] | None | UnsetType = UNSET
    status: ItemStatus | None | UnsetType = UNSET


class ItemReference(Struct, frozen=True, kw_only=True, tag_field="type", tag="item_reference"):
    """Names an item of the conversation, in `response.create`'s `input` only."""

    id: str


WireItem = MessageItem | FunctionCallItem | FunctionCallOutputItem
