"""The session in virtual time: turns, speculation, barge-in, going on, truncation, tools, mistakes."""

from __future__ import annotations

import pytest

from antiphon import wire
from antiphon.engine.brains.brain import BrainOutput, BrainRequest, CallTool, Expectation, Say, TurnEvidence
from antiphon.engine.conversation import AssistantMessage, FunctionCallOutput, UserMessage
from antiphon.engine.effects import Recognise, Speak, Think
from antiphon.engine.listener import RECOGNITION_PATIENCE_MS
from antiphon.errors import BrainError
from antiphon.settings import EngineSettings
from tests.engine.virtual_call import ScriptedBrain, VirtualCall, echo, quick

LONG = "One two three four five, six seven eight nine ten, eleven twelve thirteen fourteen fifteen."


def long_answer(request: BrainRequest) -> list[BrainOutput]:
    return [Say(LONG)]


def heard_so_far(call: VirtualCall) -> AssistantMessage:
    return next(i for i in reversed(call.brain.requests[-1].items) if isinstance(i, AssistantMessage))


def interrupt_after(call: VirtualCall, ms: float) -> None:
    """Greets, lets the agent speak for `ms`, and stands at that moment."""
    call.wait(300)
    call.say("tell me everything")
    call.wait(100)
    while not call.all(wire.ResponseOutputAudioDelta):
        call.wait(20)
    call.wait(ms)


def test_a_turn_is_answered_in_the_order_that_clients_expect() -> None:
    call = VirtualCall()
    call.wait(400)
    call.say("hello there my friend")
    call.wait(3000)
    types = [t for t in call.types() if not t.endswith(".delta") and not t.startswith("antiphon.")]
    assert types == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    assert call.transcript() == "You said hello there my friend."
    assert call.last(wire.ResponseDone).response.status == "completed"


def test_work_begins_in_the_pause_before_the_turn_is_over() -> None:
    call = VirtualCall()
    call.wait(400)
    call.say("what are your opening hours")
    call.wait(2000)
    order = [
        record.topic
        for record in call.records
        if record.topic in ("recognised", "speculation_begun", "turn_over")
    ]
    assert order == ["recognised", "speculation_begun", "turn_over"]
    assert call.record_times("speculation_begun")[0] < call.record_times("turn_over")[0]
    stamps = call.last(wire.AntiphonTurn).stamps
    assert stamps["speech_ended"] < stamps["pause_seen"] < stamps["reply_begun"] < stamps["turn_over"]
    assert call.record_times("speculation_kept")
    assert sum(isinstance(work, Think) for _, _, work in call.works) == 1


def test_no_tool_call_leaves_before_the_turn_is_over() -> None:
    def answer(request: BrainRequest) -> list[BrainOutput]:
        return [CallTool("look", {"day": "today"})]

    call = VirtualCall(ScriptedBrain(answer), None)
    call.configure(
        audio=wire.AudioConfig(input=wire.AudioInput(turn_detection=wire.ServerVad(silence_duration_ms=900)))
    )
    call.wait(300)
    call.say("is there a table")
    call.wait(700)
    assert call.record_times("speculation_begun"), "the reply is prepared in the pause"
    assert not call.all(wire.ResponseFunctionCallArgumentsDone)
    call.wait(600)
    done = call.last(wire.ResponseFunctionCallArgumentsDone)
    assert (done.name, done.arguments) == ("look", '{"day": "today"}')
    assert call.time_of(wire.ResponseFunctionCallArgumentsDone) > call.record_times("turn_over")[0] - 1
    assert len(done.call_id) <= 32


def test_a_pause_in_the_middle_drops_the_speculation_and_the_words_join() -> None:
    call = VirtualCall(end_of_turn=lambda text: 0.9 if "four" in text else 0.05)
    call.wait(300)
    call.say("a table please for")
    call.wait(800)
    assert call.record_times("speculation_begun")
    assert not call.record_times("turn_over"), "it sounds unfinished: hold"
    call.say("four people")
    call.wait(2000)
    assert call.record_times("speculation_dropped")
    assert call.last(wire.InputAudioTranscriptionCompleted).transcript == "a table please for four people"
    assert len(call.all(wire.InputAudioBufferSpeechStarted)) == 1
    assert len(call.all(wire.ResponseCreated)) == 1


