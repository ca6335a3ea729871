"""What dies is replaced: a killed worker costs its request a repetition, a killed engine a short silence."""

from __future__ import annotations

import asyncio

import pytest

from tests.calls.desk import Desk
from tests.calls.engine import RunningEngine, eventually
from tests.calls.guest import PATIENCE_MS, Guest, Wanted, day_name, open_day, spoken

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

RECOGNISER = "listening_worker recogniser"
VOICE = "voice_worker"


async def a_worker_dies_with_a_request(
    desk: Desk, engine: RunningEngine, worker: str, question: str, word: str
) -> None:
    async with desk.call() as caller:
        guest = Guest(caller)
        await guest.greeted()
        (before,) = engine.workers(worker)
        turn = caller.begin(await asyncio.to_thread(spoken, question))
        await caller.until(lambda: caller.now_ms >= turn.start_ms, PATIENCE_MS)
        before.suspend()  # it takes the next request, and never answers it
        await caller.until(lambda: caller.now_ms >= turn.end_ms + 1000, PATIENCE_MS)
        assert not caller.heard()[-1].onset_ms, "it answered although its worker stood still"
        before.kill()
        assert await caller.until_answered(turn, within_ms=PATIENCE_MS), guest.story()
        assert len(guest.understood) == 1, guest.story()
        assert word in caller.log.said_by("agent")[-1].lower(), guest.story()
        (after,) = engine.workers(worker)
        assert after.pid != before.pid
        dogs = await guest.say("May I bring my dog?")
        assert "dog" in dogs.lower(), guest.story()


async def test_a_killed_recogniser_costs_its_request_a_repetition(desk: Desk, engine: RunningEngine) -> None:
    await a_worker_dies_with_a_request(desk, engine, RECOGNISER, "What are your opening hours?", "noon")


async def test_a_killed_voice_costs_its_request_a_repetition(desk: Desk, engine: RunningEngine) -> None:
    await a_worker_dies_with_a_request(desk, engine, VOICE, "What does a main course cost?", "euros")


async def test_calls_outlive_a_restart_of_the_engine_with_their_history(
    desk: Desk, engine: RunningEngine
) -> None:
    day = open_day(3)
    restarted = asyncio.Event()
    ready = asyncio.Barrier(3)

    async def call(name: str, voice: str) -> Guest:
        async with desk.call() as caller:
            guest = Guest(caller, voice)
            await guest.greeted()
            await guest.say(f"I would like to book a table for four people under the name of {name}.")
            await ready.wait()
            await restarted.wait()
            assert await eventually(lambda: engine.metric("antiphon_engine_sessions") >= 2, 5)
            await caller.until_quiet()
            # name and party are known from before: only day and time are missing
            await guest.book(
                Wanted(name, "seven", day_name(day), "at seven p m"), f"on {day_name(day)} at seven p m", 5
            )
            return guest

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call("Taylor", "slt")), group.create_task(call("Walker", "rms"))]
        await ready.wait()
        await engine.restart()
        restarted.set()
    for task in tasks:
        problems = [problem["code"] for problem in task.result().caller.log.problems]
        assert problems == ["engine_lost"], task.result().story()
    booked = {one["name"]: (one["people"], one["day"], one["time"]) for one in desk.bookings()}
    expected = (4, day.isoformat(), "19:00")
    assert booked == {"Taylor": expected, "Walker": expected}, [task.result().story() for task in tasks]
