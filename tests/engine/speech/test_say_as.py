"""How written words are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.speech.say_as import say_as

SAID = {
    "at 7:30 p.m. on Friday": "at 7 30 pm on Friday",
    "at 7.30 p.m.": "at 7 30 pm.",
    "at 7:05": "at 7 oh 5",
    "at 7pm": "at 7 pm",
    "at 7:30pm.": "at 7 30 pm.",
    "at 8:00 p.m.": "at 8 pm.",
    "closes at 21:30.": "closes at 9 30 pm.",
    "from 11 a.m. to 10 p.m., daily": "from 11 am to 10 pm, daily",
    "7–9 p.m.": "7 to 9 pm.",
    "a version 7.30 here": "a version 7.30 here",
    "Call 555-1234 now": "Call 5 5 5, 1 2 3 4, now",
    "Call 555-1234.": "Call 5 5 5, 1 2 3 4.",
    "+43 1 555 0100.": "plus 4 3, 1 5 5 5, 0 1 0 0.",
    "It is 5551234": "It is 5 5 5 1 2 3 4",
    "for 4, 5 or 6": "for 4, 5 or 6",
    "1,250 people, 10000 chairs": "1,250 people, 10000 chairs",
    "In 2026 we": "In 2026 we",
    "That's $12.50.": "That's 12 dollars 50.",
    "$1 or €35, £2.00": "1 dollar or 35 euros, 2 pounds",
    "Booking A12-7 is": "Booking A 1 2, 7 is",
    "info@bluedoor.example.": "info at bluedoor dot example.",
    "www.blue-door.com/menu": "www dot blue dash door dot com slash menu",
    "on 2026-12-05.": "on December 5, 2026.",
    "Dr. Smith, no. 5": "doctor Smith, number 5",
    "No. We are closed.": "No. We are closed.",
    "12 Main St. is": "12 Main street is",
    "at 12 Main St.": "at 12 Main street.",
    "St. Anna": "St. Anna",
    "**Bold** `code` & co": "Bold code and co",
    "Yes – we do": "Yes, we do",
    "two (by the window) are free": "two, by the window, are free",
    "“Quoted,” she said": "Quoted, she said",
    "Thank you, Anna!": "Thank you, Anna!",
}


@pytest.mark.parametrize(("written", "said"), SAID.items())
def test_said(written: str, said: str) -> None:
    assert " ".join(filter(None, say_as(written.split()))) == said


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1), max_size=8))
def test_any_text_gives_one_saying_a_word(words: list[str]) -> None:
    said = say_as(words)
    assert len(said) == len(words)
    assert not any(c in word for word in said for c in "*`“”")


@given(st.from_regex(r"[0-9:.,+$€%@#()/-]{1,12}[ap]?\.?m?\.?", fullmatch=True), st.booleans())
def test_numbers_in_any_garb_do_not_trip(word: str, followed: bool) -> None:
    assert len(say_as([word, "then"] if followed else [word])) == 1 + followed