def test_words_that_are_cut_in_the_middle_hold_a_turn_that_sounds_finished() -> None:
    def answer(request: BrainRequest) -> list[BrainOutput]:
        last = request.items[-1]
        text = last.text if isinstance(last, UserMessage) else ""
        return [TurnEvidence(0.02 if text.endswith("for") else 0.98), Say("Fine.")]

    brain = ScriptedBrain(answer)
    brain.judges_turns = True
    call = VirtualCall(brain, end_of_turn=lambda text: 0.7)
    call.wait(300)
    call.say("a table for")
    call.wait(600)
    assert not call.record_times("turn_over")
    call.say("four")
    call.wait(1000)
    assert call.last(wire.InputAudioTranscriptionCompleted).transcript == "a table for four"


def test_plain_silence_ends_a_turn_when_fusing_is_off() -> None:
    call = VirtualCall(settings=quick(endpointing="silence"), end_of_turn=lambda text: 0.0)
    call.wait(300)
    end = call.say("a table for")
    call.wait(600)
    assert call.record_times("turn_over")[0] - end < 320


def test_long_turns_are_recognised_in_pieces_that_are_never_repeated() -> None:
    call = VirtualCall(end_of_turn=lambda text: 0.9 if "last" in text else 0.01)
    call.wait(300)
    for i in range(8):
        call.say(f"part{i} " * 19)
        call.wait(300)
    call.say("the very last words")
    call.wait(2000)
    text = call.last(wire.InputAudioTranscriptionCompleted).transcript
    assert [f"part{i} " * 19 in f"{text} " for i in range(8)] == [True] * 8
    assert text.endswith("the very last words")
    pieces = [work.pcm for _, _, work in call.works if isinstance(work, Recognise)]
    assert max(len(pcm) for pcm in pieces) / 16 <= 8500
    assert sum(len(pcm) for pcm in pieces) / 16 < 1.3 * 8 * (19 * 200 + 300) + 2000
    deltas = [d.delta for d in call.all(wire.InputAudioTranscriptionDelta)]
    assert "".join(deltas) == text, "words are shown while the caller speaks, and none twice"
    assert call.time_of(wire.InputAudioTranscriptionDelta, 0) < call.time_of(
        wire.InputAudioBufferSpeechStopped
    )


def test_a_recognition_is_final_when_nothing_but_it_keeps_the_turn_from_being_over() -> None:
    call = VirtualCall(recognise_ms=600, end_of_turn=lambda text: 0.95)
    call.wait(300)
    end = call.say("a table for four")
    call.wait(150)
    recognitions = [(at, number) for at, number, work in call.works if isinstance(work, Recognise)]
    assert len(recognitions) == 1
    assert call.hastened == [], "the caller may go on yet: it is a trial"
    call.wait(1500)
    [(at, number)] = call.hastened
    assert number == recognitions[0][1]
    assert recognitions[0][0] < at < end + 500 < call.record_times("turn_over")[0]


def test_a_trial_in_a_held_pause_stays_one_and_a_closed_piece_is_final() -> None:
    call = VirtualCall(recognise_ms=900, end_of_turn=lambda text: 0.05)
    call.wait(300)
    call.say("a table for")
    call.wait(300)
    call.say("four")
    assert call.hastened == [], "the caller went on: the trial is dropped"
    call.wait(520)
    call.say("people please")
    closed = [number for _, number, work in call.works if isinstance(work, Recognise)][-1]
    assert [number for _, number in call.hastened] == [closed]


def test_the_recogniser_is_told_what_the_brain_expects() -> None:
    class Expecting(ScriptedBrain):
        def expects(self, request: BrainRequest) -> Expectation:
            return Expectation(("inside", "garden") if request.items else ("book table",))

    call = VirtualCall(Expecting(echo))
    for said in ("a table please", "in the garden"):
        call.wait(300)
        call.say(said)
        call.wait(3000)
    told = [work.vocabulary for _, _, work in call.works if isinstance(work, Recognise)]
    assert told == [("book table",), ("inside", "garden")]


