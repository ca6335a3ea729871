"""A whole conversation in a room: heard from its first word, understood, interrupted, typed into, written down."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from antiphon.ear.caller import Caller
from antiphon.ear.line import LINE_HZ
from antiphon.ear.metrics import time_to_yield
from tests.calls.guest import PATIENCE_MS, Guest, Wanted, day_name, open_day, spoken
from tests.rooms.phone import Dial, RoomPhone
from tests.support.listen import holds, likeness, plain_words, words_heard
from tests.workers.house import Workers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LONG_ANSWER = "What is the address, and how long is a table kept if I am late?"


async def words_between(caller: Caller, from_ms: float, to_ms: float) -> list[str]:
    pcm = caller.received()[round(from_ms * LINE_HZ / 1000) : round(to_ms * LINE_HZ / 1000)]
    return await asyncio.to_thread(words_heard, pcm)


def transcripts_are_whole(phone: RoomPhone) -> None:
    """Ids, tracks, senders and final flags, as LiveKit's front ends read them."""
    [agent] = phone.came
    [track] = phone.room.remote_participants[agent].track_publications
    last = {one.attributes["lk.segment_id"]: one for one in phone.words()}
    assert {one.sender for one in last.values()} == {phone.identity, agent}
    for stream in last.values():
        assert stream.attributes["lk.transcription_final"] == "true", stream
        his = stream.sender == phone.identity
        assert stream.attributes["lk.transcribed_track_id"] == (phone.microphone if his else track), stream


async def a_guest_talks(phone: RoomPhone) -> None:
    """Hears the greeting, asks, interrupts, types."""
    async with Caller(phone.opener()) as caller:
        guest = Guest(caller)
        greeting = await guest.greeted()
        heard = await words_between(caller, 0, caller.now_ms)
        assert heard[0] == plain_words(greeting)[0], f"the first word is clipped: {greeting!r} was {heard}"
        assert likeness(heard, greeting) > 0.85, f"{greeting!r} was heard as {heard}"

        said_ms = caller.now_ms
        hours = await guest.say("What are your opening hours?")
        assert "noon" in hours.lower(), guest.story()
        heard = await words_between(caller, said_ms, caller.now_ms)
        assert holds(heard, hours) > 0.8, f"{hours!r} was heard as {heard}"

        asked = await caller.say(await asyncio.to_thread(spoken, LONG_ANSWER))
        interruption = await asyncio.to_thread(spoken, "Wait, is there parking?", "rms")
        assert await caller.until_speaking(for_ms=900, timeout_ms=PATIENCE_MS), guest.story()
        await caller.say(interruption)
        # not the end of the cut answer, which is still on its way
        assert await caller.until(lambda: phone.read("parking"), PATIENCE_MS), guest.story()
        await caller.until_quiet()
        turn = caller.turns[-1]
        yielded = time_to_yield(turn.start_ms, caller.agent_spans())
        assert yielded is not None, "the agent was silent when it was interrupted"
        assert yielded.time_to_yield_ms is not None, f"the agent spoke on; {guest.story()}"
        [cut] = [words for words in caller.log.segments.values() if words.unheard]
        stopped = next(span for span in caller.agent_spans() if span.end_ms > turn.start_ms)
        heard = await words_between(caller, asked.end_ms, stopped.end_ms)
        assert holds(heard, cut.text) > 0.75, f"{cut.text!r} was heard as {heard}"
        assert len(heard) <= len(plain_words(cut.text)) + 3, f"{cut.text!r} was heard as {heard}"

        before = len(caller.agent_spans())
        caller.type_text("What is your address?")
        assert await caller.until(lambda: len(caller.agent_spans()) > before, PATIENCE_MS), guest.story()
        await caller.until_quiet()
        assert "mill lane" in guest.hear_news().lower(), guest.story()
        assert caller.log.state == "listening" and {"thinking", "speaking"} <= {
            s for _, s in caller.log.states
        }
        transcripts_are_whole(phone)


async def a_guest_books(phone: RoomPhone, workers: Workers) -> None:
    day = open_day(2)
    async with Caller(phone.opener()) as caller:
        guest = Guest(caller, "rms")
        await guest.greeted()
        first = f"I would like to book a table for two people on {day_name(day)} at eight in the evening. My name is Johnson."
        await guest.book(Wanted("Johnson", "two", day_name(day), "at eight p m"), first)
    with sqlite3.connect(workers.output.parent / "desk.sqlite3") as book:
        rows = book.execute("SELECT name, people, day, time FROM bookings").fetchall()
    assert rows == [("Johnson", 2, day.isoformat(), "20:00")], guest.story()


async def test_guests_talk_interrupt_type_and_book(dial: Dial, workers: Workers) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(a_guest_talks(dial()))
        group.create_task(a_guest_books(dial(), workers))


async def test_what_was_said_before_the_agent_came_is_heard(dial: Dial) -> None:
    """LiveKit's clients record from the click on, and send it when the agent is there."""
    question = await asyncio.to_thread(spoken, "What are your opening hours?")
    phone = dial(before=question.pcm)
    async with Caller(phone.opener()) as caller:
        guest = Guest(caller)
        assert await caller.until(lambda: phone.read("noon"), PATIENCE_MS), guest.story()
        assert holds(plain_words(" ".join(guest.understood)), question.text) > 0.8, guest.story()
