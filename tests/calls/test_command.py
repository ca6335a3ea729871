"""`antiphon call` as a person types it, against an engine that runs already."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.calls.engine import RunningEngine
from tests.support.clip import read_wav
from tests.support.listen import holds, words_heard
from tests.support.speech import flite, say

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def antiphon(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Runs a command in a folder; exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "antiphon.cli",
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_recordings_are_played_and_the_call_is_told_as_json(
    engine: RunningEngine, tmp_path: Path
) -> None:
    hours = flite("What are your opening hours?").write(tmp_path / "hours.wav")
    bye = say("goodbye", rate_hz=48_000).write(tmp_path / "goodbye.wav")
    code, out, err = await antiphon(
        tmp_path,
        "call",
        str(hours),
        str(bye),
        "--json",
        "--record",
        "call.wav",
        "--engine-port",
        str(engine.port),
    )
    assert code == 0, err
    assert "Starting the engine" not in err
    report = json.loads(out)
    assert [turn["label"] for turn in report["turns"]] == ["hours.wav", "goodbye.wav"]
    assert all(turn["heard_latency_ms"] > 0 for turn in report["turns"])
    assert report["turns"][0]["waterfall_ms"]["turn_over"] < report["turns"][0]["waterfall_ms"]["heard"]
    said = [words["text"] for words in report["transcript"] if words["speaker"] == "caller"]
    assert "opening hours" in said[0]
    answer = next(words["text"] for words in report["transcript"] if "noon" in words["text"])
    heard = await asyncio.to_thread(words_heard, read_wav(tmp_path / "call.wav").pcm)
    assert holds(heard, answer) > 0.8, heard
    assert abs(report["calibration"]["bias_ms"]) <= 5


async def test_a_file_that_is_no_recording_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a sound")
    code, out, err = await antiphon(tmp_path, "call", "notes.txt")
    assert (code, out) == (2, "")
    assert "notes.txt cannot be read as audio" in err
    assert "WAV" in err
    code, _, err = await antiphon(tmp_path, "call", "missing.wav")
    assert code == 2
    assert "missing.wav does not exist" in err
