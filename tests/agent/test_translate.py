"""Server events to what a line is told."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.agent.events import CallEvent, Cut, Problem, Transcript, TurnTimed
from antiphon.agent.translate import Translator, heard_part


def feed(translator: Translator, *events: dict[str, Any]) -> list[CallEvent]:
    return [told for event in events for told in translator.feed(event)]


def said(item_id: str, *deltas: str, response_id: str = "r1") -> list[dict[str, Any]]:
    kind = "response.output_audio_transcript.delta"
    return [{"type": kind, "response_id": response_id, "item_id": item_id, "delta": d} for d in deltas]


def audio(item_id: str, ms: int = 20, response_id: str = "r1") -> dict[str, Any]:
    delta = "A" * (ms * 48 * 4 // 3)
    return {
        "type": "response.output_audio.delta",
        "response_id": response_id,
        "item_id": item_id,
        "delta": delta,
    }


def turn(item_id: str, **stamps: float) -> dict[str, Any]:
    return {"type": "antiphon.turn", "item_id": item_id, "response_id": "r1", "stamps": stamps, "details": {}}


def done(status: str = "completed", response_id: str = "r1") -> dict[str, Any]:
    return {"type": "response.done", "response": {"id": response_id, "status": status}}


HEARD = {"type": "antiphon.item.heard", "item_id": "a", "heard": "one two", "unheard": "three"}


def test_a_message_grows_and_is_completed_from_the_whole() -> None:
    item = {"id": "a", "status": "completed", "content": [{"type": "output_audio", "transcript": "One two."}]}
    told = feed(Translator(), *said("a", "One", " two"), {"type": "response.output_item.done", "item": item})
    assert told == [
        Transcript("a", "agent", "One", final=False),
        Transcript("a", "agent", "One two", final=False),
        Transcript("a", "agent", "One two.", final=True),
    ]


def test_text_answers_are_transcripts_too() -> None:
    told = feed(Translator(), {"type": "response.output_text.delta", "item_id": "a", "delta": "Hi"})
    assert told == [Transcript("a", "agent", "Hi", final=False)]


def test_a_failed_recognition_keeps_what_was_shown() -> None:
    delta = {"type": "conversation.item.input_audio_transcription.delta", "item_id": "u", "delta": "one "}
    failed = {"type": "conversation.item.input_audio_transcription.failed", "item_id": "u"}
    assert feed(Translator(), delta, failed) == [
        Transcript("u", "caller", "one", final=False),
        Transcript("u", "caller", "one", final=True),
    ]
    assert feed(Translator(), failed) == []


def test_words_that_are_taken_back_are_taken_back() -> None:
    delta = {"type": "conversation.item.input_audio_transcription.delta", "item_id": "u", "delta": "uh"}
    completed = {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": "u",
        "transcript": "",
    }
    assert feed(Translator(), delta, completed)[-1] == Transcript("u", "caller", "", final=True)
    assert feed(Translator(), completed) == []


def test_a_cut_is_told_once_and_ends_the_message() -> None:
    translator = Translator()
    told = feed(translator, *said("a", "one two three"), HEARD, HEARD, *said("a", " four"))
    assert told[1:] == [Cut("a", "one two", "three")]
    assert translator.heard == {"a": "one two"}
    item = {"id": "a", "status": "incomplete", "content": []}
    assert feed(translator, {"type": "response.output_item.done", "item": item}) == []


def test_an_interruption_that_is_taken_back_goes_on_in_the_same_segment() -> None:
    translator = Translator()
    resumed = {"type": "antiphon.resumed", "interrupted_item_id": "a", "item_id": "b", "response_id": "r2"}
    told = feed(translator, *said("a", "one two three"), HEARD, resumed, *said("b", "three", " four"))
    assert told[1:] == [
        Cut("a", "one two", "three"),
        Cut("a", "one two", ""),
        Transcript("a", "agent", "one two three", final=False),
        Transcript("a", "agent", "one two three four", final=False),
    ]
    again = {"type": "antiphon.item.heard", "item_id": "b", "heard": "three", "unheard": "four"}
    assert feed(translator, again) == [Cut("a", "one two three", "four")]
    assert translator.heard == {"a": "one two", "b": "three"}


def test_a_message_that_was_deleted_unheard_is_cut_whole() -> None:
    deleted = {"type": "conversation.item.deleted", "item_id": "a"}
    assert feed(Translator(), *said("a", "one"), deleted)[1:] == [Cut("a", "", "one")]
    assert feed(Translator(), deleted) == []


def test_truncation_is_guessed_for_servers_that_do_not_tell() -> None:
    truncated = {"type": "conversation.item.truncated", "item_id": "a", "audio_end_ms": 1000}
    events = [*said("a", "one two three four"), audio("a", 2000), truncated]
    assert feed(Translator(guess_heard=True), *events)[1:] == [Cut("a", "one two", "three four")]
    assert feed(Translator(), *events)[1:] == []


def test_what_was_interrupted_before_it_was_played_was_not_said() -> None:
    translator = Translator(guess_heard=True)
    feed(translator, *said("a", "one", " two"), audio("a"))
    assert list(translator.audio_cleared()) == [Cut("a", "", "one two")]
    assert list(translator.audio_cleared()) == [], "it is told once"
    assert translator.to_forget() == [], "the server is still at it"
    assert feed(translator, *said("a", " three"), done("cancelled")) == []
    assert (translator.to_forget(), translator.to_forget()) == (["a"], [])
    assert translator.heard == {}, "it stays in its place until the server has deleted it"
    assert feed(translator, {"type": "conversation.item.deleted", "item_id": "a"}) == []
    assert translator.heard == {"a": ""}


def test_words_that_come_after_the_interruption_were_not_said_either() -> None:
    translator = Translator(guess_heard=True)
    assert list(translator.audio_cleared()) == []
    assert feed(translator, *said("a", "one"), done("cancelled"))[1:] == [Cut("a", "", "one")]
    assert translator.to_forget() == ["a"]


def test_a_whole_answer_that_was_interrupted_while_it_waited_was_not_said() -> None:
    translator = Translator(guess_heard=True)
    feed(translator, *said("a", "one"), audio("a"))
    list(translator.audio_started(5.0))
    feed(translator, done(), *said("b", "two", response_id="r2"), audio("b", response_id="r2"))
    feed(translator, done(response_id="r2"))
    assert list(translator.audio_cleared()) == [Cut("b", "", "two")]
    assert translator.to_forget() == ["b"], "what was played is the plugin's to truncate"


def test_a_cancelled_answer_that_is_or_will_be_played_was_said() -> None:
    played = Translator(guess_heard=True)
    feed(played, *said("a", "one"), audio("a"))
    list(played.audio_started(5.0))
    assert [*feed(played, done("cancelled")), *played.audio_cleared(), *played.to_forget()] == []

    waiting = Translator(guess_heard=True)
    feed(waiting, *said("a", "one"), audio("a"))
    assert [*waiting.feed(done("cancelled"), audio_waits=True), *waiting.to_forget()] == []
    list(waiting.audio_started(5.0))
    assert list(waiting.audio_cleared()) == []


def test_text_without_audio_and_a_server_that_tells_are_left_alone() -> None:
    text = {"type": "response.output_text.delta", "response_id": "r1", "item_id": "a", "delta": "Hi"}
    written = Translator(guess_heard=True)
    assert feed(written, text, done("cancelled"))[1:] == list(written.audio_cleared()) == []
    telling = Translator()
    feed(telling, *said("a", "one"), audio("a"))
    assert [*telling.audio_cleared(), *feed(telling, done("cancelled")), *telling.to_forget()] == []


@pytest.mark.parametrize(
    ("heard_ms", "parts"),
    [
        (0, ("", "one two three")),
        (2000, ("one two three", "")),
        (999, ("one", "two three")),
        (9999, ("one two three", "")),
    ],
)
def test_heard_part(heard_ms: float, parts: tuple[str, str]) -> None:
    assert heard_part("one two three", heard_ms, 2000) == parts


def test_heard_part_of_nothing() -> None:
    assert heard_part("", 100, 0) == ("", "")
    assert heard_part("one", 100, 0) == ("", "one")


def test_a_turn_is_timed_when_it_was_heard() -> None:
    translator = Translator()
    told = feed(
        translator,
        {"type": "input_audio_buffer.committed", "item_id": "u"},
        {"type": "response.created", "response": {"id": "r1"}},
        turn("a", turn_over=5.0, speech_ended=1.0),
        audio("a"),
        done(),
    )
    assert told == []
    assert list(translator.audio_started(9.0)) == [
        TurnTimed("a", "u", {"speech_ended": 1.0, "turn_over": 5.0, "audio_played": 9.0})
    ]
    assert list(list(translator.audio_started(10.0))) == []


def test_a_turn_whose_stamps_come_after_its_audio() -> None:
    translator = Translator()
    feed(
        translator,
        {"type": "response.created", "response": {"id": "r1", "metadata": {"client_event_id": "x"}}},
    )
    feed(translator, audio("a"))
    assert list(translator.audio_started(9.0)) == []
    (timed,) = feed(translator, turn("a", audio_sent=8.0))
    assert timed == TurnTimed("a", "", {"audio_sent": 8.0, "audio_played": 9.0})


def test_a_turn_that_was_never_heard_is_timed_without_playing() -> None:
    assert feed(Translator(), turn("a", turn_over=1.0), audio("a"), done("cancelled")) == [
        TurnTimed("a", "", {"turn_over": 1.0})
    ]
    assert feed(Translator(), turn("call", turn_over=1.0), done()) == [
        TurnTimed("call", "", {"turn_over": 1.0})
    ]


def test_the_server_may_name_the_turn_that_is_answered() -> None:
    event = turn("a", turn_over=1.0) | {"details": {"user_item_id": "u7"}}
    (timed,) = feed(Translator(), event, done("cancelled"))
    assert isinstance(timed, TurnTimed) and timed.user_segment_id == "u7"


def test_a_failed_response_is_a_problem() -> None:
    (problem,) = feed(Translator(), done("failed"))
    assert isinstance(problem, Problem) and not problem.fatal


def test_unknown_events_are_passed_over() -> None:
    assert (
        feed(Translator(), {"type": "rate_limits.updated"}, {}, {"type": "antiphon.note", "topic": "x"}) == []
    )
