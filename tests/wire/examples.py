"""One example of every server event, with its optional fields set."""

from __future__ import annotations

from typing import Literal, TypedDict

from antiphon import wire
from antiphon.wire import ContentPart, FunctionCallItem, FunctionCallOutputItem, MessageItem

USER = MessageItem(
    id="item_1",
    object="realtime.item",
    status="completed",
    role="user",
    content=[
        ContentPart(type="input_text", text="four"),
        ContentPart(type="input_audio", transcript=None, audio=b"\x00\x01"),
    ],
)
SAID = MessageItem(
    id="item_2",
    object="realtime.item",
    status="incomplete",
    role="assistant",
    content=[
        ContentPart(type="output_audio", transcript="For how many?"),
        ContentPart(type="output_text", text="x"),
    ],
)
NOTE = MessageItem(id="item_3", role="system", content=[ContentPart(type="input_text", text="be quick")])
CALL = FunctionCallItem(
    id="item_4", call_id="call_1", name="book", arguments='{"seats":4}', status="completed"
)
OUTPUT = FunctionCallOutputItem(id="item_5", call_id="call_1", output="done")

SESSION = wire.SessionConfig(
    type="realtime",
    id="sess_1",
    object="realtime.session",
    expires_at=1_800_000_000,
    model="antiphon",
    output_modalities=["audio"],
    instructions="Be kind.",
    audio=wire.AudioConfig(
        input=wire.AudioInput(
            format=wire.AudioFormat(type="audio/pcm", rate=24000),
            noise_reduction=None,
            transcription=wire.Transcription(model="whisper-1", language="en"),
            turn_detection=wire.ServerVad(
                threshold=0.5,
                prefix_padding_ms=300,
                silence_duration_ms=200,
                idle_timeout_ms=None,
                create_response=True,
                interrupt_response=True,
            ),
        ),
        output=wire.AudioOutput(format=wire.AudioFormat(type="audio/pcmu"), speed=1.0, voice="alloy"),
    ),
    tools=[
        wire.FunctionTool(name="book", description="Books.", parameters={"type": "object", "properties": {}})
    ],
    tool_choice=wire.ToolChoiceFunction(name="book"),
    parallel_tool_calls=False,
    max_output_tokens="inf",
    include=["item.input_audio_transcription.logprobs"],
    prompt=None,
    reasoning=wire.Reasoning(effort="low"),
    tracing=wire.Tracing(workflow_name="calls"),
    truncation=wire.RetentionRatio(retention_ratio=0.8),
)


def response(status: Literal["in_progress", "completed"]) -> wire.Response:
    """A response with all that may be known of it."""
    return wire.Response(
        id="resp_1",
        status=status,
        status_details=wire.StatusDetails(type="cancelled", reason="turn_detected"),
        output=[SAID, CALL],
        conversation_id="conv_1",
        output_modalities=["audio"],
        max_output_tokens="inf",
        audio=wire.ResponseAudio(output=wire.AudioOutput(voice="alloy")),
        usage=wire.Usage(),
        metadata={"client_event_id": "event_9"},
    )


class _Part(TypedDict):
    response_id: str
    item_id: str


_PART: _Part = {"response_id": "resp_1", "item_id": "item_2"}

