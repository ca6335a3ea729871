"""`antiphon call FILE.wav…`: plays recordings to an agent as a caller would, and tells what was heard."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from antiphon.ear.audio_file import read_audio, write_stereo
from antiphon.ear.calibration import calibrate
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import Opener
from antiphon.ear.report import CallReport

GREETING_MS = 8000.0
"""So long a caller waits for a greeting before speaking first."""


def load(files: Sequence[Path]) -> list[Utterance]:
    """The turns to say, one a file.

    Raises:
        NoRecording: a file is no recording; names it.
    """
    return [Utterance(read_audio(path), path.name) for path in files]


async def talk(
    opener: Opener,
    utterances: Sequence[Utterance],
    record: Path | None = None,
    make_caller: Callable[[Opener], Caller] = Caller,
) -> CallReport:
    """One call: waits for the greeting, says each turn after the answer to the one before, and hangs up.

    Args:
        opener: opens the call.
        utterances: what is said.
        record: where the stereo recording goes.
        make_caller: for another clock.

    Raises:
        CallRefused: the agent takes no more calls.
        LineError: the recording cannot be written.
    """
    async with make_caller(opener) as caller:
        if await caller.until_speaking(timeout_ms=GREETING_MS):
            await caller.until_quiet()
        for utterance in utterances:
            if caller.over:
                break
            turn = await caller.say(utterance)
            await caller.until_answered(turn)
    if record is not None:
        write_stereo(record, *caller.audio())
    return CallReport.of(caller, [utterance.text for utterance in utterances])


async def run(
    opener: Opener,
    utterances: Sequence[Utterance],
    *,
    as_json: bool = False,
    record: Path | None = None,
    out: TextIO | None = None,
    make_caller: Callable[[Opener], Caller] = Caller,
) -> int:
    """Makes the call and prints its report.

    Returns:
        0; 1 if a turn was not answered or the call ended by itself.
    """
    out = out or sys.stdout
    calibration = await calibrate()
    report = await talk(opener, utterances, record, make_caller)
    unsaid = len(utterances) - len(report.turns)
    if as_json:
        found = report.as_dict() | {"unsaid_turns": unsaid, "calibration": calibration.as_dict()}
        print(json.dumps(found, indent=1, default=str), file=out)
    else:
        print_report(report, calibration.bias_ms, out)
        if unsaid:
            print(f"The call was over before {unsaid} of {len(utterances)} turns were said.", file=out)
    wanting = unsaid or any(turn.latency_ms is None for turn in report.turns)
    return 1 if wanting else 0


def print_report(report: CallReport, bias_ms: float, out: TextIO) -> None:
    """The call in words, and one line of figures."""
    for line in report.lines():
        print(line, file=out)
    latencies = sorted(turn.latency_ms for turn in report.turns if turn.latency_ms is not None)
    if latencies:
        middle = latencies[len(latencies) // 2]
        print(
            f"\nHeard latency: median {middle:.0f} ms, {latencies[0]:.0f} to {latencies[-1]:.0f} ms over "
            f"{len(latencies)} turns (instrument's bias {bias_ms:+.1f} ms).",
            file=out,
        )
    if report.late_ticks:
        print(
            f"The machine was busy: {report.late_ticks} of the caller's frames were late, the worst by "
            f"{report.worst_late_ms:.0f} ms.",
            file=out,
        )
