"""How texts are made comparable, and their errors counted."""

import pytest

from antiphon.ear.words import comparable, word_errors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thursday at 7 p.m.", "thursday at seven p m"),
        ("7.30pm", "seven thirty p m"),
        ("5 5 5 1 2 3 4", "five five five one two three four"),
        ("19th.", "nineteenth"),
        ("I'm sorry, that's 1,250.", "i am sorry that is one thousand two hundred fifty"),
        ("Press # or *", "press pound or star"),
        ("You can't log in", "you cannot login"),
    ],
)
def test_the_same_words(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"), [("4 people", "5 people"), ("in", "and"), ("saved to", "save two")]
)
def test_other_words(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


def test_nothing() -> None:
    assert comparable(" … ") == ""


@pytest.mark.parametrize(
    ("script", "recognised", "errors", "words"),
    [
        ("a table for four", "A table for 4.", 0, 4),
        ("a table for four", "a cable for", 2, 4),
        ("yes", "oh yes please", 2, 1),
        ("good evening", "", 2, 2),
        ("", "hello", 1, 0),
    ],
)
def test_errors_are_counted(script: str, recognised: str, errors: int, words: int) -> None:
    assert word_errors(script, recognised) == (errors, words)
