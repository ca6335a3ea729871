"""Scenario files: what is read, and that a mistake is told with its place and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiphon.ear.scenario import (
    NoScenario,
    Say,
    built_in,
    chosen,
    pieces,
    quick,
    read,
    texts,
    without_pauses,
)

GOOD = """
name: mine
about: Mine.
steps:
  - say: A table for [800 ms] four.
  - interrupt: Stop.
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text)
    return file


def test_a_file_a_list_and_a_folder(tmp_path: Path) -> None:
    (scenario,) = read(written(tmp_path, GOOD))
    assert scenario.steps[0] == Say(say="A table for [800 ms] four.")
    assert texts(scenario) == ["A table for [800 ms] four.", "Stop."]
    assert [one.name for one in read(tmp_path)] == ["mine"]
    second = GOOD.replace("mine", "second")
    both = "\n".join("- " + text.strip().replace("\n", "\n  ") for text in (GOOD, second))
    assert [one.name for one in read(written(tmp_path, both))] == ["mine", "second"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("say:", "speak:"), "steps.0: a step must have one of: listen, say"),
        (GOOD.replace("name: mine", "name: 'my own'"), "name: String should match pattern"),
        (GOOD + "within_ms: {yield_rate: 1}", "within_ms.yield_rate: its name must end in _ms"),
        (GOOD + "faults: {loss: 2}", "faults.loss"),
        (GOOD + "speed: 3", "speed: Extra inputs are not permitted"),
        (GOOD.replace("A table for [800 ms] four.", "A table [800 ms]"), "a pause must stand between words"),
        ("name: [", "is no YAML"),
        ("just words", "Input should be"),
        ("", "Input should be"),
        (
            GOOD.replace("  - interrupt: Stop.", "  - converse: Hi.\n    answers: {'(': x}"),
            "no regular expression",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(NoScenario) as error:
        read(file)
    assert told in error.value.message
    assert str(file) in error.value.message


def test_what_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(NoScenario, match=r"has no \*.yaml files"):
        read(tmp_path)
    with pytest.raises(NoScenario, match="cannot be read"):
        read(tmp_path / "none.yaml")
    with pytest.raises(NoScenario) as error:
        chosen(["plan"])
    assert "plain" in error.value.mend


def test_chosen_by_name_and_by_path(tmp_path: Path) -> None:
    assert [one.name for one in chosen(["stop", str(written(tmp_path, GOOD))])] == ["stop", "mine"]
    assert chosen([]) == built_in()
    assert quick().name == "quick"


def test_words_and_pauses() -> None:
    assert pieces("a [300 ms] b [ 1500ms ] c") == ["a", 300, "b", 1500, "c"]
    assert without_pauses("a [300 ms] b") == "a b"
