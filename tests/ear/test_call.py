"""`antiphon call`: the report in words and as JSON, the recording, and the exit code. The agent here is made of tones."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antiphon.ear.calibration import VirtualTime
from antiphon.ear.call import load, run
from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import Opener
from antiphon.errors import LineError
from tests.ear.agents import ToneAgent, tone
from tests.support.speech import say

ANSWER: list[dict[str, Any]] = [
    {
        "topic": "lk.transcription",
        "text": "four people",
        "speaker": "caller",
        "typed": False,
        "attributes": {"lk.segment_id": "u1", "lk.transcription_final": "true"},
    },
    {
        "topic": "antiphon.tool",
        "call_id": "1",
        "name": "book",
        "phase": "started",
        "arguments": {"people": 4},
    },
    {
        "topic": "antiphon.tool",
        "call_id": "1",
        "name": "book",
        "phase": "ended",
        "output": "booked",
        "is_error": False,
        "took_ms": 3.0,
    },
]


def quick_agent(**options: Any) -> ToneAgent:
    return ToneAgent(greeting_ms=200, answer_ms=200, silence_ms=100, messages={1: ANSWER}, **options)


def virtual(opener: Opener) -> Caller:
    time = VirtualTime()
    return Caller(opener, clock=time.clock, sleep=time.sleep)


def short(text: str = "four.wav") -> Utterance:
    return Utterance(tone(200), text)


async def test_the_report_in_words() -> None:
    out = io.StringIO()
    assert await run(quick_agent().open, [short()], out=out, make_caller=virtual) == 0
    text = out.getvalue()
    assert "caller  four people" in text
    assert "tool    book(people=4) → booked" in text
    assert "the answer after" in text
    assert "(four.wav)" in text
    assert "Heard latency: median" in text


async def test_the_report_as_json_and_the_stereo_recording(tmp_path: Path) -> None:
    out = io.StringIO()
    path = tmp_path / "call.wav"
    assert await run(quick_agent().open, [short()], as_json=True, record=path, out=out) == 0
    report = json.loads(out.getvalue())
    (turn,) = report["turns"]
    assert turn["label"] == "four.wav"
    assert 0 < turn["heard_latency_ms"] < 1000
    assert report["tools"][0]["arguments"] == {"people": 4}
    assert report["greeting_latency_ms"] is not None
    assert report["summary"]["turns"] == 1
    assert abs(report["calibration"]["bias_ms"]) <= 5
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert np.abs(both).max(axis=0).min() > 1000


async def test_an_unanswered_turn_is_found_wanting() -> None:
    out = io.StringIO()
    assert await run(quick_agent(deaf=True).open, [short()], out=out, make_caller=virtual) == 1
    assert "no answer" in out.getvalue()


async def test_a_call_that_ends_early_is_found_wanting() -> None:
    out = io.StringIO()
    assert (
        await run(quick_agent(ends_after=1).open, [short(), short(), short()], out=out, make_caller=virtual)
        == 1
    )
    assert "The call was over before 2 of 3 turns were said." in out.getvalue()


def test_recordings_are_loaded_in_order_with_their_names(tmp_path: Path) -> None:
    one, two = (say(word).write(tmp_path / f"{word}.wav") for word in ("four", "no"))
    assert [u.text for u in load([one, two, one])] == ["four.wav", "no.wav", "four.wav"]
    (first, *_) = load([one])
    assert len(first.pcm) == pytest.approx(say("four").duration_ms * 24, abs=24)
    with pytest.raises(LineError, match=r"no\.mp3 does not exist"):
        load([one, tmp_path / "no.mp3"])
