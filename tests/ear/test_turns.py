"""The script that heard latency is measured on is as various as the method demands, and can be said."""

from __future__ import annotations

from antiphon.ear.line import LINE_HZ
from antiphon.ear.metrics import held_pauses
from antiphon.ear.signal import clean_spans
from antiphon.ear.turns import DESK_CALLS, all_turns
from tests.support.voices import clip_of, speak


def test_there_are_sixty_different_turns_said_by_people_and_two_voices() -> None:
    turns = all_turns()
    assert len({turn.text for turn in turns}) == len(turns) >= 60
    assert {turn.voice for turn in turns} == {"recorded", "woman", "man"}
    assert sum(turn.voice == "recorded" for turn in turns) >= 20
    assert all(7 <= len(call) <= 9 for call in DESK_CALLS)


def test_every_turn_can_be_said_and_some_are_longer_than_five_seconds() -> None:
    lengths = []
    for turn in all_turns():
        utterance = speak(turn)
        assert utterance.edges is not None
        start, end = utterance.edges
        assert 0 <= start < end <= len(utterance.pcm)
        lengths.append((end - start) / LINE_HZ)
    assert sum(length > 5 for length in lengths) >= 3
    assert sum(length < 1 for length in lengths) >= 5


def test_recorded_turns_are_not_synthetic_and_the_others_are() -> None:
    assert all(clip_of(turn).synthetic == (turn.voice != "recorded") for turn in all_turns())


def test_hesitations_are_held_pauses() -> None:
    hesitant = [turn for turn in all_turns() if turn.pauses]
    assert len(hesitant) >= 3
    for turn in hesitant:
        pauses = held_pauses(clean_spans(speak(turn).pcm, LINE_HZ))
        assert max(pause.duration_ms for pause in pauses) >= max(turn.pauses.values())
