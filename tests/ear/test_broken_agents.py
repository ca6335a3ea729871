"""A deliberately broken agent of each kind is caught, and a good one is not: scenarios in virtual time, the callers' voices real."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from antiphon.ear.bench import Bench
from antiphon.ear.calibration import VirtualTime
from antiphon.ear.known_agent import KnownAgent
from antiphon.ear.results import Call, ScenarioResult
from antiphon.ear.scenario import Scenario, built_in
from antiphon.ear.voices import Voices

SCENARIOS = {scenario.name: scenario for scenario in built_in()}
GOOD = KnownAgent(delay_ms=380, patience_ms=340, answer_ms=5000, stop_ms=180, notices_ms=0)
PATIENT = replace(GOOD, notices_ms=700)
"""Goes on for a cough, and is the later for it when it is interrupted: it knows sounds by their length alone."""


@pytest.fixture(scope="module")
def voices() -> Voices:
    return Voices(("flite:slt",))


async def run(voices: Voices, agent: KnownAgent, *names: str) -> tuple[list[ScenarioResult], list[Call]]:
    time = VirtualTime()
    bench = Bench(opener_for=lambda _: replace(agent).open, voices=voices, clock=time.clock, sleep=time.sleep)
    return await bench.run([SCENARIOS[name] for name in names])


def missed(results: list[ScenarioResult]) -> set[str]:
    return {bound.figure for result in results for bound in result.bounds if not bound.passed}


async def test_a_good_agent_is_found_good(voices: Voices) -> None:
    results, calls = await run(voices, GOOD, "plain", "interruption", "hang_up")
    patient, _ = await run(voices, PATIENT, "cough", "backchannel", "side_speech")
    assert missed(results + patient) == set()
    (plain, *_) = results
    assert plain.figures["heard_e2e_latency_p50_ms"].value == pytest.approx(380, abs=2)
    assert results[1].figures["yield_rate"].count == 6
    assert not any(call.error or call.problems for call in calls)


async def test_a_late_agent(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, delay_ms=900), "plain")
    assert missed(results) == {"heard_e2e_latency_p50_ms", "heard_e2e_latency_p90_ms"}
    assert results[0].figures["heard_e2e_latency_p50_ms"].value == pytest.approx(900, abs=2)


async def test_a_deaf_agent(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, deaf=True), "plain")
    assert "unanswered_turn_count" in missed(results)
    assert results[0].figures["unanswered_turn_count"].value == 6


async def test_an_agent_that_never_yields(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, stop_ms=None), "interruption")
    assert {"yield_rate", "time_to_yield_p50_ms"} <= missed(results)
    assert results[0].figures["yield_rate"].value == 0


async def test_an_agent_that_yields_late(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, stop_ms=900), "interruption")
    assert missed(results) >= {"time_to_yield_p50_ms"}
    assert results[0].figures["time_to_yield_p50_ms"].value == pytest.approx(900, abs=5)


async def test_an_agent_that_yields_to_coughs_and_to_uh_huh(voices: Voices) -> None:
    results, calls = await run(voices, GOOD, "cough", "backchannel")
    assert missed(results) == {"false_interruption_sound_rate", "false_interruption_backchannel_rate"}
    assert all(event.false_interruption for call in calls for event in call.events if event.counts)


async def test_an_agent_that_takes_pauses_for_the_end(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, delay_ms=240, patience_ms=200), "held_pauses")
    assert "eot_misprediction_rate" in missed(results)
    assert results[0].figures["eot_misprediction_count"].value == 4
    latencies = results[0].figures["heard_e2e_latency_p50_ms"]
    assert latencies.value is not None
    assert latencies.value < 0, "an onset inside the turn counts as what it is, below nothing"


async def test_an_agent_that_leaves_gaps(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, gap=(1000, 40)), "plain")
    assert missed(results) == {"audio_gap_count"}
    assert results[0].figures["audio_gap_count"].value == 6
    assert results[0].figures["audio_gap_ms"].value == pytest.approx(240, abs=2)


async def test_an_agent_that_clips_its_first_word(voices: Voices) -> None:
    results, _ = await run(voices, replace(GOOD, clip_ms=120.4), "plain")
    assert results[0].figures["clipped_onset_count"].value == 7
    good, _ = await run(voices, GOOD, "plain")
    assert good[0].figures["clipped_onset_count"].value == 0


async def test_an_agent_whose_dashboard_is_clamped(voices: Voices) -> None:
    """It cuts its callers off, and its own figure says 0 ms, never less."""
    agent = replace(GOOD, delay_ms=240, patience_ms=200, claims_ms=0.0)
    results, _ = await run(voices, agent, "held_pauses")
    found = results[0].figures
    assert found["server_e2e_latency_p50_ms"].value == 0
    assert found["heard_e2e_latency_p50_ms"].value == pytest.approx(-1500, abs=1400)
    assert (found["server_e2e_latency_bias_p50_ms"].value or 0) > 100
    late, _ = await run(voices, replace(GOOD, delay_ms=900, claims_ms=300.0), "plain")
    assert late[0].figures["server_e2e_latency_bias_p50_ms"].value == pytest.approx(-600, abs=3)


async def test_the_same_seed_makes_the_same_call(voices: Voices) -> None:
    def bare(found: tuple[list[ScenarioResult], list[Call]]) -> Any:
        return found[0], [replace(call, began="") for call in found[1]]

    first = await run(voices, GOOD, "cough", "booking")
    assert bare(await run(voices, GOOD, "cough", "booking")) == bare(first)


def test_every_scenario_of_the_definitions_is_built_in() -> None:
    assert set(SCENARIOS) >= {
        *("plain", "held_pauses", "digits_and_spelling", "one_word", "hesitation", "backchannel", "cough"),
        *("side_speech", "television", "interruption", "interruption_twice", "stop", "echo", "packet_loss"),
        *("jitter", "silence", "typed", "booking", "hang_up", "telephone"),
    }
    assert all(isinstance(scenario, Scenario) and scenario.about for scenario in SCENARIOS.values())
