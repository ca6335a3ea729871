"""A turn's pieces: what is recognised when, and that nothing final is recognised again."""

from __future__ import annotations

from antiphon.engine.speech.parts import Recognition
from antiphon.engine.turns.pieces import Pieces


class Desk:
    """Takes orders for recognitions."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []
        self.withdrawn: list[int] = []
        self.hastened: list[int] = []

    def recognise(self, start_ms: float, end_ms: float) -> int:
        self.asked.append((start_ms, end_ms))
        return len(self.asked)


def make() -> tuple[Desk, Pieces]:
    desk = Desk()
    return desk, Pieces(100, desk.recognise, desk.withdrawn.append, desk.hastened.append)


def test_a_trial_is_dropped_when_the_caller_goes_on() -> None:
    desk, pieces = make()
    pieces.pause(900)
    pieces.pause(950)
    assert desk.asked == [(100, 900)]
    pieces.go_on(1000, close=False)
    assert desk.withdrawn == [1]
    assert not pieces.recognised(1, Recognition("late")), "a withdrawn result belongs to nobody"
    pieces.pause(2000)
    assert desk.asked[-1] == (100, 2000)


def test_a_closed_piece_is_final() -> None:
    desk, pieces = make()
    pieces.pause(4000)
    assert desk.hastened == [], "at a pause it is only a trial"
    pieces.go_on(4100, close=True)
    assert (desk.withdrawn, desk.hastened) == ([], [1])
    assert pieces.recognised(1, Recognition("the first part"))
    assert pieces.closed_text == "the first part"
    pieces.pause(6000)
    assert desk.asked[-1] == (4100, 6000)
    assert not pieces.complete
    assert pieces.recognised(2, Recognition("the second"))
    assert pieces.complete
    assert pieces.text == "the first part the second"


def test_a_piece_that_grew_too_long_is_cut_without_a_pause() -> None:
    desk, pieces = make()
    pieces.cut(8100)
    assert desk.asked == [(100, 8100)]
    assert pieces.open_start_ms == 8100


def test_words_that_are_waited_for_are_final_once() -> None:
    desk, pieces = make()
    pieces.hasten()
    pieces.pause(900)
    pieces.hasten()
    pieces.hasten()
    assert desk.hastened == [1]
    pieces.go_on(1000, close=False)
    pieces.pause(2000)
    assert desk.hastened == [1], "what was begun anew is a trial again"
    pieces.hasten()
    assert desk.hastened == [1, 2]
    pieces.recognised(2, Recognition("four people"))
    pieces.hasten()
    assert desk.hastened == [1, 2]


def test_abandoning_withdraws_all() -> None:
    desk, pieces = make()
    pieces.cut(8000)
    pieces.pause(9000)
    pieces.abandon()
    assert desk.withdrawn == [1, 2]
