"""Who comes, who goes, and what breaks in the middle: the call goes on where it can, and ends cleanly where it cannot."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import api, rtc

from antiphon.livekit_server import LiveKitServer
from tests.calls.engine import RunningEngine
from tests.rooms.conftest import ALONE_S
from tests.rooms.phone import Dial, RoomPhone
from tests.workers.house import Workers, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

GREETING = "welcome"


@asynccontextmanager
async def in_room(phone: RoomPhone) -> AsyncIterator[RoomPhone]:
    """In his room, and greeted."""
    await phone.join()
    await until(lambda: phone.read(GREETING) and phone.rests())
    yield phone


async def ask(phone: RoomPhone, text: str, answer: str) -> None:
    """Types something, and waits for an answer with these words."""
    before = len(phone.words())
    phone.type_text(text)
    try:
        await until(lambda: any(answer in one.text for one in phone.words()[before:]) and phone.rests())
    except TimeoutError:
        raise AssertionError(f"no {answer!r} to {text!r}; {phone.story()}") from None


async def still_knows(phone: RoomPhone, workers: Workers) -> None:
    """The call goes on with what was said in it before."""
    await ask(phone, "What is your address?", "Mill Lane")
    conversation = str(workers.entry(phone.room_name)["conversation"])
    assert "Do you have parking?" in conversation and "What is your address?" in conversation


async def the_room_says_who_calls_and_strangers_change_nothing(dial: Dial) -> None:
    room_config = api.RoomConfiguration(
        agents=[api.RoomAgentDispatch(agent_name="", metadata="from the token")]
    )
    phone = dial(
        name="Anna", metadata="a regular", attributes={"sip.phoneNumber": "+4312345"}, room_config=room_config
    )
    async with in_room(phone):
        stranger = dial(phone.room_name, identity="stranger", name="Bob")
        await stranger.join()
        stranger.type_text("I'd like to cancel my booking.")
        await phone.room.local_participant.set_attributes({"language": "de"})
        await until(lambda: phone.room.local_participant.attributes.get("language"))
        await ask(phone, "Show the caller's badge, please.", "Anna")
        [output] = [
            json.loads(one.text)
            for one in phone.streams
            if one.topic == "antiphon.tool" and "ended" in one.text
        ]
        badge = json.loads(output["output"])
        assert badge["identity"] == "caller" and badge["name"] == "Anna"
        assert badge["participant_metadata"] == "a regular"
        assert badge["attributes"] == {"sip.phoneNumber": "+4312345", "language": "de"}
        assert badge["metadata"] == "from the token"
        assert not any("cancel" in one.text for one in phone.words() if one.sender != "caller")
        assert len(phone.agents) == 1
        # the call is Anna's: with her it ends, whoever else is there
        await phone.hang_up()
        await until(lambda: stranger.agents == [])
        assert stranger.gone is None


async def a_lost_line_that_comes_back_goes_on_in_the_same_call(dial: Dial, workers: Workers) -> None:
    phone = dial()
    async with in_room(phone):
        await ask(phone, "Do you have parking?", "ten cars")
        call_id = workers.entry(phone.room_name)["call_id"]
        agents = list(phone.agents)
        # the signal's connection is lost, and the media go on
        await phone.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT)
        await until(lambda: phone.reconnected == 1)
        await ask(phone, "What are your opening hours?", "noon")
        # his machine: he is back as who he was, from another process as it were, while the old connection hangs
        again = dial(phone.room_name)
        await again.join()
        await until(lambda: phone.gone is not None)
        await still_knows(again, workers)
        assert workers.entry(phone.room_name)["call_id"] == call_id and again.agents == agents


KILLED = """
import asyncio, sys
from livekit import rtc

