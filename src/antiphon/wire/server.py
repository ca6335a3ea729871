"""The events that the engine sends: the Realtime API's (GA), and Antiphon's own under `antiphon.`.

`event_id` fills itself. Audio deltas carry bytes, which leave as base64.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from antiphon.wire.ids import new_event_id
from antiphon.wire.items import ContentPart, WireItem
from antiphon.wire.response import Response
from antiphon.wire.session import SessionConfig


class _FromServer(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every server event carries."""

    event_id: str = field(default_factory=new_event_id)


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """What went wrong. `param` names the field, `event_id` the client's event."""

    type: Literal["invalid_request_error", "server_error"]
    code: str | None
    message: str
    param: str | None = None
    event_id: str | None = None


class ErrorEvent(_FromServer, frozen=True, kw_only=True, tag="error"):
    """A mistake of the client or a failure of the engine; the call goes on."""

    error: ErrorDetail


class SessionCreated(_FromServer, frozen=True, kw_only=True, tag="session.created"):
    """The first event of a call: the settings in force."""

    session: SessionConfig


class SessionUpdated(_FromServer, frozen=True, kw_only=True, tag="session.updated"):
    """The settings in force after a change."""

    session: SessionConfig


class ConversationRef(Struct, frozen=True, kw_only=True):
    """Names the conversation."""

    id: str
    object: Literal["realtime.conversation"] = "realtime.conversation"


class ConversationCreated(_FromServer, frozen=True, kw_only=True, tag="conversation.created"):
    """There is a conversation."""

    conversation: ConversationRef


class ConversationItemAdded(_FromServer, frozen=True, kw_only=True, tag="conversation.item.added"):
    """An item stands in the conversation; its content may still grow."""

    item: WireItem
    previous_item_id: str | None = None


