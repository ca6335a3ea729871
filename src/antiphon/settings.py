"""One frozen tree of settings: every default stands here once, with its reason.

Sources, the first wins: command-line options, environment (`ANTIPHON_ENGINE__TURNS__SILENCE_MS=300`), `.env.local`, `antiphon.toml`,
the defaults below. A wrong value is refused with the setting's name (`load`).
"""

from __future__ import annotations

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from antiphon.clock import machine_zone
from antiphon.errors import SettingsError
from antiphon.exposure import check_listening
from antiphon.setting_names import in_words, refuse_misspelt

Port = Annotated[int, Field(ge=1, le=65535)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Milliseconds = Annotated[int, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VadSettings(_Section):
    """Voice activity detection, the Realtime API's `server_vad` defaults of a session."""

    threshold: Probability = 0.5
    """Speech begins at this probability; it ends below threshold - 0.15 (silero's own hysteresis)."""
    prefix_padding_ms: Milliseconds = 300
    """Audio kept from before the onset: a plosive's closure and a quiet first syllable."""
    silence_duration_ms: Milliseconds = 200
    """The shortest silence that can end a turn. The project's source tuned it to 200."""
    min_speech_ms: Milliseconds = 64
    """Speech shorter than two windows is a click."""


class TurnSettings(_Section):
    """Endpointing, barge-in and speculation."""

    endpointing: Literal["fused", "silence"] = "fused"
    """fused: silence, end-of-turn model and words together; silence: the Realtime API's plain server VAD."""
    speculate_after_ms: Milliseconds = 64
    """Recognition begins after this much silence: two VAD windows, so that one dip inside a word does not start it."""
    end_of_turn_threshold: Probability = 0.5
    """At or above, the turn ends after silence_duration_ms."""
    hold_ms: Milliseconds = 600
    """Silence that ends a turn about which the evidence is divided."""
    hold_unfinished_ms: Milliseconds = 1600
    """Silence that ends a turn that sounds and reads unfinished. 1.5 s is the longest pause that callers were asked to hold."""
    barge_in_ms: Milliseconds = 96
    """Speech that stops the agent: three windows. Shorter stops for clicks; longer makes the caller raise the voice."""
    piece_ms: Milliseconds = 3000
    """While a caller speaks on, a pause after this much unrecognised speech closes a piece, which is recognised at once and never again."""
    max_piece_ms: Milliseconds = 8000
    """A piece without any pause is cut here: the recogniser's time grows with length."""
    resume: bool = True
    """After a stop by something that had no words, go on with what was unheard."""


class WhisperSettings(_Section):
    """The recogniser."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes. One does 5.7 short turns a second on one core."""
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    model: str = "tiny.en"
    """"tiny.en" from its package, or a directory with a CTranslate2 Whisper model."""


class VoiceSettings(_Section):
    """The voice."""

    engine: Literal["piper", "espeak"] = "piper"
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    """One: beside a recogniser on two cores, two threads make recognition 40 % slower."""
    model: str = "en_US-joe-medium"
    """The packaged voice, or the path of a Piper .onnx with its .onnx.json beside it."""
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    """The digest that a voice given by path must have; empty: it is taken as it is."""
    cache_mb: Annotated[int, Field(ge=0)] = 64
    """Phrase cache in memory; 64 MB hold 23 minutes of speech."""
    cache_dir: Path | None = None
    """Where the phrase cache is kept between runs; none: in memory only."""


class BrainSettings(_Section):
    """Who answers."""

    name: Literal["form", "chat"] = "form"
    chat_url: Annotated[str, Field(pattern="^https?://")] = "http://127.0.0.1:11434/v1"
    """Any OpenAI-compatible endpoint; this is Ollama's."""
    chat_model: str = "llama3.2"
    chat_key: SecretStr = SecretStr("local")
    first_token_timeout_ms: Milliseconds = 8000
    timeout_ms: Milliseconds = 30000


class EngineSettings(_Section):
    """The Realtime engine."""

    host: str = "127.0.0.1"
    port: Port = 8001
    token: SecretStr | None = None
    """Demanded as `Authorization: Bearer` when set; needed to listen beyond this machine."""
    max_sessions: Annotated[int, Field(ge=1)] = 64
    output_lead_ms: Milliseconds = 200
    """Audio leaves at most this far ahead of real time, so that a stop leaves little to drop and truncation is exact."""
    max_turn_ms: Milliseconds = 120_000
    """A turn is ended here even if the caller goes on, so that memory is bounded."""
    record_dir: Path | None = None
    """Where calls' records (JSON lines: events, stamps, the brain's notes; no audio) are kept; none: not kept."""
    vad: VadSettings = VadSettings()
    turns: TurnSettings = TurnSettings()
    recogniser: WhisperSettings = WhisperSettings()
    voice: VoiceSettings = VoiceSettings()
    brain: BrainSettings = BrainSettings()


class AgentSettings(_Section):
    """The LiveKit agent."""

    model: Literal["local", "openai"] = "local"
    """local: the engine at `engine_url`; openai: OpenAI's cloud with OPENAI_API_KEY."""
    engine_url: str = ""
    """Realtime base address; empty: the engine that `antiphon up` starts."""
    openai_model: str = "gpt-realtime"
    voice: str = "alloy"
    greeting: str = "Greet the caller warmly in one short sentence and ask how you can help."
    client_vad: bool = False
    """silero in the agent (0.05 s / 0.2 s): it floors the reply at about 300 ms (docs/API_NOTES.md)."""
    max_calls: Annotated[int, Field(ge=1)] = 40
    max_call_minutes: Annotated[int, Field(ge=1)] = 60
    record_dir: Path | None = None
    """Where the agent keeps a JSON file per call (transcript, tools, turn times); none: not kept."""


class MediaSettings(_Section):
    """The audio of calls through LiveKit. Unset values are the profile's (docs/PERFORMANCE_GUIDE.md has the curve)."""

    profile: Literal["low_latency", "capacity"] = "low_latency"
    """low_latency: 20 ms each way; capacity: 50 ms, for more calls on a core."""
    frame_in_ms: Annotated[int, Field(ge=10, le=100, multiple_of=10)] = 20
    """Length of the caller's frames; unset: 20 or 50 by the profile."""
    frame_out_ms: Annotated[int, Field(ge=10, le=100, multiple_of=10)] = 20
    """Length of the agent's frames; unset: 20 or 50 by the profile."""
    auto_gain: bool = False
    """LiveKit's RoomIO turns it on. It pumps the noise up in pauses; the recogniser brings levels to one by itself."""
    noise_suppression: bool = False
    """WebRTC's. Browsers do it already; it costs the recogniser a little on clean lines, and helps telephones in the street."""
    high_pass: bool = False
    """Takes rumble out below 80 Hz."""
    dtx: bool = True
    """Nothing is sent while the agent is silent: a caller's line carries next to nothing for half of the call."""
    red: bool = True
    """Each packet carries the one before again: single losses are not heard, for 16 kbit/s."""

    @model_validator(mode="before")
    @classmethod
    def _of_profile(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("profile") == "capacity":
            return {"frame_in_ms": 50, "frame_out_ms": 50, **given}
        return given


class LiveKitSettings(_Section):
    """Calls through LiveKit rooms. Address and keys are LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, as everywhere."""

    agent_name: str = ""
    """Set: the agent comes only when it is sent for by this name (token, API, SIP rule); empty: into every room.
    LIVEKIT_AGENT_NAME does the same."""
    public_url: str = ""
    """The LiveKit server's address as callers reach it, if it is not LIVEKIT_URL."""
    origins: tuple[str, ...] = ()
    """Other sites whose pages may ask for tokens at `/api/token`, such as "https://app.example.com"."""
    media: MediaSettings = MediaSettings()
    processes: Annotated[int, Field(ge=0, le=256)] = 0
    """Worker processes of `agent.py start`; 0: one for each two cores. Each carries up to `agent.max_calls` calls."""
    max_calls: Annotated[int, Field(ge=0)] = 0
    """Calls of all processes of this machine together; 0: processes times `agent.max_calls`."""
    drain_s: Annotated[int, Field(ge=0)] = 1800
    """After SIGTERM, how long running calls may go on before they are ended with a word."""
    alone_s: Annotated[float, Field(gt=0)] = 20.0
    """An agent alone in its room leaves after this. A caller whose network changes is back within it."""
    delete_room: bool = True
    """A call that the agent ends (too long, `shutdown`) closes its room, so that no caller sits there alone."""
    journal_dir: Path | None = None
    """Where running calls are noted, for the process that takes them over when theirs dies; none: in XDG_STATE_HOME."""
    server_port: Annotated[int, Field(ge=1, le=65533)] = 7880
    """Of the livekit-server that `antiphon up --livekit` starts; media use the next two."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8081
    """Health and metrics of `agent.py start` on 127.0.0.1; 0: a free one."""


class DeskSettings(_Section):
    """The default agent, a restaurant's front desk."""

    database: Path = Path("antiphon-desk.sqlite3")
    tables: tuple[int, ...] = (2, 2, 2, 4, 4, 4, 6, 8)
    """Seats of each table."""


class PageSettings(_Section):
    """The page's server and the direct line."""

    host: str = "127.0.0.1"
    port: Port = 8000
    token: SecretStr | None = None
    """Demanded when set. For a host beyond this machine `antiphon up` makes one if there is none."""
    tls: bool = False
    """Serve https. Browsers give a microphone to https pages and to localhost only."""
    tls_cert: Path | None = None
    """A PEM file with the certificate and its chain; none: one is made and kept. Given, it means `tls`."""
    tls_key: Path | None = None
    """The PEM file with its key, without a password."""
    tls_dir: Path | None = None
    """Where the certificate that is made is kept; none: antiphon in XDG_STATE_HOME (~/.local/state)."""
    jitter_capacity: Annotated[int, Field(ge=1, le=16)] = 2
    """Packets (20 ms). A missing one is given up when this many later ones have come: one loss holds 20 ms back, once."""


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_prefix="ANTIPHON_",
        env_nested_delimiter="__",
        env_file=".env.local",
        toml_file="antiphon.toml",
        nested_model_default_partial_update=True,
        validate_default=True,  # the machine's zone
    )

    timezone: str = ""
    """IANA name of the callers' zone; empty: the machine's, whose name then stands here."""
    engine: EngineSettings = EngineSettings()
    agent: AgentSettings = AgentSettings()
    livekit: LiveKitSettings = LiveKitSettings()
    desk: DeskSettings = DeskSettings()
    page: PageSettings = PageSettings()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if not value:
            return machine_zone()
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f'"{value}" is not an IANA time zone, such as "Europe/Vienna"') from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, environment, `.env.local`, `antiphon.toml`."""
        return (init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls))


def load(**options: Any) -> Settings:
    """The settings of this process.

    Args:
        **options: sections or values that were given on the command line, as nested dicts.

    Raises:
        SettingsError: names each wrong setting and what would be right.
    """
    try:
        settings = Settings(**options)
    except ValidationError as error:
        wrong = "; ".join(in_words(one, Settings) for one in error.errors(include_url=False))
        raise SettingsError(f"wrong setting: {wrong}") from error
    except TOMLDecodeError as error:
        raise SettingsError(f"antiphon.toml cannot be read: {error}") from error
    except SourceError as error:  # a section in the environment that is not JSON
        raise SettingsError(f"wrong setting: {error}") from error
    refuse_misspelt(Settings)
    check_listening("engine", settings.engine.host, settings.engine.token)  # the page gets its token later
    return settings
