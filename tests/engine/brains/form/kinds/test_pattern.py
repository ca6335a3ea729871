"""Codes read by their pattern."""

from __future__ import annotations

import pytest

from antiphon.engine.brains.form.kinds.pattern import elements, read
from antiphon.engine.brains.form.tokens import hear

PLATE = "^[A-Z]{2}[0-9]{2}[A-Z]{3}$"


def whole(pattern: str, said: str) -> list[str]:
    rule = elements(pattern)
    assert rule is not None
    return [r.value for r in read(hear(said), rule) if r.whole]


@pytest.mark.parametrize(
    "said",
    [
        "Y E sixteen O R D",
        "it's Y E 16 ORD please",
        "Why E 16 ORD",
        "ye16 ord",
        "YE 16 or D",
        "Y-E-1-6-O-R-D",
        "yankee echo sixteen oscar romeo delta",
        "Y as in yellow, E for echo, one six, O R D",
    ],
)
def test_many_ways_to_say_a_plate(said: str) -> None:
    assert whole(PLATE, said) == ["YE16ORD"]


@pytest.mark.parametrize(
    ("pattern", "said", "value"),
    [
        ("^[0-9]{6}$", "four oh two one one nine", "402119"),
        ("^[0-9]{6}$", "402,119", "402119"),
        ("^[0-9]{6}$", "account 4 0 2 double 1 9", "402119"),
        ("^[A-Z]{2}[0-9]{5}$", "meter G A four oh seven one two and it says eight thousand", "GA40712"),
        ("^E[0-9]{3}$", "estimate E-312", "E312"),
        (r"^\d{4}$", "one double four nine", "1449"),
    ],
)
def test_what_was_said_counts_as_the_pattern_lets_it(pattern: str, said: str, value: str) -> None:
    assert whole(pattern, said) == [value]


def test_six_digits_are_not_taken_out_of_a_telephone_number() -> None:
    assert whole("^[0-9]{6}$", "ring me on 0 6 6 0 1 2 3 4 5 6 7") == []


@pytest.mark.parametrize(
    "said", ["a table for two on friday", "I need my brakes looked at", "at half past seven"]
)
def test_words_are_no_code(said: str) -> None:
    assert whole(PLATE, said) == []


def test_a_beginning_in_which_the_words_end_is_kept() -> None:
    rule = elements(PLATE)
    assert rule is not None
    (found,) = read(hear("it is B D five one"), rule)
    assert (found.value, found.whole) == ("BD51", False)
    (rest,) = read(hear("S M R"), rule, before="BD51")
    assert (rest.value, rest.whole) == ("BD51SMR", True)


@pytest.mark.parametrize("pattern", ["", "^(A|B)[0-9]+$", "^.*$", "^[A-Z]{2,4}$"])
def test_patterns_of_another_kind_are_left_to_others(pattern: str) -> None:
    assert elements(pattern) is None
