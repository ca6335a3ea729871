"""Phone numbers, codes, e-mail addresses, enums, booleans, free text."""

from __future__ import annotations

import pytest

from antiphon.engine.brains.form.kinds.phone import spoken_digits
from tests.engine.brains.form.kinds.found import find, slot, value

PHONE = slot("phone", "phone")
CODE = slot("code", "tracking_number", schema={"pattern": "^[A-Z]{2}[0-9]{4}$"})
EMAIL = slot("email", "email")
SIZE = slot("enum", "size", options=("small", "medium", "large"))
TREATMENT = slot("enum", "treatment", options=("check_up", "teeth_cleaning", "root_canal", "whitening"))
INSURED = slot("boolean", "insured", "Whether the parcel is insured")
REASON = slot("text", "reason", "Reason for the visit")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("5 5 5 1 2 3 4", "5551234"),
        ("five five five one two three four", "5551234"),
        ("five five five, double one, two three", "5551123"),
        ("my number is oh six six four, one two three four five", "066412345"),
        ("555-1234", "5551234"),
        ("plus four three 664 1234567", "+436641234567"),
        ("0664 123 45 67", "06641234567"),
        ("triple five 1 2 3 4", "5551234"),
    ],
)
def test_a_phone_number_is_understood(said: str, expected: str) -> None:
    assert value(said, PHONE) == expected


def test_a_number_in_groups_goes_on_where_it_stopped() -> None:
    first = find("five five five", PHONE, asked=True)
    assert first is not None and first.doubt is not None and first.doubt.why == "short"
    assert value("one two three four", PHONE, asked=True, partial=first.value) == "5551234"


def test_digits_are_spoken_in_groups() -> None:
    assert spoken_digits("5551234") == "5 5 5, 1 2 3 4"
    assert spoken_digits("+436641234567") == "plus 4 3 6, 6 4 1, 2 3 4, 5 6 7"


@pytest.mark.parametrize(
    "said", ["A B 1 2 3 4", "AB1234", "ab 12 34", "a b one two three four", "A as in Alpha B 1234"]
)
def test_a_code_of_letters_and_digits(said: str) -> None:
    assert value(said, CODE, asked=True) == "AB1234"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("anna@example.org", "anna@example.org"),
        ("it's john at example dot com", "john@example.com"),
        ("john dot smith at mail dot example dot com", "john.smith@mail.example.com"),
    ],
)
def test_an_address_of_mail(said: str, expected: str) -> None:
    assert value(said, EMAIL, asked=True) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("medium please", "medium"),
        ("the large one", "large"),
        ("the big one", "large"),
        ("the second one", "medium"),
        ("the last", "large"),
        ("meedium", "medium"),
    ],
)
def test_an_option_is_chosen(said: str, expected: str) -> None:
    assert value(said, SIZE, asked=True) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a check up", "check_up"),
        ("check-up", "check_up"),
        ("cleaning", "teeth_cleaning"),
        ("white ning", "whitening"),
        ("route canal", "root_canal"),
    ],
)
def test_an_option_of_several_words(said: str, expected: str) -> None:
    assert value(said, TREATMENT, asked=True) == expected


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("yes", True, True),
        ("no thanks", True, False),
        ("insured please", False, True),
        ("not insured", False, False),
        ("it isn't insured", False, False),
        ("yes", False, None),
    ],
)
def test_a_boolean(said: str, asked: bool, expected: bool | None) -> None:
    assert value(said, INSURED, asked=asked) is expected


def test_free_text_is_the_answer_without_fillers() -> None:
    assert value("um, it's a broken tooth please", REASON, asked=True) == "a broken tooth"
    assert value("a table for four", REASON) is None
