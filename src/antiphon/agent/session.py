"""The LiveKit AgentSession of one call, with the options that a call through server-side turn-taking needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from livekit.agents import AgentSession

from antiphon.settings import Settings


def client_vad(settings: Settings) -> Any | None:
    """Silero in the agent, if asked for; one for a process, shared by its calls. Takes a second to load."""
    if not settings.agent.client_vad:
        return None
    from livekit.plugins import silero

    return silero.VAD.load(min_speech_duration=0.05, min_silence_duration=0.2)


@dataclass(slots=True)
class Caller:
    """Who is in a room's call, as far as the room says so; empty on other lines, and until he is there.

    Attributes:
        identity, name: the participant's.
        participant_metadata, attributes: the participant's, as they are now (his token gives them, or the telephone: `sip.*`).
        metadata: the job's: what whoever sent for the agent had to say.
    """

    identity: str = ""
    name: str = ""
    participant_metadata: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What a tool may know of its call: `RunContext.userdata`."""

    call_id: str
    line: str
    caller: Caller = field(default_factory=Caller)


def new_session(model: Any, info: CallInfo, *, vad: Any | None = None) -> AgentSession[CallInfo]:
    """An AgentSession that leaves turn-taking to the model's server.

    Args:
        model: the RealtimeModel; an Agent that has an `llm` of its own keeps it.
        info: which call this is; tools find it in `context.userdata`.
        vad: a client-side VAD; it only informs `user_state`, and costs latency (docs/API_NOTES.md).
    """
    return AgentSession(
        llm=model,
        vad=vad,
        userdata=info,
        # by default the caller is not heard for 3 s after the agent first speaks
        aec_warmup_duration=None,
        turn_handling={
            # anything else looks for LiveKit's cloud turn detector
            "turn_detection": "realtime_llm",
            # needs a client-side VAD; the engine takes back false interruptions itself
            "interruption": {"resume_false_interruption": False},
        },
    )
