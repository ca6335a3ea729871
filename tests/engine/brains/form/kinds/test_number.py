"""Integers and numbers."""

from __future__ import annotations

import pytest

from tests.engine.brains.form.kinds.found import find, slot, value

PEOPLE = slot("number", "people", "How many people come", minimum=1, maximum=8, whole=True)
WEIGHT = slot("number", "weight", "Weight in kilograms", minimum=0, maximum=31.5)
NIGHTS = slot("number", "nights", "Number of nights", whole=True)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("four people", 4),
        ("4. People.", 4),
        ("4. 4. People.", 4),
        ("for people", 4),
        ("for for people", 4),
        ("for to", 2),
        ("a table for two", 2),
        ("party of six", 6),
        ("four of us", 4),
        ("a couple of people", 2),
        ("half a dozen people", 6),
        ("just me", 1),
        ("my wife and me", 2),
        ("three, no, four people", 4),
    ],
)
def test_people_are_counted(said: str, expected: int) -> None:
    assert value(said, PEOPLE) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("four", 4),
        ("4.", 4),
        ("4. Be pale.", 4),
        ("For.", 4),
        ("um, five please", 5),
        ("it's for two", 2),
        ("to", 2),
    ],
)
def test_the_answer_is_a_number(said: str, expected: int) -> None:
    assert value(said, PEOPLE, asked=True) == expected


@pytest.mark.parametrize(
    "said",
    [
        "at seven",
        "7 pm",
        "the third",
        "two tables",
        "half past seven",
        "december 4",
        "555 1234",
        "one of us is vegan",
        "that one",
    ],
)
def test_these_words_count_nobody(said: str) -> None:
    assert value(said, PEOPLE) is None


def test_a_number_out_of_range_is_doubted() -> None:
    high, low = find("twenty people", PEOPLE), find("zero people", PEOPLE)
    assert high is not None and high.doubt is not None and high.doubt.why == "high"
    assert low is not None and low.doubt is not None and low.doubt.why == "low"


def test_units_decide() -> None:
    assert value("two point five kilos", WEIGHT) == 2.5
    assert value("two and a half kilos", WEIGHT) == 2.5
    assert value("4 people", WEIGHT) is None
    assert value("three nights for two people", NIGHTS) == 3
    assert value("three nights for two people", PEOPLE) == 2
