"""A response: a reply that was let go, sent as the Realtime API's events, its audio paced.

Order of events: response.created, output_item.added, conversation.item.added, content_part.added, deltas,
the `done`s, response.done. Audio leaves at most `output_lead_ms` ahead of real time, each word's transcript
just before the audio that holds it.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from typing import Literal, TypedDict

from antiphon import wire
from antiphon.engine import spoken
from antiphon.engine.conversation import AssistantMessage, Conversation, FunctionCall
from antiphon.engine.items import to_wire
from antiphon.engine.outbox import Outbox
from antiphon.engine.reply import Reply
from antiphon.errors import IllegalTransition

CHUNK_MS = 40
"""Audio in one delta: small enough to stop at once, large enough that base64 and JSON stay cheap."""


CancelReason = Literal["turn_detected", "client_cancelled"]


class _Where(TypedDict):
    response_id: str
    item_id: str
    output_index: int
    content_index: int


class State(enum.Enum):
    """A response's life."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Response:
    """One response.

    Args:
        outbox: where events go.
        conversation: where its items go.
        reply: what is said.
        audible: audio and transcript, or text alone.
        lead_ms: how far audio may run ahead of real time.
        metadata: the client's own, echoed.
        start_ms: where on the reply's timeline it begins (beyond 0 when an interruption was taken back).
        not_before_ms: when the audio of the response before will have been played.
        text_first: send the words at once, before their audio: the caller typed and reads.
        first_audio: called once when the first audio leaves.
    """

    def __init__(
        self,
        outbox: Outbox,
        conversation: Conversation,
        reply: Reply,
        *,
        audible: bool,
        lead_ms: float,
        metadata: dict[str, str] | None = None,
        start_ms: float = 0.0,
        not_before_ms: float = 0.0,
        text_first: bool = False,
        first_audio: Callable[[Response, float], None] = lambda response, now_ms: None,
    ) -> None:
        self.id = wire.new_id("resp")
        self.item_id = wire.new_id("item")
        self.reply = reply
        self.start_ms = start_ms
        self.state = State.OPEN
        self._outbox = outbox
        self._conversation = conversation
        self._audible = audible
        self._lead_ms = lead_ms
        self._metadata = metadata
        self._first_audio = first_audio
        self._sent_ms = start_ms  # place on the reply's timeline up to which audio was sent
        self._sent_words = 0
        self._sent_text: list[str] = []
        self._sent_clauses = 0
        self._sent_calls = 0
        self._playing_until_ms = 0.0
        self._not_before_ms = not_before_ms
        self._text_first = text_first
        self._message_open = False
        self._output: list[wire.WireItem] = []
        self._next_index = 0
        self._message_index = 0
        if start_ms:
            self._sent_words = sum(word.start_ms < start_ms for word in spoken.words(reply))

    @property
    def open(self) -> bool:
        """Still being given."""
        return self.state is State.OPEN

    @property
    def has_message(self) -> bool:
        """It has a message item (not tool calls alone)."""
        return self._message_open

    @property
    def playing_until_ms(self) -> float:
        """When, by the clock, the audio that was sent will have been played."""
        return self._playing_until_ms

    def heard_ms(self, now_ms: float) -> float:
        """The place on the reply's timeline that the caller hears now, if the client plays at once."""
        return self._sent_ms - max(0.0, self._playing_until_ms - now_ms)

    def begin(self, now_ms: float) -> None:
        """Announces the response and sends what is there."""
        self._outbox.send(wire.ResponseCreated(response=self._wire("in_progress")))
        self.reply.release(now_ms)
        self.advance(now_ms)

    def advance(self, now_ms: float) -> None:
        """Sends what may leave by now."""
        if not self.open:
            return
        if self.reply.clauses and not self._message_open and self._has_output():
            self._open_message()
        if self._audible:
            if self._text_first:
                self._send_text_first()
            self._send_audio(now_ms)
        else:
            self._send_text()
        self._send_calls()
        if self.reply.complete and self._all_sent():
            self._finish(State.COMPLETED, None)

    def next_ms(self, now_ms: float) -> float | None:
        """When there is more to send; None when it waits for work or is over."""
        if not self.open or not self._audible or self._sent_ms >= spoken.available_ms(self.reply):
            return None
        return max(now_ms, self._playing_until_ms - self._lead_ms)

    def cancel(self, now_ms: float, reason: CancelReason) -> None:
        """Stops it: "turn_detected" or "client_cancelled". What was sent and not played counts as unheard until the client says."""
        if not self.open:
            raise IllegalTransition(f"response {self.id} is {self.state.value} already")
        self._finish(State.CANCELLED, reason, self.heard_ms(now_ms))

    def truncate(self, audio_end_ms: float) -> tuple[str, str, float]:
        """The client says how much of the message was played: the item keeps what was heard.

        Returns:
            The words heard, the words unheard, and where on the reply's timeline the first of these begins.
        """
        heard, unheard, resume_ms = spoken.split_heard(
            self.reply, self.start_ms, self.start_ms + audio_end_ms
        )
        self._conversation.truncate(self.item_id, heard, unheard)
        return heard, unheard, resume_ms

    def interrupt(self, now_ms: float) -> tuple[str, float]:
        """The caller speaks: stops, and keeps in the conversation what was heard as far as can be told here.

        Returns:
            The words unheard, and where on the reply's timeline the first of them begins.
        """
        heard_ms = self.heard_ms(now_ms)
        heard, unheard, resume_ms = spoken.split_heard(self.reply, self.start_ms, heard_ms)
        if self.open:
            self.cancel(now_ms, "turn_detected")
        elif self._message_open and self._conversation.find(self.item_id) is not None:
            self._conversation.truncate(self.item_id, heard, unheard)
        return unheard, resume_ms

    def _has_output(self) -> bool:
        return not self._audible or self._text_first or self.reply.clauses[0].settled

    def _open_message(self) -> None:
        self._message_open = True
        self._message_index = self._take_index()
        item = AssistantMessage(self.item_id, "")
        previous = self._conversation.insert(item)
        shown = to_wire(item, status="in_progress", empty=True)
        self._outbox.send(
            wire.ResponseOutputItemAdded(response_id=self.id, output_index=self._message_index, item=shown)
        )
        self._outbox.send(wire.ConversationItemAdded(item=shown, previous_item_id=previous))
        part = (
            wire.ContentPart(type="audio", transcript="")
            if self._audible
            else wire.ContentPart(type="text", text="")
        )
        self._outbox.send(wire.ResponseContentPartAdded(**self._where(), part=part))

    def _send_audio(self, now_ms: float) -> None:
        available_ms = spoken.available_ms(self.reply)
        first = self._playing_until_ms == 0.0
        while self._sent_ms < available_ms and (first or self._playing_until_ms - now_ms <= self._lead_ms):
            end_ms = min(self._sent_ms + CHUNK_MS, available_ms)
            self._send_words(end_ms)
            pcm = spoken.audio(self.reply, self._sent_ms, end_ms)
            self._outbox.send(wire.ResponseOutputAudioDelta(**self._where(), delta=pcm.tobytes()))
            begin_ms = max(now_ms, self._playing_until_ms, self._not_before_ms)
            self._playing_until_ms = begin_ms + end_ms - self._sent_ms
            self._sent_ms = end_ms
            if first:
                first = False
                self._first_audio(self, now_ms)
        if self._sent_ms >= available_ms and self._message_open:
            self._send_words(available_ms + 1)

    def _send_words(self, before_ms: float) -> None:
        for index, word in enumerate(spoken.words(self.reply)):
            if index < self._sent_words:
                continue
            if word.start_ms >= before_ms:
                return
            delta = word.text if not self._sent_text else f" {word.text}"
            self._sent_text.append(word.text)
            self._sent_words += 1
            self._outbox.send(
                wire.ResponseOutputAudioTranscriptDelta(
                    **self._where(), delta=delta, start_time=round((word.start_ms - self.start_ms) / 1000, 3)
                )
            )

    def _send_text_first(self) -> None:
        for clause in self.reply.clauses[self._sent_clauses :]:
            delta = clause.text if not self._sent_text else f" {clause.text}"
            self._sent_text.append(clause.text)
            self._sent_clauses += 1
            self._sent_words += len(clause.text.split())
            self._outbox.send(wire.ResponseOutputAudioTranscriptDelta(**self._where(), delta=delta))

    def _send_text(self) -> None:
        for clause in self.reply.clauses[self._sent_clauses :]:
            delta = clause.text if not self._sent_text else f" {clause.text}"
            self._sent_text.append(clause.text)
            self._sent_clauses += 1
            self._outbox.send(wire.ResponseOutputTextDelta(**self._where(), delta=delta))

    def _send_calls(self) -> None:
        for call in self.reply.calls[self._sent_calls :]:
            self._sent_calls += 1
            arguments = json.dumps(call.arguments, ensure_ascii=False)
            item = FunctionCall(wire.new_id("item"), wire.new_id("call"), call.name, arguments)
            index = self._take_index()
            previous = self._conversation.insert(item)
            begun = to_wire(item, status="in_progress", empty=True)
            done = to_wire(item)
            self._outbox.send(
                wire.ResponseOutputItemAdded(response_id=self.id, output_index=index, item=begun)
            )
            self._outbox.send(wire.ConversationItemAdded(item=begun, previous_item_id=previous))
            self._outbox.send(
                wire.ResponseFunctionCallArgumentsDelta(
                    response_id=self.id,
                    item_id=item.id,
                    output_index=index,
                    call_id=item.call_id,
                    delta=arguments,
                )
            )
            self._outbox.send(
                wire.ResponseFunctionCallArgumentsDone(
                    response_id=self.id,
                    item_id=item.id,
                    output_index=index,
                    call_id=item.call_id,
                    name=item.name,
                    arguments=arguments,
                )
            )
            self._outbox.send(wire.ResponseOutputItemDone(response_id=self.id, output_index=index, item=done))
            self._outbox.send(wire.ConversationItemDone(item=done, previous_item_id=previous))
            self._output.append(done)

    def _all_sent(self) -> bool:
        if self._sent_calls < len(self.reply.calls):
            return False
        if self._audible:
            return self._sent_ms >= spoken.available_ms(self.reply)
        return self._sent_clauses >= len(self.reply.clauses)

    def _finish(self, state: State, reason: CancelReason | None, heard_ms: float | None = None) -> None:
        self.state = state
        if self._message_open:
            self._close_message(heard_ms)
        status: wire.ResponseStatus = "completed" if state is State.COMPLETED else "cancelled"
        self._outbox.send(wire.ResponseDone(response=self._wire(status, reason)))

    def _close_message(self, heard_ms: float | None) -> None:
        sent = " ".join(self._sent_text)
        if heard_ms is None:
            item = AssistantMessage(self.item_id, sent)
            self._conversation.set(item)
        elif self._audible:
            heard, unheard, _ = spoken.split_heard(self.reply, self.start_ms, heard_ms)
            item = self._conversation.truncate(self.item_id, heard, unheard)
        else:
            item = AssistantMessage(self.item_id, sent, interrupted=True)
            self._conversation.set(item)
        shown = to_wire(item, status="completed" if heard_ms is None else "incomplete", text=sent)
        if self._audible:
            self._outbox.send(wire.ResponseOutputAudioDone(**self._where()))
            self._outbox.send(wire.ResponseOutputAudioTranscriptDone(**self._where(), transcript=sent))
            part = wire.ContentPart(type="audio", transcript=sent)
        else:
            self._outbox.send(wire.ResponseOutputTextDone(**self._where(), text=sent))
            part = wire.ContentPart(type="text", text=sent)
        self._outbox.send(wire.ResponseContentPartDone(**self._where(), part=part))
        self._outbox.send(
            wire.ResponseOutputItemDone(response_id=self.id, output_index=self._message_index, item=shown)
        )
        self._outbox.send(
            wire.ConversationItemDone(
                item=shown, previous_item_id=self._conversation.previous_id(self.item_id)
            )
        )
        self._output.insert(0, shown)

    def _where(self) -> _Where:
        return {
            "response_id": self.id,
            "item_id": self.item_id,
            "output_index": self._message_index,
            "content_index": 0,
        }

    def _take_index(self) -> int:
        self._next_index += 1
        return self._next_index - 1

    def _wire(self, status: wire.ResponseStatus, reason: CancelReason | None = None) -> wire.Response:
        details = None
        if status == "cancelled":
            details = wire.StatusDetails(type="cancelled", reason=reason)
        return wire.Response(
            id=self.id,
            status=status,
            status_details=details,
            output=list(self._output),
            output_modalities=["audio"] if self._audible else ["text"],
            usage=None if status == "in_progress" else wire.Usage(),
            metadata=self._metadata,
        )
