"""Playout: what is pushed comes out once, in order, and a stop knows to the sample what was taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from antiphon.audio.playout import Playout, Segment


def ramp(start: int, samples: int) -> NDArray[np.int16]:
    return np.arange(start, start + samples, dtype=np.int16)


@dataclass
class Told:
    """What a playout told."""

    started: list[Segment] = field(default_factory=list)
    finished: list[tuple[int, bool]] = field(default_factory=list)

    def playout(self) -> Playout:
        return Playout(
            on_started=self.started.append,
            on_finished=lambda segment: self.finished.append((segment.taken, segment.cleared)),
        )


def test_silence_without_audio() -> None:
    playout = Playout()
    assert not np.any(playout.take(480))
    assert playout.position == 480
    assert not playout.playing


def test_audio_comes_out_in_order_whatever_the_sizes() -> None:
    told = Told()
    playout = told.playout()
    for start, samples in ((1, 100), (101, 300), (401, 7)):
        playout.push(ramp(start, samples))
    assert playout.waiting == 407
    first, second = playout.take(250), playout.take(250)
    assert list(first) == list(range(1, 251))
    assert list(second) == [*range(251, 408), *[0] * 93]
    assert told.finished == []  # more may come
    playout.end()
    assert told.finished == [(407, False)]


def test_a_late_network_makes_a_gap_and_loses_nothing() -> None:
    told = Told()
    playout = told.playout()
    playout.push(ramp(1, 100))
    playout.take(480)
    playout.take(480)
    playout.push(ramp(101, 50))
    playout.end()
    assert list(playout.take(60)[:50]) == list(range(101, 151))
    assert told.finished == [(150, False)]
    assert len(told.started) == 1


def test_segments_follow_each_other_without_a_gap() -> None:
    told = Told()
    playout = told.playout()
    playout.push(ramp(1, 30))
    playout.end()
    playout.push(ramp(31, 30))
    playout.end()
    assert list(playout.take(60)) == list(range(1, 61))
    assert told.finished == [(30, False), (30, False)]
    assert [segment.started_at_sample for segment in told.started] == [0, 30]


def test_a_stop_says_how_much_was_taken_and_drops_the_rest() -> None:
    told = Told()
    playout = told.playout()
    playout.push(ramp(1, 1000))
    playout.end()
    playout.push(ramp(1, 500))
    playout.take(480)
    assert playout.clear() == 1020
    assert told.finished == [(480, True), (0, True)]
    assert not np.any(playout.take(480))
    assert not playout.playing


def test_what_still_comes_of_a_stopped_segment_is_dropped_until_its_end() -> None:
    told = Told()
    playout = told.playout()
    playout.push(ramp(1, 100))
    playout.take(10)
    playout.clear()
    playout.push(ramp(1, 100))
    assert not np.any(playout.take(100))
    playout.end()
    playout.push(ramp(7, 3))
    assert list(playout.take(3)) == [7, 8, 9]
    assert told.finished == [(10, True)]


def test_ends_and_stops_without_audio_do_nothing() -> None:
    told = Told()
    playout = told.playout()
    playout.end()
    assert playout.clear() == 0
    playout.push(np.zeros(0, np.int16))
    playout.end()
    assert told.finished == [(0, False)]
    assert told.started == []


def test_a_stop_from_within_the_start_is_obeyed() -> None:
    playout = Playout()

    def stop(_: Segment) -> None:
        playout.clear()

    playout.on_started = stop
    playout.push(ramp(1, 100))
    assert not np.any(playout.take(100))


moves = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(0, 700)),
        st.tuples(st.just("take"), st.integers(1, 700)),
        st.tuples(st.just("end"), st.just(0)),
        st.tuples(st.just("clear"), st.just(0)),
    ),
    max_size=40,
)


@given(moves)
def test_every_segment_finishes_once_and_every_sample_is_heard_or_dropped(
    steps: list[tuple[str, int]],
) -> None:
    told = Told()
    playout = told.playout()
    pushed = dropped = deaf = heard = 0
    is_open = stopped = False
    segments = 0
    for kind, n in steps:
        if kind == "push":
            if not is_open:
                is_open, stopped = True, False
                segments += 1
            playout.push(np.ones(n, np.int16))
            pushed += n
            deaf += n if stopped else 0
        elif kind == "take":
            out = playout.take(n)
            assert len(out) == n
            heard += int(out.sum())
        elif kind == "end":
            playout.end()
            is_open = False
        else:
            dropped += playout.clear()
            stopped = True
    assert pushed == heard + dropped + deaf + playout.waiting
    playout.end()
    playout.take(playout.waiting + 1)
    assert len(told.finished) == segments
