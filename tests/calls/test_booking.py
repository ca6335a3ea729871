"""Whole spoken bookings: recorded and synthetic voices, the real engine, the real agent, the real book."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.ear.line import LINE_HZ
from tests.calls.conftest import Desk
from tests.calls.guest import Guest, Wanted, day_name, open_day
from tests.support.listen import holds, words_heard

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def a_guest_asks_books_and_changes(desk: Desk) -> None:
    day = open_day(3)
    async with desk.call() as caller:
        guest = Guest(caller)
        await guest.greeted()
        hours = await guest.say("What are your opening hours?")
        assert "noon" in hours.lower(), guest.story()
        said = caller.now_ms
        heard = await asyncio.to_thread(words_heard, caller.received()[-round(said * LINE_HZ / 1000) :])
        assert holds(heard, hours) > 0.8, f"{hours!r} was heard as {heard}"
        await guest.book(Wanted("Miller", "four", day_name(day), "at seven p m"), "I'd like to book a table.")
        answer = await guest.say("Make that five people, please.")
        for _ in range(4):
            if guest.done("change_booking"):
                break
            answer = await guest.say(guest.reply(answer, Wanted("Miller", "five", day_name(day))))
        assert guest.done("change_booking"), guest.story()
    (booking,) = [one for one in desk.bookings() if one["name"].lower() == "miller"]
    assert (booking["people"], booking["day"], booking["time"]) == (5, day.isoformat(), "19:00"), (
        guest.story()
    )


async def a_guest_books_in_one_breath(desk: Desk) -> None:
    day = open_day(2)
    async with desk.call() as caller:
        guest = Guest(caller, "rms")
        await guest.greeted()
        name = day_name(day).title()
        first = f"I would like to book a table for two people on {name} at eight in the evening. My name is Johnson."
        await guest.book(Wanted("Johnson", "two", day_name(day), "at eight p m"), first)
        goodbye = await guest.say("goodbye")
        assert goodbye, guest.story()
    (booking,) = [one for one in desk.bookings() if one["name"].lower() == "johnson"]
    assert (booking["people"], booking["day"], booking["time"]) == (2, day.isoformat(), "20:00"), (
        guest.story()
    )


async def test_guests_ask_book_and_change(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(a_guest_asks_books_and_changes(desk))
        group.create_task(a_guest_books_in_one_breath(desk))
    assert sorted(desk.history()) == ["booked", "booked", "changed"]
