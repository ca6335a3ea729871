"""Times, where things happen from noon to ten."""

from __future__ import annotations

import datetime as dt

import pytest

from antiphon.engine.brains.form.kinds.time import spoken_time
from tests.engine.brains.form.kinds.found import find, slot, value

TIME = slot("time", "time")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("at seven p m", "19:00"),
        ("at 7 p.m.", "19:00"),
        ("7pm", "19:00"),
        ("730pm", "19:30"),
        ("7.30pm", "19:30"),
        ("7:30 p. m.", "19:30"),
        ("at 730", "19:30"),
        ("at 9 am", "09:00"),
        ("at seven", "19:00"),
        ("around 8", "20:00"),
        ("seven thirty", "19:30"),
        ("at seven oh five", "19:05"),
        ("half past seven", "19:30"),
        ("half seven", "19:30"),
        ("quarter past 7", "19:15"),
        ("a quarter to eight", "19:45"),
        ("The quarter to it.", "19:45"),
        ("twenty to nine", "20:40"),
        ("ten past seven", "19:10"),
        ("seven o'clock", "19:00"),
        ("19:30", "19:30"),
        ("nineteen thirty", "19:30"),
        ("20 hours", "20:00"),
        ("noon", "12:00"),
        ("noonish", "12:00"),
        ("midnight", "00:00"),
        ("at one", "13:00"),
        ("nine in the morning", "09:00"),
        ("eight in the evening", "20:00"),
        ("in an hour", "11:00"),
        ("in twenty minutes", "10:20"),
    ],
)
def test_a_time_is_understood(said: str, expected: str) -> None:
    assert value(said, TIME) == dt.time.fromisoformat(expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7", "19:00"),
        ("Seven.", "19:00"),
        ("730", "19:30"),
        ("7.30.", "19:30"),
        ("oh, seven, please", "19:00"),
        ("ate", "20:00"),
    ],
)
def test_a_bare_number_is_a_time_when_a_time_was_asked_for(said: str, expected: str) -> None:
    assert value(said, TIME, asked=True) == dt.time.fromisoformat(expected)
    assert value("four", TIME) is None


@pytest.mark.parametrize(
    "said", ["four people", "a table for two tonight", "the 25th", "I want to book", "555 1234"]
)
def test_these_words_are_no_time(said: str) -> None:
    assert value(said, TIME) is None


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (((dt.time(8), dt.time(18)),), dt.time(9)),
        (((dt.time(18), dt.time(23)),), dt.time(21)),
        (((dt.time(20), dt.time(2)),), dt.time(21)),
        ((), dt.time(9)),
    ],
)
def test_morning_or_evening_is_settled_by_the_hours(
    hours: tuple[tuple[dt.time, dt.time], ...], expected: dt.time
) -> None:
    assert value("at nine", TIME, open_hours=hours) == expected


def test_both_halves_open_is_asked() -> None:
    found = find("at nine", TIME, open_hours=((dt.time(7), dt.time(23)),))
    assert found is not None and found.doubt is not None
    assert found.doubt.options == (dt.time(9), dt.time(21))


def test_the_part_of_the_day_said_before_counts() -> None:
    assert value("at nine", TIME, open_hours=(), daypart="evening") == dt.time(21)


def test_what_is_spoken_is_understood_again() -> None:
    for minutes in range(0, 24 * 60, 5):
        moment = dt.time(minutes // 60, minutes % 60)
        assert value(spoken_time(moment), TIME) == moment
