"""What the client is told of a call: the caller's items and words, a response's timing and notes, failures."""

from __future__ import annotations

from antiphon import wire
from antiphon.engine.config import Config
from antiphon.engine.conversation import Conversation, UserMessage
from antiphon.engine.items import to_wire
from antiphon.engine.outbox import Outbox
from antiphon.engine.response import Response
from antiphon.engine.turns.turn import Turn
from antiphon.errors import AntiphonError


class Teller:
    """Sends the events that belong to no response's own sequence.

    Args:
        outbox: where events go.
        conversation: where the caller's items go.
        config: whether the client wants transcripts.
        extended: the client asked for `antiphon.*` events.
    """

    def __init__(self, outbox: Outbox, conversation: Conversation, config: Config, *, extended: bool) -> None:
        self._outbox = outbox
        self._conversation = conversation
        self._config = config
        self._extended = extended

    def own(self, event: wire.AntiphonEvent) -> None:
        """Sends one of Antiphon's own events to a client that asked for them."""
        if self._extended:
            self._outbox.send(event)

    def error(self, error: Exception, now_ms: float) -> None:
        """A failure of the engine's."""
        self._outbox.record("error", now_ms, error=f"{type(error).__name__}: {error}")
        if isinstance(error, AntiphonError):
            self._outbox.send(wire.error_event(error))
            return
        detail = wire.ErrorDetail(
            type="server_error", code="internal_error", message="the engine failed to answer"
        )
        self._outbox.send(wire.ErrorEvent(error=detail))

    def speech_started(self, turn: Turn, now_ms: float) -> None:
        """The caller speaks."""
        self._outbox.record("speech_started", now_ms, item_id=turn.item_id, interrupts=turn.interrupted)
        self._outbox.send(
            wire.InputAudioBufferSpeechStarted(item_id=turn.item_id, audio_start_ms=round(turn.start_ms))
        )

    def speech_stopped(self, turn: Turn) -> None:
        """The caller's turn is over, or was none."""
        self._outbox.send(
            wire.InputAudioBufferSpeechStopped(item_id=turn.item_id, audio_end_ms=round(turn.last_speech_ms))
        )

    def committed(self, turn: Turn, text: str) -> None:
        """The turn became an item of the conversation."""
        item = UserMessage(turn.item_id, text)
        previous = self._conversation.insert(item)
        shown = to_wire(item)
        self._outbox.send(wire.InputAudioBufferCommitted(item_id=turn.item_id, previous_item_id=previous))
        self._outbox.send(wire.ConversationItemAdded(item=shown, previous_item_id=previous))
        self._outbox.send(wire.ConversationItemDone(item=shown, previous_item_id=previous))

    def words_so_far(self, turn: Turn) -> None:
        """The final words of a turn that goes on."""
        closed = turn.pieces.closed_text
        if closed == turn.partial or not self._transcribes:
            return
        delta, turn.partial = closed[len(turn.partial) :], closed
        self._outbox.send(wire.InputAudioTranscriptionDelta(item_id=turn.item_id, delta=delta))

    def transcript(self, turn: Turn, text: str) -> None:
        """All words of a turn."""
        if not self._transcribes:
            return
        rest = text[len(turn.partial) :] if text.startswith(turn.partial) else ""
        if rest:
            self._outbox.send(wire.InputAudioTranscriptionDelta(item_id=turn.item_id, delta=rest))
        seconds = max(0.0, turn.last_speech_ms - turn.start_ms) / 1000
        self._outbox.send(
            wire.InputAudioTranscriptionCompleted(
                item_id=turn.item_id, transcript=text, usage=wire.UsageDuration(seconds=round(seconds, 3))
            )
        )

    def recognition_failed(self, turn: Turn) -> None:
        """The turn's words could not be had."""
        error = wire.TranscriptionError(
            type="server_error", code="recognition_failed", message=str(turn.failed)
        )
        self._outbox.send(wire.InputAudioTranscriptionFailed(item_id=turn.item_id, error=error))

    def timed(self, response: Response, turn: Turn | None, now_ms: float, *, speculated: bool) -> None:
        """The hops of an answer, when its first audio leaves. `speculated`: it was prepared in the pause."""
        stamps = dict(turn.stamps) if turn is not None else {}
        reply = response.reply
        stamps["reply_begun"] = reply.begun_ms
        if reply.ready_ms is not None:
            stamps["reply_ready"] = reply.ready_ms
        stamps["audio_sent"] = now_ms
        first = next((clause.clip for clause in reply.clauses if clause.clip is not None), None)
        details: dict[str, object] = {
            "speculated": speculated,
            "cached": first is not None and first.cached,
            "user_item_id": turn.item_id if turn is not None else "",
        }
        if turn is not None:
            details |= {"sound": turn.evidence.sound, "words": turn.evidence.words}
        self._outbox.record("turn_timed", now_ms, response_id=response.id, stamps=stamps, **details)
        self.own(
            wire.AntiphonTurn(
                item_id=response.item_id, response_id=response.id, stamps=stamps, details=details
            )
        )

    @property
    def _transcribes(self) -> bool:
        return self._extended or self._config.transcribes
