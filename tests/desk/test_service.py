"""What the desk says: results to speak, and errors that a caller can act on."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from antiphon.desk.book import Book
from antiphon.desk.service import Desk, NotPossible
from tests.desk.conftest import Clock

TUESDAY, THURSDAY, SATURDAY = date(2026, 11, 24), date(2026, 11, 26), date(2026, 11, 28)
NEXT_MONDAY = date(2026, 11, 30)
SEVEN, EIGHT = time(19, 0), time(20, 0)


def refusal(said: pytest.ExceptionInfo[NotPossible]) -> str:
    return said.value.message


def fill(desk: Desk, day: date, at: time, people: int) -> None:
    """Books until there is no table left."""
    for number in range(99):
        try:
            desk.book(f"Guest {chr(65 + number)}", day, at, people, "test")
        except NotPossible:
            return


def test_a_booking_is_confirmed_in_words(desk: Desk) -> None:
    assert desk.book("john smith", THURSDAY, SEVEN, 4, "call_1") == (
        "Your table for four is booked on Thursday at seven in the evening, under the name John Smith."
    )


def test_times_are_taken_to_the_quarter(desk: Desk, book: Book) -> None:
    desk.book("Smith", THURSDAY, time(18, 50), 2, "t")
    assert book.find("Smith")[0].time == time(18, 45)


def test_mondays(desk: Desk) -> None:
    with pytest.raises(NotPossible) as no:
        desk.book("Smith", NEXT_MONDAY, SEVEN, 2, "t")
    assert refusal(no) == "We are closed on Mondays. Tuesday, December 1st would be possible."


def test_a_full_time_has_a_neighbour(desk: Desk) -> None:
    desk.book("A", THURSDAY, time(18, 0), 6, "t")
    desk.book("B", THURSDAY, time(18, 0), 6, "t")
    with pytest.raises(NotPossible) as no:
        desk.book("Smith", THURSDAY, SEVEN, 6, "t")
    assert refusal(no) == (
        "There is no table for six on Thursday at seven in the evening; at eight in the evening there is one."
    )


def test_a_full_day_has_another_day(desk: Desk) -> None:
    for at in (time(12, 0), time(14, 0), time(16, 0), time(18, 0), time(20, 0)):
        fill(desk, THURSDAY, at, 8)
    with pytest.raises(NotPossible) as no:
        desk.check(THURSDAY, SEVEN, 8)
    assert refusal(no).endswith("On Friday there is one at seven in the evening.")
    with pytest.raises(NotPossible) as no:
        desk.check(THURSDAY, None, 8)
    assert "Friday" in refusal(no)


@pytest.mark.parametrize(
    ("day", "at", "people", "words"),
    [
        (date(2026, 11, 20), SEVEN, 2, "Friday, November 20th has passed. Today is Monday."),
        (date(2027, 6, 1), SEVEN, 2, "three months ahead"),
        (THURSDAY, time(9, 0), 2, "from noon until eight in the evening"),
        (THURSDAY, time(21, 0), 2, "from noon until eight in the evening"),
        (THURSDAY, SEVEN, 12, "Our largest table seats eight."),
    ],
)
def test_what_is_not_possible_says_what_is(desk: Desk, day: date, at: time, people: int, words: str) -> None:
    with pytest.raises(NotPossible, match=re.escape(words)):
        desk.book("Smith", day, at, people, "t")


def test_a_time_that_passed_today(desk: Desk, clock: Clock) -> None:
    clock.now = clock.now.replace(day=24, hour=18, minute=40)
    with pytest.raises(NotPossible) as no:
        desk.book("Smith", TUESDAY, time(18, 0), 2, "t")
    assert (
        refusal(no) == "Six in the evening today has passed. The next table today is at seven in the evening."
    )
    clock.now = clock.now.replace(hour=21)
    with pytest.raises(NotPossible) as no:
        desk.book("Smith", TUESDAY, EIGHT, 2, "t")
    assert "Tomorrow there is one" in refusal(no)


def test_availability(desk: Desk) -> None:
    assert desk.check(THURSDAY, SEVEN, 4) == (
        "Yes, a table for four is free on Thursday at seven in the evening."
    )
    assert desk.check(TUESDAY, None, 2).startswith("A table for two is free tomorrow at noon, ")


def test_find_change_cancel_by_a_name_that_was_heard_otherwise(desk: Desk, book: Book) -> None:
    desk.book("Stephen Meier", THURSDAY, SEVEN, 4, "t")
    assert desk.find("steven mayer", None) == (
        "There is a table for four on Thursday at seven in the evening, under the name Stephen Meier."
    )
    assert desk.change("Steven Mayer", "t", booked=None, day=None, at=EIGHT, people=5) == (
        "The booking under Stephen Meier is changed: a table for five on Thursday at eight in the evening."
    )
    assert desk.cancel("Mayer", None, "t") == (
        "The booking under Stephen Meier on Thursday at eight in the evening is cancelled. It costs nothing."
    )
    assert book.find("Meier") == []


def test_a_change_that_changes_nothing_asks_what(desk: Desk) -> None:
    desk.book("Smith", THURSDAY, SEVEN, 4, "t")
    with pytest.raises(NotPossible, match="What should be changed"):
        desk.change("Smith", "t", booked=None, day=THURSDAY, at=None, people=4)


def test_a_change_to_a_full_time_leaves_the_booking(desk: Desk, book: Book) -> None:
    fill(desk, SATURDAY, SEVEN, 8)
    desk.book("Smith", THURSDAY, SEVEN, 8, "t")
    with pytest.raises(NotPossible) as no:
        desk.change("Smith", "t", booked=None, day=SATURDAY, at=None, people=None)
    assert refusal(no).endswith("Your booking on Thursday at seven in the evening stands.")
    assert book.find("Smith")[0].day == THURSDAY


def test_several_bookings_are_told_apart_by_day(desk: Desk, book: Book) -> None:
    desk.book("Smith", THURSDAY, SEVEN, 2, "t")
    desk.book("Smith", SATURDAY, SEVEN, 2, "t")
    assert desk.find("Smith", None).startswith(
        "There are two bookings under Smith: a table for two on Thursday"
    )
    with pytest.raises(NotPossible, match="For which day is yours"):
        desk.cancel("Smith", None, "t")
    desk.cancel("Smith", SATURDAY, "t")
    assert [booking.day for booking in book.find("Smith")] == [THURSDAY]


def test_who_is_not_there(desk: Desk) -> None:
    with pytest.raises(NotPossible) as no:
        desk.find("smith", None)
    assert refusal(no) == "I can't find a booking under Smith. What name could it be under?"
    desk.book("Smith", THURSDAY, SEVEN, 2, "t")
    with pytest.raises(
        NotPossible, match="no booking under Smith on Saturday.*but a table for two on Thursday"
    ):
        desk.find("Smith", SATURDAY)


def test_names_keep_their_capitals(desk: Desk, book: Book) -> None:
    desk.book("anna McDonald", THURSDAY, SEVEN, 2, "t")
    assert book.find("McDonald")[0].name == "Anna McDonald"
