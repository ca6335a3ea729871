"""A session's configuration: the client's partial updates on top of the engine's defaults, and what they mean here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from antiphon import wire
from antiphon.engine.brains.brain import Tool
from antiphon.errors import WireError
from antiphon.settings import EngineSettings
from antiphon.wire import UNSET, UnsetType

T = TypeVar("T")

SEMANTIC_SILENCE_MS = {"low": 500, "auto": 200, "medium": 200, "high": 200}
"""`semantic_vad.eagerness` as the least silence; the evidence decides beyond it (`turns/endpointing.py`)."""


def default_config(settings: EngineSettings, *, model: str, session_id: str) -> wire.SessionConfig:
    """The configuration that `session.created` shows."""
    pcm = wire.AudioFormat(type="audio/pcm", rate=wire.PCM_HZ)
    return wire.SessionConfig(
        type="realtime",
        id=session_id,
        object="realtime.session",
        model=model,
        output_modalities=["audio"],
        instructions="",
        audio=wire.AudioConfig(
            input=wire.AudioInput(
                format=pcm,
                noise_reduction=None,
                transcription=None,
                turn_detection=_default_vad(settings),
            ),
            output=wire.AudioOutput(format=pcm, voice="alloy", speed=1.0),
        ),
        tools=[],
        tool_choice="auto",
        max_output_tokens="inf",
        truncation="auto",
    )


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """How turns are found. `automatic` False: the client commits them."""

    automatic: bool
    threshold: float
    prefix_padding_ms: float
    silence_duration_ms: float
    create_response: bool
    interrupt_response: bool


@dataclass(frozen=True, slots=True)
class Output:
    """How a response is given.

    Attributes:
        spoken: audio and transcript, or text alone.
        voice: the voice's name.
        speed: 1.0 is normal.
    """

    spoken: bool
    voice: str
    speed: float


class Config:
    """The configuration in force. `current` is what `session.updated` shows."""

    def __init__(self, settings: EngineSettings, *, model: str, session_id: str) -> None:
        self._settings = settings
        self.current = default_config(settings, model=model, session_id=session_id)

    def update(self, update: wire.SessionConfig, event_id: str | None) -> None:
        """Applies a partial update.

        Raises:
            WireError: it asks for what this engine does not have; nothing of it was applied.
        """
        _refuse_unsupported(update, event_id)
        self.current = wire.merged(self.current, update)

    @property
    def instructions(self) -> str:
        """The session's instructions."""
        return _given(self.current.instructions, "")

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The session's function tools."""
        return tools_of(_given(self.current.tools, []))

    @property
    def tool_choice(self) -> str:
        """One of "auto", "none", "required", or a tool's name."""
        return choice_of(_given(self.current.tool_choice, "auto"))

    @property
    def transcribes(self) -> bool:
        """Whether the client wants to read what the caller said."""
        audio_in = self._input
        return audio_in is not None and audio_in.transcription not in (None, UNSET)

    @property
    def turn_detection(self) -> TurnDetection:
        """How turns are found."""
        detection = self._input.turn_detection if self._input is not None else UNSET
        if detection is UNSET:
            detection = _default_vad(self._settings)
        vad = self._settings.vad
        match detection:
            case wire.ServerVad():
                return TurnDetection(
                    True,
                    _given(detection.threshold, vad.threshold),
                    _given(detection.prefix_padding_ms, vad.prefix_padding_ms),
                    _given(detection.silence_duration_ms, vad.silence_duration_ms),
                    _given(detection.create_response, True),
                    _given(detection.interrupt_response, True),
                )
            case wire.SemanticVad():
                return TurnDetection(
                    True,
                    vad.threshold,
                    vad.prefix_padding_ms,
                    SEMANTIC_SILENCE_MS[_given(detection.eagerness, "auto")],
                    _given(detection.create_response, True),
                    _given(detection.interrupt_response, True),
                )
            case _:
                return TurnDetection(False, vad.threshold, 0, 0, False, False)

    def output(self, response: wire.ResponseConfig | None = None) -> Output:
        """How a response is given, with its own settings first."""
        modalities: list[wire.Modality] = _given(self.current.output_modalities, ["audio"])
        outputs = [_given(_given(self.current.audio, wire.AudioConfig()).output, wire.AudioOutput())]
        if response is not None:
            modalities = _given(response.output_modalities, modalities)
            outputs.insert(0, _given(_given(response.audio, wire.ResponseAudio()).output, wire.AudioOutput()))
        voice, speed = "alloy", 1.0
        for output in reversed(outputs):
            chosen = output.voice.id if isinstance(output.voice, wire.VoiceId) else output.voice
            voice = _given(chosen, voice)
            speed = _given(output.speed, speed)
        return Output("audio" in modalities, voice, speed)

    @property
    def _input(self) -> wire.AudioInput | None:
        return _given(_given(self.current.audio, wire.AudioConfig()).input, None)


def tools_of(tools: list[wire.ToolConfig]) -> tuple[Tool, ...]:
    """Function tools as the brain sees them."""
    return tuple(
        Tool(
            tool.name,
            _given(tool.description, ""),
            _given(tool.parameters, {"type": "object", "properties": {}}),
        )
        for tool in tools
        if isinstance(tool, wire.FunctionTool)
    )


def choice_of(choice: wire.ToolChoice) -> str:
    """A tool choice as the brain sees it."""
    match choice:
        case wire.ToolChoiceFunction(name=name):
            return name
        case wire.ToolChoiceMcp():
            return "auto"
        case _:
            return choice


def _given(value: T | None | UnsetType, otherwise: T) -> T:
    return otherwise if value is None or value is UNSET else value


def _default_vad(settings: EngineSettings) -> wire.ServerVad:
    return wire.ServerVad(
        threshold=settings.vad.threshold,
        prefix_padding_ms=settings.vad.prefix_padding_ms,
        silence_duration_ms=settings.vad.silence_duration_ms,
        create_response=True,
        interrupt_response=True,
    )


def _refuse_unsupported(update: wire.SessionConfig, event_id: str | None) -> None:
    audio = _given(update.audio, wire.AudioConfig())
    for name, part in (("input", audio.input), ("output", audio.output)):
        if part is None or part is UNSET:
            continue
        form = part.format
        if isinstance(form, wire.AudioFormat) and form.type != "audio/pcm":
            raise WireError(
                f"{form.type} is not supported yet; send audio/pcm (mono, 16 bit, 24000 Hz).",
                param=f"session.audio.{name}.format",
                event_id=event_id,
                code="unsupported_format",
            )
    for index, tool in enumerate(_given(update.tools, [])):
        if isinstance(tool, wire.McpTool):
            raise WireError(
                "MCP tools are not run by this engine; give function tools.",
                param=f"session.tools[{index}].type",
                event_id=event_id,
                code="unsupported_tool",
            )
