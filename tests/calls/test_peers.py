"""The peers of scripts/bench_peers.py: a LiveKit pipeline is called over the real engine, and its run is kept beside ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.ear.results import Run

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bench_peers.py"
SCENARIO = """
name: hours
about: One question.
steps:
  - listen: greeting
  - say: What are your opening hours?
"""


def test_a_livekit_pipeline_answers_from_the_same_brain(tmp_path: Path) -> None:
    scenario = tmp_path / "hours.yaml"
    scenario.write_text(SCENARIO)
    command = [
        sys.executable,
        str(SCRIPT),
        "--out",
        str(tmp_path / "out"),
        "--peer",
        "livekit",
        "-s",
        str(scenario),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    run = Run.read(tmp_path / "out" / "livekit")
    (call,) = run.calls
    assert call.error == ""
    (turn,) = call.turns
    assert turn.heard_e2e_latency_ms is not None and turn.heard_e2e_latency_ms > 0
    said = " ".join(words.text for words in call.transcript if words.speaker == "agent")
    assert "Copper Kettle" in said and "open" in said
    assert "heard_e2e_latency_p50_ms" in done.stdout
