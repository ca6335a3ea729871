"""The record of a call."""

from __future__ import annotations

import json
from pathlib import Path

from antiphon.agent.events import (
    Cut,
    Ended,
    Problem,
    StateChanged,
    ToolEnded,
    ToolStarted,
    Transcript,
    TurnTimed,
)
from antiphon.agent.records import CallRecord


def record() -> CallRecord:
    return CallRecord("call_1", "file", "2026-11-23T10:00:00+01:00", 1000.0)


async def test_it_holds_what_was_heard_and_when(tmp_path: Path) -> None:
    kept = record()
    for at_ms, event in (
        (1010.0, StateChanged("listening")),
        (1100.0, Transcript("a", "agent", "Good", final=False)),
        (1900.0, Transcript("a", "agent", "Good evening to you", final=True)),
        (2000.0, Cut("a", "Good evening", "to you")),
        (2100.0, Transcript("u", "caller", "uh", final=False)),
        (2200.0, Transcript("u", "caller", "", final=True)),
        (2300.0, Transcript("t", "caller", "Seven?", final=True, typed=True)),
        (2400.0, ToolStarted("c", "book", {"people": 4})),
        (2450.0, ToolEnded("c", "book", "Booked.", False, 50.04)),
        (2500.0, TurnTimed("b", "t", {"turn_over": 2350.0, "audio_played": 2500.04}, {"cached": True})),
        (2600.0, Problem("engine_lost", "Away.")),
        (2700.0, Ended("hang_up")),
    ):
        kept.add(event, at_ms)
    kept.dropped_audio_ms = 40
    path = await kept.save(tmp_path / "records")
    assert path == tmp_path / "records" / "call_1.json"
    assert json.loads(path.read_text()) == {
        "call_id": "call_1",
        "line": "file",
        "began": "2026-11-23T10:00:00+01:00",
        "transcript": [
            {"segment": "a", "at_ms": 100.0, "speaker": "agent", "text": "Good evening", "unheard": "to you"},
            {"segment": "t", "at_ms": 1300.0, "speaker": "caller", "text": "Seven?", "typed": True},
        ],
        "tools": [
            {
                "call_id": "c",
                "at_ms": 1400.0,
                "name": "book",
                "arguments": {"people": 4},
                "output": "Booked.",
                "is_error": False,
                "took_ms": 50.0,
            }
        ],
        "turns": [
            {
                "segment": "b",
                "answers": "t",
                "stamps_ms": {"turn_over": 1350.0, "audio_played": 1500.0},
                "details": {"cached": True},
            }
        ],
        "problems": [{"at_ms": 1600.0, "code": "engine_lost", "message": "Away.", "fatal": False}],
        "dropped_audio_ms": 40,
        "ended": {"at_ms": 1700.0, "reason": "hang_up"},
    }
    assert list((tmp_path / "records").iterdir()) == [path]


async def test_a_place_that_can_not_be_written_is_no_failure_of_the_call(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert await record().save(tmp_path / "file" / "below") is None
