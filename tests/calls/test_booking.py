"""Whole spoken bookings: recorded and synthetic voices, the real engine, the real agent, the real book."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.ear.caller import Utterance
from antiphon.ear.line import LINE_HZ
from tests.calls.desk import Desk
from tests.calls.guest import Guest, Wanted, day_name, open_day
from tests.support.clip import join, silence
from tests.support.listen import holds, plain_words, words_heard
from tests.support.speech import flite, librivox
from tests.support.voices import utterance

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


def half_a_minute() -> Utterance:
    """A person reading for half a minute with short pauses, who then asks something."""
    read = [clip.trimmed() for clip in librivox()]
    parts = [read[1], read[0], read[2], read[3], read[4], read[0]]
    story = join([piece for clip in parts for piece in (clip, silence(350))])
    return utterance(join([story, flite("Do you have parking for our car?")]))


async def a_long_turn_is_understood_to_its_end(desk: Desk) -> None:
    turn = await asyncio.to_thread(half_a_minute)
    assert len(turn.pcm) > 30 * LINE_HZ
    async with desk.call() as caller:
        guest = Guest(caller)
        await guest.greeted()
        answer = await guest.do(turn)
    understood = plain_words(" ".join(guest.understood))
    for sentence in ("he was not an ill disposed young man", librivox()[2].text, "parking for our car"):
        assert holds(understood, sentence) > 0.75, f"{sentence!r} in {understood}"
    assert "parking" in answer.lower(), guest.story()


async def test_guests_ask_book_change_and_tell_a_story(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(a_guest_asks_books_and_changes(desk))
        group.create_task(a_guest_books_in_one_breath(desk))
        group.create_task(a_long_turn_is_understood_to_its_end(desk))
    assert sorted(desk.history()) == ["booked", "booked", "changed"]
