"""What one call costs: CPU and memory of each process while a caller talks, and while nobody does.

    python scripts/bench_one_call.py [--engine URL] [--calls 2] [--json]

The agent's process holds the ear too; what the ear costs alone is measured first, against an echo.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from typing import Any

import psutil
from bench_common import arguments, progress, run
from tests.support.voices import speak

from antiphon.agent.calls import Calls
from antiphon.call import opener
from antiphon.ear.calibration import EchoLine
from antiphon.ear.call import talk
from antiphon.ear.caller import Caller
from antiphon.ear.line import Line, OnMessage
from antiphon.ear.turns import DESK_CALLS

IDLE_S = 5.0


async def measure(calls: Calls, engine: list[psutil.Process], options: argparse.Namespace) -> dict[str, Any]:
    """Idle, then calls one after the other."""
    here = psutil.Process()
    ear = await usage({"agent and ear": [here]}, echo_call())
    await talk(opener(calls), [speak(DESK_CALLS[0][0])])  # warm: the first connection, the first answer
    processes = named(engine) | {"agent and ear": [here]}
    progress("idle")
    idle = await usage(processes, asyncio.sleep(IDLE_S))
    busy = []
    for number, script in enumerate(DESK_CALLS[: options.calls], 1):
        progress(f"call {number} of {options.calls}")
        busy.append(await usage(processes, talk(opener(calls), [speak(turn) for turn in script])))
    return {"ear_alone": ear, "idle": idle, "one_call": busy}


async def echo_call() -> None:
    """A call to an echo: what the ear itself costs."""

    async def echo(_: OnMessage) -> Line:
        return EchoLine(500)

    async with Caller(echo) as caller:
        await caller.until(lambda: False, IDLE_S * 1000)


def named(engine: list[psutil.Process]) -> dict[str, list[psutil.Process]]:
    """The engine's processes by what they do, as their command lines tell."""
    groups: dict[str, list[psutil.Process]] = {"engine": engine[:1]} if engine else {}
    kinds = {"voice_worker": "voice", "recogniser": "recogniser", "end_of_turn": "end of turn"}
    for child in engine[1:]:
        line = " ".join(child.cmdline())
        name = next((name for word, name in kinds.items() if word in line), "other workers")
        groups.setdefault(name, []).append(child)
    return groups


async def usage(processes: dict[str, list[psutil.Process]], work: Any) -> dict[str, Any]:
    """CPU and memory of groups of processes while some work is done."""
    before = {name: cpu_s(group) for name, group in processes.items()}
    began = time.monotonic()
    await work
    took_s = time.monotonic() - began
    used = {name: cpu_s(group) - before[name] for name, group in processes.items()}
    return {
        "seconds": round(took_s, 1),
        "cpu_percent_of_a_core": {name: round(100 * seconds / took_s, 1) for name, seconds in used.items()},
        "cpu_percent_total": round(100 * sum(used.values()) / took_s, 1),
        "memory_mb": {name: round(memory_mb(group), 1) for name, group in processes.items()},
    }


def cpu_s(group: list[psutil.Process]) -> float:
    """Processor seconds that a group has used so far."""
    times = [process.cpu_times() for process in group]
    return float(sum(t.user + t.system for t in times))


def memory_mb(group: list[psutil.Process]) -> float:
    """Resident memory that is a group's own: shared pages are divided among those who share them."""
    return sum(float(process.memory_full_info().pss) for process in group) / 1e6


def show(figures: dict[str, Any]) -> None:
    """The figures in words."""
    rows = [("the ear alone", figures["ear_alone"]), ("idle", figures["idle"])]
    rows += [(f"call {number}", found) for number, found in enumerate(figures["one_call"], 1)]
    for title, found in rows:
        parts = ", ".join(
            f"{name} {percent:.1f} % / {found['memory_mb'][name]:.0f} MB"
            for name, percent in found["cpu_percent_of_a_core"].items()
        )
        print(f"{title} ({found['seconds']} s): {found['cpu_percent_total']} % of a core; {parts}")


if __name__ == "__main__":
    parser = arguments("CPU and memory of one call, on this machine.")
    parser.add_argument("--calls", type=int, default=2, help="how many calls, one after the other")
    given = parser.parse_args()
    sys.exit(run(lambda calls, engine: measure(calls, engine, given), given, show))
