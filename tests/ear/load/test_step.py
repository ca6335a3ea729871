"""What of a crowd's calls counts for a step, and what crowds are told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.ear.calibration import tone
from antiphon.ear.lines.address import LineOptions
from antiphon.ear.load.cost import Meter
from antiphon.ear.load.crowd import Heard, crowd, load_script, save_script
from antiphon.ear.load.plan import plan
from antiphon.ear.load.step import Part, Setup, ramp_parts, scored
from antiphon.ear.results import Call, Turn
from antiphon.ear.signal import Span
from antiphon.errors import CallRefused

SETUP = Setup(address="ws://x/v1/realtime", options=LineOptions(key="secret"), watched={}, script=Path("s"))


def heard(began_ms: float, *ends_ms: float, **more: Any) -> Heard:
    turns = tuple(
        Turn(label="t", start_ms=end - 500, end_ms=end, heard_e2e_latency_ms=300.0) for end in ends_ms
    )
    call = Call(id="c", scenario="load", voice="", turns=turns, duration_ms=60_000, ticks=3000, **more)
    return Heard(call=call, began_ms=began_ms)


def test_only_turns_that_end_inside_the_window_count() -> None:
    part = Part(calls=2, from_s=10, to_s=20)
    calls = [heard(1000, 2000, 9500, 18_900, 19_100), heard(5000, 15_500, gaps=(Span(6000, 6100),))]
    step = scored(part, calls, 1000.0, ())
    # on the machine's clock the window is 11 s to 21 s: of the first call 18.9 and 19.1 s, of the second 15.5 s
    assert step.figures["heard_e2e_latency_p50_ms"].count == 3
    assert step.figures["audio_gap_count"].value == 1
    assert (step.refused, step.failed, step.seconds) == (0, 0, 10)


def test_refused_and_broken_calls_are_told_apart() -> None:
    lost = [
        heard(0, error="There is no place.", ended=CallRefused.code),
        heard(0, error="ClientError: gone", ended="line"),
        heard(0, ended="line_lost"),
        heard(0, ended="hang_up"),
    ]
    step = scored(Part(calls=4, from_s=0, to_s=10), lost, 0.0, ())
    assert (step.refused, step.failed) == (1, 2)


def test_a_ramp_is_scored_by_how_many_were_in_the_line() -> None:
    parts = ramp_parts(plan("ramp", 12, 60))
    assert [part.calls for part in parts] == [2, 4, 6, 8, 10, 12]
    assert parts[-1].to_s == 60


def test_a_script_comes_back_as_it_went(tmp_path: Path) -> None:
    turns = [tone(200), tone(431)]
    save_script(tmp_path / "script.npz", turns)
    found = load_script(tmp_path / "script.npz")
    assert [one.text for one in found] == [one.text for one in turns]
    assert [one.edges for one in found] == [one.edges for one in turns]
    assert all(np.array_equal(a.pcm, b.pcm) for a, b in zip(found, turns, strict=True))


def test_a_key_is_not_in_what_setups_and_orders_look_like() -> None:
    assert "secret" not in repr(SETUP)
    assert "secret" not in repr(SETUP.orders(0.0, ()))


async def test_a_crowd_tells_of_lines_that_do_not_open() -> None:
    async def refuse(_: object) -> Any:
        raise CallRefused("There is no place.")

    orders = SETUP.orders(0.0, plan("burst", 2, 5).calls)
    report = await crowd(orders, refuse, [tone(200)])
    assert [(one.call.error, one.call.ended) for one in report.heard] == [("There is no place.", "busy")] * 2


def test_costs_of_this_process() -> None:
    meter = Meter({"me": os.getpid(), "nobody": 2**22 - 3})
    sum(range(2_000_000))
    (cost,) = (one for one in meter.read() if one.name == "me")
    assert cost.cores > 0.1
    assert cost.rss_mb > 10
