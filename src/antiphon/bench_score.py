"""`antiphon bench score`: a recorded call of any tool, scored as if it had been made here."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from antiphon.bench import Begun, run_here, tell
from antiphon.ear.bench import CALLS
from antiphon.ear.figures import figures
from antiphon.ear.lines.recorded import score_recording
from antiphon.ear.results import ScenarioResult
from antiphon.errors import LineError

NAME = "recorded"


class WrongFiles(LineError):
    """Not one stereo recording, nor two: wrong use, exit code 2."""

    code = "wrong_files"
    exit_code = 2


def run(
    files: Sequence[Path],
    *,
    script: Path | None,
    offset_ms: float,
    swap: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    """Scores one call; returns the exit code.

    Args:
        files: a stereo WAV, the caller left; or the caller's side and the agent's.
        script: the caller's turns, where they are known.
        offset_ms: how much later than the caller's the agent's recording began.
        swap: the sides are the other way round.
        out: the run's folder.
        as_json: print JSON.

    Raises:
        WrongFiles, NoRecording, NoScript: wrong use.
    """
    if len(files) > 2:
        raise WrongFiles(
            f"{len(files)} files were given.",
            mend="One stereo file, the caller left; or two: the caller's side, then the agent's.",
        )
    measured = run_here(Begun.now())
    agent = files[1] if len(files) == 2 else None
    call = replace(
        score_recording(files[0], agent, script=script, offset_ms=offset_ms, swap=swap), scenario=NAME
    )
    if out is not None and agent is None and not swap:
        (out / CALLS).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files[0], out / CALLS / files[0].name)
        call = replace(call, recording=f"{CALLS}/{files[0].name}")
    found = figures([call])
    scenario = ScenarioResult(name=NAME, about="A recorded call.", calls=(call.id,), figures=found)
    scored = measured.run(
        " + ".join(file.name for file in files), NAME, scenarios=(scenario,), calls=(call,), figures=found
    )
    return tell(scored, out, as_json=as_json)
