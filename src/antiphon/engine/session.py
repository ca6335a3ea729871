"""The engine's sans-I/O core: one call.

Client events, audio, results and time go in; effects come out (`effects`). It joins the listening half (`listener.py`: turns) with the
speaking half (`speaker.py`: replies), and the client's protocol with both.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from msgspec import UNSET

from antiphon import wire
from antiphon.audio.resample_speech import TwoThirdsRate
from antiphon.clock import CivilClock
from antiphon.engine.brains.brain import Brain, BrainOutput, Expectation, TurnEvidence
from antiphon.engine.config import Config
from antiphon.engine.conversation import Conversation, UserMessage
from antiphon.engine.effects import Effect, Result
from antiphon.engine.items import from_wire, to_wire
from antiphon.engine.listener import Listener
from antiphon.engine.outbox import Outbox
from antiphon.engine.speaker import Asked, Speaker
from antiphon.engine.speech.parts import VOICE_HZ, SpeechProbability
from antiphon.engine.teller import Teller
from antiphon.engine.turns.turn import Turn
from antiphon.errors import ConversationError, WireError
from antiphon.settings import EngineSettings

FEED_MS = 400
"""Audio taken at once; what a client sends faster waits for the next tick, so that one call never stalls the others."""


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
        self._brain = brain
        self._outbox = Outbox()
        self._config = Config(settings, model=model, session_id=self.id)
        self._conversation = Conversation()
        self._teller = Teller(self._outbox, self._conversation, self._config, extended=extended)
        self._listener = Listener(settings, vad, self._outbox, self)
        self._speaker = Speaker(
            settings,
            civil,
            self._outbox,
            self._conversation,
            self._config,
            self._teller,
            caller_busy=lambda: self._listener.turn is not None or bool(self._unwritten),
        )
        self._resampler = TwoThirdsRate()
        self._backlog: deque[bytes] = deque()
        self._unwritten: dict[str, Turn] = {}  # committed by the client, words still to come
        self._expectation: tuple[int, Expectation] | None = None  # with the conversation's version
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
        self._speaker.advance(now_ms)

    def close(self, now_ms: float) -> None:
        """The client is gone."""
        self._outbox.withdraw_all()
        self._speaker.close()
        self._outbox.record("closed", now_ms)

    # ----------------------------------------------------------------- out

    def next_tick_ms(self) -> float | None:
        """When `tick` is wanted next (in the past: at once), None if only an event can change anything."""
        times = [self._listener.next_tick_ms(), self._speaker.next_ms(), 0.0 if self._backlog else None]
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
                self._speaker.drop_speculation()
                self._listener.clear()
                self._outbox.send(wire.InputAudioBufferCleared())
            case wire.OutputAudioBufferClear():
                self._speaker.cancel(None, event.event_id, now_ms)
            case wire.ConversationItemCreate():
                self._create(event)
            case wire.ConversationItemRetrieve():
                found = self._conversation.find(event.item_id)
                if found is None:
                    raise ConversationError(f"there is no item with id {event.item_id!r}", param="item_id")
                self._outbox.send(wire.ConversationItemRetrieved(item=to_wire(found, transcript=True)))
            case wire.ConversationItemDelete():
                self._conversation.delete(event.item_id)
                self._outbox.send(wire.ConversationItemDeleted(item_id=event.item_id))
            case wire.ConversationItemTruncate():
                self._truncate(event)
            case wire.ResponseCreate():
                _refuse_unsupported(event)
                self._speaker.ask(Asked(event.response), now_ms)
            case wire.ResponseCancel():
                self._speaker.cancel(event.response_id, event.event_id, now_ms)

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
            self._teller.committed(turn, "")
            self._write(turn, now_ms)

    def _create(self, event: wire.ConversationItemCreate) -> None:
        item = from_wire(event.item)
        previous = self._conversation.insert(item, event.previous_item_id)
        shown = event.item if isinstance(event.item.id, str) else to_wire(item)
        self._outbox.send(wire.ConversationItemAdded(item=shown, previous_item_id=previous))
        self._outbox.send(wire.ConversationItemDone(item=shown, previous_item_id=previous))

    def _truncate(self, event: wire.ConversationItemTruncate) -> None:
        heard, unheard = self._speaker.truncate(event.item_id, event.audio_end_ms)
        self._outbox.send(
            wire.ConversationItemTruncated(
                item_id=event.item_id, content_index=event.content_index, audio_end_ms=event.audio_end_ms
            )
        )
        self._teller.own(
            wire.AntiphonItemHeard(
                item_id=event.item_id, heard=heard, unheard=unheard, audio_end_ms=event.audio_end_ms
            )
        )

    # ------------------------------------------------ turns (TurnOwner)

    def new_item_id(self) -> str:
        """A fresh id for a user's item."""
        return wire.new_id("item")

    def agent_audible(self, now_ms: float) -> bool:
        """Whether the caller may be hearing the agent."""
        return self._speaker.audible(now_ms)

    def expectation(self) -> Expectation:
        """What the brain expects to hear, given the conversation so far."""
        version = self._conversation.version
        if self._expectation is None or self._expectation[0] != version:
            self._expectation = (version, self._brain.expects(self._speaker.request()))
        return self._expectation[1]

    def turn_started(self, turn: Turn, now_ms: float) -> None:
        """The caller speaks: whatever the agent does, it stops."""
        self._teller.speech_started(turn, now_ms)
        if self._config.turn_detection.interrupt_response:
            self._speaker.suspend(now_ms)

    def words_changed(self, turn: Turn, now_ms: float) -> None:
        """Words came: tell the client of the final ones, prepare a reply to all of them."""
        if turn.item_id in self._unwritten:
            self._write(turn, now_ms)
            return
        self._teller.words_so_far(turn)
        text = turn.pieces.text
        if not (turn.pieces.complete and text and self._config.turn_detection.create_response):
            return

        def judged(evidence: TurnEvidence | None, at_ms: float) -> None:
            self._listener.words_judged(evidence.complete if evidence is not None else None, at_ms)

        if self._speaker.speculate(turn, text, judged, now_ms) and self._brain.judges_turns:
            self._listener.await_words(now_ms)

    def turn_goes_on(self, turn: Turn, now_ms: float) -> None:
        """The caller goes on: what was prepared is worth nothing."""
        self._speaker.drop_speculation(turn, now_ms)

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
        self._speaker.give_up_suspended()
        self._teller.speech_stopped(turn)
        self._teller.committed(turn, text)
        self._teller.transcript(turn, text)
        self._answer(turn, now_ms)

    def turn_wordless(self, turn: Turn, now_ms: float) -> None:
        """Nothing was said: as if it had not been. Unless the recogniser failed: then the caller is told."""
        self._outbox.record("turn_wordless", now_ms, item_id=turn.item_id, failed=str(turn.failed or ""))
        self._speaker.drop_speculation()
        self._teller.speech_stopped(turn)
        if turn.failed is None:
            self._speaker.resume(now_ms)
            self._speaker.answer_next(now_ms)
            return
        self._speaker.give_up_suspended()
        self._teller.committed(turn, "")
        self._teller.recognition_failed(turn)
        self._answer(turn, now_ms)

    def _answer(self, turn: Turn, now_ms: float) -> None:
        if self._config.turn_detection.create_response:
            self._speaker.ask(Asked(turn=turn), now_ms)
        else:
            self._speaker.answer_next(now_ms)

    def _write(self, turn: Turn, now_ms: float) -> None:
        """A turn that the client committed: its words go into its item when they are all there."""
        if not turn.pieces.complete or turn.item_id not in self._unwritten:
            return
        del self._unwritten[turn.item_id]
        if self._conversation.find(turn.item_id) is not None:
            self._conversation.set(UserMessage(turn.item_id, turn.pieces.text))
        self._teller.transcript(turn, turn.pieces.text)
        self._speaker.answer_next(now_ms)


def _refuse_unsupported(event: wire.ResponseCreate) -> None:
    config = event.response
    if config is None:
        return
    for name, value in (("conversation", config.conversation), ("input", config.input)):
        if value is not UNSET and value not in (None, "auto"):
            raise WireError(
                f"response.{name} is not supported yet: responses answer the session's conversation.",
                param=f"response.{name}",
                event_id=event.event_id,
                code="unsupported_parameter",
            )
