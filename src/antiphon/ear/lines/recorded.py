"""A call that was recorded, by whatever tool, scored as one that was made: a stereo file, or a file for each side.

    call = recorded.score_recording(Path("call.wav"))                         # caller left, agent right
    call = recorded.score_recording(Path("caller.wav"), Path("agent.wav"), offset_ms=120)

Nobody tells where the caller's turns are, unless a script does, so they are found in his channel:

* What sounds in it, in relation to its own level and its noise, are his sounds.
* Two sounds are one turn unless the agent began to be heard between them, or spoke there for AGENT_BETWEEN_MS, or TURN_PAUSE_MS went by.
* A turn that begins while the agent is heard is an interruption; one of less than SHORT_MS there is no turn, but a sound beside ("uh-huh").

So an agent that cuts in on a pause looks like one that answered: false cutoffs are counted only where a script says what is one turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from antiphon.ear.audio_file import NoRecording, read_channels
from antiphon.ear.caller import Caller
from antiphon.ear.line import LINE_HZ, Line, OnMessage
from antiphon.ear.metrics import CallerTurn, held_pauses
from antiphon.ear.play import Made, Played
from antiphon.ear.results import Call, EventKind
from antiphon.ear.score import score
from antiphon.ear.signal import ActivityRule, Pcm16, Span, activity, levels_dbfs, merge

MAX_SECONDS = 4 * 3600

TURN_PAUSE_MS = 2000.0
"""A caller who is silent for so long has ended his turn. Scripts hold pauses of up to 1.5 s."""

AGENT_BETWEEN_MS = 500.0

SHORT_MS = 600.0

LOUDEST_HOPS = 20
"""A channel's level is the median of its loudest 200 ms: not one click's."""

MARGIN_MS = 250.0
"""Around a turn, when its edges are looked for."""


class NoScript(NoRecording):
    """A file that was given as a script is none: wrong use, exit code 2."""

    code = "no_script"


class ScriptedTurn(BaseModel):
    """A turn of the caller, as a script says it: times are ms from the recording's first sample.

    Attributes:
        kind: "turn", or what it was while the agent spoke.
        pauses: the silences that he held inside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = ""
    start_ms: Annotated[float, Field(ge=0)]
    end_ms: float
    kind: Literal["turn", "interruption", "backchannel", "side_speech", "sound"] = "turn"
    pauses: tuple[tuple[float, float], ...] = ()

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end_ms <= self.start_ms:
            raise ValueError(f"end_ms must be after start_ms, {self.start_ms:g}; it is {self.end_ms:g}")
        return self

    def turn(self) -> CallerTurn:
        """The same for the metrics."""
        return CallerTurn(
            self.start_ms, self.end_ms, self.text, tuple(Span(low, high) for low, high in self.pauses)
        )


_SCRIPT = TypeAdapter(tuple[ScriptedTurn, ...])


def read_script(path: Path) -> tuple[ScriptedTurn, ...]:
    """A script: a list of turns in JSON or YAML.

    Raises:
        NoScript: with the file, the place and what is wrong there.
    """
    try:
        found = _SCRIPT.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NoScript(f"{path} cannot be read: {' '.join(str(error).split())}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NoScript(
            f"{path}: {place or 'the file'}: {first['msg']}.",
            mend="A script is a list of turns, each with text, start_ms and end_ms.",
        ) from error
    if any(a.end_ms > b.start_ms for a, b in zip(found, found[1:], strict=False)):
        raise NoScript(f"{path}: the turns must be in order, one after the other.")
    return found


class RecordedCaller(Caller):
    """A caller whose call is over, of whom there is the recording alone. Time 0 is its first sample."""

    def __init__(self, caller: Pcm16, agent: Pcm16) -> None:
        super().__init__(_no_line)
        length = max(len(caller), len(agent))
        self._caller_pcm, self._agent_pcm = (
            np.concatenate((pcm, np.zeros(length - len(pcm), np.int16))) for pcm in (caller, agent)
        )

    @property
    def now_ms(self) -> float:
        """The recording's end."""
        return len(self._agent_pcm) * 1000 / LINE_HZ

    @property
    def ticks(self) -> int:
        """None: nothing was late."""
        return 0

    def audio(self) -> tuple[Pcm16, Pcm16]:
        """Both sides."""
        return self._caller_pcm, self._agent_pcm

    def received(self) -> Pcm16:
        """The agent's side."""
        return self._agent_pcm


def score_recording(
    path: Path,
    agent: Path | None = None,
    *,
    script: Path | None = None,
    offset_ms: float = 0.0,
    swap: bool = False,
) -> Call:
    """Scores a recorded call.

    Args:
        path: a stereo file, caller left and agent right; or the caller's side, if `agent` is given.
        agent: the agent's side.
        script: the caller's turns, if they are known.
        offset_ms: how much later than the caller's the agent's recording began; may be negative.
        swap: the sides are the other way round.

    Raises:
        NoRecording: a file is no recording, or the first is not stereo and there is no second.
        NoScript: the script is none.
    """
    turns = None if script is None else read_script(script)
    sides = _sides(path, agent)
    if swap:
        sides = sides[::-1]
    caller = RecordedCaller(*_aligned(*sides, offset_ms))
    if turns is None:
        turns = find_turns(*caller.audio())
    played = Played()
    for one in turns:
        turn = one.turn()
        spoken = one.kind in ("turn", "interruption")
        (caller.turns if spoken else caller.noises).append(turn)
        if spoken:
            played.awaited.append(True)
        if one.kind != "turn":
            kind: EventKind = one.kind
            played.made.append(Made(kind, one.text, turn))
    record = Call(id=path.stem, scenario="recorded", voice="recorded", recording=str(path))
    return score(caller, played, record)


