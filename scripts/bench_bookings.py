"""Whole spoken bookings in real time: twenty callers with varied wishes ring the desk, and the book says who was served right.

    python scripts/bench_bookings.py                      all twenty, one after the other, flite's two voices in turn
    python scripts/bench_bookings.py --only 3,7-9 --talk  some of them, with what was said and what was understood
    python scripts/bench_bookings.py --voice slt          all in one voice; "both": flite's two in turn; "heart,george": natural ones
    python scripts/bench_bookings.py --keep DIR           keeps each call: stereo WAV, talk, the engine's record, the book

A caller (tests/calls/guest.py) states his wish, answers what the agent asks, objects to what is read back wrongly, says again what was
not understood. A call is done right if afterwards the book holds exactly what he wanted: names compared by their sound, all else exact.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench_common import arguments, median, progress, run
from tests.calls.agent_words import Table, same_name
from tests.calls.answers import Answers
from tests.calls.desk import Desk, open_desk
from tests.calls.guest import Guest
from tests.calls.wishes import Wish, wishes

from antiphon.clock import civil_clock, machine_zone
from antiphon.ear.audio_file import write_stereo
from antiphon.ear.report import CallReport
from antiphon.settings import Settings

VOICES = {"both": ("slt", "rms")}
TURNS = 14
"""Turns after which a caller gives up."""
PATIENCE_MS = 7000.0
TRIES = 2
BYE = "No, thank you. Goodbye."
MOST_CALLS = 6
"""At once; the machine does not carry more callers beside an engine without being late."""


@dataclass
class Served:
    """What came of one call.

    Attributes:
        faults: what was wrong, in words; []: done right.
        turns: how often the caller spoke.
        latency_ms: the median of what he heard after his turns.
        talk: the call in words, with the times in seconds.
    """

    number: int
    kind: str
    voice: str
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    seconds: float = 0.0
    latency_ms: float | None = None
    late_ticks: int = 0
    said: list[str] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)


async def measure(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    """All calls that were asked for, `--at-once` at the same time."""
    zone = settings.timezone or machine_zone()
    chosen = list(enumerate(wishes(civil_clock(zone)().date()), 1))
    chosen = [(number, wish) for number, wish in chosen if not options.only or number in options.only]
    lines = asyncio.Semaphore(options.at_once)

    async def one(number: int, wish: Wish) -> Served:
        async with lines:
            voice = options.voice[(number - 1) % len(options.voice)]
            served = await call(settings, number, wish, voice, options.keep)
            progress(f"{number:2}  {wish.kind} ({voice}): {'; '.join(served.faults) or 'right'}")
            return served

    served = await asyncio.gather(*(one(number, wish) for number, wish in chosen))
    return {
        "calls": [asdict(one) for one in served],
        "done_right": sum(not one.faults for one in served),
        "of": len(served),
    }


async def call(settings: Settings, number: int, wish: Wish, voice: str, keep: Path | None) -> Served:
    """One call, to a desk with an empty book."""
    served = Served(number, wish.kind, voice)
    with tempfile.TemporaryDirectory(prefix="antiphon-booking-") as folder:
        book = Path(keep or folder) / f"call-{number:02}.sqlite3"
        book.unlink(missing_ok=True)
        desk_settings = settings.desk.model_copy(update={"database": book})
        began = time.monotonic()
        async with open_desk(settings.model_copy(update={"desk": desk_settings})) as desk:
            async with desk.call() as caller:
                guest = Guest(caller, voice, recorded=False, patience_ms=PATIENCE_MS, tries=TRIES)
                try:
                    await guest.greeted()
                    await speak(guest, wish)
                except AssertionError as unserved:  # what the guest did not get
                    served.faults.append(str(unserved).partition(";")[0])
            served.seconds = round(time.monotonic() - began, 1)
            served.faults[:0] = wrong_in_book(desk, wish.tables)
            report = CallReport.of(caller, guest.said)
            served.turns = len(report.turns)
            served.latency_ms = median([t.latency_ms for t in report.turns if t.latency_ms is not None])
            served.late_ticks = report.late_ticks
            served.said, served.talk = guest.said, list(report.lines())
            if keep:
                write_stereo(keep / f"call-{number:02}.wav", *caller.audio())
                (keep / f"call-{number:02}.txt").write_text("\n".join([*served.faults, "", *served.talk, ""]))
    return served


async def speak(guest: Guest, wish: Wish) -> None:
    """The whole talk after the greeting."""
    for step in wish.steps:
        before = guest.done(step.until)
        if step.into:
            answer = await guest.cut_in(step.into, step.after_ms, step.says)
        else:
            answer = await guest.say(step.says)
        await guest.talk_until(step.until, Answers(step.wanted, step.says), answer, TURNS, before)
    await guest.say(BYE)


def wrong_in_book(desk: Desk, tables: tuple[Table, ...]) -> list[str]:
    """How the book differs from what was wanted; what was booked and cancelled again differs, too."""
    stored = [
        (Table(row["name"], row["people"], _day(row["day"]), _time(row["time"])), row["status"])
        for row in desk.bookings()
    ]
    faults = []
    for wanted in tables:
        found = next((one for one in stored if _is(one[0], wanted) and one[1] == "booked"), None)
        if found is None:
            faults.append(f"not in the book: {wanted}")
        else:
            stored.remove(found)
    return faults + [f"in the book, {status}: {table}" for table, status in stored]


def _is(stored: Table, wanted: Table) -> bool:
    return same_name(stored.name, wanted.name) and (stored.people, stored.day, stored.time) == (
        wanted.people,
        wanted.day,
        wanted.time,
    )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _time(text: str) -> dt.time:
    return dt.time.fromisoformat(text)


def show(figures: dict[str, Any], talk: bool) -> None:
    """The table, and the sum."""
    print("| | booking | voice | | turns | seconds | heard latency, median |")
    print("|---|---|---|---|---|---|---|")
    for one in figures["calls"]:
        latency = "–" if one["latency_ms"] is None else f"{one['latency_ms']:.0f} ms"
        print(
            f"| {one['number']} | {one['kind']} | {one['voice']} | {'; '.join(one['faults']) or 'right'} | "
            f"{one['turns']} | {one['seconds']:.0f} | {latency} |"
        )
    print(f"\nDone right: {figures['done_right']} of {figures['of']}.")
    late = sum(one["late_ticks"] for one in figures["calls"])
    if late:
        print(f"The machine was busy: {late} of the callers' frames were late.")
    for one in figures["calls"]:
        if talk:
            print(f"\n{one['number']}  {one['kind']} ({one['voice']})", *one["talk"], sep="\n  ")


def numbers(text: str) -> set[int]:
    """Of "3,7-9": 3, 7, 8, 9."""
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        chosen.update(range(int(first), int(last or first) + 1))
    if not chosen <= set(range(1, 21)):
        raise argparse.ArgumentTypeError(f"bookings are numbered 1 to 20, {text!r} holds others")
    return chosen


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = arguments("Whole spoken bookings in real time, judged on the book.")
    found.add_argument("--only", type=numbers, metavar="N,M-K", help="only these bookings, of 1 to 20")
    found.add_argument(
        "--voice",
        type=lambda text: VOICES.get(text) or tuple(text.split(",")),
        default="both",
        help='flite\'s slt, rms; "both" in turn; natural ones by name',
    )
    found.add_argument("--at-once", type=int, choices=range(1, MOST_CALLS + 1), default=1, metavar="N")
    found.add_argument("--talk", action="store_true", help="print what was said and understood")
    found.add_argument("--keep", type=Path, metavar="DIR", help="keep WAVs, talks, records and books there")
    return found


if __name__ == "__main__":
    given = parser().parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        os.environ["ANTIPHON_ENGINE__RECORD_DIR"] = str((given.keep / "engine").resolve())
    sys.exit(
        run(lambda calls, _: measure(calls.settings, given), given, lambda figures: show(figures, given.talk))
    )
