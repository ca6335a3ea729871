"""Which sentences of the instructions are for callers, and what they tell at once."""

from __future__ import annotations

import datetime as dt

import pytest

from antiphon.engine.brains.form.facts import closed_days, facts_of, hours_of, is_order


@pytest.mark.parametrize(
    "sentence",
    [
        "Never give medical advice.",
        "You are warm and quick.",
        "If you don't know something, say so.",
        "If the caller is angry, stay calm.",
        "When somebody asks for the owner, offer to take a message.",
        "Do not promise a price.",
        "Keep your answers short.",
        "You can look up orders with your tools.",
        "If they ask for a discount, explain that there is none.",
    ],
)
def test_orders_to_the_agent(sentence: str) -> None:
    assert is_order(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "If you smell gas, open the windows and leave the house.",
        "If you can't pay a bill at once, it can be spread over six months.",
        "If you break down, our towing partner comes: call 0800 555 019.",
        "You can drop your car off from half past seven.",
        "Do not touch any switch.",
        "Only the black figures of a meter count.",
        "The customer office is at 40 Canal Street.",
        "Please bring the registration document.",
    ],
)
def test_facts_for_callers(sentence: str) -> None:
    assert not is_order(sentence)


def test_an_item_of_a_list_is_told_as_one() -> None:
    (fact,) = facts_of("# Emergencies\n- If you smell gas, open the windows. Do not touch any switch.")
    assert fact.text.endswith("Do not touch any switch.") and fact.heading == "Emergencies"


@pytest.mark.parametrize(
    ("instructions", "days"),
    [
        ("We are open from Tuesday to Sunday.\nWe are closed on Mondays.", {0: "We are closed on Mondays."}),
        (
            "On Saturdays we are open from nine until one, and on Sundays we are closed.",
            {6: "On Sundays we are closed."},
        ),
        (
            "Opening hours: Monday to Thursday 8:00-18:00, Friday 8:00-14:00. Closed on weekends.",
            {5: "Closed on weekends.", 6: "Closed on weekends."},
        ),
        ("The kitchen closes at ten on Fridays.", {}),
    ],
)
def test_days_on_which_it_is_closed(instructions: str, days: dict[int, str]) -> None:
    assert closed_days(tuple(facts_of(instructions))) == days


def test_hours_that_go_past_noon_in_words() -> None:
    facts = tuple(facts_of("On weekdays we are open from eight in the morning until half past five."))
    assert hours_of(facts) == ((dt.time(8), dt.time(17, 30)),)
