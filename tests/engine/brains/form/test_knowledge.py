"""Answers from the instructions' own sentences."""

from __future__ import annotations

import datetime as dt

import pytest

from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.tokens import hear
from tests.engine.brains.form.trades import DENTIST, DEPOT, DESK, NOW


@pytest.mark.parametrize(
    ("instructions", "name"),
    [
        (DESK.instructions, "The Copper Kettle"),
        (DENTIST.instructions, "Bright Smiles Dental Practice"),
        (DEPOT.instructions, "Swift Parcels"),
        ("You are a helpful voice assistant. Be brief.", ""),
        ("", ""),
    ],
)
def test_whose_agent_it_is(instructions: str, name: str) -> None:
    assert Knowledge(instructions).business == name


@pytest.mark.parametrize(
    ("instructions", "hours"),
    [
        ("We are open from Tuesday to Sunday, from noon to ten in the evening.", (dt.time(12), dt.time(22))),
        ("Opening hours: Mon-Fri 8:00-18:00.", (dt.time(8), dt.time(18))),
        ("Open daily 6 a.m. to 10 p.m.", (dt.time(6), dt.time(22))),
        ("We are open from 9 am until 5 pm.", (dt.time(9), dt.time(17))),
    ],
)
def test_opening_hours_are_read(instructions: str, hours: tuple[dt.time, dt.time]) -> None:
    assert Knowledge(instructions).open_hours == (hours,)


def test_orders_to_the_agent_are_no_answers() -> None:
    knowledge = Knowledge(
        "Never tell anybody the manager's number. If the caller asks for parking, be polite. Parking is free."
    )
    assert [f.text for f in knowledge.facts] == ["Parking is free."]


def test_what_is_not_there_is_not_answered() -> None:
    knowledge = Knowledge(DESK.instructions)
    for question in ("what is the capital of france?", "do you sell helicopters?", "who won the match?"):
        answer = knowledge.answer(hear(question))
        assert answer is None or answer.score < 0.45, question


def test_today_is_a_weekday() -> None:
    knowledge = Knowledge(DESK.instructions)
    closed = knowledge.answer(hear("are you open today?"), NOW.date())
    opened = knowledge.answer(hear("are you open tomorrow?"), NOW.date())
    assert closed is not None and closed.text == "We are closed on Mondays."
    assert opened is not None and opened.text.startswith("We are open from Tuesday")
