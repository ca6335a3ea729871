"""Several worker processes with several calls each: bounds, deaths, and a peaceful end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest

from antiphon.ear.scripted_engine import Asked, Reply, ScriptedEngine
from antiphon.livekit_server import LiveKitServer
from antiphon.settings import load
from antiphon.workers.fleet import shares
from tests.workers.house import RoomCaller, Workers, livekit_server, until

pytestmark = pytest.mark.e2e


def script(asked: Asked) -> Reply:
    """Echoes what was typed; says literally what it is ordered to; greets."""
    if "exactly: " in asked.instructions:
        return Reply(asked.instructions.partition("exactly: ")[2])
    return Reply(f"You said {asked.words}" if asked.words else "Hello there.")


@pytest.fixture
async def livekit() -> AsyncIterator[LiveKitServer]:
    async with livekit_server() as server:
        yield server


@pytest.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with ScriptedEngine(script) as running:
        yield running


async def test_calls_are_bounded_outlive_a_process_and_end_in_peace(
    livekit: LiveKitServer, engine: ScriptedEngine, tmp_path: Path
) -> None:
    """One test for one start: two processes take seconds to come up."""
    settings = {"ANTIPHON_LIVEKIT__PROCESSES": "2", "ANTIPHON_LIVEKIT__MAX_CALLS": "3"}
    async with Workers(livekit, engine.url, tmp_path, settings) as workers, AsyncExitStack() as stack:
        await workers.until_ready(2)
        # five at once, and three are all that this machine may have: the others get no agent
        five = [RoomCaller(livekit, f"room-{number}") for number in range(5)]
        await asyncio.gather(*(stack.enter_async_context(caller) for caller in five))
        await until(lambda: sum(caller.read("Hello there.") for caller in five) == 3)
        await asyncio.sleep(1.0)
        callers = [caller for caller in five if caller.agents]
        assert len(callers) == workers.metric("antiphon_line_calls_active") == 3

        # both processes have calls; one of them dies
        entries = [workers.entry(caller.room_name) for caller in callers]
        pids = {entry["pid"] for entry in entries}
        assert len(pids) == 2
        [victim] = [pid for pid in pids if [entry["pid"] for entry in entries].count(pid) == 1]
        [hit] = [n for n, entry in enumerate(entries) if entry["pid"] == victim]
        before = list(callers[hit].agents)
        unhurt = {n: list(caller.agents) for n, caller in enumerate(callers) if n != hit}
        await callers[hit].types("my name is Anna")
        # not in the middle of the answer: that would be given anew
        await until(lambda: "You said my name is Anna" in str(workers.entry(callers[hit].room_name)))
        os.kill(victim, signal.SIGKILL)
        await until(lambda: callers[hit].read("I was cut off for a moment"))
        assert callers[hit].agents and callers[hit].agents != before, "another agent, and the ghost is gone"
        assert {n: callers[n].agents for n in unhurt} == unhurt
        taken_over = engine.connections[-1]
        texts = [part.get("text", "") for item in taken_over.items for part in item.get("content", [])]
        assert "my name is Anna" in texts, "the new agent knows what was said"
        await callers[hit].types("are you there")
        await until(lambda: callers[hit].read("You said are you there"))
        assert workers.metric("antiphon_line_calls_taken_over_total") == 1
        await workers.until_ready(3)  # the dead one is replaced

        # the end: nobody new, the running calls go on, then a word for each
        family = psutil.Process(workers.process.pid).children(recursive=True)
        workers.process.send_signal(signal.SIGTERM)
        await until(lambda: workers.said("draining worker") >= 2)
        async with RoomCaller(livekit, "too-late") as late:
            await callers[0].types("still here")
            await until(lambda: callers[0].read("You said still here"))
            assert late.agents == []
        workers.process.send_signal(signal.SIGTERM)
        for caller in callers:
            await until(partial(caller.read, "I have to end our call now"))
            await until(partial(getattr, caller, "gone"))
        await until(lambda: workers.process.poll() is not None)
        assert workers.process.returncode == 0
        assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
        assert list(workers.journal.glob("*")) == []


BLOCKING = """
import time

from livekit.agents import Agent, cli, function_tool

from antiphon.workers.app import call_server


class Blocker(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="Be kind.")

    @function_tool
    async def block(self) -> str:
        "Blocks the event loop, as a tool must not."
        time.sleep(60)
        return "never"


if __name__ == "__main__":
    cli.run_app(call_server(Blocker))
"""


async def test_a_tool_that_blocks_its_process_costs_the_other_calls_there_seconds(
    livekit: LiveKitServer, tmp_path: Path
) -> None:
    """The process is killed when it says nothing any more, and its calls go on in another one."""
    blocks = iter([Reply(tool="block", arguments={})])

    def once(asked: Asked) -> Reply:
        return next(blocks, script(asked)) if asked.words == "block" else script(asked)

    agent_file = tmp_path / "blocker.py"
    agent_file.write_text(BLOCKING)
    settings = {"ANTIPHON_LIVEKIT__PROCESSES": "2", "ANTIPHON_LIVEKIT__MAX_CALLS": "8"}
    async with (
        ScriptedEngine(once) as engine,
        Workers(livekit, engine.url, tmp_path, settings, agent_file) as workers,
        AsyncExitStack() as stack,
    ):
        await workers.until_ready(2)
        callers = [
            await stack.enter_async_context(RoomCaller(livekit, f"room-{number}")) for number in range(4)
        ]
        for caller in callers:
            await until(partial(caller.read, "Hello there."))
        await callers[0].types("block")
        await until(lambda: workers.said("does nothing any more"))
        await until(lambda: callers[0].read("You said block"))  # asked anew in the other process
        for caller in callers[1:]:
            await caller.types("are you there")
            await until(partial(caller.read, "You said are you there"))


@pytest.mark.parametrize(
    ("processes", "each", "machine", "expected"),
    [
        (2, 40, 0, [40, 40]),
        (2, 40, 3, [2, 1]),
        (4, 40, 2, [1, 1]),
        (3, 5, 100, [5, 5, 5]),
        (3, 40, 100, [34, 33, 33]),
    ],
)
def test_processes_share_what_the_machine_may_have(
    processes: int, each: int, machine: int, expected: list[int]
) -> None:
    livekit = {"processes": processes, "max_calls": machine}
    assert shares(load(agent={"max_calls": each}, livekit=livekit)) == expected


async def test_without_a_number_there_are_two_processes_at_least() -> None:
    """One alone would have nobody to take its calls over."""
    assert len(shares(load())) >= 2


async def test_wrong_keys_are_told_in_words(livekit: LiveKitServer, tmp_path: Path) -> None:
    wrong = {"LIVEKIT_API_SECRET": "x" * 32}
    async with Workers(livekit, "http://127.0.0.1:9/v1", tmp_path, wrong) as workers:
        await until(lambda: workers.process.poll() is not None)
    assert workers.process.returncode == 2
    assert workers.said("does not take this key") == 1 and workers.said("Traceback") == 0
    assert "x" * 32 not in workers.output.read_text()
