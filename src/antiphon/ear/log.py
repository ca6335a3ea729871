"""What a call's messages told: the conversation, tools, waterfalls, problems. A fold over the page's protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from antiphon.ear.line import Message


@dataclass(slots=True)
class Words:
    """One segment of the transcript, as it stands now.

    Attributes:
        at_ms: when its first words were shown, on the call's timeline.
        speaker: "caller" or "agent".
        text: the words; of a cut answer only those that were heard.
        unheard: words that were cut off.
        final: no more will come.
        typed: the caller typed it.
    """

    at_ms: float
    speaker: str
    text: str
    unheard: str = ""
    final: bool = False
    typed: bool = False


@dataclass(slots=True)
class ToolCall:
    """A tool that the agent called."""

    at_ms: float
    name: str
    arguments: dict[str, Any]
    call_id: str = ""
    output: str | None = None
    is_error: bool = False
    took_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The server's own stamps of one answer (monotonic ms), and what else it told of it."""

    at_ms: float
    segment_id: str
    user_segment_id: str
    stamps: dict[str, float]
    details: dict[str, Any]


@dataclass(slots=True)
class CallLog:
    """One call's messages, folded.

    Attributes:
        state: the agent's state, as last told; "" before.
        segments: segment id → words, in the order in which they began.
        ended: why the call is over; "" while it goes on.
    """

    state: str = ""
    segments: dict[str, Words] = field(default_factory=dict)
    tools: dict[str, ToolCall] = field(default_factory=dict)
    waterfalls: list[Waterfall] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    states: list[tuple[float, str]] = field(default_factory=list)
    ended: str = ""

    def add(self, message: Message, at_ms: float) -> None:
        """Takes one message; unknown topics are passed over."""
        match message["topic"]:
            case "lk.agent.state":
                self.state = message["state"]
                self.states.append((at_ms, self.state))
            case "lk.transcription":
                self._words(message, at_ms)
            case "antiphon.cut":
                words = self.segments.setdefault(message["segment_id"], Words(at_ms, "agent", ""))
                words.text, words.unheard = message["heard"], message["unheard"]
            case "antiphon.tool":
                self._tool(message, at_ms)
            case "antiphon.turn":
                self.waterfalls.append(
                    Waterfall(
                        at_ms,
                        message["segment_id"],
                        message["user_segment_id"],
                        dict(message["stamps"]),
                        dict(message["details"]),
                    )
                )
            case "antiphon.problem":
                self.problems.append(
                    {"at_ms": at_ms, **{k: message[k] for k in ("code", "message", "fatal")}}
                )
            case "antiphon.ended":
                self.ended = message["reason"]
            case _:
                pass

    def _words(self, message: Message, at_ms: float) -> None:
        attributes = message["attributes"]
        words = self.segments.setdefault(
            attributes["lk.segment_id"],
            Words(at_ms, message["speaker"], "", typed=bool(message.get("typed"))),
        )
        words.text = message["text"]
        words.final = attributes["lk.transcription_final"] == "true"

    def _tool(self, message: Message, at_ms: float) -> None:
        call = self.tools.setdefault(
            message["call_id"], ToolCall(at_ms, message["name"], {}, message["call_id"])
        )
        if message["phase"] == "started":
            call.arguments = dict(message["arguments"])
        else:
            call.output, call.is_error = message["output"], bool(message["is_error"])
            call.took_ms = message["took_ms"]

    def said_by(self, speaker: str) -> list[str]:
        """All texts of one speaker, in order, without empty ones."""
        return [words.text for words in self.segments.values() if words.speaker == speaker and words.text]
