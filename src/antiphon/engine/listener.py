"""The listening half of a session: from the caller's audio to turns with words.

Audio goes through the VAD; a turn collects its pieces and its evidence; endpointing lets it go. What it
decides it tells its owner (`TurnOwner`), who knows whether the agent can be heard and prepares the reply.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from antiphon.engine.effects import JudgeEndOfTurn, Recognise, Result
from antiphon.engine.outbox import Outbox
from antiphon.engine.speech.parts import RECOGNISER_HZ, Pcm16, Recognition, SpeechProbability
from antiphon.engine.turns.audio_buffer import AudioBuffer
from antiphon.engine.turns.barge_in import GIVE_UP_MS, speech_counts
from antiphon.engine.turns.endpointing import Evidence, required_silence_ms
from antiphon.engine.turns.pieces import Pieces
from antiphon.engine.turns.turn import Turn, TurnOwner
from antiphon.engine.turns.vad import WINDOW_MS, Vad, VadFrame, VadState
from antiphon.errors import InferenceError
from antiphon.settings import EngineSettings

END_OF_TURN_AUDIO_MS = 8000
"""What the end-of-turn model looks at."""
JUDGE_AGAIN_MS = 200
"""A first judgement made at the very start of a pause is repeated here, where the model was measured."""
LONG_PAUSE_MS = 500
"""A pause that closes a piece of any length: the words before it will not change."""
STARVED_MS = 250
"""Audio that stops arriving in a turn (a muted track, discontinuous transmission) counts as silence after this."""
RECOGNITION_PATIENCE_MS = 8000
"""A turn is let go with the words that are there when a recognition takes longer than this; without words it has failed."""
WORDS_PATIENCE_MS = 60
"""How long an end waits for the brain's judgement of the words."""


