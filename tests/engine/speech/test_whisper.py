"""The recogniser with its real model: words from recorded speech, none from noise."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.engine.speech.whisper import Whisper
from tests.engine.speech import wordless
from tests.engine.speech.wordless import RATE_HZ, at_level
from tests.support import noises, speech

Pcm = NDArray[np.int16]

ANSWERS = {
    "four": "4.",
    "seven": "7.",
    "thursday": "thursday.",
    "friday": "friday.",
    "tomorrow": "tomorrow.",
    "goodbye": "goodbye.",
    "hello": "hello.",
    "p m": "pm.",
}
PHRASES = {
    "thursday at seven p m": "thursday at 7 p.m.",
    "five five five one two three four": "5 5 5 1 2 3 4",
    "please try again": "please try again.",
}


def framed(pcm: Pcm, before_ms: int = 300, after_ms: int = 200) -> Pcm:
    """As the engine cuts a piece: prefix padding before, some of the pause after, a room's faint noise."""
    padded = np.concatenate([np.zeros(before_ms * 16), pcm, np.zeros(after_ms * 16)])
    noise = np.random.default_rng(1).standard_normal(len(padded)) * 6
    return np.clip(padded + noise, -32768, 32767).astype(np.int16)


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


@pytest.mark.parametrize(("said", "heard"), [*ANSWERS.items(), *PHRASES.items()], ids=str)
def test_recorded_answers(whisper: Whisper, said: str, heard: str) -> None:
    assert plain(whisper.recognise(framed(speech.say(said).pcm)).text) == plain(heard)


@pytest.mark.parametrize("voice", ["slt", "rms"])
@pytest.mark.parametrize(
    "said", ["yes", "no thanks", "yes please", "is there parking", "book a table for four"]
)
def test_what_has_no_recording_in_flites_voices(whisper: Whisper, said: str, voice: str) -> None:
    heard = plain(whisper.recognise(framed(speech.flite(said, voice).pcm)).text)
    assert heard.replace("four", "4") == plain(said).replace("four", "4")


@pytest.mark.parametrize("dbfs", [-50, -35, -12])
def test_quiet_and_loud_voices(whisper: Whisper, dbfs: float) -> None:
    pcm = at_level(speech.say("thursday at seven p m").pcm, dbfs)
    assert plain(whisper.recognise(pcm).text) == "thursdayat7pm"


def test_digital_silence_around_the_words_does_no_harm(whisper: Whisper) -> None:
    word = speech.say("seventeen").pcm
    for before, after in ((0, 0), (8000, 0), (0, 8000), (16_000, 16_000)):
        pcm = np.concatenate([np.zeros(before, np.int16), word, np.zeros(after, np.int16)])
        assert plain(whisper.recognise(pcm).text) == "17"


@pytest.mark.parametrize("pause_ms", [500, 1000])
def test_what_follows_a_pause_is_kept(whisper: Whisper, pause_ms: int) -> None:
    clip = speech.say("thursday at seven p m", pauses={0: pause_ms})
    assert plain(whisper.recognise(framed(clip.pcm)).text) == "thursdayat7pm"


def test_quick_speech_loses_no_words_at_the_end(whisper: Whisper) -> None:
    said = (
        "Good evening, how can I help you? I have a table for four at seven, or at nine, and both are free. "
        "Which one of the two would you like to have on that evening, please?"
    )
    heard = plain(whisper.recognise(framed(speech.flite(said, "slt").pcm)).text)
    assert heard.endswith("onthateveningplease")


def test_twenty_five_seconds_in_one_piece(whisper: Whisper) -> None:
    clip = speech.recording("basic-pbx-ivr-main")
    assert clip.duration_ms > 20_000
    heard = plain(whisper.recognise(clip.pcm).text)
    assert heard.startswith("thankyouforcalling")
    assert heard[-12:] in ("rpresszero", "atorpress0", "ratorpress0", "operatorpress0"[-12:])


def test_more_than_thirty_seconds_are_cut_not_refused(whisper: Whisper) -> None:
    pcm = np.concatenate(
        [speech.recording(name).pcm for name in ("conf-usermenu", "vm-options", "dir-intro")]
    )
    assert len(pcm) > 31 * RATE_HZ
    assert whisper.recognise(pcm).text.lower().startswith("please press 1 to mute or unmute yourself")


