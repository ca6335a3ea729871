"""The brain's contract: no memory, no effects, evidence first, quick expectations, and whatever is thrown at it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from antiphon.engine.brains.brain import BrainRequest, CallTool, Expectation, Note, Say, Tool, TurnEvidence
from antiphon.engine.brains.form import FormBrain
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    SystemMessage,
    UserMessage,
)
from tests.engine.brains.form.play import Answer, ask
from tests.engine.brains.form.trades import DENTIST, DEPOT, DESK, NOW, Trade


def request(trade: Trade, *items: Item, order: str = "", choice: str = "auto") -> BrainRequest:
    return BrainRequest(trade.instructions, order, trade.tools, choice, items, NOW)


async def outputs(brain: FormBrain, asked: BrainRequest) -> list[object]:
    return [piece async for piece in brain.reply(asked)]


async def talk(brain: FormBrain, trade: Trade, *texts: str) -> list[Item]:
    """The items of a talk in which the caller said these things and heard all replies."""
    items: list[Item] = []
    for n, text in enumerate(texts):
        items.append(UserMessage(f"u{n}", text))
        answer = await ask(brain, trade, items)
        items.append(AssistantMessage(f"a{n}", answer.text))
    return items


async def test_evidence_comes_before_words_and_a_call_last() -> None:
    brain = FormBrain()
    items = await talk(brain, DESK, "Book a table for four on Thursday at seven for Smith")
    got = await outputs(brain, request(DESK, *items, UserMessage("u", "yes")))
    assert isinstance(got[0], TurnEvidence) and got[0].complete >= 0.9
    assert isinstance(got[-1], CallTool) and got[-1].name == "book_table"
    assert any(isinstance(piece, Say) for piece in got)


async def test_the_reply_begins_with_a_fixed_phrase_of_its_own() -> None:
    got = await outputs(FormBrain(), request(DESK, UserMessage("u", "I'd like to book a table")))
    says = [piece.text for piece in got if isinstance(piece, Say)]
    assert len(says) > 1 and says[0].strip() in {"Sure.", "Of course.", "Gladly.", "Certainly."}


async def test_each_value_is_noted_with_its_reason() -> None:
    got = await outputs(
        FormBrain(), request(DESK, UserMessage("u", "a table for four on thursday at 7 p.m."))
    )
    slots = {
        piece.detail["slot"]: piece.detail
        for piece in got
        if isinstance(piece, Note) and piece.topic == "slot"
    }
    assert set(slots) == {"people", "date", "time"}
    assert slots["people"]["value"] == "4" and slots["people"]["why"]


async def test_the_same_request_gives_the_same_answer_whatever_was_asked_between() -> None:
    brain = FormBrain()
    items = await talk(brain, DESK, "Book a table", "four")
    first = await outputs(brain, request(DESK, *items, UserMessage("u", "friday")))
    await outputs(brain, request(DESK, *items, UserMessage("u", "friday at")))
    await outputs(brain, request(DEPOT, UserMessage("u", "where is my parcel")))
    assert await outputs(brain, request(DESK, *items, UserMessage("u", "friday"))) == first
    assert await outputs(FormBrain(), request(DESK, *items, UserMessage("u", "friday"))) == first


async def test_items_may_be_typed_or_spoken_and_notes_of_the_application_change_nothing() -> None:
    items = await talk(FormBrain(), DESK, "Book a table", "four")
    tail = UserMessage("u", "friday")
    plain = await outputs(FormBrain(), request(DESK, *items, tail))
    typed = [replace(i, spoken=False) if isinstance(i, UserMessage) else i for i in items]
    assert await outputs(FormBrain(), request(DESK, *typed, SystemMessage("s", "be nice"), tail)) == plain


async def test_no_tool_is_called_when_none_may_be() -> None:
    brain = FormBrain()
    items = await talk(brain, DESK, "Book a table for four on Thursday at seven for Smith")
    answer = await ask(brain, DESK, [*items, UserMessage("u", "yes")], choice="none")
    assert answer.call is None and "can't" in answer.text


async def test_a_tool_that_must_be_called_is_begun() -> None:
    answer = await ask(FormBrain(), DESK, [UserMessage("u", "hello there friend")], choice="cancel_booking")
    assert "name" in answer.text


async def test_a_call_that_was_planned_but_never_left_is_confirmed_again() -> None:
    brain = FormBrain()
    items = await talk(brain, DESK, "Book a table for four on Thursday at seven for Smith", "yes")
    answer = await ask(brain, DESK, [*items, UserMessage("u", "hello?")])
    assert answer.call is None
    again = await ask(brain, DESK, [*items, UserMessage("u", "make it friday")])
    assert again.call is None and "Shall I book it?" in again.text


async def test_calls_that_somebody_else_made_are_taken_as_they_are() -> None:
    items: list[Item] = [
        UserMessage("u1", "please"),
        FunctionCall(
            "f",
            "c",
            "book_table",
            json.dumps({"name": "Lee", "people": 2, "date": "2026-11-27", "time": "18:00"}),
        ),
        FunctionCallOutput("o", "c", "A table is booked."),
    ]
    first = await ask(FormBrain(), DESK, items)
    assert "A table is booked." in first.text
    then = await ask(
        FormBrain(),
        DESK,
        [*items, AssistantMessage("a", first.text), UserMessage("u2", "change it to five people")],
    )
    assert "under the name Lee" in then.text and "5 people" in then.text


@pytest.mark.parametrize("arguments", ["", "{", "[]", '{"date": "soon", "people": "many"}'])
async def test_a_recorded_call_with_bad_arguments_breaks_nothing(arguments: str) -> None:
    items: list[Item] = [
        UserMessage("u1", "please"),
        FunctionCall("f", "c", "book_table", arguments),
        FunctionCallOutput("o", "c", "An error occurred"),
        UserMessage("u2", "why?"),
    ]
    assert (await ask(FormBrain(), DESK, items)).text


async def test_a_tool_that_the_session_does_not_have() -> None:
    items: list[Item] = [
        UserMessage("u1", "x"),
        FunctionCall("f", "c", "fly", "{}"),
        FunctionCallOutput("o", "c", "Flown."),
    ]
    assert "Flown." in (await ask(FormBrain(), DESK, items)).text


async def test_without_instructions_and_tools_it_still_talks() -> None:
    bare = Trade("", ())
    assert (await ask(FormBrain(), bare, [], "Greet the caller.")).text == "Hello! How can I help you?"
    assert (await ask(FormBrain(), bare, [])).text
    for text in ("hello", "book a table", "what time is it?", "", "yes", "no", "bye"):
        assert (await ask(FormBrain(), bare, [UserMessage("u", text)])).text


async def test_while_a_tool_is_at_work_a_question_is_answered() -> None:
    items: list[Item] = [
        UserMessage("u1", "please"),
        FunctionCall("f", "c", "book_table", "{}"),
        UserMessage("u2", "do you have parking?"),
    ]
    assert "parking" in (await ask(FormBrain(), DESK, items)).text


@pytest.mark.parametrize(
    ("said", "vocabulary", "more"),
    [
        (("Book a table", "four"), "Thursday", False),
        (("Book a table for four on thursday",), "half past", False),
        (
            (
                "book a cleaning for Tom Berg, born 12 march 1990, on wednesday at four, I'm not a new patient",
            ),
            "double",
            True,
        ),
        (("I'd like to make an appointment",), "whitening", False),
    ],
)
async def test_what_is_expected_next(said: tuple[str, ...], vocabulary: str, more: bool) -> None:
    brain = FormBrain()
    trade = DENTIST if "appointment" in said[0] or "cleaning" in said[0] else DESK
    expected = brain.expects(request(trade, *await talk(brain, trade, *said)))
    assert vocabulary in expected.vocabulary
    assert expected.more_to_come is more


async def test_before_anything_was_said_the_tools_words_are_expected() -> None:
    expected = FormBrain().expects(request(DESK))
    assert isinstance(expected, Expectation)
    assert "book table" in expected.vocabulary
    assert "garden" in expected.vocabulary, "an option may be named before it is asked for"


FOUR = ("Book a table for four on thursday at seven for Smith",)
BROWN = ("Book a table for four on thursday at seven", "Brown")


@pytest.mark.parametrize(
    ("before", "said", "low", "high"),
    [
        ((), "I'd like a table for", 0.0, 0.1),
        ((), "um", 0.0, 0.2),
        ((), "my name is", 0.0, 0.1),
        ((), "I'd like to book a table.", 0.5, 0.8),
        ((), "What are your opening hours?", 0.8, 1.0),
        (("Book a table",), "four", 0.9, 1.0),
        (("Book a table",), "four and", 0.0, 0.2),
        (("Book a table", "four"), "Thursday.", 0.9, 1.0),
        (("Book a table for four on thursday at seven for Smith",), "Yes.", 0.9, 1.0),
        (("Book a table for four on thursday at seven for Smith",), "no, make that", 0.0, 0.2),
        ((), "I'd like to book a table, please.", 0.8, 1.0),
        ((), "What are your", 0.0, 0.2),
        ((), "can I come at", 0.0, 0.2),
        ((), "is the garden open at this time of the", 0.0, 0.2),
        ((), "are you open on", 0.0, 0.2),
        ((), "what time do you", 0.0, 0.2),
        ((), "Do you have a table for this", 0.0, 0.2),
        ((), "my number is 555", 0.0, 0.2),
        ((), "I would like to change it because there", 0.0, 0.2),
        ((), "Could I reserve a table for two people on", 0.0, 0.2),
        ((), "Are children welcome, and do you", 0.0, 0.2),
        ((), "Okay, book it under the name", 0.0, 0.2),
        ((), "Which bus stops near you?", 0.8, 1.0),
        ((), "Do I have to pay when I cancel?", 0.8, 1.0),
        ((), "Is the garden open at this time of the year, or is it too cold for that?", 0.8, 1.0),
        ((), "Are children welcome, and do you have high chairs for the very small ones?", 0.8, 1.0),
        (FOUR, "five five five two one eight three", 0.8, 1.0),
        (FOUR, "And my number is five five five, seven eight six two.", 0.8, 1.0),
        (FOUR, "555 21", 0.0, 0.2),
        (FOUR, "sunday at eight p m", 0.8, 1.0),
        (FOUR, "Make that five people instead of three, my parents are coming too.", 0.8, 1.0),
        (FOUR, "Make that five people instead of", 0.0, 0.2),
        (FOUR, "1 moment please.", 0.8, 1.0),
        (FOUR, "wait", 0.0, 0.5),
        (BROWN, "B R O W N", 0.8, 1.0),
        (BROWN, "B R O", 0.0, 0.2),
    ],
)
async def test_what_the_words_say_about_the_turns_end(
    before: tuple[str, ...], said: str, low: float, high: float
) -> None:
    brain = FormBrain()
    items = await talk(brain, DESK, *before)
    answer = await ask(brain, DESK, [*items, UserMessage("u", said)])
    assert answer.evidence is not None and low <= answer.evidence <= high


WORDS = listed(
    "I'd like to book a table for four people on Thursday at seven p.m. my name is Smith S M I T H cancel change it my booking "
    "yes no please thanks never mind not friday five 5 730 7.30 the 25th december two weeks sorry actually what where do you have "
    "parking ? . , 555 1234 send parcel AB1234 medium fragile 2.5 kilos street appointment toothache half past quarter to eight "
    "repeat help bye and but or A4 0 -1 é 你好 𝄞 ' \" ... @ x@y.z 99999999999999999999 12/31/99 25:99 second one first"
)


@settings(max_examples=60, deadline=None)
@given(
    trade=st.sampled_from([DESK, DENTIST, DEPOT]),
    turns=st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=6),
    output=st.sampled_from(
        ["Done.", "We are closed on Mondays.", "An internal error occurred", '{"ok": false}', "[1, {", "no"]
    ),
)
async def test_whatever_is_said_calls_fit_their_schema_and_changes_were_confirmed(
    trade: Trade, turns: list[str], output: str
) -> None:
    brain = FormBrain()
    items: list[Item] = []
    last = Answer()
    for n, text in enumerate(turns):
        items.append(UserMessage(f"u{n}", text))
        for _ in range(4):
            answer = await ask(brain, trade, items)
            assert answer.text or answer.call
            items.append(AssistantMessage(f"a{len(items)}", answer.text))
            if answer.call is None:
                last = answer
                break
            tool: Tool = next(t for t in trade.tools if t.name == answer.call.name)
            Draft202012Validator(dict(tool.parameters)).validate(dict(answer.call.arguments))
            if not tool.name.startswith(("check", "find", "list", "track")):
                assert "Shall I" in last.text, "called without having been confirmed"
            items.append(
                FunctionCall(f"f{len(items)}", f"c{len(items)}", tool.name, json.dumps(answer.call.arguments))
            )
            items.append(FunctionCallOutput(f"o{len(items)}", f"c{len(items) - 1}", output))
            last = Answer()
