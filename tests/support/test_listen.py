"""The second pair of ears hears recorded words, and compares them as a person would."""

from __future__ import annotations

from tests.support.listen import holds, likeness, overlap, plain_words, words_heard
from tests.support.speech import librivox, say


def test_recorded_speech_is_heard() -> None:
    assert words_heard(say("thursday at seven p m", rate_hz=24_000).pcm)[0] == "thursday"
    clip = librivox()[4]
    assert likeness(words_heard(clip.pcm, clip.rate_hz), clip.text) > 0.9


def test_numbers_are_the_same_in_digits_and_in_words() -> None:
    assert plain_words("15 minutes, 42 at 7 p.m., 555") == (
        ["fifteen", "minutes", "forty", "two", "at", "seven", "p", "m", "five", "five", "five"]
    )


def test_a_lost_half_is_noticed_and_a_misheard_word_is_not() -> None:
    text = "A table is kept for two hours, and we hold it for fifteen minutes if you are late."
    misheard = "a table is kept for two hours and we hold it for 15 minutes of your light"
    assert likeness(plain_words(misheard), text) > 0.85
    assert likeness(plain_words("a table is kept for two hours"), text) < 0.7
    assert holds(plain_words("well then " + misheard), "we hold it for fifteen minutes") > 0.95
    assert overlap(plain_words("we are open"), "we are not open") == 0.75
