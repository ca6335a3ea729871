"""Dates, times and numbers as words."""

from __future__ import annotations

from datetime import date, time

import pytest

from antiphon.desk.speak import on_day, say_date, say_day, say_number, say_time

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(12, 0), "noon"),
        (time(0, 0), "midnight"),
        (time(19, 0), "seven in the evening"),
        (time(19, 30), "half past seven in the evening"),
        (time(13, 15), "a quarter past one in the afternoon"),
        (time(12, 45), "a quarter to one in the afternoon"),
        (time(18, 50), "ten to seven in the evening"),
        (time(9, 5), "five past nine in the morning"),
        (time(23, 45), "a quarter to twelve in the evening"),
        (time(3, 0), "three at night"),
    ],
)
def test_times_are_said_as_on_the_phone(at: time, words: str) -> None:
    assert say_time(at) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 24), "tomorrow"),
        (date(2026, 11, 26), "Thursday"),
        (date(2026, 11, 29), "Sunday"),
        (date(2026, 11, 30), "Monday, November 30th"),
        (date(2026, 11, 20), "Friday, November 20th"),
        (date(2026, 12, 1), "Tuesday, December 1st"),
        (date(2026, 12, 2), "Wednesday, December 2nd"),
        (date(2027, 1, 3), "Sunday, January 3rd"),
        (date(2026, 12, 11), "Friday, December 11th"),
        (date(2026, 12, 13), "Sunday, December 13th"),
        (date(2027, 1, 22), "Friday, January 22nd"),
    ],
)
def test_days_are_near_or_named(day: date, words: str) -> None:
    assert say_day(day, MONDAY) == words


def test_a_day_after_a_verb() -> None:
    assert on_day(date(2026, 11, 24), MONDAY) == "tomorrow"
    assert on_day(date(2026, 11, 26), MONDAY) == "on Thursday"


def test_numbers_and_whole_dates() -> None:
    assert [say_number(n) for n in (0, 4, 20, 21)] == ["zero", "four", "twenty", "21"]
    assert say_date(MONDAY) == "Monday, November 23rd, 2026"
