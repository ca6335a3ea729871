"""Kokoro's voices: understood by the engine's recogniser, the same every time, and refused where they are not as published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from antiphon.engine.speech import models
from antiphon.engine.speech.parts import RECOGNISER_HZ
from antiphon.engine.speech.whisper import Whisper
from antiphon.errors import MissingPartError, ModelDigestError
from tests.support import kokoro_parts
from tests.support.kokoro import KOKORO_HZ, VOICES, _synthesised, kokoro
from tests.support.kokoro_phonemes import MAX_PHONEMES, ids, phonemes, to_kokoro
from tests.support.speech import words_of

SAID = (
    "I would like to book a table for Thursday.",
    "Sorry, what is the cost of that box, and the other one?",
)


@pytest.mark.e2e
def test_the_recogniser_understands_every_voice() -> None:
    recogniser = Whisper(models.WHISPER.verified().parent)
    quiet = np.zeros(RECOGNISER_HZ // 4, np.int16)
    for voice in VOICES:
        for text in SAID:
            clip = kokoro(text, voice)
            heard = recogniser.recognise(np.concatenate([quiet, clip.pcm, quiet])).text
            assert words_of(heard) == words_of(text), voice


@pytest.mark.e2e
def test_a_voice_says_the_same_every_time_and_slower_when_asked() -> None:
    numbers = ids(phonemes("No."))
    once, again = _synthesised(numbers, "heart", 1.0), _synthesised(numbers, "heart", 1.0)
    assert np.array_equal(once, again)
    assert not np.array_equal(once, _synthesised(numbers, "george", 1.0))
    assert len(_synthesised(numbers, "heart", 0.5)) > 1.3 * len(once)


@pytest.mark.e2e
def test_a_clip_is_trimmed_labelled_and_at_the_rate_wanted() -> None:
    clip = kokoro("No.", "george", 8_000)
    assert (clip.rate_hz, clip.text, clip.sources) == (8_000, "No.", ("synthetic: kokoro george",))
    assert clip.synthetic
    assert 0 < clip.start < 8_000 * 0.05
    assert kokoro("No.", "george", KOKORO_HZ).duration_ms == pytest.approx(clip.duration_ms, abs=1)


def test_phonemes_are_spelt_as_the_model_learnt_them() -> None:
    assert phonemes("My choice: a little butter.") == "mI ʧˈYs: ɐ lˈɪTᵊl bˈʌTəɹ."
    assert phonemes("My boat is half there.", british=True) == "mI bˈQt ɪz hˈɑːf ðˈɛː."
    assert (
        to_kokoro("bəlˈuːn bˈʌʔn̩") == "bəlˈun bˈʌtᵊn"
    )  # an l that begins a syllable keeps its vowel before it


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("yes", "nobody"), "no voice 'nobody' here, but: heart, george"),
        (("yes", "heart", 16_000, 3.0), r"speed must be from 0\.5 to 2\.0, not 3\.0"),
        (("",), f"1 to {MAX_PHONEMES} phonemes at once, not 0"),
        (("yes " * 200,), "split the text"),
    ],
)
def test_what_it_cannot_say_is_named(arguments: tuple[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kokoro(*arguments)


def test_phonemes_of_another_language_are_named() -> None:
    with pytest.raises(ValueError, match=r"no phonemes \['ç'\]"):
        ids("ɪç")


def test_a_voice_that_was_not_fetched_says_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(MissingPartError, match=r"af_heart\.bin") as caught:
        VOICES["heart"].content(tmp_path)
    assert "make install-dev" in caught.value.mend


def test_a_voice_that_is_not_as_published_is_refused(tmp_path: Path) -> None:
    published = VOICES["heart"].content()
    (tmp_path / "af_heart.bin").write_bytes(published[:-1] + bytes([published[-1] ^ 1]))
    with pytest.raises(ModelDigestError, match="refused"):
        VOICES["heart"].content(tmp_path)


def test_a_missing_or_wrong_part_of_the_model_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = kokoro_parts._PARTS
    monkeypatch.setattr(kokoro_parts, "_PARTS", parts[:3])
    with pytest.raises(ModelDigestError, match="refused"):
        kokoro_parts.model()
    monkeypatch.setattr(kokoro_parts, "_PARTS", (replace(parts[0], package="no_such_package"),))
    with pytest.raises(MissingPartError, match="no_such_package") as caught:
        kokoro_parts.model()
    assert "models-dev.lock" in caught.value.mend
