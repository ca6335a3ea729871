"""The clause splitter: where it cuts, where it must not, and that chunking never matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.speech.clauses import ClauseSplitter, split_clauses

WHOLE = [
    "Thank you, Anna.",
    "Dinner is from 6.30 to 10.15 p.m. daily.",
    "I have booked a table for four on Friday, December 12 at 7.30 p.m.",
    "Call 555, 123, 4567.",
    "Ask for Dr. Smith.",
    "It costs 1,250.50 euros.",
    "We sit at no. 5 then.",
    "Write to j.smith@example.com now.",
    "See www.example.com/menu.html please.",
    "J. R. Smith, then.",
    "1. Soup",
]


@pytest.mark.parametrize("text", WHOLE)
def test_never_cuts_inside_values_and_names(text: str) -> None:
    assert split_clauses(text) == [text]


CUT = {
    "first comma is a breath": (
        "Welcome to the Blue Door, how can I help you today?",
        ["Welcome to the Blue Door,", "how can I help you today?"],
    ),
    "short words before a long sentence": (
        "Okay, I can offer you a table at seven or at nine.",
        ["Okay,", "I can offer you a table at seven or at nine."],
    ),
    "a time that ends its sentence": (
        "We close at 10 p.m. You can park behind the house.",
        ["We close at 10 p.m.", "You can park behind the house."],
    ),
    "a time before a day": (
        "There is a table at 7 p.m. Friday for you.",
        ["There is a table at 7 p.m. Friday for you."],
    ),
    "no as an answer": ("No. We are closed on Mondays.", ["No.", "We are closed on Mondays."]),
    "a street at the end": (
        "We are at 12 Main St. The bus stops there.",
        ["We are at 12 Main St.", "The bus stops there."],
    ),
    "lines": ("We have:\n1. Soup\n2. Salad", ["We have:", "1. Soup", "2. Salad"]),
    "an ellipsis": ("Well... let me think about that one.", ["Well...", "let me think about that one."]),
    "no comma far and wide": (
        "I can offer you a table for four at half past seven on Friday evening and if you would like to sit "
        "outside then please tell me now.",
        [
            "I can offer you a table for four at half past seven on Friday evening",
            "and if you would like to sit outside then please tell me now.",
        ],
    ),
}


@pytest.mark.parametrize(("text", "clauses"), CUT.values(), ids=CUT.keys())
def test_cuts_where_a_speaker_breathes(text: str, clauses: list[str]) -> None:
    assert split_clauses(text) == clauses


def test_hands_the_first_sentence_out_before_the_second_is_there() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("Yes, of course. W") == ["Yes, of course."]


def test_waits_where_a_number_may_go_on() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("We open at 7.") == []
    assert splitter.push("30 in the morning.") == []
    assert splitter.finish() == ["We open at 7.30 in the morning."]


def test_is_fresh_after_finish() -> None:
    splitter = ClauseSplitter()
    splitter.push("Half a")
    assert splitter.finish() == ["Half a"]
    assert splitter.push("New. T") == ["New."]


def test_nothing_speakable_gives_no_clause() -> None:
    assert split_clauses(" \n … — !!! ") == []


def test_a_text_without_any_boundary_is_bounded() -> None:
    assert all(len(clause) <= 240 for clause in split_clauses("word " * 400))
    assert all(len(clause) <= 240 for clause in split_clauses("a" * 2000))


_TEXTS = st.lists(
    st.sampled_from(
        [
            "Yes",
            "at 7",
            "p.m.",
            "Dr.",
            "Friday",
            "and",
            "the table",
            "a.b@c.de",
            ",",
            ".",
            "?",
            "\n",
            " ",
            " ",
            "—",
            "555",
            "12.5",
        ]
        + [
            "We have a very nice table",
            "St.",
            "no.",
            "which is by the window",
            "…",
            ";",
            "I",
            '"',
            "(really)",
        ]
    ),
    max_size=60,
).map("".join)


@given(text=_TEXTS, data=st.data())
def test_chunking_changes_nothing_and_no_word_is_lost(text: str, data: st.DataObject) -> None:
    splitter, clauses, at = ClauseSplitter(), [], 0
    while at < len(text):
        step = data.draw(st.integers(1, 9))
        clauses += splitter.push(text[at : at + step])
        at += step
    clauses += splitter.finish()
    assert clauses == split_clauses(text)
    letters = [c for c in text if c.isalnum()]
    assert [c for clause in clauses for c in clause if c.isalnum()] == letters
