"""How well the form brain understands, held: `scripts/bench_understanding.py --text` shows the figures and the talks that failed.

The bars stand a little under what was reached when they were set; raise them when the brain gets better. `unseen.txt` was never looked at:
who changes the brain by it takes its worth away.
"""

from pathlib import Path

import pytest

from antiphon.engine.brains.form import FormBrain
from tests.understanding.caller import Caller, Outcome, Score
from tests.understanding.requests import load, read
from tests.understanding.trades import TRADES

BARS = {  # done right, tools right, arguments right
    "building": (0.87, 0.92, 0.98),
    "building_b": (0.86, 0.94, 0.97),
    "building_c": (0.82, 0.95, 0.97),
    "unseen": (0.72, 0.83, 0.91),
}
FALSE_ACTIONS = 1
"""Calls in a set that nobody wanted."""


async def played(text: str) -> Outcome:
    [request] = read("here.txt", text)
    return await Caller(request, TRADES[request.trade], FormBrain()).play()


@pytest.mark.parametrize("name", BARS)
async def test_understands_as_well_as_it_did(name: str) -> None:
    brain = FormBrain()
    requests = load([Path(__file__).parent / f"{name}.txt"])
    score = Score.of([await Caller(r, TRADES[r.trade], brain).play() for r in requests])
    reached = (score.right, score.tool_accuracy, score.argument_accuracy)
    assert all(got >= bar for got, bar in zip(reached, BARS[name], strict=True)), reached
    assert score.false_actions <= FALSE_ACTIONS


BOOKING = """
== desk-001 (multi)
C: I'd like to book a table on Friday at seven in the evening
? people: four of us
? name: Miller
T: book_table people=4 date=2026-11-27 time="19:00" name=Miller
R: Your table for four is booked.
A: booked
"""


async def test_a_caller_who_is_served_is_content() -> None:
    outcome = await played(BOOKING)
    assert outcome.right, outcome.talk
    assert outcome.tools == 1 and outcome.arguments == (4, 4)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("people=4", "people=5"), "book_table.people = 4"),
        (("A: booked", "A: cancelled"), "nobody said 'cancelled'"),
        (("A: booked", "A!: booked"), "'booked' was said"),
        (
            ("T: book_table", "T: cancel_booking name=Miller\nR: Done.\nT: book_table"),
            "cancel_booking was not called",
        ),
    ],
)
async def test_a_caller_who_is_not_served_says_what_was_wrong(change: tuple[str, str], fault: str) -> None:
    outcome = await played(BOOKING.replace(*change))
    assert not outcome.right
    assert any(fault in one for one in outcome.faults), outcome.faults


async def test_a_call_that_nobody_wanted_is_a_false_action() -> None:
    outcome = await played(
        "== desk-001 (question)\nC: is there a table for two on Friday at seven?\nA: sorry\n"
    )
    assert outcome.false_actions == ["check_availability"]


async def test_a_caller_who_speaks_objects_to_what_was_read_back_wrong() -> None:
    async def hears(words: str, times: int, expected: tuple[str, ...]) -> str:
        return words.replace("four", "five").replace("Miller", "Mellor" if times else "Fuller")

    [request] = read("here.txt", BOOKING)
    outcome = await Caller(request, TRADES["desk"], FormBrain(), hears).play()
    assert outcome.right, outcome.talk
    said = [line for line in outcome.talk if line.startswith("C: no, the ")]
    assert said == [
        "C: no, the party size is 4",
        "C: no, the name is Miller, M I L L E R   [no, the name is Fuller, M I L L E R]",
    ], said
