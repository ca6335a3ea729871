"""Calls through LiveKit on this machine: what is heard, what a call costs, how fast one joins, whether anything leaks.

    python scripts/bench_rooms.py heard [--profile low_latency] [--calls 9]   the real engine, 68 turns
    python scripts/bench_rooms.py join                    token → first sound of the greeting, 20 times
    python scripts/bench_rooms.py load [--calls 8,16]     many calls against a scripted engine
    python scripts/bench_rooms.py curve                   frame sizes against CPU and latency
    python scripts/bench_rooms.py soak [--calls 1000]     short calls through one worker process
    python scripts/bench_rooms.py                         the first three, in each profile

Needs a livekit-server (`make livekit`). Definitions stand in docs/PERFORMANCE_GUIDE.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import uvloop
from bench_common import median, progress
from bench_heard import show as show_heard
from bench_heard import summary
from rooms_house import HERE, Meter, rooms, token
from tests.support.speech import flite
from tests.support.voices import speak

from antiphon.bench import machine
from antiphon.ear.calibration import calibrate
from antiphon.ear.call import talk
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import LINE_HZ
from antiphon.ear.lines.room import RoomLine, RoomOptions, opener
from antiphon.ear.turns import DESK_CALLS
from antiphon.livekit_server import LiveKitServer

PROFILES = ("low_latency", "capacity")
JOINS = 20
SETTLE_S = 6.0
"""Calls are up for this long before anything is measured."""

WINDOW_S = 20.0
TURNS = 10
"""Of the caller whose latencies are measured under load."""

FRAMES_MS = ((10, 10), (20, 20), (20, 50), (50, 50), (100, 100))
"""In and out."""

SCRIPTED_HOLD_MS = 200
"""What the scripted engine waits for after a turn."""


async def heard(profile: str, options: argparse.Namespace) -> dict[str, Any]:
    """Heard latency with the real engine, its phrase cache cold; with `--warm` the same calls again."""
    found = {}
    async with rooms(options.engine or "engine", MEDIA__PROFILE=profile) as (server, _, _):
        for name in ["as it is"] if options.engine else ["cold", "warm"] if options.warm else ["cold"]:
            reports = []
            for number, turns in enumerate(DESK_CALLS[options.skip :][: options.calls], options.skip + 1):
                progress(f"{profile}, cache {name}: call {number} of {len(DESK_CALLS)}")
                line = opener(RoomOptions(server.url, token(server, f"heard-{name}-{number}")))
                reports.append(await talk(line, [speak(turn) for turn in turns]))
            found[name] = summary(reports)
    return found


async def join(profile: str, options: argparse.Namespace) -> dict[str, Any]:
    """How long from a token to the first sound of the greeting, with a worker that is warm."""
    took = []
    async with rooms(options.engine or "engine", MEDIA__PROFILE=profile) as (server, _, _):
        for number in range(JOINS + 1):
            progress(f"{profile}: join {number} of {JOINS}")
            line = RoomLine(lambda _: None)
            pass_ = token(server, f"join-{number}")
            began = time.monotonic()
            await line.connect(server.url, pass_)
            connected = time.monotonic()
            await asyncio.wait_for(line.first_sound.wait(), 15)
            took.append(((line.first_sound_at - began) * 1000, (connected - began) * 1000))
            await line.hang_up()
            await asyncio.sleep(0.5)
    first, *rest = took  # the first one warms the engine's cache
    return {
        "joins": len(rest),
        "first_ms": round(first[0]),
        "p50_ms": median([all_ for all_, _ in rest]),
        "p90_ms": round(float(np.percentile([all_ for all_, _ in rest], 90)), 1),
        "worst_ms": round(max(all_ for all_, _ in rest), 1),
        "connected_p50_ms": median([connected for _, connected in rest]),
    }


async def load(calls: int, **settings: str) -> dict[str, Any]:
    """What the worker, the server and the rest use with so many calls talking, and what one more caller hears."""
    async with rooms("", **settings) as (server, worker, engine):
        assert engine is not None
        idle = Meter(worker=worker.pid, server=server.pid)
        await asyncio.sleep(3)
        before = idle.read()
        seconds = SETTLE_S + WINDOW_S + calls * 0.3 + TURNS * 2
        crowd = await gather_crowd(server, calls, calls, 10_000, seconds)
        await asyncio.sleep(SETTLE_S + calls * 0.25)
        meter = Meter(worker=worker.pid, server=server.pid, engine=engine.pid, callers=crowd.pid)
        took = await answers_heard(server)
        await asyncio.sleep(max(0.0, WINDOW_S - TURNS * 2))
        used = meter.read()
        present = worker.diary()[-1]["calls"]
        told, _ = await crowd.communicate()
    ended = [json.loads(line) for line in told.splitlines()]
    agent, media = used["worker"], used["server"]
    return {
        "calls": calls,
        "in_the_worker_at_the_end": present,
        "failed": [one["failed"] for one in ended if "failed" in one],
        "answers": sum(one.get("answers", 0) for one in ended),
        "idle": before,
        "used": used,
        "worker_cpu_per_call": round(
            (agent["cpu_percent"] - before["worker"]["cpu_percent"]) / (calls + 1), 2
        ),
        "worker_mb_per_call": round((agent["memory_mb"] - before["worker"]["memory_mb"]) / (calls + 1), 1),
        "server_cpu_per_call": round(
            (media["cpu_percent"] - before["server"]["cpu_percent"]) / (calls + 1), 2
        ),
        "server_mb_per_call": round((media["memory_mb"] - before["server"]["memory_mb"]) / (calls + 1), 1),
        "heard_minus_hold_p50_ms": round(float(np.median(took)) - SCRIPTED_HOLD_MS, 1),
        "heard_minus_hold_p90_ms": round(float(np.percentile(took, 90)) - SCRIPTED_HOLD_MS, 1),
        "unanswered": TURNS - len(took),
    }


async def gather_crowd(
    server: LiveKitServer, calls: int, at_once: int, turns: int, seconds: float, apart_s: float = 0.25
) -> asyncio.subprocess.Process:
    """Light callers in a process of their own."""
    task = {
        "url": server.url,
        "tokens": [token(server, f"crowd-{number}", f"mouse-{number}") for number in range(calls)],
        "at_once": at_once,
        "turns": turns,
        "seconds": seconds,
        "apart_s": apart_s,
    }
    pipe = asyncio.subprocess.PIPE
    crowd = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "rooms_crowd.py"), stdin=pipe, stdout=pipe
    )
    assert crowd.stdin is not None
    crowd.stdin.write(json.dumps(task).encode() + b"\n")
    return crowd


async def answers_heard(server: LiveKitServer) -> list[float]:
    """Latencies of one caller of the ear against the scripted engine, ms after his last sample."""
    clip = flite("Hello.", "rms", LINE_HZ)
    sentence = Utterance(clip.pcm[clip.start : clip.end], "Hello.", (0, clip.end - clip.start))
    async with Caller(opener(RoomOptions(server.url, token(server, "measured")))) as caller:
        await caller.until_speaking(timeout_ms=10_000)
        await caller.until_quiet()
        for _ in range(TURNS):
            await caller.say(sentence)
            await caller.until_speaking(timeout_ms=3_000)
            await caller.until(lambda: False, timeout_ms=1_000)  # it is interrupted by the next one
        return [turn.latency_ms for turn in caller.heard() if turn.latency_ms is not None]


async def curve(_: str, options: argparse.Namespace) -> dict[str, Any]:
    """The load with each frame size."""
    found = {}
    for size_in, size_out in FRAMES_MS:
        progress(f"frames of {size_in} ms in, {size_out} ms out")
        sizes = {"MEDIA__FRAME_IN_MS": str(size_in), "MEDIA__FRAME_OUT_MS": str(size_out)}
        found[f"{size_in} in, {size_out} out"] = await load(int(options.calls.split(",")[0]), **sizes)
    return found


async def loads(profile: str, options: argparse.Namespace) -> dict[str, Any]:
    """The load with each number of calls."""
    found = {}
    for calls in options.calls.split(","):
        progress(f"{profile}: {calls} calls")
        found[calls] = await load(int(calls), MEDIA__PROFILE=profile)
    return found


async def soak(profile: str, options: argparse.Namespace) -> dict[str, Any]:
    """Many short calls through one worker process; what grew."""
    calls, at_once = int(options.calls), options.at_once
    async with rooms("", "We are open.", MEDIA__PROFILE=profile) as (server, worker, _):
        began = time.monotonic()
        crowd = await gather_crowd(server, calls, at_once, 1, 1e9, apart_s=0.5)
        ended = []
        assert crowd.stdout is not None
        async for line in crowd.stdout:
            ended.append((time.monotonic(), json.loads(line)))
            if len(ended) % 50 == 0:
                progress(f"{len(ended)} calls, {worker.diary()[-1]}")
        await asyncio.sleep(options.rest_s)
        diary, left = worker.diary(), list(worker.journal.glob("*"))
    moments = [at for at, _ in ended]
    after_warm = [one for one in diary if one["at_s"] > moments[len(moments) // 10]]
    busy = [one for one in after_warm if one["at_s"] < moments[-1]]
    done = [sum(at <= one["at_s"] for at in moments) for one in busy]
    slope = float(np.polyfit(done, [one["rss_mb"] for one in busy], 1)[0]) * 100
    late = [n for n in done if n >= calls / 2]
    late_slope = float(np.polyfit(late, [one["rss_mb"] for one in busy[-len(late) :]], 1)[0]) * 100
    return {
        "calls": len(ended),
        "failed": [one["failed"] for _, one in ended if "failed" in one],
        "seconds": round(moments[-1] - began),
        "rss_mb_per_100_calls": round(slope, 2),
        "rss_mb_per_100_calls_second_half": round(late_slope, 2),
        "journal_files_left": len(left),
        "first": diary[0],
        "after_a_tenth": busy[0],
        "last_busy": busy[-1],
        "at_rest": diary[-1],
        "diary": [{k: v for k, v in one.items() if k != "most_tasks"} for one in diary],
    }


Bench = Callable[[str, argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]
WHAT: dict[str, Bench] = {"heard": heard, "join": join, "load": loads, "curve": curve, "soak": soak}


def show(what: str, profile: str, found: dict[str, Any]) -> None:
    """The figures in words."""
    print(f"\n{what}, {profile}")
    if what == "heard":
        show_heard({"phrase_cache": found})
    elif what == "join":
        print(
            f"  token → first sound of the greeting: p50 {found['p50_ms']} ms, p90 {found['p90_ms']}, worst {found['worst_ms']} "
            f"({found['joins']} joins; the first of the process {found['first_ms']}); connected after {found['connected_p50_ms']} ms"
        )
    elif what == "soak":
        print(json.dumps({k: v for k, v in found.items() if k != "diary"}, indent=1))
    else:
        for name, one in found.items():
            used = one["used"]
            print(
                f"  {name}: worker {used['worker']['cpu_percent']} % ({one['worker_cpu_per_call']} % and "
                f"{one['worker_mb_per_call']} MB a call), livekit-server {used['server']['cpu_percent']} % "
                f"({one['server_cpu_per_call']} %, {one['server_mb_per_call']} MB), callers {used['callers']['cpu_percent']} %, "
                f"engine {used['engine']['cpu_percent']} %; heard after the hold p50 {one['heard_minus_hold_p50_ms']} ms, "
                f"p90 {one['heard_minus_hold_p90_ms']}; unanswered {one['unanswered']}, failed {len(one['failed'])}"
            )


async def main(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that was asked for."""
    calibration = await calibrate()
    figures: dict[str, Any] = {"machine": machine(), "calibration": calibration.as_dict()}
    chosen = [options.what] if options.what else ["heard", "join", "load"]
    for what in chosen:
        for profile in (
            [options.profile] if options.profile else PROFILES if what != "curve" else ["by frame"]
        ):
            if options.calls_given is None:
                options.calls = {"heard": len(DESK_CALLS), "soak": "1000", "curve": "8"}.get(what, "8,16")
            else:
                options.calls = int(options.calls_given) if what == "heard" else options.calls_given
            found = await WHAT[what](profile, options)
            figures.setdefault(what, {})[profile] = found
            if not options.json:
                show(what, profile, found)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Calls through LiveKit, on this machine.")
    parser.add_argument("what", nargs="?", choices=WHAT, help="without: heard, join and load")
    parser.add_argument("--profile", choices=PROFILES, help="without: each")
    parser.add_argument("--calls", dest="calls_given", help="how many; for load several numbers, by commas")
    parser.add_argument("--skip", type=int, default=0, help="heard: leave out so many calls of the script")
    parser.add_argument("--at-once", type=int, default=8, help="calls at a time of the soak")
    parser.add_argument(
        "--rest-s", type=float, default=40, help="how long the soak's worker rests at the end"
    )
    parser.add_argument(
        "--warm", action="store_true", help="heard: each call once more, with a warm phrase cache"
    )
    parser.add_argument("--engine", metavar="URL", help="a running engine, such as http://127.0.0.1:8001/v1")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--out", metavar="FILE", help="write the JSON there, too")
    given = parser.parse_args()
    result = uvloop.run(main(given))
    if given.out:
        with open(given.out, "w", encoding="utf-8") as out:
            json.dump(result, out, indent=1, default=str)
    if given.json:
        print(json.dumps(result, indent=1, default=str))
    else:
        about = result["machine"]
        print(
            f"\n{about['processor']}, {about['cores']} cores, load {about['load_average_1_min']} before; "
            f"instrument's bias {result['calibration']['bias_ms']:+.1f} ms"
        )
