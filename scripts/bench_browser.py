"""Heard latency through Chromium: a caller in the page's tab says 68 different turns, and what comes back is measured.

    python scripts/bench_browser.py                   its own engine: the phrase cache cold, then warm
    python scripts/bench_browser.py --engine URL      a running engine, its cache as it is
    python scripts/bench_browser.py --calls 2 --json  fewer calls; JSON

Caller and agent are recorded inside the browser, on one clock, after WebRTC both ways and Chromium's jitter buffer. An
agent that echoes after a known time is called first: what it adds is the way there and back. Needs Chromium.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
from bench_common import arguments, free_port, median, progress, run
from playwright.async_api import Browser
from tests.e2e.browser_caller import BrowserCaller, open_page
from tests.e2e.chromium import chromium
from tests.e2e.echo_calls import EchoCalls
from tests.support.voices import speak

from antiphon.agent.calls import Calls
from antiphon.ear.caller import Utterance
from antiphon.ear.metrics import HeardTurn
from antiphon.ear.summary import summarise
from antiphon.ear.turns import DESK_CALLS, TurnSpec
from antiphon.lines.page_server import serve_page
from antiphon.lines.seam import LineCalls
from antiphon.settings import load

ECHO_DELAY_MS = 400
ECHOES = 12
ABOUT = {"name": "Benchmark", "line": "direct WebRTC", "try_saying": []}


async def measure(calls: Calls, options: argparse.Namespace) -> dict[str, Any]:
    """The way, then every call of the script, once for each pass."""
    script = DESK_CALLS[: options.calls]
    figures: dict[str, Any] = {}
    async with chromium() as browser:
        progress("the way there and back, on an echo")
        path = await way(browser)
        for name in ["as it is"] if options.engine else ["cold", "warm"]:
            talks = []
            for number, turns in enumerate(script, 1):
                progress(f"cache {name}: call {number} of {len(script)}")
                record = options.record / f"{name}-{number}.wav" if options.record else None
                talks.append(await talk(browser, calls, turns, record))
            figures[name] = summary(talks)
        version = browser.version
    return {"chromium": version, "path": path, "phrase_cache": figures}


async def way(browser: Browser) -> dict[str, float]:
    """What the browser, the network and both codecs add to an echo's delay, in ms."""
    server = await _serve(EchoCalls(ECHO_DELAY_MS))
    beep = Utterance((12_000 * np.sin(np.arange(4_800) * 0.3)).astype(np.int16), "beep", (0, 4_800))
    try:
        async with open_page(browser, server.address) as caller:
            await caller.talk()
            await caller.until(lambda: caller.heard_ms > 1_500)
            for _ in range(ECHOES):
                await caller.say(beep)
                await caller.until_answered(quiet_ms=500)
            onsets = [h.onset_ms - h.turn.start_ms for h in caller.heard() if h.onset_ms is not None]
    finally:
        await server.close()
    added = [onset - ECHO_DELAY_MS for onset in onsets]
    return {
        "echoes": len(added),
        "added_ms_median": round(statistics.median(added), 1),
        "added_ms_min": round(min(added), 1),
        "added_ms_max": round(max(added), 1),
    }


async def talk(
    browser: Browser, calls: LineCalls, turns: tuple[TurnSpec, ...], record: Path | None
) -> dict[str, Any]:
    """One call in a fresh tab: waits for the greeting, says each turn after the answer to the one before."""
    server = await _serve(calls)
    try:
        async with open_page(browser, server.address) as caller:
            await caller.talk()
            live_ms = await caller.now_ms()
            if await caller.until_speaking():
                await caller.until_quiet()
            for turn in turns:
                await caller.say(speak(turn))
                await caller.until_answered()
            result = await _told(caller, live_ms)
            await caller.hang_up()
            if record is not None:
                caller.save(record)
            return result
    finally:
        await server.close()


async def _serve(calls: LineCalls) -> Any:
    return await serve_page(load(page={"port": free_port()}), calls, ABOUT)


async def _told(caller: BrowserCaller, live_ms: float) -> dict[str, Any]:
    shown = caller.page.locator("[data-testid=bubble][data-heard-kind=speech]")
    estimates = await shown.evaluate_all("all => all.map(e => Number(e.dataset.heardMs))")
    spans = caller.agent_spans()
    return {
        "turns": caller.heard(),
        "greeting_ms": spans[0].start_ms - live_ms if spans else None,
        "page_estimates_ms": estimates,
        "transcript": await caller.transcript(),
        "holes_ms": await caller.page.evaluate("() => window.__ear.holes().slice(1).map(hole => hole.ms)"),
        "complaints": caller.complaints,
    }


def summary(talks: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of one pass."""
    turns: list[HeardTurn] = [turn for one in talks for turn in one["turns"]]
    return {
        **summarise(turns),
        "greeting_latency_ms": [one["greeting_ms"] for one in talks],
        "page_estimate_off_by_ms": median(
            [
                shown - heard.latency_ms
                for one in talks
                if len(one["page_estimates_ms"]) == len(one["turns"])
                for shown, heard in zip(one["page_estimates_ms"], one["turns"], strict=True)
                if heard.latency_ms is not None
            ]
        ),
        "audio_left_out_ms": sum(sum(one["holes_ms"]) for one in talks),
        "complaints": [complaint for one in talks for complaint in one["complaints"]],
        "each": [{"text": turn.turn.text, "heard_latency_ms": turn.latency_ms} for turn in turns],
        "transcripts": [one["transcript"] for one in talks],
    }


def show(figures: dict[str, Any]) -> None:
    """The figures in words."""
    path = figures["path"]
    print(f"Chromium {figures['chromium']}; there and back on an echo: {path['added_ms_median']:.0f} ms\n")
    for name, found in figures["phrase_cache"].items():
        print(f"Phrase cache {name}: {found['turns']} turns ({found['different_turns']} different)")
        for q in (50, 90, 95, 99):
            if (value := found.get(f"heard_e2e_latency_p{q}_ms")) is not None:
                low, high = value["low"], value["high"]
                print(f"  heard latency p{q}  {value['value']:.0f} ms  [{low:.0f}, {high:.0f}]")
        if "left_out" in found:
            print(f"  {found['left_out']}")
        for limit, value in found["share_at_most_ms"].items():
            print(f"  at most {limit} ms: {value['value']:.0%}  [{value['low']:.0%}, {value['high']:.0%}]")
        print(
            f"  cut off: {found['turns_cut_off']} of {found['turns']} turns; unanswered {found['unanswered_turns']}; "
            f"the page's own estimate is off by {found['page_estimate_off_by_ms']} ms (median)"
        )
        if found["audio_left_out_ms"]:
            print(
                f"  the machine was busy: the browser left out {found['audio_left_out_ms']:.0f} ms of audio"
            )
        print()


if __name__ == "__main__":
    parser = arguments("Heard latency through Chromium, on this machine.")
    parser.add_argument("--calls", type=int, default=len(DESK_CALLS), help="how many calls of the script")
    parser.add_argument("--record", type=Path, metavar="DIR", help="keep each call as a stereo WAV")
    given = parser.parse_args()
    sys.exit(run(lambda calls, _: measure(calls, given), given, show))
