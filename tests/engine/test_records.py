"""Records of calls: written off the loop, without audio, and never in a call's way."""

from __future__ import annotations

import json
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from antiphon import wire
from antiphon.engine import records as module
from antiphon.engine.records import Records, without_audio

BEGAN = datetime(2026, 11, 23, 14, 7, 9, tzinfo=ZoneInfo("Europe/Vienna"))


def lines(directory: Path, session_id: str) -> list[dict[str, Any]]:
    (path,) = directory.glob(f"*{session_id}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_lines_in_order_with_their_times(tmp_path: Path) -> None:
    records = Records(tmp_path)
    record = records.open("sess_1", BEGAN)
    record.write("turn_over", 12.3456, {"text": "grüß Gott"})
    record.write("reply", 20.0, None)
    record.close()
    records.close()
    assert lines(tmp_path, "sess_1") == [
        {"topic": "call", "session_id": "sess_1", "began": "2026-11-23T14:07:09+01:00"},
        {"topic": "turn_over", "at_ms": 12.346, "detail": {"text": "grüß Gott"}},
        {"topic": "reply", "at_ms": 20.0, "detail": None},
    ]
    assert next(tmp_path.iterdir()).name == "20261123T140709-sess_1.jsonl"


def test_calls_do_not_mix(tmp_path: Path) -> None:
    records = Records(tmp_path)
    calls = {name: records.open(name, BEGAN) for name in ("sess_1", "sess_2")}
    for n in range(50):
        for name, record in calls.items():
            record.write(name, n, n)
    records.close()
    for name in calls:
        written = lines(tmp_path, name)[1:]
        assert [(line["topic"], line["detail"]) for line in written] == [(name, n) for n in range(50)]


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    records = Records(tmp_path / "calls")
    records.open("sess_1", BEGAN)
    records.close()
    assert (tmp_path / "calls").stat().st_mode & 0o077 == 0
    assert next((tmp_path / "calls").iterdir()).stat().st_mode & 0o077 == 0


def test_what_json_cannot_hold_is_written_as_words(tmp_path: Path) -> None:
    records = Records(tmp_path)
    record = records.open("sess_1", BEGAN)
    circle: list[Any] = []
    circle.append(circle)
    record.write("odd", 1, {"path": Path("/x"), "key": {1, 2}})
    record.write("circle", 2, circle)
    records.close()
    odd, endless = lines(tmp_path, "sess_1")[1:]
    assert odd["detail"]["path"] == "/x"
    assert "unwritable" in endless


def test_audio_is_left_out(tmp_path: Path) -> None:
    part = wire.ContentPart(type="input_audio", audio=b"\x00\x01", transcript="four")
    item = wire.MessageItem(role="user", content=[part], id="item_1")
    records = Records(tmp_path)
    record = records.open("sess_1", BEGAN)
    record.event("received", wire.InputAudioBufferAppend(audio=b"\x00\x01"), 1)
    record.event("sent", wire.ResponseOutputAudioDelta(response_id="r", item_id="i", delta=b"\x00\x01"), 2)
    record.event("received", wire.ConversationItemCreate(item=item), 3)
    records.close()
    (line,) = lines(tmp_path, "sess_1")[1:]
    assert line["detail"]["item"]["content"] == [{"type": "input_audio", "transcript": "four"}]
    assert part.audio == b"\x00\x01"


def test_events_without_audio_are_not_copied() -> None:
    event = wire.InputAudioBufferCleared()
    assert without_audio(event) is event


def test_a_disk_that_is_too_slow_costs_lines_and_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 5)
    dropped: list[int] = []
    records = Records(tmp_path, dropped=lambda: dropped.append(1))
    stuck = threading.Event()
    monkeypatch.setattr(records, "_write", lambda files, name, line: stuck.wait(10))
    record = records.open("sess_1", BEGAN)
    for n in range(50):
        record.write("x", n, None)
    assert len(dropped) >= 40
    stuck.set()
    records.close()


def test_a_full_disk_ends_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    records = Records(tmp_path)
    monkeypatch.setattr(os, "open", full)
    record = records.open("sess_1", BEGAN)
    record.write("x", 1, None)
    records.close()
    assert "No space left" in caplog.text
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Records(tmp_path / "file" / "calls")
