"""Dates; today is Monday the 23rd of November 2026."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta

import pytest

from antiphon.engine.brains.form.kinds.date import spoken_date
from tests.engine.brains.form.kinds.found import find, slot, value
from tests.engine.brains.form.trades import NOW

DAY = slot("date", "date")
BIRTH = slot("date", "date_of_birth", "Date of birth")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("today", "2026-11-23"),
        ("tonight", "2026-11-23"),
        ("this evening", "2026-11-23"),
        ("Tomorrow.", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
        ("Thursday.", "2026-11-26"),
        ("thirsty", "2026-11-26"),
        ("on monday", "2026-11-30"),
        ("this friday", "2026-11-27"),
        ("next friday", "2026-11-27"),
        ("next monday", "2026-11-30"),
        ("next tuesday", "2026-12-01"),
        ("friday next week", "2026-12-04"),
        ("a week from friday", "2026-12-04"),
        ("the 25th", "2026-11-25"),
        ("the twenty fifth", "2026-11-25"),
        ("on the 3rd", "2026-12-03"),
        ("december 3rd", "2026-12-03"),
        ("December 3.", "2026-12-03"),
        ("december the third", "2026-12-03"),
        ("the 3rd of december", "2026-12-03"),
        ("3 december", "2026-12-03"),
        ("Thursday the 3rd of December", "2026-12-03"),
        ("thursday december 3rd", "2026-12-03"),
        ("the first of may", "2027-05-01"),
        ("january 15 2028", "2028-01-15"),
        ("12/3", "2026-12-03"),
        ("24/12", "2026-12-24"),
        ("2026-12-05", "2026-12-05"),
        ("in two weeks", "2026-12-07"),
        ("in 3 days", "2026-11-26"),
        ("two weeks from today", "2026-12-07"),
        ("in a month", "2026-12-23"),
        ("christmas eve", "2026-12-24"),
        ("new year's eve", "2026-12-31"),
    ],
)
def test_a_date_is_understood(said: str, expected: str) -> None:
    assert value(said, DAY) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize(
    "said", ["may I book a table", "a second", "the second one", "four people", "I sat down", "march in"]
)
def test_these_words_are_no_date(said: str) -> None:
    assert find(said, DAY) is None


def test_a_bare_number_is_a_day_only_when_a_day_was_asked_for() -> None:
    assert value("25", DAY) is None
    assert value("25", DAY, asked=True) == dt.date(2026, 11, 25)


def test_a_past_day_a_weekend_and_a_week_are_doubted() -> None:
    for said, why in (
        ("yesterday", "past"),
        ("2026-11-02", "past"),
        ("this weekend", "choice"),
        ("next week", "part"),
    ):
        found = find(said, DAY)
        assert found is not None and found.doubt is not None
        assert found.doubt.why == why


def test_two_days_with_or_are_a_choice() -> None:
    found = find("thursday or friday", DAY)
    assert found is not None and found.doubt is not None
    assert found.doubt.options == (dt.date(2026, 11, 26), dt.date(2026, 11, 27))


def test_words_relative_to_the_day_so_far() -> None:
    so_far = dt.date(2026, 12, 7)
    assert value("the day after", DAY, current=so_far) == dt.date(2026, 12, 8)
    assert value("a week later", DAY, current=so_far) == dt.date(2026, 12, 14)
    assert value("wednesday", DAY, current=so_far) == dt.date(2026, 12, 9), "of the same week"


@pytest.mark.parametrize(
    "said", ["the third of may 1985", "may 3rd 1985", "5/3/1985", "3 may nineteen eighty five"]
)
def test_a_birthday_lies_in_the_past(said: str) -> None:
    assert value(said, BIRTH, asked=True) == dt.date(1985, 5, 3)


def test_a_birthday_without_a_year_is_doubted() -> None:
    found = find("the third of may", BIRTH, asked=True)
    assert found is not None and found.doubt is not None and found.doubt.why == "year"


def test_what_is_spoken_is_understood_again() -> None:
    for ahead in range(1, 360):
        day = NOW.date() + timedelta(ahead)
        assert value(spoken_date(day), DAY) == day
