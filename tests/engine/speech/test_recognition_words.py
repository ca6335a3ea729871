"""How the recognition benchmark compares texts (scripts/recognition_words.py)."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "recognition_words.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recognition_words", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thursday at 7 p.m.", "thursday at seven p m"),
        ("7.30pm", "seven thirty p m"),
        ("5 5 5 1 2 3 4", "five five five one two three four"),
        ("19th.", "nineteenth"),
        ("I'm sorry, that's 1,250.", "i am sorry that is one thousand two hundred fifty"),
        ("Press # or *", "press pound or star"),
        ("You can't log in", "you cannot login"),
    ],
)
def test_the_same_words(script: ModuleType, one: str, other: str) -> None:
    assert script.comparable(one) == script.comparable(other)


@pytest.mark.parametrize(
    ("one", "other"), [("4 people", "5 people"), ("in", "and"), ("saved to", "save two")]
)
def test_other_words(script: ModuleType, one: str, other: str) -> None:
    assert script.comparable(one) != script.comparable(other)


def test_nothing(script: ModuleType) -> None:
    assert script.comparable(" … ") == ""
