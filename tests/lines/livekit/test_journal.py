"""The journal of running calls: what is written, how, and what a broken file does."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from antiphon.lines.livekit.journal import Entry, Journal
from antiphon.lines.livekit.room_line import resumed


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "calls")


async def test_the_last_note_of_a_call_stands_there_until_the_call_is_over(
    journal: Journal, tmp_path: Path
) -> None:
    for number in range(50):
        journal.note(Entry("call_a", pid=7, room="kitchen", rescues=number))
    journal.note(Entry("call_b", pid=8))
    await journal.remove("call_b")
    assert journal.read("call_b") is None
    while (entry := journal.read("call_a")) is None or entry.rescues != 49:
        await journal._writing["call_a"]
    assert entry.room == "kitchen"
    assert [one.call_id for one in journal.of_process(7)] == ["call_a"]
    assert list(journal.of_process(8)) == []
    await journal.remove("call_a")
    assert list((tmp_path / "calls").iterdir()) == []


def test_only_its_owner_reads_what_callers_said(journal: Journal, tmp_path: Path) -> None:
    journal.write(Entry("call_a"))
    folder = tmp_path / "calls"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "call_a.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"call_id": "x", "surprise": 1}', "\x00"])
def test_a_broken_file_is_passed_over(
    journal: Journal, tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    journal.write(Entry("call_whole"))
    (tmp_path / "calls" / "call_broken.json").write_text(content)
    assert [entry.call_id for entry in journal.all()] == ["call_whole"]
    assert "call_broken.json cannot be read" in caplog.text


async def test_a_disk_that_takes_nothing_ends_no_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "calls").write_text("a file is in the folder's place")
    journal = Journal(tmp_path / "calls")
    journal.note(Entry("call_a"))
    await journal._writing["call_a"]
    assert "cannot be noted" in caplog.text


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("", ""),
        ("a caller's note", ""),
        ("[1]", ""),
        ('{"antiphon.resume": 5}', ""),
        ('{"antiphon.resume": "../../etc/passwd"}', ""),
        ('{"antiphon.resume": "call_0123abcd"}', "call_0123abcd"),
        ('{"table": 5}', ""),
    ],
)
def test_a_job_says_which_call_it_takes_over(metadata: str, expected: str) -> None:
    assert resumed(metadata) == expected
