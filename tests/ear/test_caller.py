"""A caller speaks, waits, interrupts and hangs up in the call's own time; here in virtual time."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from antiphon.ear.calibration import VirtualTime
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import FRAME_MS
from tests.ear.agents import ToneAgent, quiet, tone


def call(agent: ToneAgent) -> Caller:
    time = VirtualTime()
    return Caller(agent.open, clock=time.clock, sleep=time.sleep)


def words(length_ms: float = 800, text: str = "words") -> Utterance:
    return Utterance(np.concatenate((quiet(100), tone(length_ms, 200), quiet(100))), text)


async def test_heard_latency_is_the_agents_patience_and_the_frames() -> None:
    async with call(ToneAgent(silence_ms=400)) as caller:
        assert await caller.until_speaking()
        assert await caller.until_quiet()
        turn = await caller.say(words())
        assert await caller.until_answered(turn)
    (heard,) = caller.heard()
    assert heard.latency_ms is not None
    assert 400 <= heard.latency_ms <= 400 + 2 * FRAME_MS
    assert turn.end_ms - turn.start_ms == pytest.approx(800, abs=1)


async def test_a_turn_nobody_answers_is_given_up_after_five_seconds() -> None:
    async with call(ToneAgent(deaf=True)) as caller:
        await caller.until_quiet()
        turn = await caller.say(words())
        assert not await caller.until_answered(turn)
        assert caller.now_ms == pytest.approx(turn.end_ms + 5000, abs=2 * FRAME_MS)
    assert caller.heard()[0].latency_ms is None


async def test_a_pause_longer_than_the_agents_patience_is_a_cutoff() -> None:
    pcm = np.concatenate((tone(500, 200), quiet(700), tone(500, 200), quiet(60)))
    async with call(ToneAgent(silence_ms=400)) as caller:
        await caller.until_quiet()
        turn = await caller.say(Utterance(pcm, "with a pause"))
        await caller.until_answered(turn)
    (heard,) = caller.heard()
    assert len(turn.pauses) == 1
    assert (heard.cutoffs, heard.cut_off) == (1, True)
    assert heard.latency_ms is not None
    assert heard.latency_ms < 0


async def test_an_interruption_begins_while_the_agent_speaks_and_stops_it() -> None:
    async with call(ToneAgent(greeting_ms=5000)) as caller:
        assert await caller.until_speaking(for_ms=1000)
        began = caller.begin(words(text="stop"))
        assert await caller.until_quiet(quiet_ms=100, timeout_ms=1000)
    first = caller.agent_spans()[0]
    assert first.start_ms < began.start_ms < first.end_ms < began.end_ms


async def test_noise_is_no_turn() -> None:
    async with call(ToneAgent()) as caller:
        await caller.say(words(text=""))
    assert caller.turns == []
    assert len(caller.noises) == 1


async def test_what_is_said_while_speaking_follows_without_a_hole() -> None:
    async with call(ToneAgent()) as caller:
        first = caller.begin(words())
        second = caller.begin(words())
        await caller.until(lambda: caller.now_ms > second.end_ms, 10_000)
    assert second.start_ms - first.end_ms == pytest.approx(200, abs=1)


async def test_hanging_up_in_mid_word_ends_the_call_at_once_and_once() -> None:
    agent = ToneAgent()
    async with call(agent) as caller:
        caller.begin(words(5000))
        await caller.until(lambda: caller.now_ms > 1000, 5000)
        await caller.hang_up()
        assert caller.over
        assert not await caller.until(lambda: False, 10_000)
    assert agent.hung_up == 1


async def test_the_call_that_ends_by_itself_leaves_nobody_waiting() -> None:
    agent = ToneAgent(ends_after=1)
    async with call(agent) as caller:
        await caller.until_quiet()
        turn = await caller.say(words())
        await caller.until_answered(turn)
        assert caller.over
        assert caller.log.ended == "agent"


async def test_an_error_in_the_scenario_hangs_up_too() -> None:
    agent = ToneAgent()
    with pytest.raises(RuntimeError, match="scenario"):
        async with call(agent):
            raise RuntimeError("scenario")
    assert agent.hung_up == 1


async def test_both_sides_lie_on_one_timeline() -> None:
    async with call(ToneAgent()) as caller:
        turn = await caller.say(words())
        await caller.until_answered(turn)
    mine, theirs = caller.audio()
    assert len(mine) == len(theirs)
    at = round((turn.start_ms + FRAME_MS) * 24)
    assert not mine[at - 30 : at - 10].any()
    assert np.abs(mine[at : at + 240]).max() > 1000


async def test_late_ticks_are_counted_and_the_timeline_does_not_move() -> None:
    time = VirtualTime()

    async def sleepy(seconds: float) -> None:
        await time.sleep(seconds)
        if 1000 <= time.now < 1020:
            time.now += 75

    agent = ToneAgent()
    async with Caller(agent.open, clock=time.clock, sleep=sleepy) as caller:
        await caller.until(lambda: caller.now_ms >= 3000, 5000)
        assert time.now == pytest.approx(caller.now_ms, abs=FRAME_MS)
    assert caller.late_ticks == 4
    assert caller.worst_late_ms == pytest.approx(75, abs=1)


async def test_typed_text_goes_to_the_line() -> None:
    agent = ToneAgent()
    async with call(agent) as caller:
        caller.type_text("hello")
    assert agent.typed == ["hello"]


async def test_waiting_is_in_real_time_by_default() -> None:
    agent = ToneAgent(greeting_ms=100)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with Caller(agent.open) as caller:
        await caller.until_quiet(quiet_ms=100)
    assert loop.time() - began >= 0.15
