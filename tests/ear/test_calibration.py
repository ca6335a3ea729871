"""The instrument's bias against an echo of known delay is 5 ms or less, and a broken instrument is found out."""

from __future__ import annotations

import pytest

from antiphon.ear import caller as caller_module
from antiphon.ear.calibration import MAX_BIAS_MS, Calibration, calibrate
from antiphon.ear.caller import Utterance
from tests.support.clip import Clip
from tests.support.speech import flite, say


async def test_tones_with_known_edges_are_measured_within_a_millisecond() -> None:
    found = await calibrate()
    assert found.turns == 18
    assert abs(found.bias_ms) <= 1
    assert abs(found.worst_ms) <= 2
    assert found.good


def utterance(clip: Clip) -> Utterance:
    clip = clip.at_rate(24_000)
    return Utterance(clip.pcm, clip.text, (clip.start, clip.end))


async def test_real_speech_is_measured_without_bias_too() -> None:
    clips = [
        say(text) for text in ("four", "no", "thursday at seven p m", "five five five one two three four")
    ]
    clips += [flite("what are your opening hours"), flite("a table for two please", "rms")]
    found = await calibrate([utterance(clip) for clip in clips])
    assert abs(found.bias_ms) <= MAX_BIAS_MS
    assert found.good


async def test_an_instrument_that_is_a_frame_off_is_not_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller_module, "FRAME_MS", 20 + 8)
    found = await calibrate()
    assert not found.good


def test_bias_counts_either_way() -> None:
    assert Calibration(1, -5.0, -5.0).good
    assert not Calibration(1, -5.1, -5.1).good
