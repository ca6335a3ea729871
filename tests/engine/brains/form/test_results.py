"""What tools' outputs say: speech, success or refusal, and which value is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from antiphon.engine.brains.form.refusals import culprit, own_question, went_well
from antiphon.engine.brains.form.results import read
from antiphon.engine.brains.form.schema import form_of
from antiphon.engine.brains.form.speakable import speakable
from tests.engine.brains.form.trades import DESK

BOOK = next(form_of(t) for t in DESK.tools if t.name == "book_table")
VALUES: dict[str, Any] = {"people": 4, "date": dt.date(2026, 11, 26), "time": dt.time(19), "name": "Smith"}


@pytest.mark.parametrize(
    "output",
    [
        "A table for four is booked on Thursday, under the name Smith. We look forward to seeing you.",
        "Done.",
        "ok",
        "None",
        '{"ok": true, "reference": "AB12"}',
        "{'success': True, 'message': 'Your table is reserved.'}",
        "Your reservation is confirmed.",
    ],
)
def test_success(output: str) -> None:
    assert went_well(read(output), BOOK, VALUES)


@pytest.mark.parametrize(
    ("output", "slot"),
    [
        ("We are closed on Mondays. Tuesday, December 1st would be possible.", "date"),
        ("Sunday the 1st has passed. Today is Monday. Which day shall it be?", "date"),
        ("We take bookings up to three months ahead. Is there an earlier day that suits you?", "date"),
        ("We seat guests from noon until eight in the evening. What time would suit you?", "time"),
        (
            "There is no table for four on Thursday at seven in the evening; at eight in the evening there is one.",
            "time",
        ),
        ("Our largest table seats eight. Larger parties can have the garden room.", "people"),
        ("I can't find a booking under Smith. What name could it be under?", "name"),
        ('{"error": "fully booked at that time"}', "time"),
        ('{"ok": false, "reason": "too many people"}', "people"),
        ("{'success': False, 'message': 'that date is not available'}", "date"),
    ],
)
def test_a_refusal_and_the_value_that_it_is_about(output: str, slot: str) -> None:
    result = read(output)
    assert not went_well(result, BOOK, VALUES)
    found = culprit(BOOK, VALUES, result.text)
    assert found is not None and found.path == slot


@pytest.mark.parametrize(
    "output",
    [
        "An internal error occurred",
        "An error occurred",
        "the tool returned an invalid output",
        "Unknown function: x",
        '{"error": true}',
    ],
)
def test_a_failure_that_tells_a_caller_nothing(output: str) -> None:
    result = read(output)
    assert not result.ok
    assert result.internal or not result.text or "error" in result.text.lower()


@pytest.mark.parametrize(
    ("output", "spoken"),
    [
        ("Booked for 2026-11-26 at 19:30.", "Booked for Thursday the 26th of November at 7:30 p.m."),
        (
            '{"status": "in transit", "expected": "2026-11-25"}',
            "Status in transit, expected Wednesday the 25th of November.",
        ),
        ('{"message": "It is **on the van**"}', "It is on the van."),
        ("[]", "I found nothing."),
        ('["red", "blue"]', "I found 2: red; blue."),
        ('[{"day": "2026-11-25"}]', "I found one: Wednesday the 25th of November."),
        ('"All good"', "All good."),
        ("{not json", "{not json."),
    ],
)
def test_what_is_spoken(output: str, spoken: str) -> None:
    assert read(output).text == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Mon-Fri 8:00-18:00", "Monday to Friday 8 a.m. to 6 p.m."),
        ("Call 555-0199-22", "Call 5 5 5, 0 1 9, 9 2 2."),
        ("12:00 & 00:00", "noon and midnight."),
        ("It costs €12 or $3.50", "It costs 12 euros or 3.50 dollars."),
        ("- a *point*", "a point."),
        ("open till 10 pm.", "open till 10 p.m."),
    ],
)
def test_text_for_a_voice(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


def test_a_tools_own_question_is_kept_apart() -> None:
    assert own_question("It is taken. Which day shall it be?") == ("It is taken.", "Which day shall it be?")
    assert own_question("It is taken.") == ("It is taken.", "")
