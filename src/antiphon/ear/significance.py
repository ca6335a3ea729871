"""Whether two samples differ: bootstrap intervals of a difference, permutation tests, Fisher's exact test, Holm's correction.

Numpy only, seeded: the same samples give the same answer. Two runs say the same turns in the same voices, so observations are paired
where they can be: what is hard in both runs then does not count as chance.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 2000
MORE_ROUNDS = 20_000
"""Of a permutation test whose first rounds found next to nothing: Holm's correction asks for small p values."""

_SEEN_ENOUGH = 20
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Statistic:
    """A percentile (q) of values, or the sum of values over the sum of weights (q is None)."""

    q: int | None = None

    def of(self, rows: Floats) -> Floats:
        """Of each row. Shape (…, n, 2): value and weight → (…)."""
        if self.q is not None:
            return np.asarray(np.percentile(rows[..., 0], self.q, axis=-1))
        weights = rows[..., 1].sum(axis=-1)
        return np.asarray(
            np.divide(rows[..., 0].sum(axis=-1), weights, out=np.zeros_like(weights), where=weights > 0)
        )


Observations = Mapping[Hashable, tuple[float, float]]
"""Value and weight of each observation, under a key that names the same moment of the script in every run."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Two samples, in pairs as far as they have them.

    Attributes:
        pairs_a, pairs_b: observations of the same moments, shape (n, 2) each: value, weight.
        rest_a, rest_b: the others.
    """

    pairs_a: Floats
    pairs_b: Floats
    rest_a: Floats
    rest_b: Floats

    @classmethod
    def of(cls, a: Observations, b: Observations) -> Samples:
        """Pairs what bears one key; nothing, where that would pair less than half of the smaller sample."""
        both = [key for key in a if key in b]
        if 2 * len(both) < min(len(a), len(b)):
            both = []
        paired = set(both)
        return cls(
            _rows([a[key] for key in both]),
            _rows([b[key] for key in both]),
            _rows([value for key, value in a.items() if key not in paired]),
            _rows([value for key, value in b.items() if key not in paired]),
        )

    @property
    def a(self) -> Floats:
        """The whole first sample."""
        return np.concatenate((self.pairs_a, self.rest_a))

    @property
    def b(self) -> Floats:
        """The whole second sample."""
        return np.concatenate((self.pairs_b, self.rest_b))


def _rows(values: Sequence[tuple[float, float]]) -> Floats:
    return np.asarray(values, np.float64).reshape(-1, 2)


def difference_interval(
    samples: Samples, statistic: Statistic, *, seed: int = 1, rounds: int = ROUNDS
) -> tuple[float, float]:
    """The 95 % bootstrap interval of b - a; pairs are drawn together."""
    rng = np.random.default_rng(seed)
    found = []
    chunk = _chunk(samples)
    for _ in range(-(-rounds // chunk)):
        paired = _draws(rng, len(samples.pairs_a), chunk)
        a = _joined(samples.pairs_a, paired, samples.rest_a, _draws(rng, len(samples.rest_a), chunk))
        b = _joined(samples.pairs_b, paired, samples.rest_b, _draws(rng, len(samples.rest_b), chunk))
        found.append(statistic.of(b) - statistic.of(a))
    low, high = np.percentile(np.concatenate(found), (2.5, 97.5))
    return float(low), float(high)


def _draws(rng: np.random.Generator, count: int, rounds: int) -> NDArray[np.int64]:
    return rng.integers(0, max(count, 1), (rounds, count))


def _joined(pairs: Floats, drawn: NDArray[np.int64], rest: Floats, others: NDArray[np.int64]) -> Floats:
    return np.concatenate((pairs[drawn], rest[others]), axis=1)


def permutation_p(samples: Samples, statistic: Statistic, *, seed: int = 1) -> float:
    """How often chance alone makes a difference this large: two-sided; pairs are swapped, the rest is shuffled."""
    rng = np.random.default_rng(seed)
    shown = abs(float(statistic.of(samples.b) - statistic.of(samples.a))) * (1 - 1e-9)
    if shown == 0:
        return 1.0
    as_large = done = 0
    chunk = _chunk(samples)
    while done < MORE_ROUNDS and (done < ROUNDS or as_large < _SEEN_ENOUGH):
        as_large += int(np.count_nonzero(_shuffled_differences(rng, samples, statistic, chunk) >= shown))
        done += chunk
    return (1 + as_large) / (1 + done)


def _chunk(samples: Samples) -> int:
    """So many rounds at once that they take some 50 MB at most."""
    return max(50, min(_CHUNK, 1_500_000 // max(1, len(samples.a) + len(samples.b))))


def _shuffled_differences(
    rng: np.random.Generator, samples: Samples, statistic: Statistic, rounds: int
) -> Floats:
    swap = rng.integers(0, 2, (rounds, len(samples.pairs_a), 1)).astype(bool)
    a = np.where(swap, samples.pairs_b, samples.pairs_a)
    b = np.where(swap, samples.pairs_a, samples.pairs_b)
    rest = np.concatenate((samples.rest_a, samples.rest_b))
    order = np.argsort(rng.random((rounds, len(rest))), axis=1)
    cut = len(samples.rest_a)
    a = np.concatenate((a, rest[order[:, :cut]]), axis=1)
    b = np.concatenate((b, rest[order[:, cut:]]), axis=1)
    return np.abs(statistic.of(b) - statistic.of(a))


def fisher_p(hits_a: int, count_a: int, hits_b: int, count_b: int) -> float:
    """Fisher's exact test of two shares, two-sided: the sum over all tables that are no likelier than this one."""
    hits, count = hits_a + hits_b, count_a + count_b
    low, high = max(0, hits - count_b), min(hits, count_a)
    total = _log_choose(count, hits)
    chances = {
        k: exp(_log_choose(count_a, k) + _log_choose(count_b, hits - k) - total) for k in range(low, high + 1)
    }
    return min(1.0, sum(chance for chance in chances.values() if chance <= chances[hits_a] * (1 + 1e-9)))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def wilson(hits: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: it has a width where nothing, or everything, was hit."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_difference_interval(hits_a: int, count_a: int, hits_b: int, count_b: int) -> tuple[float, float]:
    """Newcombe's 95 % interval of share b - share a, from the two Wilson intervals."""
    a, b = hits_a / count_a, hits_b / count_b
    (a_low, a_high), (b_low, b_high) = wilson(hits_a, count_a), wilson(hits_b, count_b)
    return (
        b - a - sqrt((b - b_low) ** 2 + (a_high - a) ** 2),
        b - a + sqrt((b_high - b) ** 2 + (a - a_low) ** 2),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given: the chance of any false alarm among all stays at what one had."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
