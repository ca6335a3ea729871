"""`antiphon bench` as its user runs it: a real server, a real caller, reports on disk, exit codes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from antiphon.bench_load import arrivals_of, behinds_of, sizes_of
from antiphon.cli import app
from antiphon.ear.audio_file import write_stereo
from antiphon.ear.calibration import VirtualTime
from antiphon.ear.caller import Caller
from antiphon.ear.known_agent import KnownAgent
from antiphon.ear.load.plan import WrongLoad
from antiphon.ear.results import Run
from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from antiphon.ear.voices import Voices

SHORT = """
name: short
about: One turn.
voices: [flite:slt]
steps:
  - listen: greeting
  - say: Is there parking?
within_ms: {heard_e2e_latency_p50_ms: %d}
at_most: {unanswered_turn_count: 0}
"""


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with ScriptedEngine(lambda _: Reply(audio_ms=900)) as engine:
        yield engine


async def bench(*arguments: str) -> tuple[int, str]:
    """Runs the command in a process of its own."""
    command = ["-P", "-m", "antiphon.cli", "bench", *arguments]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


def scenario(folder: Path, within_ms: int) -> str:
    file = folder / f"within-{within_ms}.yaml"
    file.write_text(SHORT % within_ms)
    return str(file)


@pytest.mark.e2e
async def test_a_run_is_kept_and_its_exit_code_tells_of_missed_bounds(
    engine: ScriptedEngine, tmp_path: Path
) -> None:
    address = engine.url.replace("http", "ws") + "/realtime"
    code, said = await bench(address, "-s", scenario(tmp_path, 3000), "--out", str(tmp_path / "a"))
    assert code == 0, said
    assert "PASSED" in said
    found = Run.read(tmp_path / "a")
    (call,) = found.calls
    assert call.turns[0].heard_e2e_latency_ms is not None
    assert 200 < call.turns[0].heard_e2e_latency_ms < 3000
    assert (tmp_path / "a" / call.recording).stat().st_size > 100_000
    assert "<script" in (tmp_path / "a" / "report.html").read_text()
    assert ET.parse(tmp_path / "a" / "junit.xml").getroot().get("failures") == "0"

    code, said = await bench(address, "-s", scenario(tmp_path, 1), "--out", str(tmp_path / "b"))
    assert code == 1, said
    assert "MISSED" in said
    assert ET.parse(tmp_path / "b" / "junit.xml").getroot().get("failures") == "1"
    code, said = await bench("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json")
    assert code == 0, "two runs of one turn cannot be told apart"
    assert json.loads(said)


@pytest.mark.e2e
async def test_a_load_test_measures_callers_in_processes_of_their_own(
    engine: ScriptedEngine, tmp_path: Path
) -> None:
    address = engine.url.replace("http", "ws") + "/realtime"
    code, said = await bench(
        "load", address, "--calls", "3", "--turns", "1", "--voice", "flite:slt", "--out", str(tmp_path)
    )
    assert code == 0, said
    (load,) = Run.read(tmp_path).loads
    (step,) = load.steps
    assert step.figures["heard_e2e_latency_p50_ms"].count >= 3
    assert step.refused == step.failed == 0
    assert any(cost.name.startswith("callers") and cost.cores < 0.5 for cost in step.processes)


@pytest.mark.e2e
async def test_nobody_answers(tmp_path: Path) -> None:
    code, said = await bench("ws://127.0.0.1:9/v1/realtime", "-s", scenario(tmp_path, 500))
    assert code == 1
    assert "127.0.0.1:9" in said


async def test_a_recorded_call_is_scored(tmp_path: Path) -> None:
    time = VirtualTime()
    agent = KnownAgent(delay_ms=420)
    async with Caller(agent.open, clock=time.clock, sleep=time.sleep) as caller:
        await caller.until_speaking()
        await caller.until_quiet()
        await caller.until_answered(
            await caller.say(Voices(("flite:slt",)).say("Is there parking?", "flite:slt"))
        )
    write_stereo(tmp_path / "call.wav", *caller.audio())
    found = await asyncio.to_thread(
        CliRunner().invoke, app, ["bench", "score", str(tmp_path / "call.wav"), "--json"]
    )
    assert found.exit_code == 0, found.output
    figures = json.loads(found.stdout)["figures"]
    (live,) = caller.heard()
    assert figures["heard_e2e_latency_p50_ms"]["value"] == pytest.approx(live.latency_ms, abs=10)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no address"),
        (["-s", "nonsense"], "There is no scenario 'nonsense'"),
        (["--voice", "nobody"], "There is no voice 'nobody'"),
        (["compare", "a", "b"], "cannot be read"),
        (["score", "none.wav"], "none.wav"),
        (["load", "--calls", "x"], "1,2,4,8"),
        (["load", "--engine", "steam"], "engine, scripted or both"),
    ],
)
async def test_wrong_use_is_told_and_exits_with_2(arguments: list[str], said: str) -> None:
    code, output = await bench(*arguments)
    assert code == 2, output
    assert said in output
    assert "Traceback" not in output


def test_the_list_names_every_scenario() -> None:
    found = CliRunner().invoke(app, ["bench", "--list"])
    assert found.exit_code == 0
    assert "held_pauses" in found.stdout


def test_options_of_a_load_test() -> None:
    assert sizes_of("4, 1,2") == (4, 1, 2)
    assert behinds_of("both") == ("scripted", "engine")
    with pytest.raises(WrongLoad, match="steady, ramp or burst"):
        arrivals_of("flood")