class Listener:
    """Turns from audio.

    Args:
        settings: the engine's.
        model: the stream's speech probability.
        outbox: where recognition and end-of-turn judgement are started.
        owner: who is told.
    """

    def __init__(
        self, settings: EngineSettings, model: SpeechProbability, outbox: Outbox, owner: TurnOwner
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._owner = owner
        self._buffer = AudioBuffer()
        self._vad = Vad(model, threshold=settings.vad.threshold, min_speech_ms=settings.vad.min_speech_ms)
        self._silence_duration_ms: float = settings.vad.silence_duration_ms
        self._prefix_ms: float = settings.vad.prefix_padding_ms
        self._automatic = True
        self._turn: Turn | None = None
        self._frame: VadFrame | None = None
        self._free_from_ms = 0.0  # audio before this belongs to an earlier turn
        self._arrived_ms = 0.0

    @property
    def turn(self) -> Turn | None:
        """The turn in progress that counts, or None."""
        return self._turn if self._turn is not None and self._turn.started else None

    @property
    def position_ms(self) -> float:
        """Stream position of the newest audio."""
        return self._buffer.end_ms

    def configure(
        self, *, automatic: bool, threshold: float, prefix_ms: float, silence_duration_ms: float
    ) -> None:
        """Takes the session's turn detection. `automatic` False: the client commits its turns itself."""
        self._automatic = automatic
        self._prefix_ms = prefix_ms
        self._silence_duration_ms = silence_duration_ms
        self._vad.configure(threshold=threshold)
        if not automatic:
            self._drop_turn()

    def time_of(self, position_ms: float) -> float:
        """When the audio at a stream position arrived, on the monotonic clock."""
        return self._arrived_ms - (self._buffer.end_ms - position_ms)

    def push(self, pcm: Pcm16, now_ms: float) -> None:
        """Takes the caller's audio (int16 at RECOGNISER_HZ)."""
        self._buffer.append(pcm)
        self._arrived_ms = now_ms
        if not self._automatic:
            self._buffer.forget_before(self._buffer.end_ms - self._settings.max_turn_ms)
            return
        for frame in self._vad.push(pcm):
            self._frame = frame
            self._step(frame, now_ms)
        if self._turn is None:
            self._buffer.forget_before(self._buffer.end_ms - self._prefix_ms - 1000)

    def tick(self, now_ms: float) -> None:
        """Time passes without audio."""
        turn = self._turn
        if turn is None or not self._automatic:
            return
        if turn.words_due_ms is not None and now_ms > turn.words_due_ms:
            turn.words_due_ms = None
        missing = now_ms - self._arrived_ms
        if missing > STARVED_MS:
            self.push(np.zeros(int(missing * RECOGNISER_HZ / 1000), np.int16), now_ms)
        elif self._vad.state is VadState.PAUSE:
            self._consider(now_ms)

    def next_tick_ms(self) -> float | None:
        """When `tick` has something to do, if no audio comes before."""
        turn = self._turn
        if turn is None or not self._automatic:
            return None
        due = self._arrived_ms + STARVED_MS + 1
        if turn.words_due_ms is not None:
            due = min(due, turn.words_due_ms + 1)
        return due

    def words_judged(self, complete: float | None, now_ms: float) -> None:
        """The brain's evidence about the turn's present words (None: it has none)."""
        turn = self._turn
        if turn is None:
            return
        turn.evidence = Evidence(turn.evidence.sound, complete, self._owner.expectation().more_to_come)
        turn.words_due_ms = None
        self._consider(now_ms)

    def await_words(self, now_ms: float) -> None:
        """The brain judges the turn's present words now: an end waits for it a moment."""
        if self._turn is not None:
            self._turn.words_due_ms = now_ms + WORDS_PATIENCE_MS

    def commit(self, now_ms: float) -> Turn | None:
        """The client ends the turn itself. None when there is nothing to commit.

        With automatic turns the one in progress is let go as it is. Otherwise all audio since the last commit becomes a turn, whose
        words come later (`words_changed`).
        """
        if self._automatic:
            turn = self.turn
            if turn is None:
                return None
            turn.forced = True
            self._pause(turn, self._buffer.end_ms, now_ms)
            self._consider(now_ms)
            return turn
        start, end = max(self._free_from_ms, self._buffer.start_ms), self._buffer.end_ms
        if end - start < 100:  # as the Realtime API: at least 100 ms
            return None
        turn = self._new_turn(start)
        turn.started = True
        turn.last_speech_ms = end
        self._turn = turn
        limit = self._settings.turns.max_piece_ms
        while end - turn.pieces.open_start_ms > limit:
            turn.pieces.cut(turn.pieces.open_start_ms + limit)
        turn.pieces.pause(end)
        turn.pieces.hasten()
        turn.stamps["pause_seen"] = now_ms
        turn.stamps["speech_ended"] = now_ms
        self._free_from_ms = end
        self._turn = None
        return turn

    def clear(self) -> None:
        """Forgets the audio that is not committed."""
        self._drop_turn()
        self._free_from_ms = self._buffer.end_ms
        self._buffer.forget_before(self._buffer.end_ms)

    def _step(self, frame: VadFrame, now_ms: float) -> None:
        match frame.state:
            case VadState.SILENCE:
                return
            case VadState.SPEECH:
                self._speech(frame, now_ms)
            case VadState.PAUSE:
                self._silence(frame, now_ms)

    def _speech(self, frame: VadFrame, now_ms: float) -> None:
        turn = self._turn
        if turn is None:
            turn = self._turn = self._new_turn(
                max(self._free_from_ms, self._buffer.start_ms, frame.onset_ms - self._prefix_ms)
            )
        elif frame.previous is VadState.PAUSE:
            self._go_on(turn, frame, now_ms)
        turn.last_speech_ms = frame.last_speech_ms
        audible = self._owner.agent_audible(now_ms)
        if not turn.started and speech_counts(
            frame.speech_ms, agent_audible=audible, settings=self._settings.turns
        ):
            turn.started = True
            turn.interrupted = audible
            self._owner.turn_started(turn, now_ms)
        if frame.end_ms - turn.pieces.open_start_ms > self._settings.turns.max_piece_ms:
            turn.pieces.cut(frame.end_ms)
        if frame.end_ms - turn.start_ms > self._settings.max_turn_ms:
            turn.forced = True
            self._pause(turn, frame.end_ms, now_ms)

    def _go_on(self, turn: Turn, frame: VadFrame, now_ms: float) -> None:
        turns = self._settings.turns
        pause_ms = frame.end_ms - WINDOW_MS - turn.last_speech_ms
        middle_ms = turn.last_speech_ms + pause_ms / 2
        long_piece = turn.last_speech_ms - turn.pieces.open_start_ms >= turns.piece_ms
        turn.pieces.go_on(middle_ms, close=long_piece or pause_ms >= LONG_PAUSE_MS)
        turn.evidence = Evidence()
        turn.judged = 0
        turn.words_due_ms = None
        turn.stamps.clear()
        if turn.judging is not None:
            self._outbox.withdraw(turn.judging)
            turn.judging = None
        if turn.started:
            self._owner.turn_goes_on(turn, now_ms)

    def _silence(self, frame: VadFrame, now_ms: float) -> None:
        turn = self._turn
        if turn is None:
            self._vad.end_turn()
            return
        if not turn.started:
            if frame.silence_ms >= GIVE_UP_MS:
                self._drop_turn()
            return
        if frame.silence_ms >= self._settings.turns.speculate_after_ms:
            self._pause(turn, frame.end_ms, now_ms)
        self._consider(now_ms)

    def _pause(self, turn: Turn, end_ms: float, now_ms: float) -> None:
        if "pause_seen" not in turn.stamps:
            turn.stamps["pause_seen"] = now_ms
            turn.stamps["speech_ended"] = self.time_of(turn.last_speech_ms)
        turn.pieces.pause(end_ms)
        fused = self._settings.turns.endpointing == "fused"
        silence_ms = end_ms - turn.last_speech_ms
        due = turn.judged == 0 or (turn.judged == 1 and silence_ms >= JUDGE_AGAIN_MS and self._doubtful(turn))
        if fused and turn.judging is None and due:
            turn.judged += 1
            start_ms = max(turn.start_ms, end_ms - END_OF_TURN_AUDIO_MS)
            turn.judging = self._outbox.start(
                JudgeEndOfTurn(self._buffer.slice(start_ms, end_ms)),
                self._on_judged(turn),
                self._on_judging_failed(turn),
            )

    def _doubtful(self, turn: Turn) -> bool:
        sound = turn.evidence.sound
        return sound is None or sound < self._settings.turns.end_of_turn_threshold

    def _consider(self, now_ms: float) -> None:
        turn, frame = self._turn, self._frame
        if turn is None or frame is None or not turn.started:
            return
        if self._vad.state is not VadState.PAUSE and not turn.forced:
            return
        silence_ms = frame.silence_ms
        if not turn.forced:
            if "pause_seen" not in turn.stamps:
                return
            needed = required_silence_ms(turn.evidence, self._settings.turns, self._silence_duration_ms)
            if turn.pieces.complete and not turn.pieces.text:
                needed = self._silence_duration_ms  # noise: nothing to wait for
            if silence_ms < needed:
                return
        if not turn.pieces.complete:
            turn.pieces.hasten()  # nothing else keeps the turn from being over
            waited_ms = now_ms - turn.stamps["pause_seen"]
            if waited_ms < RECOGNITION_PATIENCE_MS:
                return
            turn.failed = turn.failed or InferenceError(
                f"recognition took longer than {RECOGNITION_PATIENCE_MS / 1000:.0f} s", retryable=True
            )
        if turn.words_due_ms is not None and now_ms <= turn.words_due_ms and not turn.forced:
            return
        turn.stamps["turn_over"] = now_ms
        self._end(turn)
        if turn.pieces.text:
            self._owner.turn_over(turn, now_ms)
        else:
            self._owner.turn_wordless(turn, now_ms)

    def _new_turn(self, start_ms: float) -> Turn:
        def recognise(piece_start_ms: float, piece_end_ms: float) -> int:
            pcm = self._buffer.slice(piece_start_ms, piece_end_ms)
            vocabulary = self._owner.expectation().vocabulary
            return self._outbox.start(
                Recognise(pcm, vocabulary),
                self._on_recognised(turn),
                self._on_recognising_failed(turn),
            )

        pieces = Pieces(start_ms, recognise, self._outbox.withdraw, self._outbox.hasten)
        turn = Turn(self._owner.new_item_id(), start_ms, pieces)
        return turn

    def _on_recognised(self, turn: Turn) -> Callable[[int, Result, float], None]:
        def done(work_id: int, result: Result, now_ms: float) -> None:
            assert isinstance(result, Recognition)
            if not turn.pieces.recognised(work_id, result):
                return
            self._outbox.record(
                "recognised",
                now_ms,
                item_id=turn.item_id,
                text=result.text,
                rejected=result.rejected,
                written=result.written,
                avg_logprob=round(result.avg_logprob, 3),
                compute_ms=round(result.compute_ms, 1),
            )
            if turn.pieces.complete:
                turn.stamps["recognised"] = now_ms
            self._owner.words_changed(turn, now_ms)
            self._consider(now_ms)

        return done

    def _on_recognising_failed(self, turn: Turn) -> Callable[[int, Exception, float], None]:
        def failed(work_id: int, error: Exception, now_ms: float) -> None:
            turn.failed = error
            if turn.pieces.recognised(work_id, Recognition("", rejected="failed")):
                self._owner.words_changed(turn, now_ms)
                self._consider(now_ms)

        return failed

    def _on_judged(self, turn: Turn) -> Callable[[int, Result, float], None]:
        def done(_: int, result: Result, now_ms: float) -> None:
            assert isinstance(result, float)
            turn.judging = None
            turn.evidence = Evidence(result, turn.evidence.words, turn.evidence.more_to_come)
            self._outbox.record("end_of_turn", now_ms, item_id=turn.item_id, probability=round(result, 3))
            self._consider(now_ms)

        return done

    def _on_judging_failed(self, turn: Turn) -> Callable[[int, Exception, float], None]:
        def failed(_: int, error: Exception, now_ms: float) -> None:
            turn.judging = None
            self._outbox.record("end_of_turn", now_ms, item_id=turn.item_id, failed=str(error))
            self._consider(now_ms)

        return failed

    def _end(self, turn: Turn) -> None:
        if turn.judging is not None:
            self._outbox.withdraw(turn.judging)
            turn.judging = None
        if not turn.pieces.complete:
            turn.pieces.abandon()
        self._turn = None
        self._free_from_ms = max(turn.last_speech_ms, self._free_from_ms)
        self._vad.end_turn()

    def _drop_turn(self) -> None:
        if self._turn is not None:
            self._turn.pieces.abandon()
            self._end(self._turn)
        self._vad.end_turn()
