"""What passes the gate; the figures are ones that the model really gave."""

import pytest

from antiphon.engine.speech.gate import Evidence, rejects


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("4.", -0.49, 0.28),
        Evidence("Goodbye.", -0.64, 0.12),
        Evidence("Sarah Brown.", -1.01, 0.06),
        Evidence("25.", -1.96, 0.2),
        Evidence("Bye.", -0.37, 0.55),
        Evidence("5 5 5 1 2 3 4", -0.2, 0.1),
        Evidence("No, no, no.", -0.3, 0.1),
    ],
)
def test_words_pass(evidence: Evidence) -> None:
    assert rejects(evidence) == ""


@pytest.mark.parametrize(
    ("evidence", "why"),
    [
        (Evidence("I'm going to go to the next one.", -1.8, 0.74), "no speech"),
        (Evidence("Thank you.", -0.14, 0.69), "no speech"),
        (Evidence("I'm not going to be a good one.", -1.0, 0.5), "unsure"),
        (Evidence("Ah!", -2.14, 0.44), "unsure"),
        (Evidence("Councillor Cuncelot", -2.4, 0.2), "unsure"),
        (Evidence("", -9.0, 0.1), "no words"),
        (Evidence(" ... ", -0.3, 0.1), "no words"),
        (Evidence("(upbeat music)", -0.3, 0.3), "a sound's description"),
        (Evidence("[BLANK_AUDIO]", -0.1, 0.3), "a sound's description"),
        (Evidence("I see you and " * 12, -0.2, 0.1), "repeats itself"),
    ],
)
def test_inventions_do_not(evidence: Evidence, why: str) -> None:
    assert rejects(evidence) == why
