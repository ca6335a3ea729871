"""The events that clients send: the eleven of the Realtime API (GA)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from antiphon.wire.items import WireItem
from antiphon.wire.session import ResponseConfig, SessionConfig

Index = Annotated[int, Meta(ge=0)]


class _FromClient(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every client event may carry: its own id, which errors quote."""

    event_id: str | None = None


class SessionUpdate(_FromClient, frozen=True, kw_only=True, tag="session.update"):
    """Changes the settings that it names and no others."""

    session: SessionConfig


class InputAudioBufferAppend(_FromClient, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """The caller's next audio, base64 on the wire, bytes here. `decode_audio` checks it."""

    audio: bytes


class InputAudioBufferCommit(_FromClient, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """Ends the caller's turn by hand."""


class InputAudioBufferClear(_FromClient, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """Drops audio that is not yet committed."""


class OutputAudioBufferClear(_FromClient, frozen=True, kw_only=True, tag="output_audio_buffer.clear"):
    """Drops audio that is not yet played (WebRTC and telephone)."""


class ConversationItemCreate(_FromClient, frozen=True, kw_only=True, tag="conversation.item.create"):
    """Adds an item: after `previous_item_id`, first ("root"), or last."""

    item: WireItem
    previous_item_id: str | None = None


class ConversationItemRetrieve(_FromClient, frozen=True, kw_only=True, tag="conversation.item.retrieve"):
    """Asks for an item."""

    item_id: str


class ConversationItemDelete(_FromClient, frozen=True, kw_only=True, tag="conversation.item.delete"):
    """Removes an item."""

    item_id: str


class ConversationItemTruncate(_FromClient, frozen=True, kw_only=True, tag="conversation.item.truncate"):
    """Cuts the agent's message where the caller stopped hearing it."""

    item_id: str
    content_index: Index
    audio_end_ms: Index


class ResponseCreate(_FromClient, frozen=True, kw_only=True, tag="response.create"):
    """Asks for an answer now."""

    response: ResponseConfig | None = None


class ResponseCancel(_FromClient, frozen=True, kw_only=True, tag="response.cancel"):
    """Stops a response: the one named, or the one in progress."""

    response_id: str | None = None


ClientEvent = (
    SessionUpdate
    | InputAudioBufferAppend
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | OutputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemDelete
    | ConversationItemTruncate
    | ResponseCreate
    | ResponseCancel
)
