"""A recorded call scored offline gives the figures that were measured live."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soxr

from antiphon.audio.wav import write_wav
from antiphon.ear.audio_file import NoRecording, write_stereo
from antiphon.ear.bench import Bench
from antiphon.ear.calibration import VirtualTime
from antiphon.ear.known_agent import KnownAgent
from antiphon.ear.line import LINE_HZ
from antiphon.ear.lines.recorded import NoScript, find_turns, score_recording
from antiphon.ear.results import Call
from antiphon.ear.scenario import built_in
from antiphon.ear.signal import Pcm16
from antiphon.ear.voices import Voices
from tests.ear.agents import quiet, tone

SCENARIOS = {scenario.name: scenario for scenario in built_in()}
AGENT = KnownAgent(delay_ms=380, patience_ms=340, answer_ms=5000, stop_ms=180, notices_ms=0)


async def live(folder: Path, *names: str, agent: KnownAgent = AGENT) -> list[Call]:
    time = VirtualTime()
    bench = Bench(
        opener_for=lambda _: replace(agent).open,
        voices=Voices(("flite:slt",)),
        out=folder,
        clock=time.clock,
        sleep=time.sleep,
    )
    _, calls = await bench.run([SCENARIOS[name] for name in names])
    return calls


def latencies(call: Call) -> list[float | None]:
    return [turn.heard_e2e_latency_ms for turn in call.turns]


def assert_same_times(found: Call, call: Call, within_ms: float = 10) -> None:
    """Turns, latencies, greeting and yields, but for where time 0 is."""
    begins = call.recording_begins_ms
    assert len(found.turns) == len(call.turns)
    for mine, theirs in zip(found.turns, call.turns, strict=True):
        assert mine.start_ms + begins == pytest.approx(theirs.start_ms, abs=within_ms)
        assert mine.end_ms + begins == pytest.approx(theirs.end_ms, abs=within_ms)
        assert mine.heard_e2e_latency_ms == pytest.approx(theirs.heard_e2e_latency_ms, abs=within_ms)
    assert found.greeting_latency_ms is not None
    assert found.greeting_latency_ms + begins == pytest.approx(call.greeting_latency_ms, abs=within_ms)
    mine_, theirs_ = ([e for e in c.events if e.kind == "interruption"] for c in (found, call))
    assert len(mine_) == len(theirs_)
    for event, other in zip(mine_, theirs_, strict=True):
        assert event.time_to_yield_ms == pytest.approx(other.time_to_yield_ms, abs=within_ms)


async def test_offline_and_live_agree_within_10_ms(tmp_path: Path) -> None:
    for call in await live(tmp_path, "plain", "interruption", "interruption_twice", "one_word"):
        assert call.turns and not call.error
        assert_same_times(score_recording(tmp_path / call.recording), call)


async def test_a_patient_agents_call_with_held_pauses(tmp_path: Path) -> None:
    agent = replace(AGENT, patience_ms=1800, delay_ms=1900)
    for call in await live(tmp_path, "held_pauses", agent=agent):
        found = score_recording(tmp_path / call.recording)
        assert [len(turn.pauses) for turn in found.turns] == [len(turn.pauses) for turn in call.turns]
        assert_same_times(found, call)


async def test_a_script_tells_what_cannot_be_found(tmp_path: Path) -> None:
    """An agent that cuts in on pauses: without a script each half is a turn of its own, with it there are cutoffs."""
    hasty = replace(AGENT, patience_ms=200, delay_ms=250)
    (call, *_) = await live(tmp_path, "held_pauses", agent=hasty)
    assert sum(turn.cutoffs for turn in call.turns)
    path = tmp_path / call.recording
    assert len(score_recording(path).turns) > len(call.turns)
    script = tmp_path / "script.json"
    turns = [
        {
            "text": turn.label,
            "start_ms": turn.start_ms - call.recording_begins_ms,
            "end_ms": turn.end_ms - call.recording_begins_ms,
            "pauses": [
                [p.start_ms - call.recording_begins_ms, p.end_ms - call.recording_begins_ms]
                for p in turn.pauses
            ],
        }
        for turn in call.turns
    ]
    script.write_text(json.dumps(turns))
    found = score_recording(path, script=script)
    assert latencies(found) == pytest.approx(latencies(call), abs=10)
    assert [turn.cutoffs for turn in found.turns] == [turn.cutoffs for turn in call.turns]
    assert [turn.label for turn in found.turns] == [turn.label for turn in call.turns]


def silence_and(*parts: Pcm16 | float) -> Pcm16:
    return np.concatenate([quiet(part) if isinstance(part, int | float) else part for part in parts])


CALLER = silence_and(1500, tone(800), 3000, tone(500), 1700)
AGENT_SIDE = silence_and(200, tone(900, 500), 1700, tone(1500, 500), 3200)
"""Greets at 200, answers the first turn (1500 to 2300) at 2800, and the second (5300 to 5800) not at all."""


def test_two_files_of_other_rates_an_offset_and_swapped_sides(tmp_path: Path) -> None:
    stereo, caller, agent = (tmp_path / f"{name}.wav" for name in ("stereo", "caller", "agent"))
    write_stereo(stereo, CALLER, AGENT_SIDE)
    whole = score_recording(stereo)
    assert latencies(whole) == [pytest.approx(500, abs=3), None]
    assert whole.id == "stereo" and whole.greeting_latency_ms == pytest.approx(200, abs=2)
    write_stereo(stereo, AGENT_SIDE, CALLER)
    assert latencies(score_recording(stereo, swap=True)) == latencies(whole)
    at_8_khz = soxr.resample(CALLER.astype(np.float32), LINE_HZ, 8000).astype(np.int16)
    write_wav(caller, 8000, at_8_khz)
    write_wav(agent, LINE_HZ, AGENT_SIDE[120 * 24 :], AGENT_SIDE[120 * 24 :])  # a stereo file of one side
    found = score_recording(caller, agent, offset_ms=120)
    assert latencies(found) == [pytest.approx(500, abs=5), None]
    late = score_recording(caller, agent, offset_ms=-80)
    assert latencies(late)[0] == pytest.approx(300, abs=5)


@pytest.mark.parametrize("noise_dbfs", [-70, -50])
def test_noise_beside_the_caller_makes_no_turns(noise_dbfs: float) -> None:
    noise = np.random.default_rng(1).normal(0, 32768 * 10 ** (noise_dbfs / 20), len(CALLER))
    turns = find_turns((CALLER + noise).astype(np.int16), AGENT_SIDE)
    edges = [edge for turn in turns for edge in (turn.start_ms, turn.end_ms)]
    assert edges == pytest.approx([1500, 2300, 5300, 5800], abs=10)


def test_what_splits_turns() -> None:
    def turns(pause_ms: float, agent: Pcm16) -> list[str]:
        return [t.kind for t in find_turns(silence_and(1000, tone(700), pause_ms, tone(700), 1000), agent)]

    still = quiet(6000)
    assert turns(1500, still) == ["turn"]
    assert turns(2100, still) == ["turn", "turn"]
    answered = silence_and(2200, tone(600, 500), 3000)  # begins in the pause
    assert turns(1500, answered) == ["turn", "turn"]
    spoke_on = silence_and(500, tone(1900, 500), 3000)  # is interrupted, and stops after 700 ms of the pause
    assert turns(1500, spoke_on) == ["interruption", "turn"]
    yields = silence_and(500, tone(1300, 500), 3000)  # stops soon: it is one interruption with a pause in it
    assert turns(1500, yields) == ["interruption"]
    hums = find_turns(silence_and(1000, tone(300), 3000), silence_and(500, tone(3000, 500)))
    assert [turn.kind for turn in hums] == ["backchannel"]


def test_a_backchannel_is_an_event_and_no_turn(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_stereo(path, silence_and(1000, tone(300), 3000), silence_and(500, tone(3000, 500), 800))
    call = score_recording(path)
    assert not call.turns
    (event,) = call.events
    assert event.kind == "backchannel" and event.false_interruption is False


def test_empty_and_silent_recordings() -> None:
    assert find_turns(quiet(0), quiet(0)) == ()
    assert find_turns(quiet(5000), AGENT_SIDE) == ()


def test_what_is_no_recording_of_a_call(tmp_path: Path) -> None:
    mono = tmp_path / "mono.wav"
    write_wav(mono, LINE_HZ, CALLER)
    with pytest.raises(NoRecording, match="has 1 channel; a call's recording has two") as caught:
        score_recording(mono)
    assert caught.value.mend == "Or give a file for each side."
    with pytest.raises(NoRecording, match="does not exist"):
        score_recording(mono, tmp_path / "nothing.wav")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {start_ms: 5}", "0.end_ms: Field required"),
        ("- {start_ms: 5, end_ms: 4}", "end_ms must be after start_ms, 5; it is 4"),
        ("- {start_ms: 5, end_ms: 9, kind: song}", "0.kind"),
        ("- {start_ms: 5, end_ms: 9}\n- {start_ms: 8, end_ms: 12}", "must be in order"),
        ("hello", "the file: Input should be a valid tuple"),
        ("{", "cannot be read"),
    ],
)
def test_a_wrong_script_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    script, stereo = tmp_path / "script.yaml", tmp_path / "call.wav"
    script.write_text(text)
    write_stereo(stereo, CALLER, AGENT_SIDE)
    with pytest.raises(NoScript, match="script.yaml: |script.yaml cannot") as caught:
        score_recording(stereo, script=script)
    assert says in caught.value.message and caught.value.exit_code == 2
