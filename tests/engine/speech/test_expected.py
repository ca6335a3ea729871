"""Which expected words may stand behind what was written, and which may not."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.speech.expected import BEHIND, MOST, Alternative, Expected, best

UNSURE = -2.0
SURE = -0.05


def offered(text: str, *expected: str, sure: str = "") -> list[str]:
    """The alternatives to a text; its words are unsure but those in `sure`."""
    words = text.split()
    logprobs = [SURE if word in sure.split() else UNSURE for word in words]
    return [one.text for one in alternatives(words, logprobs, expected)]


def alternatives(
    words: Sequence[str], logprobs: Sequence[float], vocabulary: Sequence[str]
) -> list[Alternative]:
    expected = Expected(vocabulary)
    return expected.alternatives(words, expected.doubtful(words, logprobs))


SERVICES = ("oil change", "inspection", "brakes", "exhaust")


@pytest.mark.parametrize(
    ("written", "expected", "text"),
    [
        ("Obsessed.", SERVICES, "Exhaust."),
        ("Blood-wide.", ("flat white", "latte"), "Flat white."),
        ("I'd like a kapuccino, please.", ("cappuccino",), "I'd like a cappuccino, please."),
        ("I pay by direct edit.", ("direct debit",), "I pay by direct debit."),
        ("It's a tooth ache.", ("toothache",), "It's a toothache."),
        ("My meter redding, please", ("submit meter reading",), "My meter reading, please"),
        ("It is for Harris son.", ("Harrison",), "It is for Harrison."),
        ("This week", ("suite",), "The suite"),
    ],
)
def test_what_looks_or_sounds_alike_is_offered(written: str, expected: tuple[str, ...], text: str) -> None:
    assert text in offered(written, *expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Goodbye.", ("inside", "inspection")),
        ("Yes.", ("cappuccino", "inspection")),
        ("Four people", ("exhaust", "latte")),
        ("", SERVICES),
    ],
)
def test_what_is_not_alike_is_not_offered(written: str, expected: tuple[str, ...]) -> None:
    assert offered(written, *expected) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Inside.", ("inside", "garden")),
        ("A checkup.", ("check up",)),
        ("I want to change my booking", ("change booking", "cancel booking")),
    ],
)
def test_an_expected_word_that_is_there_stays(written: str, expected: tuple[str, ...]) -> None:
    assert offered(written, *expected, sure="A I want to my") == []


def test_words_that_were_heard_for_sure_stay() -> None:
    assert offered("An exhibition.", "inspection") != []
    assert offered("An exhibition.", "inspection", sure="An exhibition.") == []


@pytest.mark.parametrize("written", ["5 5 5 1 2 3 4", "AB 1234", "730pm", "for 4 people"])
def test_digits_stay_and_numbers_are_never_put_in(written: str) -> None:
    assert offered(written, "five", "eight", "four", "p.m.", "oh", "2026-11-26", "+43 5551234") == []


def test_another_form_of_a_part_is_no_alternative() -> None:
    assert offered("my bookings", "book table", sure="my") == []


def test_the_case_and_the_punctuation_are_those_of_the_words_replaced() -> None:
    assert "Deepo" not in offered("Deepo", "depot")
    assert offered("Deepo?", "depot")[0] == "Depot?"
    assert "the depot, please" in offered("the deepo, please", "depot", sure="the please")
    assert offered("for miler, please", "Miller", sure="for please")[0] == "for Miller, please"


def test_the_likest_come_first_and_not_too_many() -> None:
    many = [f"{a}{b}lling" for a in "bcdfghjk" for b in "aeiou"]
    found = offered("filling", *(word for word in many if word != "filling"))
    assert len(found) == MOST
    assert offered("fillin", *many)[0] == "Filling"
    assert offered("thirsty", "Thursday")[0] == "Thursday", "alone before 'A Thursday', which sounds as like"


def test_the_audio_decides_and_an_expected_text_may_be_a_little_behind() -> None:
    near, far = Alternative("Exhaust.", BEHIND), Alternative("Inspection.", BEHIND)
    assert best(-2.0, [(near, -3.0), (far, -15.0)]) == "Exhaust."
    assert best(-2.0, [(near, -2.0 - BEHIND - 0.1), (far, -15.0)]) is None
    assert best(-2.0, [(near, -5.0), (far, -4.0)]) == "Inspection."
    assert best(-2.0, []) is None


def test_a_whole_phrase_is_worth_more_than_a_part() -> None:
    whole, part = (
        alternatives(["edit"], [UNSURE], ["debit"]),
        alternatives(["edit"], [UNSURE], ["direct debit"]),
    )
    assert [one.text for one in whole[:1]] == [one.text for one in part[:1]] == ["Debit"]
    assert whole[0].behind > part[0].behind


def test_a_text_counts_as_the_whole_phrase_where_a_part_gives_the_same() -> None:
    found = alternatives(["by", "direct", "edit"], [SURE, SURE, UNSURE], ["direct debit", "credit card"])
    assert next(one.behind for one in found if one.text == "by direct debit") == BEHIND


def test_it_is_listened_to_again_only_if_nothing_expected_was_written_and_a_word_is_very_unsure() -> None:
    expected = Expected(("oat", "soy"))
    assert expected.missed(["Outnalt,", "please."], [UNSURE, SURE])
    assert not expected.missed(["Out", "please."], [SURE, SURE])
    assert not expected.missed(["Outnalt", "oat", "please."], [UNSURE, SURE, SURE])
    assert not Expected(("five", "oh")).missed(["Fife"], [UNSURE])
    assert not expected.missed([], [])


@pytest.mark.parametrize(
    ("prompted", "taken"),
    [
        ("Oat milk, please.", True),
        ("Out now, please.", False),
        ("Whole, oat, soy, oat milk, please, oat, soy, oat", False),
    ],
)
def test_what_the_prompt_brought_is_taken_for_an_alternative_if_it_has_an_expected_word(
    prompted: str, taken: bool
) -> None:
    found = Expected(("whole", "oat", "soy")).prompted(["Outnalt,", "please."], prompted)
    assert (found is not None) is taken


def test_what_the_prompt_brought_must_keep_the_expected_words_that_were_there() -> None:
    expected = Expected(("small", "latte"))
    assert expected.prompt == "small, latte."
    assert expected.prompted(["A", "small", "lady"], "A small latte") is not None
    assert expected.prompted(["A", "small", "lady"], "A latte") is None


@given(
    st.lists(st.text(alphabet="aeioubtrs.,'-1 ", min_size=1, max_size=8).filter(str.strip), max_size=8),
    st.lists(st.text(alphabet="aeioubtrs' -.2", max_size=12), max_size=6),
)
def test_any_words_any_expectation(words: list[str], expected: list[str]) -> None:
    words = " ".join(words).split()
    found = alternatives(words, [UNSURE] * len(words), expected)
    assert found == alternatives(words, [UNSURE] * len(words), expected)
    assert len(found) <= MOST
    assert all(one.text != " ".join(words) for one in found)
