"""What the desk does, as sentences to speak: checks what is asked, uses the book, says how it went.

Everything here is synchronous, and may be called from any thread. `NotPossible` carries words that tell the caller what
would be possible instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from antiphon.desk.book import Book, Booking, NoTable, quarter_of, time_of
from antiphon.desk.facts import CLOSED_MESSAGE, CLOSED_WEEKDAYS, FIRST_SEATING, LAST_SEATING
from antiphon.desk.speak import on_day, say_day, say_number, say_time
from antiphon.errors import AntiphonError

AHEAD_DAYS = 92
SEARCH_DAYS = 7
"""How many days are searched when one is full."""


class NotPossible(AntiphonError):
    """What was asked cannot be done; the message says why and what could."""

    code = "not_possible"


class Desk:
    """The desk's knowledge of what may be booked.

    Args:
        book: the booking book, whose clock says what day it is.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    def check(self, day: date, at: time | None, people: int) -> str:
        """Which table is free; without a time, when one is.

        Raises:
            NotPossible: with the nearest alternative.
        """
        self._may_book(day, at, people)
        if at is None:
            seatings = self._seatings(day, people)
            if not seatings:
                raise NotPossible(self._other_day(day, None, people))
            spread = seatings[:: max(1, len(seatings) // 3)][:3]
            return f"{_table(people)} is free {self._on(day)} at {_either([say_time(t) for t in spread])}."
        at = _quarter(at)
        if quarter_of(at) not in self._book.free(day, people):
            raise NotPossible(self._alternative(day, at, people))
        return f"Yes, {_table(people).lower()} is free {self._when(day, at)}."

    def book(
        self, name: str, day: date, at: time, people: int, who: str, *, phone: str = "", wishes: str = ""
    ) -> str:
        """Books a table.

        Raises:
            NotPossible: with the nearest alternative.
        """
        self._may_book(day, at, people)
        at = _quarter(at)
        wanted = Booking(_name(name), people, day, at, phone.strip(), wishes.strip())
        try:
            booked = self._book.book(wanted, who)
        except NoTable:
            raise NotPossible(self._alternative(day, at, people)) from None
        return f"Your table for {say_number(people)} is booked {self._when(day, at)}, under the name {booked.name}."

    def find(self, name: str, day: date | None) -> str:
        """Says which bookings stand under a name.

        Raises:
            NotPossible: there is none.
        """
        found = self._found(name, day)
        if len(found) == 1:
            return f"There is {self._described(found[0])}, under the name {found[0].name}."
        listed = _either([f"{self._described(booking)}" for booking in found[:4]], "and")
        return f"There are {say_number(len(found))} bookings under {found[0].name}: {listed}."

    def change(
        self,
        name: str,
        who: str,
        *,
        booked: date | None,
        day: date | None,
        at: time | None,
        people: int | None,
    ) -> str:
        """Moves a booking.

        Raises:
            NotPossible: there is none, it is not clear which, nothing would change, or there is no table; the booking stands.
        """
        booking = self._the_one(name, booked)
        wanted = replace(
            booking,
            day=day or booking.day,
            time=_quarter(at) if at else booking.time,
            people=people or booking.people,
        )
        if wanted == booking:
            raise NotPossible(
                f"The booking under {booking.name} is {self._when(booking.day, booking.time)} for "
                f"{say_number(booking.people)}. What should be changed: the day, the time, or the number of people?"
            )
        self._may_book(wanted.day, wanted.time, wanted.people)
        try:
            self._again(
                lambda b: self._book.change(b, who, day=wanted.day, at=wanted.time, people=wanted.people),
                booking,
                name,
            )
        except NoTable:
            raise NotPossible(
                f"{self._alternative(wanted.day, wanted.time, wanted.people)} "
                f"Your booking {self._when(booking.day, booking.time)} stands."
            ) from None
        return (
            f"The booking under {booking.name} is changed: {_table(wanted.people).lower()} "
            f"{self._when(wanted.day, wanted.time)}."
        )

    def cancel(self, name: str, day: date | None, who: str) -> str:
        """Cancels a booking.

        Raises:
            NotPossible: there is none, or it is not clear which.
        """
        booking = self._the_one(name, day)
        self._again(lambda b: self._book.cancel(b, who), booking, name)
        return f"The booking under {booking.name} {self._when(booking.day, booking.time)} is cancelled. It costs nothing."

    # What is asked for

    def _may_book(self, day: date, at: time | None, people: int) -> None:
        now = self._book.now()
        today = now.date()
        if day < today:
            raise NotPossible(
                f"{_capital(say_day(day, today))} has passed. Today is {now:%A}. Which day shall it be?"
            )
        if day > today + timedelta(days=AHEAD_DAYS):
            raise NotPossible(
                "We take bookings up to three months ahead. Is there an earlier day that suits you?"
            )
        if day.weekday() in CLOSED_WEEKDAYS:
            open_day = self._next_open(day)
            raise NotPossible(f"{CLOSED_MESSAGE} {_capital(say_day(open_day, today))} would be possible.")
        if at is not None and not FIRST_SEATING <= at <= LAST_SEATING:
            raise NotPossible(
                f"We seat guests from {say_time(FIRST_SEATING)} until {say_time(LAST_SEATING)}. What time would suit you?"
            )
        if people > self._book.largest:
            raise NotPossible(
                f"Our largest table seats {say_number(self._book.largest)}. Larger parties can have the garden room; "
                "the manager will gladly arrange it with you."
            )
        if at is not None and day == today and _quarter(at) <= now.time():
            later = [t for t in self._seatings(day, people) if t > now.time()]
            hint = (
                f"The next table today is at {say_time(later[0])}."
                if later
                else self._other_day(day, None, people)
            )
            raise NotPossible(f"{_capital(say_time(at))} today has passed. {hint}")

    def _seatings(self, day: date, people: int) -> list[time]:
        """Half hours of the service at which a table is free and that are still to come."""
        now = self._book.now()
        free = set(self._book.free(day, people))
        quarters = range(quarter_of(FIRST_SEATING), quarter_of(LAST_SEATING) + 1, 2)
        times = [time_of(q) for q in quarters if q in free]
        return [t for t in times if day > now.date() or t > now.time()]

    def _alternative(self, day: date, at: time, people: int) -> str:
        """Words for "not then, but"."""
        none = f"There is no table for {say_number(people)} {self._when(day, at)}"
        near = sorted(self._seatings(day, people), key=lambda t: (abs(quarter_of(t) - quarter_of(at)), t))
        if near:
            return f"{none}; at {say_time(near[0])} there is one."
        return f"{none}. {self._other_day(day, at, people)}"

    def _other_day(self, day: date, at: time | None, people: int) -> str:
        """Words for the nearest other day with a free table, at the same time if one was wanted."""
        today = self._book.now().date()
        for ahead in range(1, SEARCH_DAYS + 1):
            other = day + timedelta(days=ahead)
            if other.weekday() in CLOSED_WEEKDAYS:
                continue
            free = self._seatings(other, people)
            if at is not None and at in free:
                return f"{_capital(on_day(other, today))} there is one at {say_time(at)}."
            if free:
                return f"{_capital(on_day(other, today))} there is one at {say_time(free[-1])}."
        return "The whole week after that is full as well. Would another week suit you?"

    def _next_open(self, day: date) -> date:
        while day.weekday() in CLOSED_WEEKDAYS:
            day += timedelta(days=1)
        return day

    # Which booking is meant

    def _found(self, name: str, day: date | None) -> list[Booking]:
        found = self._book.find(_name(name), day)
        if found:
            return found
        when = f" {self._on(day)}" if day is not None else ""
        elsewhere = self._book.find(_name(name)) if day is not None else []
        if elsewhere:
            other = elsewhere[0]
            raise NotPossible(
                f"There is no booking under {other.name}{when}, but {self._described(other)}. Is that the one?"
            )
        raise NotPossible(f"I can't find a booking under {_name(name)}{when}. What name could it be under?")

    def _the_one(self, name: str, day: date | None) -> Booking:
        found = self._found(name, day)
        if len({booking.day for booking in found}) > 1:
            listed = _either([self._described(booking) for booking in found[:4]], "and")
            raise NotPossible(
                f"There are {say_number(len(found))} bookings under {found[0].name}: {listed}. For which day is yours?"
            )
        return found[0]

    def _again(self, work: Callable[[Booking], Booking], booking: Booking, name: str) -> None:
        """Does something to a booking as it stands now: another call may have changed it since it was found."""
        try:
            work(booking)
        except LookupError:
            found = [other for other in self._book.find(_name(name)) if other.id == booking.id]
            if not found:
                raise NotPossible(
                    f"The booking under {booking.name} was just cancelled in another call."
                ) from None
            work(found[0])

    # Words

    def _described(self, booking: Booking) -> str:
        return f"{_table(booking.people).lower()} {self._when(booking.day, booking.time)}"

    def _when(self, day: date, at: time) -> str:
        return f"{self._on(day)} at {say_time(at)}"

    def _on(self, day: date) -> str:
        return on_day(day, self._book.now().date())


def _table(people: int) -> str:
    return f"A table for {say_number(people)}"


def _quarter(at: time) -> time:
    """The nearest quarter of an hour."""
    rounded = datetime.combine(date.min, at.replace(tzinfo=None)) + timedelta(minutes=7, seconds=30)
    return time_of(quarter_of(rounded.time()))


def _name(name: str) -> str:
    """A name as it is written: "john SMITH " becomes "John Smith"."""
    words = name.split()
    return " ".join(
        word if any(c.isupper() for c in word[1:]) and not word.isupper() else word.capitalize()
        for word in words
    )


def _either(words: list[str], last: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