def test_audio_leaves_at_most_the_lead_ahead_of_real_time() -> None:
    call = VirtualCall(ScriptedBrain(long_answer))
    call.wait(300)
    call.say("go on")
    call.wait(200)
    start = None
    for _ in range(250):
        call.wait(20)
        sent = call.audio_ms()
        if sent and start is None:
            start = call.time_of(wire.ResponseOutputAudioDelta, 0)
        if start is not None:
            assert sent <= call.now_ms - start + EngineSettings().output_lead_ms + 41
    assert call.audio_ms() == pytest.approx(15 * 200)
    assert call.all(wire.ResponseDone)


def test_barge_in_stops_the_reply_and_the_next_answer_knows_what_was_heard() -> None:
    call = VirtualCall(ScriptedBrain(lambda r: long_answer(r) if len(r.items) == 1 else echo(r)))
    interrupt_after(call, 900)
    onset = call.now_ms
    call.say("stop please now")
    started = call.all(wire.InputAudioBufferSpeechStarted)[1]
    assert call.time_of(wire.InputAudioBufferSpeechStarted) - onset <= 140
    done = call.last(wire.ResponseDone).response
    assert done.status == "cancelled"
    assert done.status_details is not None and done.status_details.reason == "turn_detected"
    sent_at_stop = call.audio_ms(done.id)
    item_id = call.all(wire.ResponseOutputAudioDelta)[0].item_id
    call.send(wire.ConversationItemTruncate(item_id=item_id, content_index=0, audio_end_ms=840))
    call.wait(1500)
    assert call.audio_ms(done.id) == sent_at_stop, "nothing of it leaves after the stop"
    assert call.last(wire.ConversationItemTruncated).audio_end_ms == 840
    heard = call.last(wire.AntiphonItemHeard)
    assert heard.heard == "One two three four"
    assert heard.unheard.startswith("five, six seven")
    assert heard.heard.split() + heard.unheard.split() == LONG.split()
    assert heard_so_far(call).text == "One two three four"
    assert heard_so_far(call).interrupted
    assert call.brain.requests[-1].items[-1] == UserMessage(started.item_id, "stop please now")
    assert call.heard_text(call.last(wire.ResponseCreated).response.id) == "You said stop please now."


def test_what_was_heard_is_known_without_a_truncation_by_the_client() -> None:
    call = VirtualCall(ScriptedBrain(lambda r: long_answer(r) if len(r.items) == 1 else echo(r)))
    interrupt_after(call, 900)
    call.say("stop please now")
    call.wait(1500)
    words = heard_so_far(call).text.split()
    assert 4 <= len(words) <= 6


def test_a_click_does_not_stop_the_agent() -> None:
    call = VirtualCall(ScriptedBrain(long_answer))
    interrupt_after(call, 500)
    call.noise(60)
    call.wait(3500)
    assert len(call.all(wire.InputAudioBufferSpeechStarted)) == 1
    assert call.last(wire.ResponseDone).response.status == "completed"


def test_a_stop_without_words_is_taken_back() -> None:
    call = VirtualCall(ScriptedBrain(long_answer))
    interrupt_after(call, 900)
    call.noise(400)
    first = call.last(wire.ResponseDone).response
    assert first.status == "cancelled"
    item_id = call.all(wire.ResponseOutputAudioDelta)[0].item_id
    call.send(wire.ConversationItemTruncate(item_id=item_id, content_index=0, audio_end_ms=1000))
    call.wait(4000)
    resumed = call.last(wire.AntiphonResumed)
    assert resumed.interrupted_item_id == item_id
    heard = call.last(wire.AntiphonItemHeard)
    rest = call.heard_text(resumed.response_id)
    assert heard.heard.split() + rest.split() == LONG.split(), "no word lost, none repeated"
    assert call.last(wire.ResponseDone).response.status == "completed"
    assert len(call.all(wire.InputAudioBufferCommitted)) == 1, "a noise is no turn"
    assert call.audio_ms(resumed.response_id) == pytest.approx(10 * 200)
    assert sum(isinstance(work, Think) for _, _, work in call.works) == 1, "the reply is the same one"


