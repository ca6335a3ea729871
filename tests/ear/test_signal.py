"""Sound is told from silence where it is, to the millisecond."""

from __future__ import annotations

import numpy as np
import pytest

from antiphon.ear.signal import (
    ActivityMeter,
    ActivityRule,
    Pcm16,
    Span,
    activity,
    levels_dbfs,
    merge,
    speech_edges,
)

RATE = 24_000


def tone(length_ms: float, dbfs: float = -20) -> Pcm16:
    t = np.arange(round(length_ms * RATE / 1000)) / RATE
    return np.asarray(np.sqrt(2) * 10 ** (dbfs / 20) * 32767 * np.sin(2 * np.pi * 300 * t), np.int16)


def quiet(length_ms: float) -> Pcm16:
    return np.zeros(round(length_ms * RATE / 1000), np.int16)


@pytest.mark.parametrize("at_ms", [0, 200, 203.4, 207.9, 211])
def test_edges_are_found_to_the_millisecond_wherever_the_hops_lie(at_ms: float) -> None:
    pcm = np.concatenate((quiet(at_ms), tone(500), quiet(600)))
    (span,) = activity(pcm, RATE)
    assert span.start_ms == pytest.approx(at_ms, abs=1)
    assert span.end_ms == pytest.approx(at_ms + 500, abs=1)


def test_three_loud_hops_open_and_two_do_not() -> None:
    assert activity(np.concatenate((quiet(100), tone(20), quiet(100))), RATE) == []
    assert len(activity(np.concatenate((quiet(100), tone(31), quiet(100))), RATE)) == 1


def test_between_the_thresholds_activity_neither_opens_nor_closes() -> None:
    between = tone(400, dbfs=-46)
    assert activity(np.concatenate((quiet(100), between, quiet(100))), RATE) == []
    (span,) = activity(np.concatenate((quiet(100), tone(100), between, quiet(100))), RATE)
    assert span.duration_ms == pytest.approx(500, abs=2)


@pytest.mark.parametrize(("gap_ms", "count"), [(290, 1), (320, 2)])
def test_gaps_of_300_ms_or_less_are_merged(gap_ms: float, count: int) -> None:
    pcm = np.concatenate((tone(200), quiet(gap_ms), tone(200)))
    assert len(activity(pcm, RATE)) == count


def test_merge_keeps_order_and_outer_edges() -> None:
    assert merge([Span(0, 10), Span(20, 30), Span(90, 99)], 10) == [Span(0, 30), Span(90, 99)]


def test_sound_that_lasts_to_the_end_is_closed_there() -> None:
    (span,) = activity(np.concatenate((quiet(100), tone(100))), RATE)
    assert span.end_ms == pytest.approx(200, abs=1)


def test_the_meter_agrees_with_the_batch_however_the_samples_are_cut() -> None:
    rng = np.random.default_rng(3)
    pieces = [quiet(50)]
    for _ in range(20):
        pieces += [tone(int(rng.integers(5, 300))), quiet(int(rng.integers(5, 500)))]
    pcm = np.concatenate(pieces)
    meter = ActivityMeter(RATE)
    at = 0
    while at < len(pcm):
        size = int(rng.integers(1, 700))
        meter.push(pcm[at : at + size])
        at += size
    assert meter.onsets == len(activity(pcm, RATE, ActivityRule(merge_ms=0)))


def test_the_meter_tells_how_long_it_has_been_silent() -> None:
    meter = ActivityMeter(RATE)
    meter.push(np.concatenate((tone(100), quiet(250))))
    assert not meter.active
    assert meter.silent_ms == pytest.approx(250, abs=10)
    meter.push(tone(40))
    assert meter.active
    assert meter.silent_ms == 0


def test_clean_edges_follow_the_clips_own_level() -> None:
    soft = np.concatenate((quiet(100), tone(400, dbfs=-44), quiet(100)))
    start, end = speech_edges(soft, RATE)
    assert start == pytest.approx(2400, abs=24)
    assert end == pytest.approx(12_000, abs=24)


@pytest.mark.parametrize("pcm", [quiet(0), quiet(5), quiet(500), np.ones(12_000, np.int16)])
def test_a_clip_without_sound_has_no_edges(pcm: Pcm16) -> None:
    assert speech_edges(pcm, RATE) == (0, 0)


def test_levels_are_rms_of_full_scale() -> None:
    assert levels_dbfs(tone(100, dbfs=-12), 240) == pytest.approx(np.full(10, -12), abs=0.1)
    assert levels_dbfs(quiet(10), 240) == pytest.approx([-120])
