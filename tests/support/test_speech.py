"""The corpus: clips say what they claim, with exact edges; what is missing is named by its Debian package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antiphon.errors import MissingPartError
from tests.support import noises
from tests.support.clip import Clip, join, read_wav, silence
from tests.support.speech import (
    caller,
    can_say,
    cards,
    channels,
    commands,
    flite,
    librivox,
    need,
    need_program,
    prompts,
    recording,
    say,
)


def test_recorded_words_are_joined_in_order_with_gaps() -> None:
    clip = say("thursday at seven p m")
    parts = [recording(name).trimmed() for name in ("digits/day-4", "digits/at", "digits/7", "digits/p-m")]
    assert len(clip.pcm) == sum(len(part.pcm) for part in parts) + 3 * 16 * 60
    assert np.array_equal(clip.pcm[: len(parts[0].pcm)], parts[0].pcm)
    assert clip.text == "thursday at seven p m"
    assert not clip.synthetic
    assert len(clip.sources) == 4


def test_a_hesitation_stands_where_it_was_asked_for() -> None:
    plain, slow = say("four thursday"), say("four thursday", pauses={0: 900})
    assert slow.duration_ms - plain.duration_ms == pytest.approx(840, abs=0.2)


def test_the_longest_recording_wins() -> None:
    assert say("one moment please").sources == ("recorded: asterisk-core-sounds-en-g722 one-moment-please",)


def test_words_without_a_recording_are_refused_by_name() -> None:
    assert not can_say("a table for four")
    with pytest.raises(KeyError, match="table"):
        say("a table for four")


def test_caller_falls_back_to_a_voice_that_is_labelled_synthetic() -> None:
    assert not caller("four").synthetic
    assert caller("a table for four please").synthetic


def test_edges_hold_the_speech_and_move_with_the_rate() -> None:
    clip = recording("digits/4")
    assert 0 < clip.start < clip.end <= len(clip.pcm)
    outside = np.concatenate((clip.pcm[: clip.start], clip.pcm[clip.end :])).astype(float)
    inside = clip.pcm[clip.start : clip.end].astype(float)
    assert np.sqrt(np.mean(outside**2)) < np.sqrt(np.mean(inside**2)) / 10
    fast = clip.at_rate(24_000)
    assert fast.start_ms == pytest.approx(clip.start_ms, abs=0.1)
    assert fast.end_ms == pytest.approx(clip.end_ms, abs=0.1)


def test_flite_says_the_same_thing_twice_in_the_same_way_and_voices_differ() -> None:
    text = "what are your opening hours"
    again = flite.__wrapped__(text)
    assert np.array_equal(flite(text).pcm, again.pcm)
    assert not np.array_equal(flite(text).pcm[:8000], flite(text, "rms").pcm[:8000])


@pytest.mark.parametrize(
    ("clips", "count", "rate_hz"),
    [(librivox, 5, 16_000), (cards, 5, 16_000), (commands, 2, 16_000), (channels, 8, 48_000)],
)
def test_other_corpora_have_transcripts_and_speech(clips: object, count: int, rate_hz: int) -> None:
    assert callable(clips)
    found: tuple[Clip, ...] = clips()
    assert len(found) == count
    for clip in found:
        assert clip.text == clip.text.lower().strip() != ""
        assert clip.rate_hz == rate_hz
        assert clip.end > clip.start
        assert not clip.synthetic


def test_prompts_have_spoken_transcripts_only() -> None:
    assert len(prompts()) > 500
    assert prompts()["digits/day-4"] == "Thursday"
    assert "beep" not in prompts()
    assert not any(name.startswith("silence/") for name in prompts())


def test_what_is_missing_is_named_by_its_package() -> None:
    with pytest.raises(MissingPartError, match="apt-get install pocketsphinx-testdata"):
        need(Path("/usr/share/no-such-corpus"), "pocketsphinx-testdata")
    with pytest.raises(MissingPartError, match="apt-get install flite"):
        need_program("no-such-program-here", "flite")


def test_joining_keeps_the_edges_of_first_and_last_speech() -> None:
    one = say("four").padded(100, 50)
    both = join([silence(300), one, silence(500), say("no")])
    assert both.start == 300 * 16 + one.start
    assert both.end == len(both.pcm) - (len(say("no").pcm) - say("no").end)
    assert both.text == "four no"


def test_wav_round_trip(tmp_path: Path) -> None:
    clip = say("four")
    assert np.array_equal(read_wav(clip.write(tmp_path / "four.wav")).pcm, clip.pcm)


def test_noises_repeat_by_seed_and_have_their_level() -> None:
    assert np.array_equal(noises.pink(500, seed=5).pcm, noises.pink(500, seed=5).pcm)
    assert not np.array_equal(noises.pink(500, seed=5).pcm, noises.pink(500, seed=6).pcm)
    level = 20 * np.log10(np.sqrt(np.mean((noises.white(1000).pcm / 32768.0) ** 2)))
    assert level == pytest.approx(-30, abs=0.1)
    assert all(np.abs(clip.pcm).max() > 500 for clip in noises.noise_set().values())