def test_a_noise_before_the_answer_is_heard_delays_it_and_loses_nothing() -> None:
    call = VirtualCall(ScriptedBrain(long_answer), speak_ms=500)
    call.wait(300)
    call.say("tell me")
    call.wait(360)
    assert call.all(wire.ResponseCreated) and not call.all(wire.ResponseOutputAudioDelta)
    call.noise(200)
    call.wait(5000)
    assert call.heard_text(call.last(wire.ResponseCreated).response.id) == LONG
    assert call.last(wire.ResponseDone).response.status == "completed"


def test_silence_and_noise_alone_give_no_turn() -> None:
    call = VirtualCall()
    call.wait(1000)
    call.noise(800)
    call.wait(1000)
    call.noise(300)
    call.wait(1000)
    assert not call.all(wire.InputAudioBufferCommitted)
    assert not call.all(wire.ResponseCreated)
    assert len(call.all(wire.InputAudioBufferSpeechStopped)) == len(
        call.all(wire.InputAudioBufferSpeechStarted)
    )


def test_audio_that_stops_arriving_counts_as_silence() -> None:
    call = VirtualCall()
    call.wait(300)
    call.say("hello there")
    call.starve(2500)
    assert call.transcript() == "You said hello there."


def test_a_client_that_sends_a_whole_file_at_once_is_answered_too() -> None:
    import numpy as np

    call = VirtualCall()
    call._texts[5000] = "all at once"
    pcm = np.concatenate(
        [np.zeros(7200, np.int16), np.full(48_000, 5000, np.int16), np.zeros(24_000, np.int16)]
    )
    call.send(wire.InputAudioBufferAppend(audio=pcm.tobytes()))
    call.starve(3000)
    assert call.transcript() == "You said all at once."


def test_a_greeting_is_asked_for_and_its_metadata_comes_back() -> None:
    call = VirtualCall(ScriptedBrain(lambda r: [Say(f"Welcome! {r.response_instructions}")]))
    config = wire.ResponseConfig(instructions="Be kind.", metadata={"client_event_id": "abc"})
    call.send(wire.ResponseCreate(response=config))
    call.wait(1500)
    assert call.last(wire.ResponseCreated).response.metadata == {"client_event_id": "abc"}
    assert call.transcript() == "Welcome! Be kind."


def test_a_typed_message_is_answered_with_its_text_before_its_audio() -> None:
    call = VirtualCall(speak_ms=400)
    item = wire.MessageItem(
        role="user", content=[wire.ContentPart(type="input_text", text="any parking")], id="m1"
    )
    call.send(wire.ConversationItemCreate(item=item))
    added = call.last(wire.ConversationItemAdded)
    assert isinstance(added.item, wire.MessageItem) and added.item.id == "m1"
    sent = call.now_ms
    call.send(wire.ResponseCreate())
    call.wait(2500)
    assert call.transcript() == "You said any parking."
    assert call.time_of(wire.ResponseOutputAudioTranscriptDelta, 0) - sent < 50
    assert call.time_of(wire.ResponseOutputAudioDelta, 0) - sent >= 400


def test_a_text_only_response_has_no_audio() -> None:
    call = VirtualCall()
    call.configure(output_modalities=["text"])
    item = wire.MessageItem(role="user", content=[wire.ContentPart(type="input_text", text="hi")])
    call.send(wire.ConversationItemCreate(item=item))
    call.send(wire.ResponseCreate())
    call.wait(500)
    assert "".join(d.delta for d in call.all(wire.ResponseOutputTextDelta)) == "You said hi."
    assert not call.all(wire.ResponseOutputAudioDelta)
    assert not any(isinstance(work, Speak) for _, _, work in call.works)