async def main():
    room = rtc.Room()
    await room.connect(sys.argv[1], sys.argv[2])
    print("there", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def a_caller_who_is_gone_for_good_is_waited_for_and_then_left(dial: Dial, workers: Workers) -> None:
    watcher = dial(identity="watcher")
    caller = dial(watcher.room_name)
    process = subprocess.Popen(  # noqa: ASYNC220 - it is killed below
        [sys.executable, "-c", KILLED, caller.livekit.url, caller.token()], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        await watcher.join()
        await until(lambda: watcher.agents)
    finally:
        process.kill()
        process.wait()
    left: list[float] = []
    clock = asyncio.get_running_loop().time
    watcher.room.on("participant_disconnected", lambda _: left.append(clock()))
    await until(lambda: len(left) == 2, within_s=90)  # the server takes its time to notice
    assert left[1] - left[0] > ALONE_S - 0.5, "it did not wait for him"
    assert workers.entry(watcher.room_name) == {} and watcher.gone is None


async def test_the_engine_may_die_in_the_middle(
    dial: Dial, workers: Workers, room_engine: RunningEngine
) -> None:
    async with in_room(dial()) as phone:
        await ask(phone, "Do you have parking?", "ten cars")
        await room_engine.restart()
        await still_knows(phone, workers)
        assert len(phone.came) == 1


async def test_the_livekit_server_may_die_in_the_middle(
    dial: Dial, workers: Workers, livekit: LiveKitServer
) -> None:
    async with in_room(dial()) as phone:
        await ask(phone, "Do you have parking?", "ten cars")
        call_id = workers.entry(phone.room_name)["call_id"]
        os.killpg(livekit.pid, signal.SIGKILL)
        livekit.spawn()
        await livekit.wait_ready()
        await until(
            lambda: len(phone.came) >= 2
        )  # the same one, or another that is sent for and leaves again
        await still_knows(phone, workers)
        assert workers.entry(phone.room_name)["call_id"] == call_id
        assert len(phone.agents) == 1
        greetings = [one for one in phone.words() if GREETING in one.text]
        assert len({one.attributes["lk.segment_id"] for one in greetings}) == 1, "he was greeted twice"
    await workers.until_ready(2)  # registered anew, for the tests to come


async def a_room_that_is_deleted_and_an_agent_that_is_removed_end_the_call(
    dial: Dial, workers: Workers, server_api: api.LiveKitAPI
) -> None:
    async with in_room(dial()) as one, in_room(dial()) as other:
        await server_api.room.delete_room(api.DeleteRoomRequest(room=one.room_name))
        await until(lambda: one.gone is not None)
        await server_api.room.remove_participant(
            api.RoomParticipantIdentity(room=other.room_name, identity=other.agents[0])
        )
        await until(lambda: other.agents == [])
        await until(lambda: workers.entry(one.room_name) == workers.entry(other.room_name) == {})
        assert other.gone is None


async def a_second_agent_of_the_same_name_leaves_without_a_word(
    dial: Dial, workers: Workers, server_api: api.LiveKitAPI
) -> None:
    async with in_room(dial()) as phone:
        [first] = phone.agents
        call_id = workers.entry(phone.room_name)["call_id"]
        spoken = len(phone.words())
        await server_api.agent_dispatch.create_dispatch(
            api.CreateAgentDispatchRequest(agent_name="", room=phone.room_name)
        )
        await until(lambda: len(phone.came) == 2 and len(phone.agents) == 1)
        assert phone.agents == [first]
        await asyncio.sleep(1.0)
        assert len(phone.words()) == spoken and not [
            one for one in phone.streams if one.topic == "antiphon.ended"
        ]
        await ask(phone, "Do you have parking?", "ten cars")
        assert workers.entry(phone.room_name)["call_id"] == call_id


async def test_who_comes_and_goes_and_how_calls_end(
    dial: Dial, workers: Workers, server_api: api.LiveKitAPI
) -> None:
    """Side by side: the server takes seconds to notice that somebody is gone."""
    async with asyncio.TaskGroup() as group:
        group.create_task(the_room_says_who_calls_and_strangers_change_nothing(dial))
        group.create_task(a_lost_line_that_comes_back_goes_on_in_the_same_call(dial, workers))
        group.create_task(a_caller_who_is_gone_for_good_is_waited_for_and_then_left(dial, workers))
        group.create_task(
            a_room_that_is_deleted_and_an_agent_that_is_removed_end_the_call(dial, workers, server_api)
        )
        group.create_task(a_second_agent_of_the_same_name_leaves_without_a_word(dial, workers, server_api))
