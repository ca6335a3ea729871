"""The engine's sans-I/O core: one call.

Client events, audio, results and time go in; effects come out (`effects`).

It joins the listening half (`listener.py`: turns), the replies in preparation (`reply.py`, speculation) and
the response being given (`response.py`, paced), and holds what must be decided between them: when a reply
is let go, when the caller's voice stops it, and when a stop is taken back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from msgspec import UNSET

from antiphon import wire
from antiphon.audio.resample_speech import TwoThirdsRate
from antiphon.clock import CivilClock
from antiphon.engine import spoken
from antiphon.engine.brains.brain import Brain, BrainOutput, BrainRequest, Expectation
from antiphon.engine.config import Config, Output, choice_of, tools_of
from antiphon.engine.conversation import Conversation, UserMessage
from antiphon.engine.effects import Effect, Result
from antiphon.engine.items import from_wire, to_wire
from antiphon.engine.listener import Listener, Turn
from antiphon.engine.outbox import Outbox
from antiphon.engine.reply import Reply
from antiphon.engine.response import Response, State
from antiphon.engine.speech.parts import VOICE_HZ, SpeechProbability
from antiphon.errors import AntiphonError, ConversationError, WireError
from antiphon.settings import EngineSettings

AUDIBLE_TAIL_MS = 150.0
"""After its last audio should have been played, the agent may still be heard this long: lines have buffers too."""
FEED_MS = 400
"""Audio taken at once; what a client sends faster waits for the next tick, so that one call never stalls the others."""
REMEMBERED_RESPONSES = 8
"""Responses whose audio is kept for a late truncation."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A response that is to be created: by the client, or (`turn`) because a turn is over."""

    instructions: str
    metadata: dict[str, str] | None
    config: wire.ResponseConfig | None
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class _Suspended:
    """A reply that the caller's voice stopped, until it is known whether the voice had words."""

    reply: Reply
    item_id: str
    resume_ms: float
    output: Output
    metadata: dict[str, str] | None