@pytest.mark.parametrize("samples", [0, 1, 100, 5000])
def test_too_little_to_hear(whisper: Whisper, samples: int) -> None:
    assert whisper.recognise(np.zeros(samples, np.int16)).text == ""


def test_the_same_piece_gives_the_same_words(whisper: Whisper) -> None:
    pcm = framed(speech.say("one moment please").pcm)
    first, second = whisper.recognise(pcm), whisper.recognise(pcm)
    assert (first.text, first.avg_logprob) == (second.text, second.avg_logprob)


EXPECTED = [
    ("exhaust", "rms", "obsessed", ("oil change", "inspection", "brakes", "exhaust", "battery")),
    ("wheel alignment", "slt", "weallalignments", ("oil change", "brakes", "wheel alignment", "exhaust")),
    ("depot", "slt", "teaper", ("neighbour", "parcel shop", "depot")),
    ("flat white", "slt", "bloodwide", ("espresso", "cappuccino", "flat white", "latte")),
    ("I pay by direct debit", "slt", "ipaybydirectedit", ("direct debit", "bank transfer", "credit card")),
    ("I want to give you my meter reading", "rms", "iwanttogiveyoumymeterredding", ("submit meter reading",)),
]


@pytest.mark.parametrize(
    ("said", "voice", "written", "vocabulary"), EXPECTED, ids=lambda value: str(value)[:20]
)
def test_an_expected_word_is_taken_for_what_was_written_if_the_audio_fits(
    whisper: Whisper, said: str, voice: str, written: str, vocabulary: tuple[str, ...]
) -> None:
    pcm = framed(speech.flite(said, voice).pcm)
    heard = whisper.recognise(pcm, vocabulary)
    assert (plain(heard.text), plain(heard.written)) == (plain(said), written)
    again = whisper.recognise(pcm, vocabulary)
    assert (again.text, again.avg_logprob) == (heard.text, heard.avg_logprob)
    foreign = whisper.recognise(pcm, ("yes", "no", "inside", "garden", "track parcel", "Miller"))
    assert (plain(foreign.text), foreign.written) == (written, "")


def test_an_expectation_puts_no_words_where_others_were_said(whisper: Whisper) -> None:
    vocabulary = ("fry day", "thirsty", "torso", "heaven", "tomato", "good buy", "trial", "plea")
    for said in ("thursday at seven p m", "tomorrow", "goodbye", "please try again"):
        pcm = framed(speech.say(said).pcm)
        assert whisper.recognise(pcm, vocabulary).text == whisper.recognise(pcm).text


def test_many_expected_words_do_not_leave_a_short_piece_without_room(whisper: Whisper) -> None:
    """Told of so many words, the model once had no token left for its own: the piece was lost with an error."""
    vocabulary = tuple(
        f"{place} {way}"
        for place in ("harbour", "garden", "station", "castle")
        for way in ("lane", "row", "hill", "court")
    )
    for said in ("gdansk", "quoth", "tchaikovsky", "zwolle"):
        assert whisper.recognise(framed(speech.flite(said, "rms").pcm, 50, 50), vocabulary).text


def test_an_expectation_gives_noise_no_words(whisper: Whisper) -> None:
    assert whisper.recognise(noises.white(2000).pcm, ("yes", "no", "exhaust")).text == ""


def wordless_sounds() -> Iterator[tuple[str, Pcm]]:
    for name, clip in noises.noise_set().items():
        yield name, clip.pcm
    yield from wordless.made(seed=11)
    yield from wordless.made(seed=12)
    yield from wordless.recorded()
    yield "nothing at all", np.zeros(2 * RATE_HZ, np.int16)


def test_no_noise_has_words_at_any_level(whisper: Whisper) -> None:
    invented = {
        f"{name} at {dbfs} dB": heard.text
        for name, pcm in wordless_sounds()
        for dbfs in (-40, -12)
        if (heard := whisper.recognise(at_level(pcm, dbfs))).text
    }
    assert invented == {}


def test_a_rejected_invention_is_told_for_the_record(whisper: Whisper) -> None:
    heard = whisper.recognise(noises.white(2000).pcm)
    assert heard.text == ""
    assert heard.rejected.startswith("no speech")
    assert heard.no_speech_prob > 0.6


def test_a_directory_that_is_no_model_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises((RuntimeError, ValueError)):
        Whisper(tmp_path_factory.mktemp("empty"))
