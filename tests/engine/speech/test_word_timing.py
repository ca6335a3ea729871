"""Words found among spoken phonemes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.speech.word_timing import Phone, in_proportion, place_words


def spoken(phonemes: str, each: float = 10) -> list[Phone]:
    """Every character takes `each` samples."""
    return [(phone, i * each, (i + 1) * each) for i, phone in enumerate(phonemes)]


def test_words_as_they_are_said_apart() -> None:
    assert place_words(["ˈɪz", "ɪt"], spoken("^ˈɪz ɪt.$")) == [(20, 40), (50, 70)]


def test_words_run_together() -> None:
    spans = place_words(["meɪn", "striːt", "nɛkst"], spoken("meɪnstriːt nɛkst"))
    assert spans is not None
    assert [round(start) for start, _ in spans] == [0, 40, 110]
    assert spans[1] == (40, 100)


def test_a_vowel_that_changes_in_context() -> None:
    spans = place_words(["ðiː", "ɒfɪs"], spoken("ðə ɒfɪs"))
    assert spans == [(0, 20), (30, 70)]


def test_a_word_said_as_several() -> None:
    assert place_words(["sɛvən θɜːti", "piːɛm"], spoken("sɛvən θɜːti piːɛm")) == [(0, 110), (120, 170)]


def test_a_word_that_is_not_said_takes_no_time() -> None:
    assert place_words(["jɛs", "", "wiː"], spoken("jɛs wiː")) == [(0, 30), (30, 30), (40, 60)]


def test_pauses_belong_to_no_word() -> None:
    assert place_words(["jɛs", "wiː"], spoken("jɛs,    wiː")) == [(0, 30), (80, 100)]


@pytest.mark.parametrize("said", [[], [""], ["jɛs"]])
def test_nothing_said_or_spoken(said: list[str]) -> None:
    assert place_words(said, []) is None
    assert place_words([""], spoken("abc")) is None


_PHONES = st.text(alphabet="abcdeɪʊəˈː ,", max_size=12)


@given(st.lists(_PHONES, max_size=8), st.text(alphabet="abcdeɪʊəˈː ,.^$", max_size=60))
def test_always_in_order_and_inside(said: list[str], heard: str) -> None:
    spans = place_words(said, spoken(heard))
    if spans is None:
        return
    assert len(spans) == len(said)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(heard) * 10)


def test_in_proportion() -> None:
    assert in_proportion(["abc", "", "abcdefg"], 100, 220) == [(100, 140), (140, 140), (140, 220)]
    assert in_proportion([], 0, 10) == []
    assert in_proportion([""], 0, 10) == [(0, 0)]