class Session:
    """One call.

    Args:
        settings: the engine's.
        vad: the stream's speech probability.
        brain: who answers; asked only through effects, but for `expects`.
        civil: civil time, for the brain.
        extended: the client asked for `antiphon.*` events.
        model: the model's name as the client gave it.
        now_ms: the present.
    """

    def __init__(
        self,
        settings: EngineSettings,
        *,
        vad: SpeechProbability,
        brain: Brain,
        civil: CivilClock,
        extended: bool,
        model: str,
        now_ms: float,
    ) -> None:
        self.id = wire.new_id("sess")
        self._settings = settings
        self._brain = brain
        self._civil = civil
        self._extended = extended
        self._outbox = Outbox()
        self._config = Config(settings, model=model, session_id=self.id)
        self._conversation = Conversation()
        self._listener = Listener(settings, vad, self._outbox, self)
        self._resampler = TwoThirdsRate()
        self._backlog: deque[bytes] = deque()
        self._asked: deque[_Asked] = deque()
        self._response: Response | None = None
        self._output = self._config.output()
        self._metadata: dict[str, str] | None = None
        self._remembered: deque[Response] = deque(maxlen=REMEMBERED_RESPONSES)
        self._speculation: Reply | None = None
        self._suspended: _Suspended | None = None
        self._unwritten: dict[str, Turn] = {}  # committed by the client, words still to come
        self._noted: int = 0
        self._error_told = False
        self._expectation: tuple[int, Expectation] | None = None
        self._configure_listener()
        self._outbox.record("session", now_ms, id=self.id, model=model, brain=brain.name)

    # ------------------------------------------------------------------ in

    def open(self, now_ms: float) -> None:
        """Greets the client's protocol."""
        self._outbox.send(wire.SessionCreated(session=self._config.current))

    def receive(self, event: wire.ClientEvent, now_ms: float) -> None:
        """Takes a client's event. Its mistakes are answered with `error` events; the call goes on."""
        try:
            self._receive(event, now_ms)
        except ConversationError as error:
            self.refuse(
                WireError(str(error), param=error.param, event_id=event.event_id, code=error.code), now_ms
            )
        except WireError as error:
            self.refuse(error, now_ms)

    def refuse(self, error: WireError, now_ms: float) -> None:
        """Tells the client of a mistake."""
        self._outbox.record("refused", now_ms, code=error.code, param=error.param)
        self._outbox.send(wire.error_event(error))

    def thought(self, work_id: int, output: BrainOutput, now_ms: float) -> None:
        """An output of a brain's stream."""
        self._outbox.thought(work_id, output, now_ms)

    def finished(self, work_id: int, result: Result, now_ms: float) -> None:
        """The result of a piece of work."""
        self._outbox.finished(work_id, result, now_ms)

    def failed(self, work_id: int, error: Exception, now_ms: float) -> None:
        """A piece of work failed for good."""
        self._outbox.failed(work_id, error, now_ms)

    def tick(self, now_ms: float) -> None:
        """Time passes: audio that may leave leaves."""
        self._feed(now_ms)
        self._listener.tick(now_ms)
        self._advance(now_ms)

    def close(self, now_ms: float) -> None:
        """The client is gone."""
        self._outbox.withdraw_all()
        self._asked.clear()
        self._outbox.record("closed", now_ms)

    # ----------------------------------------------------------------- out

    def next_tick_ms(self) -> float | None:
        """When `tick` is wanted next, None if only an event can change anything."""
        now_ms = 0.0
        times = [self._listener.next_tick_ms()]
        if self._backlog:
            times.append(now_ms)
        if self._response is not None:
            times.append(self._response.next_ms(now_ms))
        return min((time for time in times if time is not None), default=None)

    def effects(self) -> list[Effect]:
        """What is to be done, in order, since the last time."""
        return self._outbox.drain()

    # -------------------------------------------------- events of the client

    def _receive(self, event: wire.ClientEvent, now_ms: float) -> None:
        match event:
            case wire.InputAudioBufferAppend():
                self._backlog.append(wire.decode_audio(event))
                self._feed(now_ms)
            case wire.SessionUpdate():
                self._config.update(event.session, event.event_id)
                self._configure_listener()
                self._expectation = None
                self._outbox.send(wire.SessionUpdated(session=self._config.current))
            case wire.InputAudioBufferCommit():
                self._commit(event, now_ms)
            case wire.InputAudioBufferClear():
                self._backlog.clear()
                self._drop_speculation()
                self._listener.clear()
                self._outbox.send(wire.InputAudioBufferCleared())
            case wire.OutputAudioBufferClear():
                if self._response is not None and self._response.open:
                    self._response.cancel(now_ms, "client_cancelled")
            case wire.ConversationItemCreate():
                item = from_wire(event.item)
                previous = self._conversation.insert(item, event.previous_item_id)
                self._expectation = None
                shown = event.item if isinstance(event.item.id, str) else to_wire(item)
                self._outbox.send(wire.ConversationItemAdded(item=shown, previous_item_id=previous))
                self._outbox.send(wire.ConversationItemDone(item=shown, previous_item_id=previous))
            case wire.ConversationItemRetrieve():
                found = self._conversation.find(event.item_id)
                if found is None:
                    raise ConversationError(f"there is no item with id {event.item_id!r}", param="item_id")
                self._outbox.send(wire.ConversationItemRetrieved(item=to_wire(found, transcript=True)))
            case wire.ConversationItemDelete():
                self._conversation.delete(event.item_id)
                self._expectation = None
                self._outbox.send(wire.ConversationItemDeleted(item_id=event.item_id))
            case wire.ConversationItemTruncate():
                self._truncate(event)
            case wire.ResponseCreate():
                self._ask(event, now_ms)
            case wire.ResponseCancel():
                self._cancel(event, now_ms)

    def _configure_listener(self) -> None:
        detection = self._config.turn_detection
        self._listener.configure(
            automatic=detection.automatic,
            threshold=detection.threshold,
            prefix_ms=detection.prefix_padding_ms,
            silence_duration_ms=detection.silence_duration_ms,
        )

    def _feed(self, now_ms: float) -> None:
        budget = FEED_MS * VOICE_HZ * 2 // 1000
        while self._backlog and budget > 0:
            data = self._backlog.popleft()
            if len(data) > budget:
                self._backlog.appendleft(data[budget:])
                data = data[:budget]
            budget -= len(data)
            self._listener.push(self._resampler(np.frombuffer(data, np.int16)), now_ms)

    def _commit(self, event: wire.InputAudioBufferCommit, now_ms: float) -> None:
        turn = self._listener.commit(now_ms)
        if turn is None:
            raise WireError(
                "The input audio buffer holds less than 100 ms of audio to commit.",
                event_id=event.event_id,
                code="input_audio_buffer_commit_empty",
            )
        if not self._config.turn_detection.automatic:
            self._unwritten[turn.item_id] = turn
            self._add_user_item(turn, "")
            self._write(turn, now_ms)

    def _truncate(self, event: wire.ConversationItemTruncate) -> None:
        response = next((r for r in self._remembered if r.item_id == event.item_id), None)
        item = self._conversation.find(event.item_id)
        if item is None or response is None:
            raise ConversationError(
                f"there is no recent audio message with id {event.item_id!r} to truncate", param="item_id"
            )
        heard, unheard = response.truncate(event.audio_end_ms)
        self._expectation = None
        if self._suspended is not None and self._suspended.item_id == event.item_id:
            _, _, resume_ms = spoken.split_heard(
                response.reply, response.start_ms, response.start_ms + event.audio_end_ms
            )
            self._suspended = replace(self._suspended, resume_ms=resume_ms)
        self._outbox.send(
            wire.ConversationItemTruncated(
                item_id=event.item_id, content_index=event.content_index, audio_end_ms=event.audio_end_ms
            )
        )
        self._tell(
            wire.AntiphonItemHeard(
                item_id=event.item_id, heard=heard, unheard=unheard, audio_end_ms=event.audio_end_ms
            )
        )

    def _ask(self, event: wire.ResponseCreate, now_ms: float) -> None:
        config = event.response
        instructions, metadata = "", None
        if config is not None:
            for name, value in (("conversation", config.conversation), ("input", config.input)):
                if value not in (UNSET, None, "auto"):
                    raise WireError(
                        f"response.{name} is not supported yet: responses answer the session's conversation.",
                        param=f"response.{name}",
                        event_id=event.event_id,
                        code="unsupported_parameter",
                    )
            instructions = config.instructions if isinstance(config.instructions, str) else ""
            metadata = config.metadata if isinstance(config.metadata, dict) else None
        self._asked.append(_Asked(instructions, metadata, config))
        self._answer_next(now_ms)

    def _cancel(self, event: wire.ResponseCancel, now_ms: float) -> None:
        response = self._response
        named = event.response_id
        if response is None or not response.open or (named is not None and named != response.id):
            raise WireError(
                "Cancellation failed: no active response found"
                + (f" with id {named!r}." if named is not None else "."),
                param="response_id" if named is not None else "",
                event_id=event.event_id,
                code="response_cancel_not_active",
            )
        response.cancel(now_ms, "client_cancelled")
        response.reply.abandon()
        self._answer_next(now_ms)

    # ------------------------------------------------ turns (TurnOwner)

    def new_item_id(self) -> str:
        """A fresh id for a user's item."""
        return wire.new_id("item")

    def agent_audible(self, now_ms: float) -> bool:
        """Whether the caller may be hearing the agent."""
        response = self._response
        return response is not None and now_ms < response.playing_until_ms + AUDIBLE_TAIL_MS

    def expectation(self) -> Expectation:
        """What the brain expects to hear, given the conversation so far."""
        size = len(self._conversation)
        if self._expectation is None or self._expectation[0] != size:
            self._expectation = (size, self._brain.expects(self._request()))
        return self._expectation[1]

    def turn_started(self, turn: Turn, now_ms: float) -> None:
        """The caller speaks: whatever the agent does, it stops."""
        self._outbox.record("speech_started", now_ms, item_id=turn.item_id, interrupts=turn.interrupted)
        self._outbox.send(
            wire.InputAudioBufferSpeechStarted(item_id=turn.item_id, audio_start_ms=round(turn.start_ms))
        )
        if self._config.turn_detection.interrupt_response:
            self._suspend(now_ms)

    def words_changed(self, turn: Turn, now_ms: float) -> None:
        """Words came: tell the client of the final ones, prepare a reply to all of them."""
        if turn.item_id in self._unwritten:
            self._write(turn, now_ms)
            return
        closed = turn.pieces.closed_text
        if closed != turn.partial and self._transcribed:
            delta = closed[len(turn.partial) :]
            turn.partial = closed
            self._outbox.send(wire.InputAudioTranscriptionDelta(item_id=turn.item_id, delta=delta))
        text = turn.pieces.text
        if turn.pieces.complete and text and self._config.turn_detection.create_response:
            self._speculate(turn, text, now_ms)

    def turn_goes_on(self, turn: Turn, now_ms: float) -> None:
        """The caller goes on: what was prepared is worth nothing."""
        if self._speculation is not None:
            self._outbox.record("speculation_dropped", now_ms, item_id=turn.item_id)
        self._drop_speculation()

    def turn_over(self, turn: Turn, now_ms: float) -> None:
        """The turn is over: its words stand, the reply is let go."""
        text = turn.pieces.text
        self._outbox.record(
            "turn_over",
            now_ms,
            item_id=turn.item_id,
            text=text,
            sound=turn.evidence.sound,
            words=turn.evidence.words,
            silence_ms=round(now_ms - turn.stamps["speech_ended"], 1),
        )
        if self._suspended is not None:
            self._suspended.reply.abandon()
            self._suspended = None
        self._stop_speech(turn)
        self._add_user_item(turn, text)
        self._send_transcript(turn, text)
        if self._config.turn_detection.create_response:
            self._asked.append(_Asked("", None, None, turn))
        self._answer_next(now_ms)

    def turn_wordless(self, turn: Turn, now_ms: float) -> None:
        """Nothing was said: as if it had not been. Unless the recogniser failed: then the caller is told."""
        self._outbox.record("turn_wordless", now_ms, item_id=turn.item_id, failed=str(turn.failed or ""))
        self._drop_speculation()
        if turn.failed is not None:
            self._stop_speech(turn)
            self._add_user_item(turn, "")
            self._outbox.send(
                wire.InputAudioTranscriptionFailed(
                    item_id=turn.item_id,
                    error=wire.TranscriptionError(
                        type="server_error", code="recognition_failed", message=str(turn.failed)
                    ),
                )
            )
            if self._config.turn_detection.create_response:
                self._asked.append(_Asked("", None, None, turn))
        else:
            self._stop_speech(turn)
            self._resume(turn, now_ms)
        self._answer_next(now_ms)

    # ---------------------------------------------------------- decisions

    def _speculate(self, turn: Turn, text: str, now_ms: float) -> None:
        request = self._request(extra=UserMessage(turn.item_id, text))
        if self._speculation is not None and self._speculation.request.items == request.items:
            return
        self._drop_speculation()
        output = self._config.output()
        self._outbox.record("speculation_begun", now_ms, item_id=turn.item_id, text=text)
        if self._brain.judges_turns:
            self._listener.await_words(now_ms)
        reply: Reply | None = None

        def changed(at_ms: float) -> None:
            if reply is None or reply is not self._speculation:
                return
            if reply.evidence is not None:
                self._listener.words_judged(reply.evidence.complete, at_ms)
            elif not reply.thinking:
                self._listener.words_judged(None, at_ms)

        self._speculation = reply = Reply(
            self._outbox,
            request,
            voice=output.voice if output.spoken else None,
            speed=output.speed,
            changed=changed,
            now_ms=now_ms,
        )

    def _drop_speculation(self) -> None:
        if self._speculation is not None:
            self._speculation.abandon()
            self._speculation = None

    def _suspend(self, now_ms: float) -> None:
        """Stops the response for the caller's voice; keeps its reply until the voice is known to have words."""
        response = self._response
        if response is None or response.state is State.CANCELLED:
            return
        if not (response.open or self.agent_audible(now_ms)):
            return
        heard_ms = response.heard_ms(now_ms)
        if response.open:
            response.cancel(now_ms, "turn_detected")
        elif response.has_message and self._conversation.find(response.item_id) is not None:
            heard, unheard, _ = spoken.split_heard(response.reply, response.start_ms, heard_ms)
            self._conversation.truncate(response.item_id, heard, unheard)
        _, unheard, resume_ms = spoken.split_heard(response.reply, response.start_ms, heard_ms)
        self._expectation = None
        if response.reply.calls and not response.has_message:
            return  # a tool call has left; there is nothing to go on with
        if unheard or response.reply.thinking or not response.has_message:
            self._suspended = _Suspended(
                response.reply, response.item_id, resume_ms, self._output, self._metadata
            )

    def _resume(self, turn: Turn, now_ms: float) -> None:
        """The voice had no words: goes on with what was unheard."""
        suspended, self._suspended = self._suspended, None
        if suspended is None:
            return
        if not self._settings.turns.resume:
            suspended.reply.abandon()
            return
        self._outbox.record(
            "resumed", now_ms, item_id=suspended.item_id, resume_ms=round(suspended.resume_ms)
        )
        response = self._begin(
            suspended.reply, suspended.output, suspended.metadata, now_ms, start_ms=suspended.resume_ms
        )
        self._tell(
            wire.AntiphonResumed(
                interrupted_item_id=suspended.item_id, item_id=response.item_id, response_id=response.id
            )
        )

    def _answer_next(self, now_ms: float) -> None:
        """Creates the next response that was asked for, unless one is open, the caller speaks, or words are still to come."""
        if self._response is not None and self._response.open:
            return
        if not self._asked or self._unwritten or self._listener.turn is not None:
            return
        asked = self._asked.popleft()
        if asked.turn is None:
            # A turn that ended meanwhile is answered by the same response.
            turns = [other for other in self._asked if other.turn is not None]
            self._asked = deque(other for other in self._asked if other.turn is None)
            if turns:
                asked = replace(asked, turn=turns[-1].turn)
        output = self._config.output(asked.config)
        request = self._request(asked)
        reply = self._speculation
        speculated = reply is not None and _same(reply.request, request)
        if reply is None or not speculated:
            self._drop_speculation()
            reply = Reply(
                self._outbox,
                request,
                voice=output.voice if output.spoken else None,
                speed=output.speed,
                changed=lambda at_ms: None,
                now_ms=now_ms,
            )
        self._speculation = None
        if asked.turn is not None:
            self._outbox.record(
                "speculation_kept" if speculated else "speculation_missed",
                now_ms,
                item_id=asked.turn.item_id,
                begun_ms=reply.begun_ms,
            )
        self._begin(reply, output, asked.metadata, now_ms, turn=asked.turn, speculated=speculated)

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
            self._time_turn(response, turn, speculated, at_ms)

        previous = self._response
        last = next(reversed(reply.request.items), None)
        response = Response(
            self._outbox,
            self._conversation,
            reply,
            audible=output.spoken,
            lead_ms=self._settings.output_lead_ms,
            metadata=metadata,
            start_ms=start_ms,
            not_before_ms=previous.playing_until_ms if previous is not None else 0.0,
            text_first=isinstance(last, UserMessage) and not last.spoken,
            first_audio=first_audio,
        )
        self._response, self._output, self._metadata = response, output, metadata
        self._remembered.append(response)
        self._noted, self._error_told = 0, False
        reply.changed = self._advance
        response.begin(now_ms)
        self._advance(now_ms)
        return response

    def _advance(self, now_ms: float) -> None:
        response = self._response
        if response is None or not response.open:
            return
        for note in response.reply.notes[self._noted :]:
            self._noted += 1
            self._outbox.record(
                "note", now_ms, response_id=response.id, note=note.topic, detail=dict(note.detail)
            )
            self._tell(wire.AntiphonNote(response_id=response.id, topic=note.topic, detail=dict(note.detail)))
        if response.reply.error is not None and not self._error_told:
            self._error_told = True
            self._tell_error(response.reply.error, now_ms)
        response.advance(now_ms)
        if not response.open:
            self._expectation = None
            self._answer_next(now_ms)

    # ------------------------------------------------------------- telling

    @property
    def _transcribed(self) -> bool:
        return self._extended or self._config.transcribes

    def _stop_speech(self, turn: Turn) -> None:
        self._outbox.send(
            wire.InputAudioBufferSpeechStopped(item_id=turn.item_id, audio_end_ms=round(turn.last_speech_ms))
        )

    def _add_user_item(self, turn: Turn, text: str) -> None:
        item = UserMessage(turn.item_id, text)
        previous = self._conversation.insert(item)
        self._expectation = None
        shown = to_wire(item)
        self._outbox.send(wire.InputAudioBufferCommitted(item_id=turn.item_id, previous_item_id=previous))
        self._outbox.send(wire.ConversationItemAdded(item=shown, previous_item_id=previous))
        self._outbox.send(wire.ConversationItemDone(item=shown, previous_item_id=previous))

    def _send_transcript(self, turn: Turn, text: str) -> None:
        if not self._transcribed:
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

    def _write(self, turn: Turn, now_ms: float) -> None:
        """A turn that the client committed: its words go into its item when they are all there."""
        if not turn.pieces.complete or turn.item_id not in self._unwritten:
            return
        del self._unwritten[turn.item_id]
        if self._conversation.find(turn.item_id) is not None:
            self._conversation.set(UserMessage(turn.item_id, turn.pieces.text))
        self._send_transcript(turn, turn.pieces.text)
        self._answer_next(now_ms)

    def _time_turn(self, response: Response, turn: Turn | None, speculated: bool, now_ms: float) -> None:
        stamps = dict(turn.stamps) if turn is not None else {}
        reply = response.reply
        stamps["reply_begun"] = reply.begun_ms
        if reply.ready_ms is not None:
            stamps["reply_ready"] = reply.ready_ms
        stamps["audio_sent"] = now_ms
        first = next((clause.clip for clause in reply.clauses if clause.clip is not None), None)
        details: dict[str, object] = {
            "speculated": speculated,
            "cached": first.cached if first is not None else False,
            "user_item_id": turn.item_id if turn is not None else "",
        }
        if turn is not None:
            details["sound"] = turn.evidence.sound
            details["words"] = turn.evidence.words
        self._outbox.record("turn_timed", now_ms, response_id=response.id, stamps=stamps, **details)
        self._tell(
            wire.AntiphonTurn(
                item_id=response.item_id, response_id=response.id, stamps=stamps, details=details
            )
        )

    def _tell(self, event: wire.AntiphonEvent) -> None:
        if self._extended:
            self._outbox.send(event)

    def _tell_error(self, error: Exception, now_ms: float) -> None:
        self._outbox.record("error", now_ms, error=f"{type(error).__name__}: {error}")
        if isinstance(error, AntiphonError):
            self._outbox.send(wire.error_event(error))
        else:
            self._outbox.send(
                wire.ErrorEvent(
                    error=wire.ErrorDetail(
                        type="server_error", code="internal_error", message="the engine failed to answer"
                    )
                )
            )

    def _request(self, asked: _Asked | None = None, extra: UserMessage | None = None) -> BrainRequest:
        items = self._conversation.snapshot()
        instructions, tools = self._config.instructions, self._config.tools
        tool_choice = self._config.tool_choice
        response_instructions = ""
        if asked is not None:
            response_instructions = asked.instructions
            config = asked.config
            if config is not None:
                if isinstance(config.tools, list):
                    tools = tools_of(config.tools)
                if config.tool_choice is not None and config.tool_choice is not UNSET:
                    tool_choice = choice_of(config.tool_choice)
        return BrainRequest(
            instructions=instructions,
            response_instructions=response_instructions,
            tools=tools,
            tool_choice=tool_choice,
            items=items if extra is None else (*items, extra),
            now=self._civil(),
        )


def _same(one: BrainRequest, other: BrainRequest) -> bool:
    """Whether two requests ask the same, a moment apart."""
    return replace(one, now=other.now) == other
