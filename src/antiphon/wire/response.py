"""A response as `response.created` and `response.done` show it."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from antiphon.wire.items import WireItem
from antiphon.wire.session import Modality, ResponseAudio, Tokens

ResponseStatus = Literal["completed", "cancelled", "failed", "incomplete", "in_progress"]


class StatusError(Struct, frozen=True, kw_only=True):
    """Why a response failed."""

    type: str | UnsetType = UNSET
    code: str | None | UnsetType = UNSET
    message: str | UnsetType = UNSET


class StatusDetails(Struct, frozen=True, kw_only=True):
    """Why a response ended as it did."""

    type: Literal["completed", "cancelled", "incomplete", "failed"]
    reason: (
        Literal["turn_detected", "client_cancelled", "max_output_tokens", "content_filter"] | None | UnsetType
    ) = UNSET
    error: StatusError | None | UnsetType = UNSET


class InputTokenDetails(Struct, frozen=True, kw_only=True):
    """Where a response's input tokens come from."""

    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0
    cached_tokens: int = 0


class OutputTokenDetails(Struct, frozen=True, kw_only=True):
    """What a response's output tokens were."""

    text_tokens: int = 0
    audio_tokens: int = 0


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens of a response. An engine that counts none reports zeros: clients sum them without asking."""

    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    input_token_details: InputTokenDetails = InputTokenDetails()
    output_token_details: OutputTokenDetails = OutputTokenDetails()


class Response(Struct, frozen=True, kw_only=True):
    """A response and its state.

    `metadata` is the client's own, sent back: LiveKit waits for its `client_event_id`.
    """

    id: str
    status: ResponseStatus
    object: Literal["realtime.response"] = "realtime.response"
    status_details: StatusDetails | None = None
    output: list[WireItem] = []
    conversation_id: str | None | UnsetType = UNSET
    output_modalities: list[Modality] | UnsetType = UNSET
    max_output_tokens: Tokens | UnsetType = UNSET
    audio: ResponseAudio | UnsetType = UNSET
    usage: Usage | None = None
    metadata: dict[str, str] | None = None