REALTIME: list[wire.RealtimeEvent] = [
    wire.ErrorEvent(
        error=wire.ErrorDetail(
            type="invalid_request_error", code="invalid_value", message="No.", param="audio", event_id="e"
        )
    ),
    wire.SessionCreated(session=SESSION),
    wire.SessionUpdated(
        session=wire.SessionConfig(
            type="realtime",
            audio=wire.AudioConfig(input=wire.AudioInput(turn_detection=wire.SemanticVad(eagerness="auto"))),
        )
    ),
    wire.ConversationCreated(conversation=wire.ConversationRef(id="conv_1")),
    wire.ConversationItemAdded(item=USER, previous_item_id=None),
    wire.ConversationItemAdded(item=NOTE, previous_item_id="item_2"),
    wire.ConversationItemDone(item=CALL, previous_item_id="item_3"),
    wire.ConversationItemDone(item=OUTPUT, previous_item_id="item_4"),
    wire.ConversationItemRetrieved(item=SAID),
    wire.ConversationItemDeleted(item_id="item_1"),
    wire.ConversationItemTruncated(item_id="item_2", content_index=0, audio_end_ms=420),
    wire.InputAudioTranscriptionDelta(
        item_id="item_1", delta="fo", logprobs=[wire.LogProb(token="fo", logprob=-0.1, bytes=[102, 111])]
    ),
    wire.InputAudioTranscriptionCompleted(
        item_id="item_1", transcript="four", usage=wire.UsageDuration(seconds=0.6), logprobs=None
    ),
    wire.InputAudioTranscriptionCompleted(item_id="item_1", transcript="four", usage=wire.UsageTokens()),
    wire.InputAudioTranscriptionFailed(
        item_id="item_1", error=wire.TranscriptionError(type="server_error", code="x", message="no")
    ),
    wire.InputAudioBufferSpeechStarted(item_id="item_1", audio_start_ms=100),
    wire.InputAudioBufferSpeechStopped(item_id="item_1", audio_end_ms=900),
    wire.InputAudioBufferCommitted(item_id="item_1", previous_item_id=None),
    wire.InputAudioBufferCleared(),
    wire.InputAudioBufferTimeoutTriggered(item_id="item_1", audio_start_ms=0, audio_end_ms=6000),
    wire.OutputAudioBufferStarted(response_id="resp_1"),
    wire.OutputAudioBufferStopped(response_id="resp_1"),
    wire.OutputAudioBufferCleared(response_id="resp_1"),
    wire.ResponseCreated(response=wire.Response(id="resp_1", status="in_progress")),
    wire.ResponseCreated(response=response("in_progress")),
    wire.ResponseDone(response=response("completed")),
    wire.ResponseOutputItemAdded(response_id="resp_1", item=SAID),
    wire.ResponseOutputItemDone(response_id="resp_1", item=CALL, output_index=1),
    wire.ResponseContentPartAdded(**_PART, part=ContentPart(type="audio", transcript="")),
    wire.ResponseContentPartDone(**_PART, part=ContentPart(type="text", text="x")),
    wire.ResponseOutputTextDelta(**_PART, delta="For"),
    wire.ResponseOutputTextDone(**_PART, text="For how many?"),
    wire.ResponseOutputAudioDelta(**_PART, delta=b"\x00\x01\x02\x03"),
    wire.ResponseOutputAudioDone(**_PART),
    wire.ResponseOutputAudioTranscriptDelta(**_PART, delta="For ", start_time=0.25),
    wire.ResponseOutputAudioTranscriptDone(**_PART, transcript="For how many?"),
    wire.ResponseFunctionCallArgumentsDelta(
        response_id="resp_1", item_id="item_4", call_id="call_1", delta='{"seats"'
    ),
    wire.ResponseFunctionCallArgumentsDone(
        response_id="resp_1", item_id="item_4", call_id="call_1", name="book", arguments='{"seats":4}'
    ),
    wire.RateLimitsUpdated(
        rate_limits=[wire.RateLimit(name="requests", limit=1000, remaining=999, reset_seconds=0.1)]
    ),
]

ANTIPHON: list[wire.AntiphonEvent] = [
    wire.AntiphonTurn(
        item_id="item_2", response_id="resp_1", stamps={"turn_over": 12.5}, details={"cached": True}
    ),
    wire.AntiphonItemHeard(item_id="item_2", heard="For how", unheard="many?", audio_end_ms=420),
    wire.AntiphonNote(response_id="resp_1", topic="slot", detail={"seats": 4}),
    wire.AntiphonResumed(interrupted_item_id="item_2", item_id="item_6", response_id="resp_2"),
]
