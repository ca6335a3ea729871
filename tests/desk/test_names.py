"""Names that a recogniser spells in its own way."""

from __future__ import annotations

import pytest

from antiphon.desk.names import LIKE, alike, words


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("SMITH", "smith"),
        ("Smith", "Smyth"),
        ("Mr. Smith", "John Smith"),
        ("Meier", "Mayer"),
        ("Catherine", "Katherine"),
        ("Steven", "Stephen"),
        ("Jon", "John"),
        ("Thompson", "Thomson"),
        ("Leigh", "Lee"),
        ("Phillips", "Filips"),
        ("Müller", "Muller"),
        ("O'Neill", "Oneil"),
        ("Jaxon", "Jackson"),
        ("the name Garcia", "Garcia"),
    ],
)
def test_the_same_name_in_other_letters(said: str, written: str) -> None:
    assert alike(said, written) >= LIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Jones", "Johnson"), ("Harris", "Morris"), ("Adams", "Evans"), ("Peters", "Peterson"), ("Anna Bell", "Anna Stone"),
     ("Lee", "Wright"), ("", "Smith"), ("...", "Smith")],
)  # fmt: skip
def test_other_names_are_other_people(one: str, other: str) -> None:
    assert alike(one, other) < LIKE


def test_the_very_name_is_more_alike_than_a_similar_one() -> None:
    assert alike("Smith", "smith") > alike("Smith", "Smith Jones") > alike("Smith", "Smyth")


def test_titles_are_no_names_unless_nothing_else_is_there() -> None:
    assert words("Dr. Who") == ["who"]
    assert words("Miss") == ["miss"]
