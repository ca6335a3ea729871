"""A worker's load: a moment's lateness refuses nobody, a lasting one does."""

from antiphon.workers.lateness import LATE_FOR_MS, LATE_MS, Lateness


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_load_is_the_share_of_the_calls_that_may_be() -> None:
    lateness = Lateness(Clock())
    assert lateness.load(0, 40, 0.0) == 0.0
    assert lateness.load(10, 40, 3.0) == 0.25
    assert lateness.load(40, 40, 0.0) == 1.0


def test_calls_that_come_together_make_the_loop_late_and_nobody_is_refused() -> None:
    clock = Clock()
    lateness = Lateness(clock)
    for _ in range(10):
        assert lateness.load(4, 40, 10 * LATE_MS) == 0.1
        clock.now += LATE_FOR_MS / 11


def test_a_loop_that_stays_late_takes_no_more() -> None:
    clock = Clock()
    lateness = Lateness(clock)
    lateness.load(4, 40, LATE_MS)
    clock.now += LATE_FOR_MS
    assert lateness.load(4, 40, LATE_MS) == 1.0


def test_a_loop_that_has_caught_up_takes_calls_again() -> None:
    clock = Clock()
    lateness = Lateness(clock)
    lateness.load(4, 40, LATE_MS)
    clock.now += LATE_FOR_MS - 1
    lateness.load(4, 40, LATE_MS - 1)
    clock.now += 2
    assert lateness.load(4, 40, LATE_MS) == 0.1
