"""Descriptions made questions."""

from __future__ import annotations

import pytest

from antiphon.engine.brains.form.questions import asked_for


@pytest.mark.parametrize(
    ("description", "question"),
    [
        ("What the meter shows", "What does the meter show?"),
        ("Which meter it is", "Which meter is it?"),
        ("What is to be done", "What is to be done?"),
        ("Since what time", "Since what time?"),
        ("Euros a month", "How many euros a month?"),
        ("On which day of the month", "On which day of the month?"),
        ("What they should know", "What should they know?"),
        ("Where you want to go", "Where do you want to go?"),
        ("Make and model, if mentioned", "What is the make and model?"),
        ("What the engineer comes for", "What does the engineer come for?"),
        ("Where to send it", "Where should we send it?"),
        ("Street and number", "What is the street and number?"),
        ("Whether the parcel is fragile", ""),
        ("Two letters and five digits, printed below the bar code of the meter", ""),
        ("", ""),
    ],
)
def test_a_question_from_a_description(description: str, question: str) -> None:
    assert asked_for(description) == question
