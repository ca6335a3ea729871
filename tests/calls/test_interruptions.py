"""Interruptions are obeyed and remembered as they were heard; noises are not, and nothing is lost to them."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from antiphon.ear.caller import Caller
from antiphon.ear.line import LINE_HZ
from antiphon.ear.metrics import time_to_yield
from tests.calls.desk import Desk
from tests.calls.guest import PATIENCE_MS, Guest, Wanted, day_name, open_day, spoken
from tests.support import noises
from tests.support.clip import Clip
from tests.support.listen import holds, likeness, plain_words, words_heard
from tests.support.voices import utterance

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LONG_ANSWER = "What is the address, and how long is a table kept if I am late?"


def heard_between(caller: Caller, from_ms: float, to_ms: float) -> np.ndarray:
    return caller.received()[round(from_ms * LINE_HZ / 1000) : round(to_ms * LINE_HZ / 1000)]


async def the_agent_stops_and_only_heard_words_are_kept(desk: Desk) -> None:
    async with desk.call() as caller:
        guest = Guest(caller)
        await guest.greeted()
        question = await asyncio.to_thread(spoken, LONG_ANSWER)
        interruption = await asyncio.to_thread(spoken, "Wait, is there parking?", "rms")
        asked = await caller.say(question)
        assert await caller.until_speaking(for_ms=900, timeout_ms=PATIENCE_MS), guest.story()
        answer = await guest.do(interruption)
    turn = caller.turns[-1]
    yielded = time_to_yield(turn.start_ms, caller.agent_spans())
    assert yielded is not None, "the agent was silent when it was interrupted"
    assert yielded.time_to_yield_ms is not None, f"the agent spoke on; {guest.story()}"
    assert "parking" in answer.lower(), guest.story()
    cut = [words for words in caller.log.segments.values() if words.unheard]
    assert len(cut) == 1, guest.story()
    stopped = next(span for span in caller.agent_spans() if span.end_ms > turn.start_ms)
    assert asked.end_ms < stopped.start_ms < turn.start_ms
    heard = await asyncio.to_thread(words_heard, heard_between(caller, asked.end_ms, stopped.end_ms))
    # a word that was being said when the agent stopped counts as unheard, and may be heard in part
    assert holds(heard, cut[0].text) > 0.75, f"{cut[0].text!r} was heard as {heard}"
    assert len(heard) <= len(plain_words(cut[0].text)) + 2, f"{cut[0].text!r} was heard as {heard}"


async def a_yes_to_an_unheard_question_confirms_nothing(desk: Desk) -> None:
    """The answer knows what was heard: "yes" into the reading back, before "Shall I book it?", is no consent."""
    wish = f"I would like to book a table for two people on {day_name(open_day(2))} at eight in the evening under the name of Cooper."
    async with desk.call() as caller:
        guest = Guest(caller, "rms")
        await guest.greeted()
        yes = await asyncio.to_thread(spoken, "yes please", "rms")
        await caller.say(await asyncio.to_thread(spoken, wish, "rms"))
        assert await caller.until_speaking(for_ms=1200, timeout_ms=PATIENCE_MS), guest.story()
        answer = await guest.do(yes)
        assert [words for words in caller.log.segments.values() if words.unheard], guest.story()
        assert not caller.log.tools, guest.story()
        await guest.book(
            Wanted("Cooper", "two", day_name(open_day(2)), "at eight p m"),
            guest.reply(answer, Wanted("Cooper")),
        )
    assert [one["name"] for one in desk.bookings()] == ["Cooper"], guest.story()


async def test_an_interruption_stops_the_agent_and_only_heard_words_are_remembered(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(the_agent_stops_and_only_heard_words_are_kept(desk))
        group.create_task(a_yes_to_an_unheard_question_confirms_nothing(desk))


async def test_a_cough_while_the_agent_speaks_loses_no_word(desk: Desk) -> None:
    async def call(noise: Clip) -> None:
        async with desk.call() as caller:
            guest = Guest(caller)
            await guest.greeted()
            question = await asyncio.to_thread(spoken, LONG_ANSWER)
            asked = await caller.say(question)
            assert await caller.until_speaking(for_ms=700, timeout_ms=PATIENCE_MS), guest.story()
            caller.begin(utterance(noise))
            await caller.until_quiet(quiet_ms=2500)
        assert len(guest.understood) == 1, f"the noise became words: {guest.story()}"
        said = [words for words in caller.log.segments.values() if words.speaker == "agent"][-1]
        assert not said.unheard, guest.story()
        heard = await asyncio.to_thread(words_heard, heard_between(caller, asked.end_ms, caller.now_ms))
        assert likeness(heard, said.text) > 0.85, f"{said.text!r} was heard as {heard}"

    async with asyncio.TaskGroup() as group:
        for noise in (noises.cough(seed=1), noises.cough(seed=2, level_dbfs=-14), noises.knocks()):
            group.create_task(call(noise))


async def noises_are_passed_over(desk: Desk, sounds: list[tuple[str, Clip]]) -> None:
    async with desk.call() as caller:
        guest = Guest(caller)
        await guest.greeted()
        onsets = len(caller.agent_spans())
        for name, clip in sounds:
            await caller.say(utterance(clip))
            await caller.until(lambda: False, 1200)
            assert not guest.understood, f"{name}: {guest.story()}"
            assert len(caller.agent_spans()) == onsets, f"the agent answered {name}: {guest.story()}"


async def test_noises_give_no_words_and_no_answer(desk: Desk) -> None:
    sounds = list(noises.noise_set(duration_ms=1500).items())
    async with asyncio.TaskGroup() as group:
        for part in range(3):
            group.create_task(noises_are_passed_over(desk, sounds[part::3]))
