"""Callers' voices: pauses exact to the sample, recordings by their words, and clear words about what is not there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from antiphon.audio.wav import write_wav
from antiphon.ear.line import LINE_HZ
from antiphon.ear.signal import clean_spans
from antiphon.ear.voices import NoVoice, Voices


def test_a_pause_is_as_long_as_it_says_between_what_is_heard() -> None:
    voices = Voices(("flite:slt",))
    utterance = voices.say("Four people. [800 ms] On Saturday.", "flite:slt")
    assert utterance.text == "Four people. On Saturday."
    spans = clean_spans(utterance.pcm, LINE_HZ)
    pauses = [b.start_ms - a.end_ms for a, b in zip(spans, spans[1:], strict=False)]
    assert max(pauses) == pytest.approx(800, abs=40)  # a soft end may fall under the louder piece's threshold
    assert voices.say("Four people. [800 ms] On Saturday.", "flite:slt") is utterance


def folder(path: Path, **words: float) -> Path:
    home = path / "anna"
    home.mkdir()
    t = np.arange(LINE_HZ // 2) / LINE_HZ
    index = {}
    for number, (text, hz) in enumerate(words.items()):
        write_wav(home / f"{number}.wav", LINE_HZ, (8000 * np.sin(2 * np.pi * hz * t)).astype(np.int16))
        index[text] = f"{number}.wav"
    (home / "index.json").write_text(json.dumps(index))
    return path


def test_recordings_are_found_by_their_words(tmp_path: Path) -> None:
    voices = Voices(recordings=folder(tmp_path, Hello=300.0, Goodbye=700.0))
    assert voices.names == ("anna",)
    said = voices.say("hello!", "anna").pcm
    assert np.argmax(np.abs(np.fft.rfft(said))) * LINE_HZ / len(said) == pytest.approx(300, abs=4)
    with pytest.raises(NoVoice, match="anna has no recording of 'Thanks'"):
        voices.say("Thanks", "anna")


@pytest.mark.parametrize("name", ["nobody", "server:alloy", "flute:slt"])
def test_a_voice_that_is_not_there(name: str) -> None:
    with pytest.raises(NoVoice, match=f"no voice '{name}'"):
        Voices((name,))


def test_a_folder_without_voices(tmp_path: Path) -> None:
    with pytest.raises(NoVoice, match="index.json"):
        Voices(recordings=tmp_path)
