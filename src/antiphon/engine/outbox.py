"""What leaves a session, and the way back of its work.

The session's parts put effects here in order; the shell drains them. Each piece of work carries its
continuations, so that a result finds the part that asked for it, or nobody, if it was withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from antiphon.engine.brains.brain import BrainOutput
from antiphon.engine.effects import Effect, Hasten, Record, Result, Send, Start, Withdraw, Work
from antiphon.wire import ServerEvent

OnResult = Callable[[int, Result, float], None]
OnFailure = Callable[[int, Exception, float], None]
OnOutput = Callable[[int, BrainOutput, float], None]


@dataclass(slots=True)
class _Pending:
    finished: OnResult
    failed: OnFailure
    thought: OnOutput | None


class Outbox:
    """Effects in order, and the work under way."""

    def __init__(self) -> None:
        self._effects: list[Effect] = []
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0

    def send(self, event: ServerEvent) -> None:
        """Sends an event to the client."""
        self._effects.append(Send(event))

    def record(self, topic: str, at_ms: float, /, **detail: object) -> None:
        """Adds a line to the call's record."""
        self._effects.append(Record(topic, at_ms, detail))

    def start(
        self, work: Work, finished: OnResult, failed: OnFailure, thought: OnOutput | None = None
    ) -> int:
        """Starts work; exactly one of the continuations ends it, unless it is withdrawn. Returns its id."""
        self._last_id += 1
        self._pending[self._last_id] = _Pending(finished, failed, thought)
        self._effects.append(Start(self._last_id, work))
        return self._last_id

    def withdraw(self, work_id: int) -> None:
        """The outcome is not wanted any more."""
        if self._pending.pop(work_id, None) is not None:
            self._effects.append(Withdraw(work_id))

    def hasten(self, work_id: int) -> None:
        """The outcome is wanted for certain."""
        if work_id in self._pending:
            self._effects.append(Hasten(work_id))

    def withdraw_all(self) -> None:
        """Nothing is wanted any more."""
        for work_id in list(self._pending):
            self.withdraw(work_id)

    def thought(self, work_id: int, output: BrainOutput, now_ms: float) -> None:
        """An output of a brain's stream."""
        pending = self._pending.get(work_id)
        if pending is not None and pending.thought is not None:
            pending.thought(work_id, output, now_ms)

    def finished(self, work_id: int, result: Result, now_ms: float) -> None:
        """A result; one that is not wanted any more is ignored."""
        pending = self._pending.pop(work_id, None)
        if pending is not None:
            pending.finished(work_id, result, now_ms)

    def failed(self, work_id: int, error: Exception, now_ms: float) -> None:
        """A failure; one that is not wanted any more is ignored."""
        pending = self._pending.pop(work_id, None)
        if pending is not None:
            pending.failed(work_id, error, now_ms)

    def drain(self) -> list[Effect]:
        """The effects since the last drain, in order."""
        effects, self._effects = self._effects, []
        return effects
