"""The session's configuration, partial as in `session.update` and whole as in `session.created`.

Every field may be absent (`UNSET`), null (`None`, which sets the field back: no turn detection, no noise
reduction, the default voice) or have a value. `merged` applies a partial configuration to another.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import fields, replace

from antiphon.wire.items import ItemReference, WireItem

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Milliseconds = Annotated[int, Meta(ge=0)]
Tokens = Annotated[int, Meta(ge=1)] | Literal["inf"]
Modality = Literal["text", "audio"]

PCM_HZ = 24_000
"""The one sample rate of `audio/pcm` in the Realtime API."""


class AudioFormat(Struct, frozen=True, kw_only=True):
    """How audio is coded: mono, 16 bit little endian at 24 kHz, or G.711 at 8 kHz."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
    rate: int | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        right = PCM_HZ if self.type == "audio/pcm" else 8000
        if self.rate not in (UNSET, None, right):
            raise ValueError(f"the rate of {self.type} is {right}, not {self.rate}")


class NoiseReduction(Struct, frozen=True, kw_only=True):
    """The microphone's distance; accepted, and without effect in this engine."""

    type: Literal["near_field", "far_field"] | None | UnsetType = UNSET
    strength: float | None | UnsetType = UNSET


class Transcription(Struct, frozen=True, kw_only=True):
    """Whether and how the caller's speech is written down for the client. `None` in its place: it is not."""

    model: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    languages: list[str] | None | UnsetType = UNSET
    prompt: str | None | UnsetType = UNSET
    keywords: list[str] | None | UnsetType = UNSET
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None | UnsetType = UNSET


class ServerVad(Struct, frozen=True, kw_only=True, tag_field="type", tag="server_vad"):
    """The turn ends after a silence."""

    threshold: Probability | None | UnsetType = UNSET
    prefix_padding_ms: Milliseconds | None | UnsetType = UNSET
    silence_duration_ms: Milliseconds | None | UnsetType = UNSET
    idle_timeout_ms: Annotated[int, Meta(ge=1)] | None | UnsetType = UNSET
    create_response: bool | None | UnsetType = UNSET
    interrupt_response: bool | None | UnsetType = UNSET
    model_version: str | None | UnsetType = UNSET


class SemanticVad(Struct, frozen=True, kw_only=True, tag_field="type", tag="semantic_vad"):
    """The turn ends when it sounds finished."""

    eagerness: Literal["low", "medium", "high", "auto"] | None | UnsetType = UNSET
    create_response: bool | None | UnsetType = UNSET
    interrupt_response: bool | None | UnsetType = UNSET
    model_version: str | None | UnsetType = UNSET


TurnDetection = ServerVad | SemanticVad


class AudioInput(Struct, frozen=True, kw_only=True):
    """The caller's audio."""

    format: AudioFormat | None | UnsetType = UNSET
    noise_reduction: NoiseReduction | None | UnsetType = UNSET
    transcription: Transcription | None | UnsetType = UNSET
    turn_detection: TurnDetection | None | UnsetType = UNSET


class VoiceId(Struct, frozen=True, kw_only=True):
    """A voice of one's own."""

    id: str


class AudioOutput(Struct, frozen=True, kw_only=True):
    """The agent's audio."""

    format: AudioFormat | None | UnsetType = UNSET
    speed: Annotated[float, Meta(ge=0.25, le=1.5)] | None | UnsetType = UNSET
    voice: str | VoiceId | None | UnsetType = UNSET


class AudioConfig(Struct, frozen=True, kw_only=True):
    """Both directions."""

    input: AudioInput | None | UnsetType = UNSET
    output: AudioOutput | None | UnsetType = UNSET