def find_turns(caller: Pcm16, agent: Pcm16) -> tuple[ScriptedTurn, ...]:
    """The caller's turns, by the rules above."""
    heard = activity(agent, LINE_HZ)
    levels = levels_dbfs(caller, LINE_HZ // 100)
    if not len(levels):
        return ()
    floor = float(np.percentile(levels, 10))
    rule = _rule(float(np.median(np.sort(levels)[-LOUDEST_HOPS:])), floor)
    if rule is None:
        return ()
    groups: list[list[Span]] = []
    for sound in activity(caller, LINE_HZ, rule):
        if groups and not _between(groups[-1][-1], sound, heard):
            groups[-1].append(sound)
        else:
            groups.append([sound])
    return tuple(_turn(caller, group, heard, floor) for group in groups)


def _between(one: Span, other: Span, heard: Sequence[Span]) -> bool:
    """Whether a turn ends between two sounds of the caller."""
    low, high = one.end_ms, other.start_ms
    if high - low >= TURN_PAUSE_MS or any(low <= span.start_ms < high for span in heard):
        return True
    return sum(max(0.0, min(high, s.end_ms) - max(low, s.start_ms)) for s in heard) >= AGENT_BETWEEN_MS


def _rule(loud: float, floor: float) -> ActivityRule | None:
    """What is sound, by the levels of speech and of noise; None: there is no speech."""
    if loud < -60 or loud - floor < 12:
        return None
    # As for a clean clip (signal.clean_spans), and above the noise.
    return ActivityRule(
        open_dbfs=max(loud - 28, -58.0, floor + 10), close_dbfs=max(loud - 36, -64.0, floor + 6), merge_ms=0
    )


def _turn(caller: Pcm16, group: Sequence[Span], heard: Sequence[Span], floor: float) -> ScriptedTurn:
    """A turn with its exact edges and the pauses inside it."""
    low = max(0, round((group[0].start_ms - MARGIN_MS) * LINE_HZ / 1000))
    high = round((group[-1].end_ms + MARGIN_MS) * LINE_HZ / 1000)
    begin, end = group[0].start_ms, group[-1].end_ms
    clip = caller[low:high]
    rule = _rule(float(np.percentile(levels_dbfs(clip, LINE_HZ // 100), 95)), floor)
    spans: list[Span] = []
    if rule is not None:
        fine = activity(clip, LINE_HZ, rule)
        at = low * 1000 / LINE_HZ
        spans = [Span(at + s.start_ms, at + s.end_ms) for s in fine]
        # The margin may hold another turn's end or beginning.
        spans = [s for s in spans if s.end_ms > begin - 50 and s.start_ms < end + 50]
    spans = spans or list(group)
    begin, end = spans[0].start_ms, spans[-1].end_ms
    over = any(span.start_ms < begin < span.end_ms for span in heard)
    kind: Literal["turn", "interruption", "backchannel"] = "turn"
    if over:
        kind = "backchannel" if end - begin < SHORT_MS else "interruption"
    pauses = tuple((pause.start_ms, pause.end_ms) for pause in held_pauses(merge(spans, 0)))
    return ScriptedTurn(text=f"at {begin / 1000:.1f} s", start_ms=begin, end_ms=end, kind=kind, pauses=pauses)


def _sides(path: Path, agent: Path | None) -> tuple[Pcm16, Pcm16]:
    channels = read_channels(path, MAX_SECONDS)
    if agent is not None:
        return _mixed(channels), _mixed(read_channels(agent, MAX_SECONDS))
    if len(channels) != 2:
        raise NoRecording(
            f"{path} has {len(channels)} channel{'s' * (len(channels) != 1)}; a call's recording has two: caller left, agent right.",
            mend="Or give a file for each side.",
        )
    return channels[0], channels[1]


def _mixed(channels: Sequence[Pcm16]) -> Pcm16:
    if len(channels) == 1:
        return channels[0]
    return np.asarray(np.mean(channels, axis=0), np.int16)


def _aligned(caller: Pcm16, agent: Pcm16, offset_ms: float) -> tuple[Pcm16, Pcm16]:
    """Both on the caller's timeline."""
    shift = round(offset_ms * LINE_HZ / 1000)
    if shift >= 0:
        return caller, np.concatenate((np.zeros(shift, np.int16), agent))
    return caller, agent[-shift:]


async def _no_line(_: OnMessage) -> Line:
    raise NoRecording("A recorded call cannot be opened.")
