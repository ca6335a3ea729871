"""One conversation as a user of LiveKit Agents would set it up: AgentSession, RealtimeModel, audio in and out, no room."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from livekit.agents import Agent, AgentSession, APIConnectOptions, TurnHandlingOptions
from livekit.agents.voice.transcription import TranscriptSynchronizer
from livekit.plugins import openai
from numpy.typing import NDArray
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from antiphon.agent.audio_io import LINE_HZ, AgentAudio, CallerAudio
from antiphon.ear.scripted_engine import Connection, ScriptedEngine

__all__ = [
    "FRAME",
    "LINE_HZ",
    "PATIENT",
    "SERVER_VAD",
    "TONE",
    "TURNS",
    "Talk",
    "eventually",
    "right_model",
    "right_session",
    "talk",
]

FRAME_MS = 20
FRAME = LINE_HZ * FRAME_MS // 1000
TONE: NDArray[np.int16] = (8000 * np.sin(np.arange(FRAME) * 2 * np.pi * 10 / FRAME)).astype(np.int16)
SILENCE: NDArray[np.int16] = np.zeros(FRAME, np.int16)
PATIENCE_S = 60.0
"""Virtual seconds after which a test has failed."""

SERVER_VAD = ServerVad(
    type="server_vad",
    threshold=0.5,
    prefix_padding_ms=300,
    silence_duration_ms=200,
    create_response=True,
    interrupt_response=True,
)
PATIENT = APIConnectOptions(max_retry=120, retry_interval=0.5, timeout=3.0)
TURNS: TurnHandlingOptions = {
    "turn_detection": "realtime_llm",
    "interruption": {"resume_false_interruption": False},
}


async def eventually(holds: Callable[[], Any], patience_s: float = PATIENCE_S) -> bool:
    """Whether something comes to hold, looked at every 10 ms."""
    for _ in range(int(patience_s * 100)):
        if holds():
            return True
        await asyncio.sleep(0.01)
    return False


def right_model(server: ScriptedEngine, **changes: Any) -> openai.realtime.RealtimeModel:
    """The page's form of a model; keyword arguments put a mistake in."""
    form: dict[str, Any] = {
        "base_url": server.url,
        "api_key": "local",
        "voice": "alloy",
        "modalities": ["text", "audio"],
        "max_session_duration": None,
        "conn_options": PATIENT,
        "turn_detection": SERVER_VAD,
    }
    return openai.realtime.RealtimeModel(**(form | changes))


def right_session(model: Any, **changes: Any) -> AgentSession[Any]:
    """The page's form of a session; keyword arguments put a mistake in, and `...` leaves an option out."""
    form: dict[str, Any] = {"llm": model, "vad": None, "aec_warmup_duration": None, "turn_handling": TURNS}
    return AgentSession(**{name: value for name, value in (form | changes).items() if value is not ...})


class Talk:
    """A session whose caller is heard and whose agent is played, 20 ms at a time.

    Attributes:
        talking: the caller makes a sound; else silence goes out.
        words: frames of speech that go out next, one every 20 ms.
        events: (name, event) of the session, in order.
        sent: every event that the plugin put on the wire but audio, in order.
        played: samples of the agent's that were played.
    """

    def __init__(self, session: AgentSession[Any], server: ScriptedEngine) -> None:
        self.session = session
        self.server = server
        self.talking = False
        self.words: list[NDArray[np.int16]] = []
        self.playing = True
        self.events: list[tuple[str, Any]] = []
        self.played = 0
        self.caller = CallerAudio()
        self.agent = AgentAudio(on_started=lambda: None)
        session.input.audio = self.caller
        session.output.audio = self.agent
        for name in (
            "agent_state_changed",
            "user_state_changed",
            "conversation_item_added",
            "function_tools_executed",
            "tool_execution_updated",
            "agent_false_interruption",
            "error",
            "close",
        ):
            session.on(name, lambda event, name=name: self.events.append((name, event)))

    @property
    def connection(self) -> Connection:
        """The server's side of the newest connection."""
        return self.server.connections[-1]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What the server received on all connections, audio left out."""
        return [event for connection in self.server.connections for event in connection.received]

    @property
    def remote(self) -> Any:
        """The plugin's RealtimeSession."""
        activity = self.session._activity
        assert activity is not None
        return activity.realtime_llm_session

    def types(self) -> list[str]:
        """The types of `sent`."""
        return [event["type"] for event in self.sent]

    def told(self, name: str) -> list[Any]:
        """The session's events of one name."""
        return [event for told, event in self.events if told == name]

    def states(self) -> list[str]:
        """The agent's states, in order."""
        return [event.new_state for event in self.told("agent_state_changed")]

    def messages(self) -> list[tuple[str, str]]:
        """Role and text of the history's messages."""
        return [
            (item.role, item.text_content or "")
            for item in self.session.history.items
            if item.type == "message"
        ]

    async def say(self, ms: int = 300) -> None:
        """The caller makes a sound, which the scripted server takes for a turn."""
        self.talking = True
        await asyncio.sleep(ms / 1000)
        self.talking = False

    async def until(self, holds: Callable[[], Any], patience_s: float = PATIENCE_S) -> None:
        """Waits until something holds; else says what happened instead."""
        if not await eventually(holds, patience_s):
            raise AssertionError(f"it never came to hold; what happened: {self.events}; sent: {self.types()}")

    async def until_quiet(self) -> None:
        """Waits until the agent has spoken, and listens."""
        await self.until(lambda: "speaking" in self.states() and self.states()[-1] == "listening")

    async def pump(self) -> None:
        """The microphone and the loudspeaker."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self.caller.push(self.words.pop(0) if self.words else TONE if self.talking else SILENCE)
            if self.playing:
                self.played += int(np.count_nonzero(self.agent.playout.take(FRAME)))
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - loop.time()))


@contextlib.asynccontextmanager
async def talk(
    server: ScriptedEngine,
    *,
    model: dict[str, Any] | None = None,
    agent: Agent | None = None,
    synchronised: bool = False,
    **session: Any,
) -> AsyncIterator[Talk]:
    """A running conversation in the page's form.

    Args:
        server: answers it.
        model: options of the model that differ.
        agent: else a kind one without tools.
        synchronised: words are held back to the pace of the audio, as RoomIO does it.
        session: options of the session that differ; `...` leaves one out.
    """
    before = len(server.connections)
    realtime = right_model(server, **(model or {}))
    talking = Talk(right_session(realtime, **session), server)
    if synchronised:
        pace = TranscriptSynchronizer(next_in_chain_audio=talking.agent, next_in_chain_text=None)
        talking.session.output.audio = pace.audio_output
        talking.session.output.transcription = pace.text_output
    pump: asyncio.Task[None] | None = None
    try:
        await talking.session.start(agent or Agent(instructions="Be kind."))
        pump = asyncio.create_task(talking.pump())
        await talking.until(lambda: len(server.connections) > before)
        yield talking
    finally:
        with contextlib.suppress(Exception):
            await talking.session.aclose()
        if pump is not None:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        await realtime.aclose()
