"""Definitions of the figures, on made-up timelines where the right answer is plain."""

from __future__ import annotations

import numpy as np
import pytest

from antiphon.ear.metrics import (
    CallerTurn,
    audio_gaps,
    false_interruption,
    heard_turns,
    held_pauses,
    overlap_ms,
    percentile,
    share,
    time_to_yield,
)
from antiphon.ear.signal import Span
from antiphon.ear.summary import summarise


def test_latency_runs_from_the_last_voiced_sample_to_the_first_onset() -> None:
    (heard,) = heard_turns([CallerTurn(1000, 2500)], [Span(0, 900), Span(2800, 5000)])
    assert heard.latency_ms == 300
    assert not heard.cut_off


def test_an_onset_inside_the_turn_is_a_cutoff_with_its_negative_latency() -> None:
    turn = CallerTurn(1000, 4000, pauses=(Span(1500, 1800), Span(2000, 2600)))
    (heard,) = heard_turns([turn], [Span(2300, 3000), Span(4200, 5000)])
    assert heard.latency_ms == -1700
    assert heard.cut_off
    assert heard.cutoffs == 1


def test_an_onset_after_the_pause_is_charged_to_the_pause_that_it_misread() -> None:
    turn = CallerTurn(1000, 4000, pauses=(Span(1500, 1800), Span(2000, 2600)))
    (heard,) = heard_turns([turn], [Span(1900, 1950), Span(2700, 3000)])
    assert heard.cutoffs == 2


def test_a_commit_inside_a_held_pause_is_a_cutoff_even_in_silence() -> None:
    turn = CallerTurn(1000, 4000, pauses=(Span(1500, 1800),))
    (heard,) = heard_turns([turn], [Span(4300, 5000)], commits_ms=[1790, 4100])
    assert (heard.cutoffs, heard.cut_off, heard.latency_ms) == (1, True, 300)


@pytest.mark.parametrize(("onset_ms", "latency_ms"), [(6999, 4999), (7100, None)])
def test_a_turn_without_an_onset_in_five_seconds_is_missed(onset_ms: float, latency_ms: float | None) -> None:
    (heard,) = heard_turns([CallerTurn(1000, 2000)], [Span(onset_ms, 9000)])
    assert heard.latency_ms == latency_ms


def test_an_onset_belongs_to_the_turn_before_it_and_to_no_other() -> None:
    first, second = heard_turns([CallerTurn(0, 1000), CallerTurn(3000, 4000)], [Span(4250, 6000)])
    assert first.latency_ms is None
    assert second.latency_ms == 250


def test_speech_already_going_on_is_no_answer() -> None:
    (heard,) = heard_turns([CallerTurn(1000, 2000)], [Span(500, 1200), Span(2400, 3000)])
    assert heard.latency_ms == 400


def test_held_pauses_are_the_silences_of_200_ms_or_more() -> None:
    spans = [Span(0, 100), Span(299, 500), Span(700, 900), Span(1500, 1600)]
    assert held_pauses(spans) == (Span(500, 700), Span(900, 1500))


def test_percentiles_need_their_number_of_turns() -> None:
    values = [float(v) for v in range(199)]
    assert percentile(values, 95) is None
    found = percentile([*values, 199.0], 95)
    assert found is not None
    assert found.value == pytest.approx(np.percentile(range(200), 95))
    assert found.low < found.value < found.high
    assert percentile(values * 4, 99) is None
    assert percentile([], 50) is None


def test_the_interval_shrinks_with_more_turns() -> None:
    rng = np.random.default_rng(1)
    few, many = (
        percentile(list(rng.normal(400, 100, 20)), 50),
        percentile(list(rng.normal(400, 100, 2000)), 50),
    )
    assert few is not None
    assert many is not None
    assert many.high - many.low < (few.high - few.low) / 4


def test_an_unanswered_turn_is_in_no_share() -> None:
    assert share([100, 300, 301, None], 300).value == 0.5


def test_time_to_yield_counts_only_while_the_agent_speaks_and_has_enough_left() -> None:
    agent = [Span(0, 1200)]
    stopped = time_to_yield(1000, agent)
    assert stopped is not None
    assert stopped.time_to_yield_ms == 200
    assert time_to_yield(1300, agent) is None
    assert time_to_yield(1000, agent, left_ms=1500) is None
    ignored = time_to_yield(1000, [Span(0, 9000)])
    assert ignored is not None
    assert ignored.time_to_yield_ms is None


@pytest.mark.parametrize(
    ("agent", "interrupted", "resumed_ms"),
    [
        ([Span(0, 5000)], False, None),
        ([Span(0, 1300), Span(1650, 5000)], False, None),  # a breath
        ([Span(0, 1300), Span(1900, 5000)], True, 600),
        ([Span(0, 1300)], True, None),
        ([Span(0, 2500), Span(4000, 5000)], False, None),  # later, for another reason
    ],
)
def test_a_cough_interrupts_when_silence_follows(
    agent: list[Span], interrupted: bool, resumed_ms: float | None
) -> None:
    found = false_interruption(1000, agent)
    assert found is not None
    assert (found.interrupted, found.resume_latency_ms) == (interrupted, resumed_ms)
    assert false_interruption(9000, agent) is None


def test_gaps_are_dead_silences_that_break_off_a_sound() -> None:
    rng = np.random.default_rng(1)
    pcm = rng.integers(200, 2000, 24_000).astype(np.int16)
    pcm[2400:2880] = 0  # 20 ms
    pcm[7200:7600] = 0  # shorter than a frame
    pcm[20_000:] = 0  # after the utterance
    (gap,) = audio_gaps(pcm, 24_000, [Span(0, 800)])
    assert type(gap.start_ms) is float  # as JSON has them
    assert (gap.start_ms, gap.end_ms) == (100, 120)


def test_a_pause_that_fades_is_no_gap() -> None:
    pcm = np.random.default_rng(1).integers(200, 2000, 24_000).astype(np.int16)
    pcm[2400:5760] = 0
    pcm[2300:2400] = np.linspace(1000, 1, 100)
    pcm[5760:5860] = np.linspace(1, 1000, 100)
    assert audio_gaps(pcm, 24_000, [Span(0, 900)]) == []
    pcm[5760:5860] = 1000  # the next clause begins in the middle
    assert len(audio_gaps(pcm, 24_000, [Span(0, 900)])) == 1


def test_overlap_is_the_time_that_both_speak() -> None:
    assert (
        overlap_ms([CallerTurn(0, 1000), CallerTurn(2000, 3000)], [Span(800, 2100), Span(2900, 4000)]) == 400
    )


def test_the_summary_says_what_it_cannot_say() -> None:
    turns = heard_turns(
        [CallerTurn(0, 6000, "one"), CallerTurn(10_000, 11_000, "two"), CallerTurn(20_000, 21_000, "two")],
        [Span(6200, 7000), Span(11_400, 12_000)],
    )
    figures = summarise(turns)
    assert (figures["turns"], figures["different_turns"], figures["turns_over_5_s"]) == (3, 2, 1)
    assert figures["unanswered_turns"] == 1
    assert figures["left_out"] == "p95 needs 200 turns, p99 needs 1000 turns; there are 2"
    p50 = figures["heard_e2e_latency_p50_ms"]
    assert isinstance(p50, dict)
    assert p50["value"] == 300
