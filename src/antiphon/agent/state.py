"""What the agent is doing, for the line: LiveKit's state, with "thinking" also between a caller's turn and its answer.

LiveKit itself, with turn-taking on the server's side, says "listening" until the answer is heard. Sans-I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from antiphon.agent.events import AgentState


@dataclass(slots=True)
class StateTracker:
    """Merges both; `state` is what to show."""

    livekit: AgentState = "initializing"
    answering: bool = False
    """A turn is over, or text was typed, and nothing was heard in answer yet."""

    @property
    def state(self) -> AgentState:
        """The state to show."""
        if self.livekit == "listening" and self.answering:
            return "thinking"
        return self.livekit

    def agent_state(self, state: str) -> None:
        """LiveKit's state changed."""
        match state:
            case "initializing" | "thinking":
                self.livekit = state
            case "speaking":
                self.livekit = "speaking"
                self.answering = False
            case _:
                self.livekit = "listening"

    def typed(self) -> None:
        """The caller typed something."""
        self.answering = True

    def feed(self, event: dict[str, Any]) -> None:
        """A server event came."""
        match event.get("type"):
            case "input_audio_buffer.committed":
                self.answering = True
            case "input_audio_buffer.speech_started":
                self.answering = False
            case "conversation.item.input_audio_transcription.completed":
                if not (event.get("transcript") or "").strip():
                    self.answering = False
            case "response.done":
                response = event["response"]
                # one that was cancelled is followed by what cancelled it: speech, or typed text
                if response.get("status") == "failed" or not (
                    response.get("output") or response.get("status") == "cancelled"
                ):
                    self.answering = False
            case _:
                pass
