"""How much silence ends a turn."""

from __future__ import annotations

import itertools

import pytest

from antiphon.engine.turns.endpointing import Evidence, required_silence_ms
from antiphon.settings import TurnSettings

TURNS = TurnSettings()


@pytest.mark.parametrize(
    ("evidence", "silence_ms"),
    [
        (Evidence(), TURNS.hold_ms),
        (Evidence(sound=0.9), 200),
        (Evidence(sound=0.3), TURNS.hold_ms),
        (Evidence(sound=0.02), TURNS.hold_unfinished_ms),
        (Evidence(sound=0.2, words=1.0), 200),
        (Evidence(sound=0.9, words=0.0), TURNS.hold_unfinished_ms),
        (Evidence(sound=0.02, words=0.5), TURNS.hold_ms),
        (Evidence(sound=0.02, words=0.4), TURNS.hold_unfinished_ms),
        (Evidence(sound=0.6, more_to_come=True), TURNS.hold_ms),
        (Evidence(sound=0.6, words=1.0, more_to_come=True), 200),
    ],
)
def test_the_evidence_decides(evidence: Evidence, silence_ms: float) -> None:
    assert required_silence_ms(evidence, TURNS, 200) == silence_ms


def test_the_sessions_silence_is_never_undercut() -> None:
    for sound, words in itertools.product((None, 0.0, 0.5, 1.0), repeat=2):
        assert required_silence_ms(Evidence(sound, words), TURNS, 900) >= 900


def test_silence_alone_when_fusing_is_off() -> None:
    plain = TurnSettings(endpointing="silence")
    assert required_silence_ms(Evidence(sound=0.0, words=0.0), plain, 250) == 250


def test_more_evidence_of_an_end_never_lengthens_the_wait() -> None:
    grid = [i / 20 for i in range(21)]
    for words in (None, *grid):
        waits = [required_silence_ms(Evidence(sound, words), TURNS, 200) for sound in grid]
        assert waits == sorted(waits, reverse=True)
