"""The speaking half of a session: replies prepared, let go, stopped, and taken up again.

The listening half (`listener.py`) says when the caller speaks and when a turn is over; this half decides what becomes of the agent's voice:

* a reply is prepared in every pause (speculation) and dropped if the caller goes on;
* when the turn is over it is released, if it answers just what was said; else another is made;
* the caller's voice stops it, and it is kept until the voice is known to have words: if it had none, the agent goes on with
  what was unheard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from msgspec import UNSET

from antiphon import wire
from antiphon.clock import CivilClock
from antiphon.engine.brains.brain import BrainRequest, TurnEvidence
from antiphon.engine.config import Config, Output, choice_of, tools_of
from antiphon.engine.conversation import Conversation, FunctionCallOutput, UserMessage
from antiphon.engine.outbox import Outbox
from antiphon.engine.reply import Reply
from antiphon.engine.response import Response, State
from antiphon.engine.teller import Teller
from antiphon.engine.turns.turn import Turn
from antiphon.errors import ConversationError, WireError
from antiphon.settings import EngineSettings

AUDIBLE_TAIL_MS = 150.0
"""After its last audio should have been played, the agent may still be heard this long: lines have buffers too."""
REMEMBERED_RESPONSES = 8
"""Responses whose audio is kept for a late truncation."""

OnEvidence = Callable[[TurnEvidence | None, float], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A response that is to be created.

    Attributes:
        config: what the client wants for this response alone; None for an answer to a turn.
        turn: the caller's turn that it answers, if one.
    """

    config: wire.ResponseConfig | None = None
    turn: Turn | None = None

    @property
    def instructions(self) -> str:
        """Instructions for this response alone, "" if none."""
        given = self.config.instructions if self.config is not None else None
        return given if isinstance(given, str) else ""

    @property
    def metadata(self) -> dict[str, str] | None:
        """The client's own, echoed."""
        given = self.config.metadata if self.config is not None else None
        return given if isinstance(given, dict) else None


@dataclass(frozen=True, slots=True)
class _Given:
    """The response that is given or was given last, with what it takes to go on with its reply."""

    response: Response
    output: Output
    metadata: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class _Suspended:
    """A reply that the caller's voice stopped, until it is known whether the voice had words."""

    given: _Given
    resume_ms: float


