"""What a comparison tests on is what the figure was made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from antiphon.ear.figures import figures
from antiphon.ear.observations import sample
from tests.ear.reports.runs import eventful_call, latencies, plain_call

RNG = np.random.default_rng(4)
CALLS = [plain_call(n, latencies(RNG, 5, 320.0), rng=RNG) for n in range(12)]
CALLS[3] = replace(CALLS[3], error="the line broke")
EVENTFUL = eventful_call(None)
INTERRUPTED = replace(
    EVENTFUL,
    id="interruption-002",
    repeat=1,
    clipped_ms=(150.0,),
    turns=(
        replace(EVENTFUL.turns[0], wants_answer=False, details={"e2e_latency_ms": 280.0}),
        *EVENTFUL.turns[1:],
    ),
)
FOUND = figures([*CALLS, EVENTFUL, INTERRUPTED])
SUMS = {"audio_gap_count", "audio_gap_ms", "clipped_onset_count", "overlap_speech_ms", "overlap_agent_ms"}
SUMS |= {"unheard_words_count"}


@pytest.mark.parametrize("name", FOUND)
def test_every_figure_is_found_again_in_its_observations(name: str) -> None:
    """Percentiles and shares to the digit; of counts and sums, the mean of a call or the share of a moment."""
    figure, found = FOUND[name], sample(name, [*CALLS, EVENTFUL, INTERRUPTED])
    assert found is not None, "no observations are known behind it"
    rows = np.array(list(found.seen.values()))
    if figure.value is None:
        assert len(rows) == figure.count
        return
    value = float(found.statistic.of(rows))
    if name in SUMS:
        value *= len(rows)
    elif name.endswith("_count") and "per_minute" not in name:
        value *= len(rows)
        assert len(rows) == figure.count
    assert value == pytest.approx(figure.value), name


def test_there_are_many() -> None:
    assert len(FOUND) > 30
