"""A caller's turn in progress, and whoever is told of turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from antiphon.engine.brains.brain import Expectation
from antiphon.engine.turns.endpointing import Evidence
from antiphon.engine.turns.pieces import Pieces


@dataclass(slots=True)
class Turn:
    """A caller's turn.

    Attributes:
        item_id: of the user's item that it becomes.
        start_ms: stream position of its first audio, prefix padding included.
        last_speech_ms: stream position where its speech ended, as far as known.
        started: it counts as speech (`speech_started` was sent).
        interrupted: the agent was audible when it began.
        stamps: hop → monotonic ms.
        partial: the closed pieces' words that were sent as deltas so far.
        failed: a recognition failed for good.
    """

    item_id: str
    start_ms: float
    pieces: Pieces
    last_speech_ms: float = 0.0
    started: bool = False
    interrupted: bool = False
    evidence: Evidence = field(default_factory=Evidence)
    stamps: dict[str, float] = field(default_factory=dict)
    partial: str = ""
    failed: Exception | None = None
    judged: int = 0
    judging: int | None = None
    words_due_ms: float | None = None
    forced: bool = False


class TurnOwner(Protocol):
    """Whoever is told of turns: the session."""

    def new_item_id(self) -> str:
        """A fresh id for a user's item."""
        ...

    def agent_audible(self, now_ms: float) -> bool:
        """Whether the caller can hear the agent now."""
        ...

    def expectation(self) -> Expectation:
        """What will probably be said."""
        ...

    def turn_started(self, turn: Turn, now_ms: float) -> None:
        """The caller speaks, and it counts."""
        ...

    def words_changed(self, turn: Turn, now_ms: float) -> None:
        """Words were recognised; in a pause they are all there is so far (`turn.pieces.complete`)."""
        ...

    def turn_goes_on(self, turn: Turn, now_ms: float) -> None:
        """The caller goes on after a pause."""
        ...

    def turn_over(self, turn: Turn, now_ms: float) -> None:
        """The turn is over and has words."""
        ...

    def turn_wordless(self, turn: Turn, now_ms: float) -> None:
        """The turn is over and had no words: noise, or a recognition that failed (`turn.failed`)."""
        ...
