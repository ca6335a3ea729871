"""What happens in a call, as the caller's line is told it.

A line turns these into messages for its kind of caller: the page's data channel, a terminal, a JSON report.
Times are milliseconds on the machine's monotonic clock (`antiphon.clock`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Speaker = Literal["caller", "agent"]
AgentState = Literal["initializing", "listening", "thinking", "speaking"]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Words of one segment (a caller's turn or an agent's message): always the whole text so far.

    Attributes:
        segment_id: the item's id; later events with the same id replace the text.
        final: no more words will come.
        typed: the caller typed it.
    """

    segment_id: str
    speaker: Speaker
    text: str
    final: bool
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """An agent's segment was cut off: what was heard of it, and what was not (shown struck through)."""

    segment_id: str
    heard: str
    unheard: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The agent's state, as LiveKit's `lk.agent.state` names it."""

    state: AgentState


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool call left for the application."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool's result or error, in the tool's words."""

    call_id: str
    name: str
    output: str
    is_error: bool
    took_ms: float


@dataclass(frozen=True, slots=True)
class TurnTimed:
    """The waterfall of one answer.

    Attributes:
        segment_id: the agent's message that answers.
        user_segment_id: the caller's turn that it answers ("" for typed text and the greeting).
        stamps: hop → monotonic ms, in the order of `HOPS`; hops that did not happen are absent. Work that was done in a pause
            may carry a stamp before `turn_over`.
        details: what else is known: endpointing evidence, speculation begun and kept or dropped, cache hit.
    """

    segment_id: str
    user_segment_id: str
    stamps: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)


HOPS = (
    "speech_ended",  # the caller's last speech, as the VAD dates it
    "pause_seen",  # the VAD saw silence long enough to begin work
    "recognised",  # the words are there
    "reply_begun",  # the brain was asked
    "reply_ready",  # the brain's words and the first clip are there
    "turn_over",  # endpointing let it go
    "audio_sent",  # the engine's first audio delta left
    "audio_played",  # the first 20 ms frame was taken by the caller's line
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something failed, in words for the caller."""

    code: str
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Recovered:
    """A `Problem` that was told before is over. `code` is the problem's."""

    code: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over.

    Attributes:
        reason: "hang_up", "line_lost", "agent", "error", "too_long" or "shutdown".
    """

    reason: str


CallEvent = (
    Transcript | Cut | StateChanged | ToolStarted | ToolEnded | TurnTimed | Problem | Recovered | Ended
)
