"""A process full of callers: `python -m antiphon.ear.load.crowd`, with its orders on stdin and what was heard on stdout.

Callers do in the call only what must be done then; everything is scored after the last one has hung up.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from antiphon.clock import monotonic_ms
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import Opener
from antiphon.ear.lines.address import LineOptions, openers
from antiphon.ear.load.plan import PlannedCall
from antiphon.ear.play import QUIET_MS, Played
from antiphon.ear.results import Call
from antiphon.ear.score import score
from antiphon.errors import AntiphonError

THINK_MS = (400.0, 1200.0)
"""Between an answer's end and the caller's next word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a crowd has to do.

    Attributes:
        address, options: who is called.
        zero_ms: the step's beginning on the machine's monotonic clock, which all processes share.
        calls: this crowd's.
        script: the file with the turns (`save_script`).
    """

    address: str
    options: LineOptions
    zero_ms: float
    calls: tuple[PlannedCall, ...]
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call of a crowd: its record, and its beginning on the machine's monotonic clock."""

    call: Call
    began_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a crowd says at its end: its calls, and what it cost (seconds of CPU, until the scoring)."""

    heard: tuple[Heard, ...]
    cpu_s: float


def save_script(path: Path, turns: Sequence[Utterance]) -> None:
    """Writes turns for crowds to read."""
    arrays = {f"pcm{n}": turn.pcm for n, turn in enumerate(turns)}
    edges = np.array([turn.edges or (0, len(turn.pcm)) for turn in turns])
    np.savez(path, texts=np.array([turn.text for turn in turns]), edges=edges, allow_pickle=False, **arrays)


def load_script(path: Path) -> list[Utterance]:
    """Reads what `save_script` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return [
            Utterance(file[f"pcm{n}"], str(text), (int(edge[0]), int(edge[1])))
            for n, (text, edge) in enumerate(zip(file["texts"], file["edges"], strict=True))
        ]


async def crowd(orders: Orders, opener: Opener, turns: Sequence[Utterance]) -> Report:
    """Makes all calls, each at its time, and scores them when the last is over."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_call(each, orders.zero_ms, opener, turns)) for each in orders.calls]
    used = resource.getrusage(resource.RUSAGE_SELF)
    heard = []
    for task in tasks:
        record, caller, played = task.result()
        if caller is None:
            heard.append(Heard(call=record, began_ms=0.0))
        else:
            heard.append(Heard(call=score(caller, played, record), began_ms=caller.began_ms))
    return Report(heard=tuple(heard), cpu_s=used.ru_utime + used.ru_stime)


async def _call(
    planned: PlannedCall, zero_ms: float, opener: Opener, turns: Sequence[Utterance]
) -> tuple[Call, Caller | None, Played]:
    record = Call(id=planned.id, scenario="load", voice="")
    draw = np.random.default_rng(planned.seed)
    played = Played()
    await asyncio.sleep(max(0.0, (zero_ms - monotonic_ms()) / 1000 + planned.start_s))
    caller = Caller(opener)
    try:
        async with caller:
            await _talk(caller, planned.hold_s * 1000, turns, draw, played)
    except (AntiphonError, OSError, TimeoutError) as error:
        if isinstance(error, AntiphonError):
            return replace(record, error=error.message, ended=error.code), None, played
        return replace(record, error=f"{type(error).__name__}: {error}", ended="line"), None, played
    return record, caller, played


async def _talk(
    caller: Caller, hold_ms: float, turns: Sequence[Utterance], draw: np.random.Generator, played: Played
) -> None:
    """Speaks one turn after the other until the time is over; a turn that could not be answered in time is not begun."""
    if await caller.until_speaking(timeout_ms=min(hold_ms, 8000)):
        await caller.until_quiet(QUIET_MS, timeout_ms=hold_ms)
    order = [int(n) for n in draw.permutation(len(turns))]
    for number in range(10_000):
        await caller.until(lambda: False, float(draw.uniform(*THINK_MS)))
        turn = turns[order[number % len(order)]]
        if caller.over or caller.now_ms + len(turn.pcm) / 24 + 6000 > hold_ms:
            break
        said = await caller.say(turn)
        played.awaited.append(True)
        await caller.until_answered(said, QUIET_MS)
    await caller.until(lambda: False, hold_ms - caller.now_ms)


def main() -> None:
    """Reads orders, calls, reports."""
    import uvloop

    from antiphon.ear.front_desk import front_desk

    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    opener = openers(orders.address, orders.options)(front_desk())
    report = uvloop.run(crowd(orders, opener, load_script(Path(orders.script))))
    sys.stdout.buffer.write(msgspec.json.encode(report))


if __name__ == "__main__":
    main()
