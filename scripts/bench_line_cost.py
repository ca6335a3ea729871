"""What a caller of the ear costs on each line, and what its server's end costs: CPU per call, with turns and answers going on.

    python scripts/bench_line_cost.py [realtime socket browser] [--calls 20] [--seconds 30]

Servers run in a process of their own: for `realtime` the scripted engine, for the others the page's server with agents made of tones, so
that what is measured is the line. Percent of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import psutil
import uvloop
from bench_common import median
from tests.ear.lines.test_page import ToneCalls
from tests.lines.page_caller import serving

from antiphon.bench import machine
from antiphon.ear.calibration import tone
from antiphon.ear.caller import Caller
from antiphon.ear.line import Opener
from antiphon.ear.lines.address import openers
from antiphon.ear.scripted_engine import Reply, ScriptedEngine

SETTLE_S = 3.0


async def _serve(line: str, calls: int, pipe: Connection) -> None:
    if line == "realtime":
        async with ScriptedEngine(lambda _: Reply("That is fine with me, and what else?", 3000)) as engine:
            pipe.send(engine.url)
            await asyncio.to_thread(pipe.recv)
    else:
        async with serving(ToneCalls(places=calls)) as server:
            pipe.send(server.address + ("/api/line" if line == "socket" else ""))
            await asyncio.to_thread(pipe.recv)


def serve(line: str, calls: int, pipe: Connection) -> None:
    """The server's process: tells its address, and ends when it is told anything."""
    uvloop.run(_serve(line, calls, pipe))


async def talk(opener: Opener, over: Callable[[], bool], found: list[Caller]) -> None:
    """A caller who says a turn of a second, hears the answer, and begins again."""
    async with Caller(opener) as caller:
        found.append(caller)
        while not over():
            turn = await caller.say(tone(1000))
            await caller.until_answered(turn)


async def cost(address: str, calls: int, seconds: float, server: psutil.Process) -> str:
    """Runs the callers; gives the finding."""
    began, found = time.monotonic(), list[Caller]()
    until = began + SETTLE_S + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(calls):
            group.create_task(talk(openers(address)(None), lambda: time.monotonic() >= until, found))
            await asyncio.sleep(1 / calls)  # or all would speak in the same moment
        await asyncio.sleep(max(0.0, began + SETTLE_S - time.monotonic()))
        here, there, wall = time.process_time(), sum(server.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(max(0.0, until - time.monotonic()))
        here, there, wall = (
            time.process_time() - here,
            sum(server.cpu_times()[:2]) - there,
            time.monotonic() - wall,
        )
    latencies = [t.latency_ms for caller in found for t in caller.heard() if t.latency_ms is not None]
    late = sum(caller.late_ticks for caller in found) / max(1, sum(caller.ticks for caller in found))
    return (
        f"caller {100 * here / wall / calls:.2f} %, server's end {100 * there / wall / calls:.2f} % of a core per call; "
        f"{calls} calls, {wall:.0f} s, {len(latencies)} turns answered "
        f"after {median(latencies):.0f} ms (the agents wait for 200), {100 * late:.2f} % of frames late"
    )


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lines", nargs="*", default=["realtime", "socket", "browser"])
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    print(machine())
    spawn = multiprocessing.get_context("spawn")
    for line in options.lines:
        here, there = spawn.Pipe()
        process = spawn.Process(target=serve, args=(line, options.calls, there))
        process.start()
        try:
            found = uvloop.run(cost(here.recv(), options.calls, options.seconds, psutil.Process(process.pid)))
            print(f"{line:9}{found}", flush=True)
        finally:
            here.send("over")
            process.join(10)


if __name__ == "__main__":
    main()
