"""A LiveKit AgentSession as LiveKit's documentation builds one: speech to text, a language model, text to speech, and their defaults.

    python scripts/peer_livekit.py --engine http://127.0.0.1:8001/v1 --port 9100

Nothing of this project takes turns here. The recogniser, the voice and the brain are the engine's, over OpenAI's plugin; all else is what
AgentSession takes when it is told nothing. In 1.8: its own silero (0.25 s of silence), turn-detector-v1-mini on this machine, endpointing
0.3 to 2.5 s, preemptive generation, interruptions after 0.5 s of speech, pausing and resuming after false ones. `--turns vad` leaves
the end of turn to the VAD (endpointing 0.5 s). The agent is the front desk with its own tools.
The call is a plain websocket (`peer_server.py`) instead of a room: a room would add WebRTC's buffers, here as for every other agent.
"""

from __future__ import annotations

import argparse
import logging
import os
import uuid
from typing import Any

import numpy as np
from livekit.agents import AgentSession
from livekit.agents.voice.io import AudioOutputCapabilities
from livekit.agents.voice.transcription import TranscriptSynchronizer
from livekit.plugins import openai
from peer_server import Answered, Tell, serve

from antiphon.agent.audio_io import AgentAudio, CallerAudio
from antiphon.agent.session import CallInfo
from antiphon.agent.tool_watch import ToolWatch
from antiphon.clock import civil_clock, monotonic_ms
from antiphon.desk.agent import FrontDesk, desk_factory
from antiphon.ear.signal import Pcm16
from antiphon.lines.messages import encode
from antiphon.settings import load

GREET = "Greet the caller warmly in one short sentence and ask how you can help."


class PausableAudio(AgentAudio):
    """The agent's audio, which can be paused as a room's can: LiveKit pauses it while it finds out whether an interruption is one."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self._capabilities = AudioOutputCapabilities(pause=True)
        self.paused = False

    def pause(self) -> None:
        """Nothing is played until `resume`."""
        super().pause()
        self.paused = True

    def resume(self) -> None:
        """Goes on."""
        super().resume()
        self.paused = False

    def clear_buffer(self) -> None:
        """An interruption."""
        self.paused = False
        super().clear_buffer()


class PipelineCall:
    """One call of an AgentSession."""

    def __init__(self, session: AgentSession[Any], tell: Tell) -> None:
        self._session = session
        self._tell = tell
        self._caller = CallerAudio()
        self._agent = PausableAudio()
        self._tools = ToolWatch(monotonic_ms)

    async def start(self, agent: FrontDesk) -> None:
        """Connects audio and transcript as LiveKit's RoomIO does, and greets."""
        session = self._session
        synchronizer = TranscriptSynchronizer(next_in_chain_audio=self._agent, next_in_chain_text=None)
        session.input.audio = self._caller
        session.output.audio = synchronizer.audio_output
        session.output.transcription = synchronizer.text_output
        session.on("conversation_item_added", self._said)
        session.on("agent_state_changed", lambda event: self._state(event.new_state))
        session.on("tool_execution_updated", lambda event: self._each(self._tools.updated(event)))
        session.on("function_tools_executed", lambda event: self._each(self._tools.executed(event)))
        await session.start(agent)
        session.generate_reply(instructions=GREET)

    def hear(self, pcm: Pcm16) -> None:
        """The caller's audio."""
        self._caller.push(pcm)

    def take(self, samples: int) -> Pcm16:
        """The next samples."""
        return np.zeros(samples, np.int16) if self._agent.paused else self._agent.playout.take(samples)

    async def close(self) -> None:
        """The caller hung up."""
        self._caller.end()
        await self._session.aclose()

    def _each(self, events: Any) -> None:
        for event in events:
            self._tell(encode(event))

    def _state(self, state: str) -> None:
        # the ear waits for "listening"; other states of LiveKit's are not the page's
        self._tell({"topic": "lk.agent.state", "state": state})

    def _said(self, event: Any) -> None:
        item = event.item
        if getattr(item, "type", "") != "message" or not item.text_content:
            return
        attributes = {"lk.segment_id": item.id, "lk.transcription_final": "true"}
        speaker = "agent" if item.role == "assistant" else "caller"
        self._tell(
            {
                "topic": "lk.transcription",
                "text": item.text_content,
                "speaker": speaker,
                "typed": False,
                "attributes": attributes,
            }
        )


def main() -> None:
    """Serves calls."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", required=True, metavar="URL", help="such as http://127.0.0.1:8001/v1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--turns", choices=["default", "vad"], default="default")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    os.environ.setdefault("OPENAI_API_KEY", "local")
    settings = load()
    make_agent = desk_factory(settings.desk, civil_clock(settings.timezone))
    turns: dict[str, Any] = {} if given.turns == "default" else {"turn_handling": {"turn_detection": "vad"}}

    async def answer(tell: Tell) -> Answered:
        session: AgentSession[CallInfo] = AgentSession(
            # pcm: the plugin's own default, mp3, has to be encoded here and decoded there
            stt=openai.STT(base_url=given.engine, model="whisper-1"),
            # as LiveKit sets it for servers that are not OpenAI's: strict schemas leave titles and formats out, which the form brain reads
            llm=openai.LLM(base_url=given.engine, model="antiphon", _strict_tool_schema=False),
            tts=openai.TTS(base_url=given.engine, model="tts-1", response_format="pcm"),
            userdata=CallInfo(f"call_{uuid.uuid4().hex[:12]}", "pcm"),
            **turns,
        )
        call = PipelineCall(session, tell)
        await call.start(make_agent())
        return call

    serve(answer, given.port)


if __name__ == "__main__":
    main()
