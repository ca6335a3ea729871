"""What of a model's text is spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.brains.chat_text import SpokenText


def spoken(*chunks: str) -> str:
    text = SpokenText()
    return "".join(text.feed(chunk) for chunk in chunks) + text.end()


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("We open at five.", "We open at five."),
        ("<think>The caller wants…</think>We open at five.", "We open at five."),
        ("One <think>hm</think>two <think>hm", "One two "),
        ("We have **two** tables and `one` bench.", "We have two tables and one bench."),
        ("# Menu\n- soup\n- fish\n", "Menu. soup. fish. "),
        ("First:\n* soup!\n\n* fish", "First: soup! fish"),
        ("🌟 Hello 👋🏽 there ✌️.", "Hello  there ."),
        ("It costs 12 € at 20 °C, said Zoë — really?", "It costs 12 € at 20 °C, said Zoë — really?"),
        ("Two < three, <thin", "Two < three, <thin"),
        ("from 5-7 p.m., twenty-one", "from 5-7 p.m., twenty-one"),
    ],
)
def test_markup_thoughts_and_pictures_are_not_spoken(written: str, heard: str) -> None:
    assert spoken(written) == heard


@given(st.text(alphabet="<>/think *-#\nab.🌟", max_size=60), st.data())
def test_how_it_is_chunked_changes_nothing(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert spoken(*chunks) == spoken(text)


def test_words_are_not_held_back() -> None:
    assert SpokenText().feed("We open at") == "We open at"
