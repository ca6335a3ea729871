"""Names of people."""

from __future__ import annotations

import pytest

from tests.engine.brains.form.kinds.found import slot, value

NAME = slot("name", "name")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my name is john", "John"),
        ("My name is John Smith.", "John Smith"),
        ("the name's Peterson", "Peterson"),
        ("under Miller please", "Miller"),
        ("it's under O'Neil", "O'Neil"),
        ("in the name of Anna Gruber", "Anna Gruber"),
        ("this is Anna", "Anna"),
        ("a table for four for Smith on friday", "Smith"),
        ("a table for four for smith on friday", "Smith"),
        ("on friday at seven, Smith, for two", "Smith"),
        ("my name is Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("The name is Walker, WALKDR.", "Walker"),
        ("my name is Smyth, S M I T H", "Smith"),
    ],
)
def test_a_name_is_heard_in_passing(said: str, expected: str) -> None:
    assert value(said, NAME) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("John", "John"),
        ("smith", "Smith"),
        ("It's John Smith, please.", "John Smith"),
        ("um it's Parker", "Parker"),
        ("K. Brown", "K. Brown"),
        ("S M I T H", "Smith"),
        ("S-M-I-T-H.", "Smith"),
        ("SMITH", "Smith"),
        ("Miller, double L", "Miller"),
        ("M I double L E R", "Miller"),
        ("B for Bravo, E, R, G", "Berg"),
        ("O L S E N", "Olsen"),
        ("Will Young", "Will Young"),
        ("Eva Kern, born on the 5th of July", "Eva Kern"),
    ],
)
def test_the_answer_is_a_name(said: str, expected: str) -> None:
    assert value(said, NAME, asked=True) == expected


@pytest.mark.parametrize(
    "said",
    ["yes", "No.", "Thursday.", "I don't know", "what do you mean", "at seven", "four people", "555 1234"],
)
def test_these_words_are_no_name(said: str) -> None:
    assert value(said, NAME, asked=True) is None


@pytest.mark.parametrize(
    "said",
    [
        "I'm looking for a table",
        "this is great",
        "it's for tomorrow",
        "for four people",
        "I am in a hurry",
        "thanks for that",
    ],
)
def test_no_name_is_heard_where_none_was_said(said: str) -> None:
    assert value(said, NAME) is None


def test_spelling_corrects_the_name_so_far() -> None:
    assert value("S M Y T H", NAME, current="Anna Smith") == "Anna Smyth"
