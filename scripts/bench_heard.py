"""Heard latency on loopback: callers over the file line say 68 different turns, and what they hear is measured.

    python scripts/bench_heard.py                   its own engine: the phrase cache cold, then warm
    python scripts/bench_heard.py --engine URL      a running engine, its cache as it is
    python scripts/bench_heard.py --calls 2 --json  fewer calls; JSON

Definitions stand in docs/PERFORMANCE_GUIDE.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench_common import arguments, median, progress, run
from tests.support.voices import speak

from antiphon.agent.calls import Calls
from antiphon.call import opener
from antiphon.ear.call import talk
from antiphon.ear.report import CallReport
from antiphon.ear.summary import summarise
from antiphon.ear.turns import DESK_CALLS

HOPS = (
    "pause_seen",
    "recognised",
    "reply_begun",
    "reply_ready",
    "turn_over",
    "audio_sent",
    "audio_played",
    "heard",
)


async def measure(calls: Calls, options: argparse.Namespace) -> dict[str, Any]:
    """Every call of the script, once for each pass. One call at a time: latency under load is another question."""
    script = DESK_CALLS[: options.calls]
    figures: dict[str, Any] = {}
    for name in ["as it is"] if options.engine else ["cold", "warm"]:
        reports = []
        for number, turns in enumerate(script, 1):
            progress(f"cache {name}: call {number} of {len(script)}")
            record = options.record / f"{name}-{number}.wav" if options.record else None
            reports.append(await talk(opener(calls), [speak(turn) for turn in turns], record))
        figures[name] = summary(reports)
    return {"phrase_cache": figures}


def summary(reports: list[CallReport]) -> dict[str, Any]:
    """The figures of one pass."""
    turns = [turn for report in reports for turn in report.turns]
    hops: dict[str, list[float]] = defaultdict(list)
    cached: list[bool] = []
    speculated: list[bool] = []
    for report in reports:
        for turn in report.turns:
            if (fall := report.waterfall(turn)) is not None:
                cached.append(bool(fall.details.get("cached")))
                speculated.append(bool(fall.details.get("speculated")))
            for hop, at in report.hops(turn).items():
                hops[hop].append(at)
    return {
        **summarise(turns),
        "greeting_latency_ms": [report.greeting_ms for report in reports],
        "waterfall_median_ms_after_u_e": {hop: median(hops[hop]) for hop in HOPS if hops[hop]},
        "cache_hit_rate": rate(cached),
        "speculation_kept_rate": rate(speculated),
        "audio_gap_count": sum(len(report.gaps) for report in reports),
        "problems": [problem for report in reports for problem in report.log.problems],
        "caller_late_ticks": sum(report.late_ticks for report in reports),
        "caller_worst_late_ms": round(max(report.worst_late_ms for report in reports), 1),
        "each": [one for report in reports for one in report.as_dict()["turns"]],
        "transcripts": [report.as_dict()["transcript"] for report in reports],
    }


def rate(flags: list[bool]) -> float | None:
    """The share of true ones; None of nothing."""
    return round(sum(flags) / len(flags), 3) if flags else None


def show(figures: dict[str, Any]) -> None:
    """The figures in words."""
    for name, found in figures["phrase_cache"].items():
        print(
            f"Phrase cache {name}: {found['turns']} turns ({found['different_turns']} different, "
            f"{found['turns_over_5_s']} longer than 5 s), hit rate {found['cache_hit_rate']}"
        )
        for q in (50, 90, 95, 99):
            if (value := found.get(f"heard_e2e_latency_p{q}_ms")) is not None:
                print(
                    f"  heard latency p{q}  {value['value']:.0f} ms  [{value['low']:.0f}, {value['high']:.0f}]"
                )
        if "left_out" in found:
            print(f"  {found['left_out']}")
        for limit, value in found["share_at_most_ms"].items():
            print(f"  at most {limit} ms: {value['value']:.0%}  [{value['low']:.0%}, {value['high']:.0%}]")
        print(
            f"  false cutoffs: {found['eot_misprediction_count']} of {found['held_pauses']} held pauses, "
            f"{found['turns_cut_off']} of {found['turns']} turns; unanswered {found['unanswered_turns']}; "
            f"gaps {found['audio_gap_count']}"
        )
        hops = ", ".join(f"{hop} {at:+.0f}" for hop, at in found["waterfall_median_ms_after_u_e"].items())
        print(f"  medians, ms after the last voiced sample: {hops}")
        print(f"  a prepared reply was kept for {found['speculation_kept_rate']} of the answers")
        if found["caller_late_ticks"]:
            print(
                f"  the machine was busy: {found['caller_late_ticks']} of the caller's frames were late, "
                f"the worst by {found['caller_worst_late_ms']} ms"
            )
        print()


if __name__ == "__main__":
    parser = arguments("Heard latency over the file line, on this machine.")
    parser.add_argument("--calls", type=int, default=len(DESK_CALLS), help="how many calls of the script")
    parser.add_argument("--record", type=Path, metavar="DIR", help="keep each call as a stereo WAV")
    given = parser.parse_args()
    sys.exit(run(lambda calls, _: measure(calls, given), given, show))