def test_a_tool_is_called_and_its_result_is_spoken() -> None:
    def answer(request: BrainRequest) -> list[BrainOutput]:
        last = request.items[-1]
        if isinstance(last, FunctionCallOutput):
            return [Say(f"It says {last.output}.")]
        return [CallTool("look", {"day": "today"})]

    call = VirtualCall(ScriptedBrain(answer))
    call.wait(300)
    call.say("is there a table")
    call.wait(500)
    done = call.last(wire.ResponseOutputItemDone).item
    assert isinstance(done, wire.FunctionCallItem) and isinstance(done.call_id, str)
    assert call.last(wire.ResponseDone).response.output == [done]
    call.send(
        wire.ConversationItemCreate(
            item=wire.FunctionCallOutputItem(call_id=done.call_id, output="yes", id="o1")
        )
    )
    call.send(wire.ResponseCreate())
    call.wait(1500)
    assert call.transcript() == "It says yes."
    timed = call.last(wire.AntiphonTurn)
    assert timed.stamps["speech_ended"] < timed.stamps["turn_over"] < timed.stamps["audio_sent"]
    assert timed.details["user_item_id"] == call.last(wire.InputAudioBufferCommitted).item_id


def test_a_response_asked_for_while_another_is_given_waits_for_it() -> None:
    call = VirtualCall(ScriptedBrain(lambda r: [Say(r.response_instructions or "nothing")]))
    for words in ("first one here", "second one here"):
        call.send(wire.ResponseCreate(response=wire.ResponseConfig(instructions=words)))
    call.wait(3000)
    assert call.types().count("error") == 0
    assert call.transcript() == "first one heresecond one here"
    created = [i for i, t in enumerate(call.types()) if t in ("response.created", "response.done")]
    assert [call.types()[i] for i in created] == ["response.created", "response.done"] * 2


def test_a_response_asked_for_while_the_caller_speaks_answers_both() -> None:
    call = VirtualCall()
    call.wait(300)
    call.say("and what about")
    item = wire.MessageItem(role="user", content=[wire.ContentPart(type="input_text", text="parking")])
    call.send(wire.ConversationItemCreate(item=item))
    config = wire.ResponseConfig(metadata={"client_event_id": "typed"})
    call.send(wire.ResponseCreate(response=config))
    assert not call.all(wire.ResponseCreated), "it does not talk over the caller"
    call.wait(3000)
    assert [c.response.metadata for c in call.all(wire.ResponseCreated)] == [{"client_event_id": "typed"}]
    assert sorted(i.text for i in call.brain.requests[-1].items if isinstance(i, UserMessage)) == [
        "and what about",
        "parking",
    ]


def test_cancelling_nothing_begins_with_the_words_that_clients_look_for() -> None:
    call = VirtualCall()
    call.send(wire.ResponseCancel(event_id="e1"))
    error = call.last(wire.ErrorEvent).error
    assert error.message.startswith("Cancellation failed")
    assert error.event_id == "e1"


def test_a_client_cancel_ends_the_reply_for_good() -> None:
    call = VirtualCall(ScriptedBrain(long_answer))
    interrupt_after(call, 400)
    call.send(wire.ResponseCancel(response_id=call.last(wire.ResponseCreated).response.id))
    sent = call.audio_ms()
    call.noise(300)
    call.wait(3000)
    assert call.audio_ms() == sent
    assert not call.all(wire.AntiphonResumed)


