"""A reply in preparation: the brain's words cut into clauses, each with its audio, and the tool calls.

It has no effects: it may be prepared in a pause and abandoned when the caller goes on (speculation),
released as a `Response` when the turn is over, or kept while an interruption turns out to be nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from antiphon.engine.brains.brain import BrainOutput, BrainRequest, CallTool, Note, Say, TurnEvidence
from antiphon.engine.effects import Result, Speak, Think
from antiphon.engine.outbox import Outbox
from antiphon.engine.speech.clauses import ClauseSplitter
from antiphon.engine.speech.parts import Clip
from antiphon.errors import BrainError

SPECULATIVE_CLAUSES = 1
"""Synthesised before the turn is over: what is needed to begin to speak, no more."""

RELEASED_AHEAD = 2
"""Clauses in synthesis at once after that: the next one is ready before the first ends."""

FALLBACK_WORDS = "Sorry, something went wrong on my side. Could you say that again?"


@dataclass(slots=True)
class Clause:
    """A piece of the reply. `clip` is None until it is spoken; `failed` when no voice could."""

    text: str
    clip: Clip | None = None
    failed: bool = False
    work_id: int | None = None

    @property
    def settled(self) -> bool:
        """Nothing more is to be awaited."""
        return self.clip is not None or self.failed


class Reply:
    """One reply.

    Args:
        outbox: where work is started.
        request: what the brain is asked.
        voice: the session's voice name; None for a reply in text alone.
        speed: of speech, 1.0 is normal.
        changed: called after each change, with the time.
        now_ms: the present.
    """

    def __init__(
        self,
        outbox: Outbox,
        request: BrainRequest,
        *,
        voice: str | None,
        speed: float,
        changed: Callable[[float], None],
        now_ms: float,
    ) -> None:
        self.request = request
        self.clauses: list[Clause] = []
        self.calls: list[CallTool] = []
        self.notes: list[Note] = []
        self.evidence: TurnEvidence | None = None
        self.error: Exception | None = None
        self.thinking = True
        self.abandoned = False
        self.begun_ms = now_ms
        self.ready_ms: float | None = None
        self.changed = changed
        self._outbox = outbox
        self._voice = voice
        self._speed = speed
        self._splitter = ClauseSplitter()
        self._ahead = SPECULATIVE_CLAUSES
        self._work_id: int | None = outbox.start(
            Think(request), self._thought_all, self._thinking_failed, self._thought
        )

    @property
    def text(self) -> str:
        """All the words so far."""
        return " ".join(clause.text for clause in self.clauses)

    @property
    def complete(self) -> bool:
        """The brain has said all, and every clause is settled."""
        return not self.thinking and all(clause.settled for clause in self.clauses)

    def release(self, now_ms: float) -> None:
        """The turn is over: prepare all of it."""
        self._ahead = RELEASED_AHEAD
        self._speak_next()
        self._note_ready(now_ms)

    def abandon(self) -> None:
        """Drops it with all the work under way."""
        self.abandoned = True
        for work_id in [self._work_id, *(clause.work_id for clause in self.clauses)]:
            if work_id is not None:
                self._outbox.withdraw(work_id)
        self._work_id = None

    def _thought(self, _: int, output: BrainOutput, now_ms: float) -> None:
        match output:
            case Say(text):
                self._add(self._splitter.push(text))
            case CallTool():
                self.calls.append(output)
            case Note():
                self.notes.append(output)
            case TurnEvidence():
                self.evidence = output
        self._update(now_ms)

    def _thought_all(self, _: int, __: Result, now_ms: float) -> None:
        self._end_thinking(now_ms)

    def _thinking_failed(self, _: int, error: Exception, now_ms: float) -> None:
        self.error = error
        self._add(self._splitter.push(error.spoken if isinstance(error, BrainError) else FALLBACK_WORDS))
        self._end_thinking(now_ms)

    def _end_thinking(self, now_ms: float) -> None:
        self.thinking = False
        self._work_id = None
        self._add(self._splitter.finish())
        self._update(now_ms)

    def _add(self, texts: list[str]) -> None:
        self.clauses.extend(Clause(text) for text in texts if text)

    def _speak_next(self) -> None:
        if self._voice is None:
            for clause in self.clauses:
                clause.failed = True
            return
        under_way = sum(clause.work_id is not None for clause in self.clauses)
        spoken = sum(clause.settled for clause in self.clauses)
        limit = 1 if self._ahead == SPECULATIVE_CLAUSES else len(self.clauses)
        for clause in self.clauses:
            if under_way >= self._ahead or spoken + under_way >= limit:
                return
            if clause.settled or clause.work_id is not None:
                continue
            if not clause.text.strip():
                clause.failed = True
                continue
            clause.work_id = self._outbox.start(
                Speak(clause.text.strip(), self._voice, self._speed), self._spoken, self._speaking_failed
            )
            under_way += 1

    def _spoken(self, work_id: int, result: Result, now_ms: float) -> None:
        assert isinstance(result, Clip)
        clause = self._clause(work_id)
        clause.clip, clause.work_id = result, None
        self._update(now_ms)

    def _speaking_failed(self, work_id: int, error: Exception, now_ms: float) -> None:
        clause = self._clause(work_id)
        clause.failed, clause.work_id = True, None
        self.error = error
        self._update(now_ms)

    def _clause(self, work_id: int) -> Clause:
        return next(clause for clause in self.clauses if clause.work_id == work_id)

    def _update(self, now_ms: float) -> None:
        self._speak_next()
        self._note_ready(now_ms)
        if not self.abandoned:
            self.changed(now_ms)

    def _note_ready(self, now_ms: float) -> None:
        if self.ready_ms is None and (
            (self.clauses and self.clauses[0].settled)
            or (not self.thinking and not self.clauses)
            or self.calls
        ):
            self.ready_ms = now_ms
