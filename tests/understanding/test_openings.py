"""What one utterance gives: the tool that it wishes for and the values in it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.expectation import expectation
from antiphon.engine.brains.form.intent import Tools, words_of_trade
from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.policy import hear_caller
from antiphon.engine.brains.form.schema import form_of
from antiphon.engine.brains.form.state import Question, State
from antiphon.engine.brains.form.step import Step, plain
from tests.engine.brains.form.trades import NOW
from tests.understanding.trades import TRADES


@cache
def domain(trade: str) -> Domain:
    forms = tuple(form_of(tool) for tool in TRADES[trade].tools)
    knowledge = Knowledge(TRADES[trade].instructions, trade=words_of_trade(forms))
    return Domain(Tools(forms, knowledge), knowledge)


def told(trade: str, *turns: str) -> tuple[str, dict[str, Any]]:
    """The tool that is being filled in after some turns, and its values."""
    state = State()
    for turn in turns:
        state = hear_caller(domain(trade), state, turn, NOW).state
        state = replace(state, asked=state.planned)
    assert state.task is not None, state.last
    return state.task.tool, {path: plain(value.value) for path, value in state.task.values.items()}


@pytest.mark.parametrize(
    ("said", "tool", "values"),
    [
        ("desk: my name is Brandt, I have a table on Friday and there will be two more of us, so six", "change_booking", {"new_people": 6}),
        ("desk: I'd like to come by with three friends on Wednesday at eight, name of Keller", "book_table", {"people": 4}),
        ("desk: what time is my table on Thursday? The name is Brandt", "find_booking", {"date": "2026-11-26", "name": "Brandt"}),
        ("workshop: could you tell Joe that I found the locking nut? My number: zero one seven, double four, three two", "leave_message",
         {"message": "I found the locking nut", "recipient": "Joe", "phone": "0174432"}),
        ("workshop: is Y A one five K E D done?", "get_repair_status", {"plate": "YA15KED"}),
        ("workshop: how's my car doing? L M one nine X Y Z", "get_repair_status", {"plate": "LM19XYZ"}),
        ("workshop: what would new tyres set me back?", "get_price", {"service": "tyres"}),
        ("workshop: my car needs an inspection on Friday, first thing in the morning", "book_service", {"date": "2026-11-27"}),
        ("energy: the reading of the gas meter G K one one nine nine two is sixteen thousand and four as of Sunday", "submit_meter_reading",
         {"reading": 16004, "reading_date": "2026-11-22", "fuel": "gas", "meter_number": "GK11992"}),
        ("energy: a reading for the gas meter C T eight zero one one nine, it shows nine thousand, no, nineteen thousand three hundred",
         "submit_meter_reading", {"reading": 19300}),
        ("energy: my email changed, it's now a dot berg at post dot net, account six one two three three four", "update_contact",
         {"email": "a.berg@post.net"}),
        ("energy: the neighbours have light but we've had none since ten past four, postcode one zero two zero", "report_outage",
         {"whole_street": False, "since": "16:10"}),
    ],
)  # fmt: skip
def test_one_utterance_gives_a_tool_and_its_values(said: str, tool: str, values: Mapping[str, Any]) -> None:
    trade, _, words = said.partition(": ")
    assert told(trade, words)[0] == tool
    given = told(trade, words)[1]
    assert {path: given.get(path) for path in values} == values


def test_one_value_or_another_is_a_choice() -> None:
    step = hear_caller(
        domain("desk"), State(), "I'd like a table for four or five on Wednesday at seven, name's Clark", NOW
    )
    assert step.reply.question is not None and step.reply.question.options == (4, 5)


@pytest.mark.parametrize(
    "words",
    ["no, not ten, could we do eleven instead", "no, eleven, I said", "eleven rather than ten please"],
)
def test_the_value_that_is_denied_is_replaced_and_no_other(words: str) -> None:
    opening = "an inspection on Friday at ten, plate S B seven zero K M N, Hannah Reid, zero seven seven zero, nine zero zero, seven three"
    tool, values = told("workshop", opening, words)
    assert tool == "book_service"
    assert values["time"] == "11:00" and "mileage" not in values


def test_what_is_said_beside_a_correction_is_not_lost() -> None:
    opening = "an inspection on Friday at ten, plate S B seven zero K M N, Hannah Reid, zero seven seven zero, nine zero zero, seven three"
    _, values = told("workshop", opening, "not ten, eleven, and with a courtesy car please")
    assert values["time"] == "11:00" and values["courtesy_car"] is True


def read_back(*more: str) -> Step:
    """After the read-back of a booking for Miller, and more of the caller's words."""
    state, step = State(), None
    for words in ("a table for two on Wednesday at seven, name's Miller", *more):
        step = hear_caller(domain("desk"), state, words, NOW)
        state = replace(step.state, asked=step.state.planned)
    assert step is not None
    return step


def test_a_name_that_is_heard_as_before_is_asked_for_in_a_way_that_helps() -> None:
    once, twice = (
        read_back("no, the name is Miller"),
        read_back("no, the name is Miller", "Miller", "no, the name is Miller"),
    )
    assert once.reply.question == twice.reply.question == Question("slot", "book_table", "name")
    assert "spell" in once.reply.text.lower()
    assert "type" in twice.reply.text.lower()


def test_a_name_that_was_read_back_is_not_expected_and_one_that_is_there_otherwise_is() -> None:
    reading_back = read_back().state
    assert reading_back.planned is not None and reading_back.planned.kind == "confirm"
    assert "Miller" not in expectation(domain("desk"), reading_back).vocabulary
    asking = hear_caller(domain("desk"), State(), "a table for two on Wednesday, name's Miller", NOW).state
    assert "Miller" in expectation(domain("desk"), asking).vocabulary
