"""Twelve calls at once, each books another name: the book and the transcripts agree, and nothing is crossed."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.ear.caller import Caller
from tests.calls.desk import Desk
from tests.calls.engine import RunningEngine, eventually
from tests.calls.guest import Guest, Wanted, day_name, open_day, spoken

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

NAMES = (
    "Miller",
    "Baker",
    "Johnson",
    "Taylor",
    "Walker",
    "Harris",
    "Martin",
    "Cooper",
    "Wilson",
    "Anderson",
    "Thompson",
    "Robinson",
)
TIMES = (("six", "18:00"), ("eight", "20:00"))
ARRIVAL_S = 0.8
"""Between two callers: nobody rings in step."""

PEOPLE = ("two", "three", "four")


async def test_twelve_guests_book_at_once_and_nothing_is_crossed(desk: Desk, engine: RunningEngine) -> None:
    days = (open_day(2), open_day(4))
    wishes = {
        name: (days[index % 2], TIMES[index // 2 % 2], PEOPLE[index % 3]) for index, name in enumerate(NAMES)
    }
    guests: dict[str, Guest] = {}

    together: list[int] = []

    async def call(name: str) -> None:
        await asyncio.sleep(ARRIVAL_S * NAMES.index(name))
        day, (hour, _), people = wishes[name]
        wanted = Wanted(name, people, day_name(day), f"at {hour} p m")
        async with desk.call() as caller:
            guest = guests[name] = Guest(caller, "slt" if len(guests) % 2 else "rms")
            await guest.greeted()
            together.append(desk.calls.active)
            first = (
                f"I would like to book a table for {people} people on {day_name(day).title()} "
                f"at {hour} in the evening. My name is {name}."
            )
            await guest.book(wanted, first)

    async with asyncio.TaskGroup() as group:
        for name in NAMES:
            group.create_task(call(name))

    assert max(together) == len(NAMES), "they were not all there at once"
    booked = {one["name"]: (one["day"], one["time"], one["people"]) for one in desk.bookings()}
    numbers = {"two": 2, "three": 3, "four": 4}
    assert booked == {
        name: (day.isoformat(), time, numbers[people]) for name, (day, (_, time), people) in wishes.items()
    }
    for name, guest in guests.items():
        talk = " ".join([*guest.heard, *guest.understood]).lower()
        assert name.lower() in talk, guest.story()
        strangers = [other for other in NAMES if other != name and other.lower() in talk]
        assert not strangers, f"{name}'s call holds {strangers}: {guest.story()}"
    assert await eventually(lambda: engine.metric("antiphon_engine_sessions") == 0)


async def test_a_guest_who_hangs_up_in_mid_word_leaves_nothing(desk: Desk, engine: RunningEngine) -> None:
    words = spoken("I would like to book a table for four people on Thursday at seven in the evening.")

    async def call(after_ms: float) -> Caller:
        async with desk.call() as caller:
            await Guest(caller).greeted()
            began = caller.begin(words)
            await caller.until(lambda: caller.now_ms >= began.start_ms + after_ms, 10_000)
        return caller

    before = engine.metric("antiphon_engine_sessions_ended_total")
    callers = await asyncio.gather(call(150), call(1100), call(2500))
    assert desk.calls.active == 0
    assert await eventually(lambda: engine.metric("antiphon_engine_sessions") == 0)
    assert engine.metric("antiphon_engine_sessions_ended_total") == before + 3
    assert all(caller.log.ended == "hang_up" for caller in callers)
    assert desk.bookings() == []
