"""One step of a load test: crowds in processes of their own, costs between the window's ends, figures from the turns inside it."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from antiphon.clock import monotonic_ms
from antiphon.ear.figures import figures
from antiphon.ear.lines.address import LineOptions
from antiphon.ear.load.cost import Meter
from antiphon.ear.load.crowd import Heard, Orders, Report
from antiphon.ear.load.plan import HOLD_S, Arrivals, Plan, PlannedCall, active, plan
from antiphon.ear.results import Call, LoadStep, ProcessCost
from antiphon.errors import CallRefused, LineError

PER_PROCESS = 25
"""Callers in one process: at 0.5 % of a core each an eighth of one, so that none waits for another."""

START_S = 3.0
"""What a crowd's process gets to start."""

SCORE_S = 120.0
RAMP_STEPS = 6


class CrowdFailed(LineError):
    """A process of callers ended without a report: nothing it heard is known."""

    code = "crowd_failed"
    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What stays the same over the steps.

    Attributes:
        address, options: who is called.
        watched: processes to measure, by name.
        script: the file with the callers' turns.
        seed: of plans and callers.
        hold_s: how long a steady call lasts.
    """

    address: str
    options: LineOptions
    watched: Mapping[str, int]
    script: Path
    seed: int = 1
    hold_s: float = HOLD_S

    def orders(self, zero_ms: float, calls: tuple[PlannedCall, ...]) -> Orders:
        """A crowd's orders."""
        return Orders(
            address=self.address, options=self.options, zero_ms=zero_ms, calls=calls, script=str(self.script)
        )


async def step(setup: Setup, arrivals: Arrivals, at_once: int, window_s: float) -> list[LoadStep]:
    """Runs one step; a ramp gives several, by how many calls were in the line.

    Raises:
        WrongLoad: numbers that make no step.
        CrowdFailed: a process of callers broke.
    """
    planned = plan(arrivals, at_once, window_s, hold_s=setup.hold_s, seed=setup.seed)
    crowds = _dealt(planned.calls, math.ceil(planned.most / PER_PROCESS))
    zero_ms = monotonic_ms() + START_S * 1000
    async with asyncio.TaskGroup() as group:
        processes = [await _spawn() for _ in crowds]
        reports = [
            group.create_task(_ordered(process, setup.orders(zero_ms, calls)))
            for process, calls in zip(processes, crowds, strict=True)
        ]
        pids = {f"callers {n}": process.pid for n, process in enumerate(processes, 1)}
        meter = Meter({**setup.watched, **pids})
        await _until(zero_ms + planned.from_s * 1000)
        meter.begin()
        await _until(zero_ms + planned.to_s * 1000)
        costs = meter.read()
    heard = [one for report in reports for one in report.result().heard]
    if arrivals == "ramp":
        return [scored(part, heard, zero_ms, costs) for part in ramp_parts(planned)]
    whole = Part(calls=at_once, from_s=planned.from_s, to_s=planned.to_s)
    return [scored(whole, heard, zero_ms, costs)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a step in which so many calls were in the line."""

    calls: int
    from_s: float
    to_s: float


def ramp_parts(planned: Plan) -> list[Part]:
    """A ramp's stretches, equally long; each counts as the calls at its end."""
    length = (planned.to_s - planned.from_s) / RAMP_STEPS
    ends = [planned.from_s + length * (n + 1) for n in range(RAMP_STEPS)]
    return [
        Part(calls=active(planned, end - 0.001), from_s=end - length, to_s=end)
        for end in ends
        if active(planned, end - 0.001)
    ]


def _dealt(calls: Sequence[PlannedCall], crowds: int) -> list[tuple[PlannedCall, ...]]:
    return [tuple(calls[n::crowds]) for n in range(crowds)]


async def _spawn() -> asyncio.subprocess.Process:
    command = [sys.executable, "-P", "-m", "antiphon.ear.load.crowd"]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)


async def _ordered(process: asyncio.subprocess.Process, orders: Orders) -> Report:
    try:
        out, said = await process.communicate(msgspec.json.encode(orders))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        raise CrowdFailed(
            f"A process of callers ended with exit code {process.returncode}; it said: {last[0]}"
        )
    return msgspec.json.decode(out, type=Report)


async def _until(at_ms: float) -> None:
    await asyncio.sleep(max(0.0, (at_ms - monotonic_ms()) / 1000))


def scored(part: Part, heard: Sequence[Heard], zero_ms: float, costs: tuple[ProcessCost, ...]) -> LoadStep:
    """A step of what was heard in a stretch that began `zero_ms` (the machine's clock) plus its own beginning."""
    low, high = zero_ms + part.from_s * 1000, zero_ms + part.to_s * 1000
    whole = [one.call for one in heard]
    inside = [call for one in heard if not one.call.error if (call := _cut(one, low, high)) is not None]
    ticks = sum(call.ticks for call in inside)
    return LoadStep(
        calls=part.calls,
        seconds=part.to_s - part.from_s,
        figures=figures(inside),
        processes=costs,
        refused=sum(call.ended == REFUSED for call in whole),
        failed=sum(bool(call.error) and call.ended != REFUSED for call in whole)
        + sum(call.ended not in ("", *PLANNED_ENDS) for call in whole if not call.error),
        late_share=sum(call.late_ticks for call in inside) / ticks if ticks else 0.0,
        worst_late_ms=max((call.worst_late_ms for call in inside), default=0.0),
    )


REFUSED = CallRefused.code
"""The error where an agent takes no more calls."""

PLANNED_ENDS = ("hang_up",)


def _cut(one: Heard, low: float, high: float) -> Call | None:
    """A call's part between two moments of the machine's clock."""
    call, zero = one.call, one.began_ms
    begins, ends = max(low, zero), min(high, zero + call.duration_ms)
    if ends <= begins:
        return None
    within: Callable[[float], bool] = lambda at: low <= zero + at < high  # noqa: E731
    return replace(
        call,
        turns=tuple(turn for turn in call.turns if within(turn.end_ms)),
        gaps=tuple(gap for gap in call.gaps if within(gap.start_ms)),
        clipped_ms=tuple(at for at in call.clipped_ms if within(at)),
        duration_ms=ends - begins,
        greeting_latency_ms=call.greeting_latency_ms if within(0.0) else None,
    )
