"""How well the form brain understands: whole requests in three trades, as text and as recognised from two voices.

    .venv/bin/python scripts/bench_understanding.py                     all, as text and as speech
    .venv/bin/python scripts/bench_understanding.py --text --failures   what failed, with the talk
    .venv/bin/python scripts/bench_understanding.py --set building --only desk-0

The set `unseen` was written apart and never looked at while rules were made; so `--failures` does not show it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.engine.brains.form.trades import NOW  # noqa: E402 - the path above
from tests.understanding.caller import Caller, Hears, Outcome, Score  # noqa: E402
from tests.understanding.requests import Request, load  # noqa: E402
from tests.understanding.trades import TRADES  # noqa: E402

from antiphon.engine.brains.brain import BrainRequest  # noqa: E402
from antiphon.engine.brains.form import FormBrain  # noqa: E402
from antiphon.engine.conversation import UserMessage  # noqa: E402

SETS = tuple(sorted(path.stem for path in (ROOT / "tests" / "understanding").glob("*.txt")))
VOICES = ("heart", "george", "slt", "rms")
FOLDER = ROOT / "tests" / "understanding"


async def play(requests: Sequence[Request], hears: Hears | None) -> list[Outcome]:
    """Plays all requests, one after the other."""
    brain = FormBrain()
    for trade in TRADES.values():  # instructions and tools are read once a session, not in every turn
        hello = BrainRequest(
            trade.instructions, "", trade.tools, "auto", (UserMessage("hello", "hello"),), NOW
        )
        _ = [piece async for piece in brain.reply(hello)]
    return [await Caller(request, TRADES[request.trade], brain, hears).play() for request in requests]


async def unchanged(words: str, times: int, expected: tuple[str, ...]) -> str:
    """Nothing becomes of typed words on the way; but who types so reads the answers, and objects to a wrong read-back as a speaker does."""
    return words


def row(name: str, score: Score) -> str:
    """One line of the table."""
    return (
        f"| {name} | {score.requests} | {score.right:.1%} | {score.tool_accuracy:.1%} | {score.argument_accuracy:.1%} | "
        f"{score.false_actions} | {score.utterances:.1f} |"
    )


def show_failures(outcomes: Sequence[Outcome]) -> None:
    """Every talk that went wrong, with what was wrong in it."""
    for outcome in outcomes:
        if not outcome.right:
            faults = [*outcome.faults, *(f"FALSE ACTION {name}" for name in outcome.false_actions)]
            print(f"\n=== {outcome.request.id} ({outcome.request.tag})", *outcome.talk, *faults, sep="\n  ")


async def main() -> int:
    """Runs the benchmark; 0."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--set", choices=SETS, action="append", help="which requests (both)")
    options.add_argument("--text", action="store_true", help="as text only")
    options.add_argument("--only", default="", help="only requests whose id begins so")
    options.add_argument("--failures", action="store_true", help="show the talks of `building` that failed")
    options.add_argument("--tags", action="store_true", help="a line for each tag")
    options.add_argument("--json", action="store_true", help="the figures as JSON")
    chosen = options.parse_args()

    ways: dict[str, Hears | None] = {"text": None, "text, who objects": unchanged}
    if not chosen.text:
        from understanding_speech import Recognised

        recognised = Recognised()
        ways |= {f"speech, {voice}": recognised.by(voice) for voice in VOICES}
    print("| requests | | done right | tools | arguments | false actions | caller's turns |")
    print("|---|---|---|---|---|---|---|")
    figures: dict[str, dict[str, float]] = {}
    for name in chosen.set or SETS:
        requests = [r for r in load([FOLDER / f"{name}.txt"]) if r.id.startswith(chosen.only)]
        for way, hears in ways.items():
            outcomes = await play(requests, hears)
            score = Score.of(outcomes)
            figures[f"{name}, {way}"] = {k: getattr(score, k) for k in Score.__dataclass_fields__}
            print(row(f"{name}, {way}", score), flush=True)
            groups: dict[str, list[Outcome]] = defaultdict(list)
            for outcome in outcomes:
                groups[outcome.request.trade].append(outcome)
                if chosen.tags:
                    groups[outcome.request.tag].append(outcome)
            for group, members in groups.items():
                print(row(f"… {group}", Score.of(members)))
            if chosen.failures and name != "unseen":
                show_failures(outcomes)
            times = [ms for outcome in outcomes for ms in outcome.turn_ms]
            p95 = statistics.quantiles(times, n=20)[-1]
            print(f"The brain's time for a reply: p50 {statistics.median(times):.1f} ms, p95 {p95:.1f} ms.")
    if chosen.json:
        print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