class Speaker:
    """What the agent says in one call.

    Args:
        settings: the engine's.
        civil: civil time, for the brain.
        outbox: where work is started and events go.
        conversation: what was said.
        config: the session's.
        teller: what the client is told beside the responses.
        caller_busy: whether a response must wait: the caller speaks, or words of his are still to come.
    """

    def __init__(
        self,
        settings: EngineSettings,
        civil: CivilClock,
        outbox: Outbox,
        conversation: Conversation,
        config: Config,
        teller: Teller,
        caller_busy: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._civil = civil
        self._outbox = outbox
        self._conversation = conversation
        self._config = config
        self._teller = teller
        self._caller_busy = caller_busy
        self._asked: deque[Asked] = deque()
        self._given: _Given | None = None
        self._remembered: deque[Response] = deque(maxlen=REMEMBERED_RESPONSES)
        self._speculation: Reply | None = None
        self._suspended: _Suspended | None = None
        self._unanswered: Turn | None = None  # let go, and nothing of its answer heard yet: its tools run
        self._notes_told = 0
        self._error_told = False

    # ---------------------------------------------------------------- state

    def audible(self, now_ms: float) -> bool:
        """Whether the caller may be hearing the agent."""
        return self._given is not None and now_ms < self._given.response.playing_until_ms + AUDIBLE_TAIL_MS

    def next_ms(self) -> float | None:
        """When `advance` is wanted next."""
        return self._given.response.next_ms(0.0) if self._given is not None else None

    def request(self, asked: Asked | None = None, extra: UserMessage | None = None) -> BrainRequest:
        """What a brain is asked now, with an item that is not in the conversation yet."""
        items = self._conversation.snapshot()
        tools, tool_choice = self._config.tools, self._config.tool_choice
        config = asked.config if asked is not None else None
        if config is not None:
            if isinstance(config.tools, list):
                tools = tools_of(config.tools)
            if config.tool_choice is not None and config.tool_choice is not UNSET:
                tool_choice = choice_of(config.tool_choice)
        return BrainRequest(
            instructions=self._config.instructions,
            response_instructions=asked.instructions if asked is not None else "",
            tools=tools,
            tool_choice=tool_choice,
            items=items if extra is None else (*items, extra),
            now=self._civil(),
        )

    # ----------------------------------------------------------- speculation

    def speculate(self, turn: Turn, text: str, on_evidence: OnEvidence, now_ms: float) -> bool:
        """Prepares a reply to a turn as if it were over with these words.

        Args:
            turn: the turn, in a pause.
            text: its words so far.
            on_evidence: told what the brain says of the words (None: it says nothing), while the reply is kept.
            now_ms: the present.

        Returns:
            False if the same is prepared already.
        """
        request = self.request(extra=UserMessage(turn.item_id, text))
        if self._speculation is not None and self._speculation.request.items == request.items:
            return False
        self.drop_speculation()
        self._outbox.record("speculation_begun", now_ms, item_id=turn.item_id, text=text)

        def changed(at_ms: float) -> None:
            reply = self._speculation
            if reply is not None and (reply.evidence is not None or not reply.thinking):
                on_evidence(reply.evidence, at_ms)

        self._speculation = self._prepare(request, self._config.output(), changed, now_ms)
        return True

    def drop_speculation(self, turn: Turn | None = None, now_ms: float = 0.0) -> None:
        """What was prepared is not wanted. `turn`: for the record."""
        if self._speculation is None:
            return
        if turn is not None:
            self._outbox.record("speculation_dropped", now_ms, item_id=turn.item_id)
        self._speculation.abandon()
        self._speculation = None

    # -------------------------------------------------------------- responses

    def ask(self, asked: Asked, now_ms: float) -> None:
        """A response is wanted: now, or when the one before it is done and the caller is."""
        self._asked.append(asked)
        self.answer_next(now_ms)

    def answer_next(self, now_ms: float) -> None:
        """Creates the next response that was asked for, if it need not wait."""
        if not self._asked or self._caller_busy() or (self._given is not None and self._given.response.open):
            return
        asked = self._asked.popleft()
        if asked.turn is None:
            # A turn that ended meanwhile is answered by the same response.
            turns = [other.turn for other in self._asked if other.turn is not None]
            self._asked = deque(other for other in self._asked if other.turn is None)
            asked = replace(asked, turn=turns[-1] if turns else None)
        output = self._config.output(asked.config)
        request = self.request(asked)
        reply, self._speculation = self._speculation, None
        speculated = reply is not None and _same(reply.request, request)
        if reply is None or not speculated:
            if reply is not None:
                reply.abandon()
            reply = self._prepare(request, output, lambda at_ms: None, now_ms)
        answered = asked.turn
        if answered is None and isinstance(next(reversed(request.items), None), FunctionCallOutput):
            answered = self._unanswered
        if asked.turn is not None:
            topic = "speculation_kept" if speculated else "speculation_missed"
            self._outbox.record(topic, now_ms, item_id=asked.turn.item_id, begun_ms=reply.begun_ms)
        self._begin(reply, output, asked.metadata, now_ms, turn=answered, speculated=speculated)

    def advance(self, now_ms: float) -> None:
        """Sends what may leave by now."""
        if self._given is None or not self._given.response.open:
            return
        response = self._given.response
        for note in response.reply.notes[self._notes_told :]:
            self._notes_told += 1
            detail = dict(note.detail)
            self._outbox.record("note", now_ms, response_id=response.id, note=note.topic, detail=detail)
            self._teller.own(wire.AntiphonNote(response_id=response.id, topic=note.topic, detail=detail))
        if response.reply.error is not None and not self._error_told:
            self._error_told = True
            self._teller.error(response.reply.error, now_ms)
        response.advance(now_ms)
        if not response.open:
            self.answer_next(now_ms)

    def cancel(self, response_id: str | None, event_id: str | None, now_ms: float) -> None:
        """The client stops a response for good: the one named, or the one being given.

        Raises:
            WireError: there is none; its message begins with "Cancellation failed", which clients look for.
        """
        given = self._given
        if given is None or not given.response.open or response_id not in (None, given.response.id):
            named = f" with id {response_id!r}" if response_id is not None else ""
            raise WireError(
                f"Cancellation failed: no active response found{named}.",
                param="response_id" if response_id is not None else "",
                event_id=event_id,
                code="response_cancel_not_active",
            )
        given.response.cancel(now_ms, "client_cancelled")
        given.response.reply.abandon()
        self.answer_next(now_ms)

    def truncate(self, item_id: str, audio_end_ms: int) -> tuple[str, str]:
        """The client says how much of a message was played; the item keeps what was heard.

        Returns:
            The words heard and the words unheard.

        Raises:
            ConversationError: the item is not a recent audio message.
        """
        response = next((r for r in self._remembered if r.item_id == item_id), None)
        if response is None or self._conversation.find(item_id) is None:
            raise ConversationError(
                f"there is no recent audio message with id {item_id!r} to truncate", param="item_id"
            )
        heard, unheard, resume_ms = response.truncate(audio_end_ms)
        if self._suspended is not None and self._suspended.given.response is response:
            self._suspended = replace(self._suspended, resume_ms=resume_ms)
        return heard, unheard

    # ------------------------------------------------------------ interruption

    def suspend(self, now_ms: float) -> None:
        """The caller speaks: stops the response, and keeps its reply until the voice is known to have words."""
        given = self._given
        if given is None or given.response.state is State.CANCELLED:
            return
        response = given.response
        if not (response.open or self.audible(now_ms)):
            return
        unheard, resume_ms = response.interrupt(now_ms)
        if response.reply.calls and not response.has_message:
            return  # a tool call has left; there is nothing to go on with
        if unheard or response.reply.thinking or not response.has_message:
            self._suspended = _Suspended(given, resume_ms)

    def give_up_suspended(self) -> None:
        """The voice had words: what it cut off is not wanted any more."""
        if self._suspended is not None:
            self._suspended.given.response.reply.abandon()
            self._suspended = None

    def resume(self, now_ms: float) -> None:
        """The voice had no words: goes on with what was unheard."""
        suspended, self._suspended = self._suspended, None
        if suspended is None:
            return
        stopped = suspended.given
        if not self._settings.turns.resume:
            stopped.response.reply.abandon()
            return
        item_id = stopped.response.item_id
        self._outbox.record("resumed", now_ms, item_id=item_id, resume_ms=round(suspended.resume_ms))
        response = self._begin(
            stopped.response.reply,
            stopped.output,
            stopped.metadata,
            now_ms,
            start_ms=suspended.resume_ms,
        )
        self._teller.own(
            wire.AntiphonResumed(
                interrupted_item_id=item_id, item_id=response.item_id, response_id=response.id
            )
        )

    def close(self) -> None:
        """The call is over."""
        self._asked.clear()

    # ------------------------------------------------------------------ inside

    def _prepare(
        self, request: BrainRequest, output: Output, changed: Callable[[float], None], now_ms: float
    ) -> Reply:
        return Reply(
            self._outbox,
            request,
            voice=output.voice if output.spoken else None,
            speed=output.speed,
            changed=changed,
            now_ms=now_ms,
        )

    def _begin(
        self,
        reply: Reply,
        output: Output,
        metadata: dict[str, str] | None,
        now_ms: float,
        *,
        start_ms: float = 0.0,
        turn: Turn | None = None,
        speculated: bool = False,
    ) -> Response:
        def first_audio(response: Response, at_ms: float) -> None:
            self._unanswered = None
            self._teller.timed(response, turn, at_ms, speculated=speculated)

        last = next(reversed(reply.request.items), None)
        response = Response(
            self._outbox,
            self._conversation,
            reply,
            audible=output.spoken,
            lead_ms=self._settings.output_lead_ms,
            metadata=metadata,
            start_ms=start_ms,
            not_before_ms=self._given.response.playing_until_ms if self._given is not None else 0.0,
            text_first=isinstance(last, UserMessage) and not last.spoken,
            first_audio=first_audio,
        )
        self._given = _Given(response, output, metadata)
        self._unanswered = turn
        self._remembered.append(response)
        self._notes_told, self._error_told = 0, False
        reply.changed = self.advance
        response.begin(now_ms)
        self.advance(now_ms)
        return response


def _same(one: BrainRequest, other: BrainRequest) -> bool:
    """Whether two requests ask the same, a moment apart."""
    return replace(one, now=other.now) == other