def test_turns_that_the_client_commits_are_recognised_and_answered() -> None:
    call = VirtualCall()
    call.configure(audio=wire.AudioConfig(input=wire.AudioInput(turn_detection=None)))
    call.wait(200)
    call.say("push to talk")
    call.wait(100)
    assert not call.all(wire.InputAudioBufferSpeechStarted)
    call.send(wire.InputAudioBufferCommit())
    [committed] = [number for _, number, work in call.works if isinstance(work, Recognise)]
    assert [number for _, number in call.hastened] == [committed], "it is no trial"
    call.send(wire.ResponseCreate())
    call.wait(2500)
    assert call.transcript() == "You said push to talk."
    call.send(wire.InputAudioBufferClear())
    call.send(wire.InputAudioBufferCommit(event_id="e2"))
    assert call.last(wire.ErrorEvent).error.code == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize(
    ("event", "param"),
    [
        (wire.ConversationItemDelete(item_id="gone"), "item_id"),
        (wire.ConversationItemTruncate(item_id="gone", content_index=0, audio_end_ms=5), "item_id"),
        (wire.ConversationItemRetrieve(item_id="gone"), "item_id"),
        (wire.ResponseCreate(response=wire.ResponseConfig(conversation="none")), "response.conversation"),
        (
            wire.SessionUpdate(
                session=wire.SessionConfig(
                    audio=wire.AudioConfig(
                        output=wire.AudioOutput(format=wire.AudioFormat(type="audio/pcmu"))
                    )
                )
            ),
            "session.audio.output.format",
        ),
    ],
)
def test_mistakes_name_the_field_and_the_call_goes_on(event: wire.ClientEvent, param: str) -> None:
    call = VirtualCall()
    call.send(event)
    assert call.last(wire.ErrorEvent).error.param == param
    call.wait(300)
    call.say("still here")
    call.wait(2000)
    assert call.transcript() == "You said still here."


def test_a_recognition_that_fails_for_good_is_told_and_answered() -> None:
    call = VirtualCall()
    call.fail_recognition = True
    call.wait(300)
    call.say("can you hear me")
    call.wait(1500)
    assert call.last(wire.InputAudioTranscriptionFailed).error.code == "recognition_failed"
    assert call.all(wire.ResponseCreated), "the caller is not left in silence"


def test_a_recognition_that_takes_too_long_is_told_and_answered() -> None:
    call = VirtualCall(recognise_ms=60_000)
    call.wait(300)
    call.say("can you hear me")
    call.wait(RECOGNITION_PATIENCE_MS + 1500)
    assert "longer" in call.last(wire.InputAudioTranscriptionFailed).error.message
    assert call.all(wire.ResponseCreated), "the caller is not left in silence"


def test_a_brain_that_fails_is_spoken_of_in_plain_words() -> None:
    def answer(request: BrainRequest) -> list[BrainOutput]:
        raise BrainError("connection refused", spoken="I cannot reach my brain right now.")

    call = VirtualCall(ScriptedBrain(answer))
    call.wait(300)
    call.say("hello there")
    call.wait(2500)
    assert call.transcript() == "I cannot reach my brain right now."
    assert call.last(wire.ErrorEvent).error.code == "brain_failed"


def test_a_retrieved_turn_has_its_words() -> None:
    call = VirtualCall()
    call.wait(300)
    call.say("hello there")
    call.wait(2000)
    committed = call.last(wire.InputAudioBufferCommitted)
    call.send(wire.ConversationItemRetrieve(item_id=committed.item_id))
    item = call.last(wire.ConversationItemRetrieved).item
    assert isinstance(item, wire.MessageItem)
    assert item.content[0].transcript == "hello there"


def test_own_events_go_only_to_clients_that_asked() -> None:
    call = VirtualCall(extended=False)
    call.wait(300)
    call.say("hello there")
    call.wait(2000)
    assert not [t for t in call.types() if t.startswith("antiphon.")]
    assert not call.all(wire.InputAudioTranscriptionCompleted), "transcription was not asked for"


def test_speech_that_goes_on_after_the_turn_was_let_go_takes_the_answer_back() -> None:
    call = VirtualCall(speak_ms=400)
    call.wait(300)
    call.say("a table for four")
    call.wait(400)
    assert call.all(wire.ResponseCreated) and not call.all(wire.ResponseOutputAudioDelta)
    call.say("on thursday")
    call.wait(3000)
    assert call.all(wire.ResponseDone)[0].response.status == "cancelled"
    users = [i.text for i in call.brain.requests[-1].items if isinstance(i, UserMessage)]
    assert users == ["a table for four", "on thursday"]
    assert call.transcript() == "You said on thursday."