class ConversationItemDone(_FromServer, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item is complete."""

    item: WireItem
    previous_item_id: str | None = None


class ConversationItemRetrieved(_FromServer, frozen=True, kw_only=True, tag="conversation.item.retrieved"):
    """An item that the client asked for."""

    item: WireItem


class ConversationItemDeleted(_FromServer, frozen=True, kw_only=True, tag="conversation.item.deleted"):
    """An item is gone."""

    item_id: str


class ConversationItemTruncated(_FromServer, frozen=True, kw_only=True, tag="conversation.item.truncated"):
    """An item was cut to what was heard."""

    item_id: str
    content_index: int
    audio_end_ms: int


class LogProb(Struct, frozen=True, kw_only=True):
    """A recognised token's log-probability."""

    token: str
    logprob: float
    bytes: list[int]


class UsageTokens(Struct, frozen=True, kw_only=True, tag_field="type", tag="tokens"):
    """Recognition billed by tokens."""

    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class UsageDuration(Struct, frozen=True, kw_only=True, tag_field="type", tag="duration"):
    """Recognition billed by the audio's length."""

    seconds: float


_TRANSCRIPTION = "conversation.item.input_audio_transcription"


class InputAudioTranscriptionDelta(_FromServer, frozen=True, kw_only=True, tag=f"{_TRANSCRIPTION}.delta"):
    """More of what the caller said."""

    item_id: str
    content_index: int = 0
    delta: str
    logprobs: list[LogProb] | None | UnsetType = UNSET


class InputAudioTranscriptionCompleted(
    _FromServer, frozen=True, kw_only=True, tag=f"{_TRANSCRIPTION}.completed"
):
    """All that the caller said in this turn."""

    item_id: str
    content_index: int = 0
    transcript: str
    usage: UsageTokens | UsageDuration
    logprobs: list[LogProb] | None | UnsetType = UNSET


class TranscriptionError(Struct, frozen=True, kw_only=True):
    """Why a turn could not be recognised."""

    type: str
    code: str | None
    message: str
    param: str | None = None


class InputAudioTranscriptionFailed(_FromServer, frozen=True, kw_only=True, tag=f"{_TRANSCRIPTION}.failed"):
    """The turn could not be recognised."""

    item_id: str
    content_index: int = 0
    error: TranscriptionError


class InputAudioBufferSpeechStarted(
    _FromServer, frozen=True, kw_only=True, tag="input_audio_buffer.speech_started"
):
    """The caller speaks: clients stop the agent's audio. Milliseconds count the session's input audio."""

    item_id: str
    audio_start_ms: int


class InputAudioBufferSpeechStopped(
    _FromServer, frozen=True, kw_only=True, tag="input_audio_buffer.speech_stopped"
):
    """The caller's turn is over."""

    item_id: str
    audio_end_ms: int


class InputAudioBufferCommitted(_FromServer, frozen=True, kw_only=True, tag="input_audio_buffer.committed"):
    """The turn's audio became an item."""

    item_id: str
    previous_item_id: str | None = None


class InputAudioBufferCleared(_FromServer, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """Uncommitted audio was dropped."""


class InputAudioBufferTimeoutTriggered(
    _FromServer, frozen=True, kw_only=True, tag="input_audio_buffer.timeout_triggered"
):
    """Nobody said anything for `idle_timeout_ms`."""

    item_id: str
    audio_start_ms: int
    audio_end_ms: int


class OutputAudioBufferStarted(_FromServer, frozen=True, kw_only=True, tag="output_audio_buffer.started"):
    """A response's audio begins to play (WebRTC and telephone)."""

    response_id: str


class OutputAudioBufferStopped(_FromServer, frozen=True, kw_only=True, tag="output_audio_buffer.stopped"):
    """A response's audio was played to its end."""

    response_id: str


class OutputAudioBufferCleared(_FromServer, frozen=True, kw_only=True, tag="output_audio_buffer.cleared"):
    """A response's unplayed audio was dropped."""

    response_id: str


class ResponseCreated(_FromServer, frozen=True, kw_only=True, tag="response.created"):
    """An answer begins."""

    response: Response


class ResponseDone(_FromServer, frozen=True, kw_only=True, tag="response.done"):
    """An answer ended: completed, cancelled, failed or incomplete."""

    response: Response


class ResponseOutputItemAdded(_FromServer, frozen=True, kw_only=True, tag="response.output_item.added"):
    """An item of the answer begins."""

    response_id: str
    output_index: int = 0
    item: WireItem


class ResponseOutputItemDone(_FromServer, frozen=True, kw_only=True, tag="response.output_item.done"):
    """An item of the answer is complete; a function call stands here with all its arguments."""

    response_id: str
    output_index: int = 0
    item: WireItem


class _OfPart(_FromServer, frozen=True, kw_only=True):
    """Names the content part that an event belongs to."""

    response_id: str
    item_id: str
    output_index: int = 0
    content_index: int = 0


class ResponseContentPartAdded(_OfPart, frozen=True, kw_only=True, tag="response.content_part.added"):
    """A content part begins. `part.type` is "text" or "audio"."""

    part: ContentPart


class ResponseContentPartDone(_OfPart, frozen=True, kw_only=True, tag="response.content_part.done"):
    """A content part is complete."""

    part: ContentPart


class ResponseOutputTextDelta(_OfPart, frozen=True, kw_only=True, tag="response.output_text.delta"):
    """More text of a text answer."""

    delta: str


class ResponseOutputTextDone(_OfPart, frozen=True, kw_only=True, tag="response.output_text.done"):
    """All text of a text answer."""

    text: str


class ResponseOutputAudioDelta(_OfPart, frozen=True, kw_only=True, tag="response.output_audio.delta"):
    """More audio of a spoken answer, in the session's output format."""

    delta: bytes


class ResponseOutputAudioDone(_OfPart, frozen=True, kw_only=True, tag="response.output_audio.done"):
    """All audio of the part was sent."""


class ResponseOutputAudioTranscriptDelta(
    _OfPart, frozen=True, kw_only=True, tag="response.output_audio_transcript.delta"
):
    """More words of a spoken answer.

    `start_time` (seconds into the item's audio; not in OpenAI's schema) is read by LiveKit's plugin, which
    times the transcript by it.
    """

    delta: str
    start_time: float | UnsetType = UNSET


class ResponseOutputAudioTranscriptDone(
    _OfPart, frozen=True, kw_only=True, tag="response.output_audio_transcript.done"
):
    """All words of a spoken answer."""

    transcript: str


class ResponseFunctionCallArgumentsDelta(
    _FromServer, frozen=True, kw_only=True, tag="response.function_call_arguments.delta"
):
    """More of a tool call's JSON text."""

    response_id: str
    item_id: str
    output_index: int = 0
    call_id: str
    delta: str


class ResponseFunctionCallArgumentsDone(
    _FromServer, frozen=True, kw_only=True, tag="response.function_call_arguments.done"
):
    """All of a tool call's JSON text."""

    response_id: str
    item_id: str
    output_index: int = 0
    call_id: str
    name: str
    arguments: str


class RateLimit(Struct, frozen=True, kw_only=True):
    """How much may still be asked."""

    name: Literal["requests", "tokens"]
    limit: int
    remaining: int
    reset_seconds: float


class RateLimitsUpdated(_FromServer, frozen=True, kw_only=True, tag="rate_limits.updated"):
    """The limits after a response."""

    rate_limits: list[RateLimit]


class AntiphonTurn(_FromServer, frozen=True, kw_only=True, tag="antiphon.turn"):
    """When each hop of an answer happened: hop → milliseconds on the engine's monotonic clock."""

    item_id: str
    response_id: str
    stamps: dict[str, float]
    details: dict[str, Any] = {}


class AntiphonItemHeard(_FromServer, frozen=True, kw_only=True, tag="antiphon.item.heard"):
    """Which words of a truncated item the caller heard, and which not."""

    item_id: str
    heard: str
    unheard: str
    audio_end_ms: int


class AntiphonNote(_FromServer, frozen=True, kw_only=True, tag="antiphon.note"):
    """The brain's reasoning for a response."""

    response_id: str
    topic: str
    detail: dict[str, Any] = {}


class AntiphonResumed(_FromServer, frozen=True, kw_only=True, tag="antiphon.resumed"):
    """A wordless interruption was taken back: `item_id` goes on with the unheard of `interrupted_item_id`."""

    interrupted_item_id: str
    item_id: str
    response_id: str


RealtimeEvent = (
    ErrorEvent
    | SessionCreated
    | SessionUpdated
    | ConversationCreated
    | ConversationItemAdded
    | ConversationItemDone
    | ConversationItemRetrieved
    | ConversationItemDeleted
    | ConversationItemTruncated
    | InputAudioTranscriptionDelta
    | InputAudioTranscriptionCompleted
    | InputAudioTranscriptionFailed
    | InputAudioBufferSpeechStarted
    | InputAudioBufferSpeechStopped
    | InputAudioBufferCommitted
    | InputAudioBufferCleared
    | InputAudioBufferTimeoutTriggered
    | OutputAudioBufferStarted
    | OutputAudioBufferStopped
    | OutputAudioBufferCleared
    | ResponseCreated
    | ResponseDone
    | ResponseOutputItemAdded
    | ResponseOutputItemDone
    | ResponseContentPartAdded
    | ResponseContentPartDone
    | ResponseOutputTextDelta
    | ResponseOutputTextDone
    | ResponseOutputAudioDelta
    | ResponseOutputAudioDone
    | ResponseOutputAudioTranscriptDelta
    | ResponseOutputAudioTranscriptDone
    | ResponseFunctionCallArgumentsDelta
    | ResponseFunctionCallArgumentsDone
    | RateLimitsUpdated
)
"""The Realtime API's own."""

AntiphonEvent = AntiphonTurn | AntiphonItemHeard | AntiphonNote | AntiphonResumed
"""Sent only to clients that asked with `?antiphon=events`."""

ServerEvent = RealtimeEvent | AntiphonEvent
