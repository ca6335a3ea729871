"""What a session asks of its shell: events to send, work to do, work to withdraw.

The session (`engine/session.py`) is sans-I/O: the shell (`engine/runner.py`) feeds it client events,
results of work and the time, and carries out the effects that it hands back, in order.
"""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.engine.brains.brain import BrainOutput, BrainRequest
from antiphon.engine.speech.parts import Clip, Pcm16, Recognition
from antiphon.wire import ServerEvent


@dataclass(frozen=True, slots=True)
class Recognise:
    """Recognise a piece of the caller's turn (`Recogniser.recognise`): on trial, until `Hasten`."""

    pcm: Pcm16
    vocabulary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgeEndOfTurn:
    """Judge whether the turn is over (`EndOfTurn.probability`)."""

    pcm: Pcm16


@dataclass(frozen=True, slots=True)
class Think:
    """Ask the brain; each output goes back as `Session.thought`, the end as `Session.finished`."""

    request: BrainRequest


@dataclass(frozen=True, slots=True)
class Speak:
    """Speak a clause (`Voice.speak`)."""

    clause: str
    voice: str
    speed: float


Work = Recognise | JudgeEndOfTurn | Think | Speak


@dataclass(frozen=True, slots=True)
class Send:
    """Send an event to the client."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a piece of work; its outcome comes back under `work_id`."""

    work_id: int
    work: Work


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Cancel a piece of work: its outcome is not wanted any more (one that comes nonetheless is ignored)."""

    work_id: int


@dataclass(frozen=True, slots=True)
class Hasten:
    """A piece of work that was begun on trial is wanted whatever happens: let no trial go before it."""

    work_id: int


@dataclass(frozen=True, slots=True)
class Record:
    """A line for the call's record: what was decided and why, with its monotonic time."""

    topic: str
    at_ms: float
    detail: dict[str, object]


Effect = Send | Start | Withdraw | Hasten | Record

Result = Recognition | float | Clip | None
"""Of Recognise, JudgeEndOfTurn, Speak, Think (None: the stream is at its end)."""

__all__ = [
    "BrainOutput",
    "Effect",
    "Hasten",
    "JudgeEndOfTurn",
    "Recognise",
    "Record",
    "Result",
    "Send",
    "Speak",
    "Start",
    "Think",
    "Withdraw",
    "Work",
]