class FunctionTool(Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """A tool that the client runs. `parameters` is a JSON Schema of an object."""

    name: str
    description: str | None | UnsetType = UNSET
    parameters: dict[str, Any] | None | UnsetType = UNSET


class McpTool(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """Tools of an MCP server: part of the protocol, not run by this engine."""

    server_label: str
    server_url: str | None | UnsetType = UNSET
    connector_id: str | None | UnsetType = UNSET
    server_description: str | None | UnsetType = UNSET
    authorization: str | None | UnsetType = UNSET
    headers: dict[str, str] | None | UnsetType = UNSET
    allowed_tools: Any = UNSET
    allowed_callers: Any = UNSET
    require_approval: Any = UNSET
    defer_loading: bool | None | UnsetType = UNSET
    tunnel_id: str | None | UnsetType = UNSET


ToolConfig = FunctionTool | McpTool


class ToolChoiceFunction(Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """This one tool must be called."""

    name: str


class ToolChoiceMcp(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """A tool of this MCP server must be called."""

    server_label: str
    name: str | None | UnsetType = UNSET


ToolChoice = Literal["auto", "none", "required"] | ToolChoiceFunction | ToolChoiceMcp


class Tracing(Struct, frozen=True, kw_only=True):
    """OpenAI's traces; accepted, and without effect in this engine."""

    workflow_name: str | None | UnsetType = UNSET
    group_id: str | None | UnsetType = UNSET
    metadata: Any = UNSET


class RetentionRatio(Struct, frozen=True, kw_only=True, tag_field="type", tag="retention_ratio"):
    """How much of a long conversation is kept; accepted, and without effect in this engine."""

    retention_ratio: Probability
    token_limits: dict[str, Any] | None | UnsetType = UNSET


class Prompt(Struct, frozen=True, kw_only=True):
    """A prompt template stored at OpenAI: part of the protocol, not known to this engine."""

    id: str
    version: str | None | UnsetType = UNSET
    variables: dict[str, Any] | None | UnsetType = UNSET


class Reasoning(Struct, frozen=True, kw_only=True):
    """How hard a model thinks; accepted, and without effect in this engine."""

    effort: str | None | UnsetType = UNSET


class SessionConfig(Struct, frozen=True, kw_only=True):
    """The settings. `id`, `object` and `expires_at` are the server's; clients may send them back."""

    type: Literal["realtime"] | UnsetType = UNSET
    id: str | None | UnsetType = UNSET
    object: Literal["realtime.session"] | None | UnsetType = UNSET
    expires_at: int | None | UnsetType = UNSET
    model: str | None | UnsetType = UNSET
    output_modalities: list[Modality] | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET
    audio: AudioConfig | None | UnsetType = UNSET
    tools: list[ToolConfig] | None | UnsetType = UNSET
    tool_choice: ToolChoice | None | UnsetType = UNSET
    parallel_tool_calls: bool | None | UnsetType = UNSET
    max_output_tokens: Tokens | None | UnsetType = UNSET
    include: list[str] | None | UnsetType = UNSET
    prompt: Prompt | None | UnsetType = UNSET
    reasoning: Reasoning | None | UnsetType = UNSET
    tracing: Literal["auto"] | Tracing | None | UnsetType = UNSET
    truncation: Literal["auto", "disabled"] | RetentionRatio | None | UnsetType = UNSET


class ResponseAudio(Struct, frozen=True, kw_only=True):
    """A response's own audio settings."""

    output: AudioOutput | None | UnsetType = UNSET


class ResponseConfig(Struct, frozen=True, kw_only=True):
    """`response.create`'s settings for one response; absent ones are the session's."""

    instructions: str | None | UnsetType = UNSET
    conversation: Literal["auto", "none"] | None | UnsetType = UNSET
    input: list[WireItem | ItemReference] | None | UnsetType = UNSET
    metadata: dict[str, str] | None | UnsetType = UNSET
    output_modalities: list[Modality] | None | UnsetType = UNSET
    audio: ResponseAudio | None | UnsetType = UNSET
    tools: list[ToolConfig] | None | UnsetType = UNSET
    tool_choice: ToolChoice | None | UnsetType = UNSET
    parallel_tool_calls: bool | None | UnsetType = UNSET
    max_output_tokens: Tokens | None | UnsetType = UNSET
    prompt: Prompt | None | UnsetType = UNSET
    reasoning: Reasoning | None | UnsetType = UNSET


_Config = TypeVar("_Config", bound=Struct)

_MERGED = (AudioConfig, AudioInput, AudioOutput, ServerVad, SemanticVad)
"""Nested settings that a partial update changes field by field; all others it replaces as a whole."""


def merged(base: _Config, update: _Config) -> _Config:
    """`base` with all that `update` sets. Absent fields keep the value of `base`; null is a value."""
    changes: dict[str, Any] = {}
    for field in fields(update):
        new = getattr(update, field.name)
        if new is UNSET:
            continue
        old = getattr(base, field.name)
        if isinstance(new, _MERGED) and type(old) is type(new):
            new = merged(old, new)
        changes[field.name] = new
    return replace(base, **changes)
