"""The tests and intervals, against values that are known or counted out."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product
from math import comb

import numpy as np
import pytest

from antiphon.ear.significance import (
    MORE_ROUNDS,
    Observations,
    Samples,
    Statistic,
    difference_interval,
    fisher_p,
    holm,
    permutation_p,
    share_difference_interval,
    wilson,
)

MEDIAN = Statistic(50)
RATIO = Statistic()


def observed(values: list[float], prefix: str = "") -> dict[Hashable, tuple[float, float]]:
    """Values under keys; equal prefixes make pairs."""
    return {f"{prefix}{index}": (value, 1.0) for index, value in enumerate(values)}


def test_fisher_is_the_sum_over_the_tables_that_are_no_likelier() -> None:
    def counted(hits_a: int, count_a: int, hits_b: int, count_b: int) -> float:
        hits, total = hits_a + hits_b, comb(count_a + count_b, hits_a + hits_b)
        ways = {
            k: comb(count_a, k) * comb(count_b, hits - k)
            for k in range(max(0, hits - count_b), min(hits, count_a) + 1)
        }
        return sum(way for way in ways.values() if way <= ways[hits_a]) / total

    for table in product(range(5), (4, 7), range(5), (4, 9)):
        assert fisher_p(*table) == pytest.approx(counted(*table), rel=1e-9), table


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((3, 4, 1, 4), 0.485714),
        ((1, 12, 9, 12), 0.002759),
        ((0, 300, 0, 300), 1.0),
        ((0, 3000, 40, 3000), 0.0),
    ],
)
def test_fisher_of_known_tables(table: tuple[int, int, int, int], p: float) -> None:
    """The tea, and Wikipedia's twelve dieters of each sex."""
    assert fisher_p(*table) == pytest.approx(p, abs=1e-6)


def test_holm_of_a_known_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_wilson_and_newcombe_of_known_shares() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    # Newcombe 1998, example (a), method 10.
    low, high = share_difference_interval(48, 80, 56, 70)
    assert (-high, -low) == pytest.approx((-0.3339, -0.0524), abs=1e-4)


def test_observations_of_one_moment_are_paired_and_others_are_not() -> None:
    a: Observations = {"x": (1.0, 1.0), "y": (2.0, 1.0), "only a": (3.0, 1.0)}
    b: Observations = {"y": (20.0, 1.0), "x": (10.0, 1.0)}
    samples = Samples.of(a, b)
    assert samples.pairs_a[:, 0].tolist() == [1, 2]
    assert samples.pairs_b[:, 0].tolist() == [10, 20]
    assert samples.rest_a[:, 0].tolist() == [3]
    assert len(samples.rest_b) == 0


def test_too_few_pairs_are_no_pairs() -> None:
    both: Observations = {"x": (2.0, 1.0)}
    samples = Samples.of({**observed([1] * 9, "a"), **both}, {**observed([1] * 9, "b"), **both})
    assert (len(samples.pairs_a), len(samples.rest_a), len(samples.rest_b)) == (0, 10, 10)


@pytest.mark.parametrize("prefix", ["", "b"], ids=["paired", "unpaired"])
def test_p_values_of_equal_samples_are_even(prefix: str) -> None:
    """A false alarm comes as often as is said: at 5 % and at 20 %, over 300 seeds."""
    found = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        a, b = (rng.lognormal(6, 0.4, 24).round(3).tolist() for _ in "ab")
        found.append(permutation_p(Samples.of(observed(a), observed(b, prefix)), MEDIAN, seed=seed))
    for level in (0.05, 0.2):
        expected, spread = 300 * level, 3 * (300 * level * (1 - level)) ** 0.5
        assert abs(sum(p <= level for p in found) - expected) < spread, level


def test_intervals_hold_the_true_difference_as_often_as_is_said() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(300, 60, 60).tolist(), rng.normal(340, 60, 60).tolist()
        low, high = difference_interval(
            Samples.of(observed(a), observed(b, "b")), MEDIAN, seed=seed, rounds=600
        )
        held += low <= 40 <= high
    assert 180 <= held <= 199


def test_pairs_show_what_the_turns_own_spread_would_hide() -> None:
    rng = np.random.default_rng(2)
    hard = rng.uniform(100, 3000, 60)
    a, b = hard + rng.normal(0, 10, 60), hard * 1.05 + rng.normal(0, 10, 60)
    mean = RATIO
    paired = permutation_p(Samples.of(observed(a.tolist()), observed(b.tolist())), mean)
    apart = permutation_p(Samples.of(observed(a.tolist()), observed(b.tolist(), "b")), mean)
    assert paired < 0.001 < 0.3 < apart


def test_a_large_difference_is_given_the_rounds_that_holm_asks_for() -> None:
    a, b = observed([300.0 + n for n in range(60)]), observed([900.0 + n for n in range(60)], "b")
    assert permutation_p(Samples.of(a, b), MEDIAN) < 2 / MORE_ROUNDS
    assert permutation_p(Samples.of(a, a), MEDIAN) == 1.0


def test_a_ratio_weighs_its_observations() -> None:
    rows = np.array([[1.0, 10.0], [9.0, 10.0], [0.0, 0.0]])
    assert float(RATIO.of(rows)) == 0.5
    assert float(RATIO.of(np.zeros((3, 2)))) == 0
