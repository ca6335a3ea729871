"""What a bench run found, as data: one tree that is written as JSON, read back for comparisons, and drawn by the reports.

Times are milliseconds on the call's own timeline (0: the line is open) unless a name says otherwise. Field names follow LiveKit's
simulation schema where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from antiphon.ear.log import ToolCall, Words
from antiphon.ear.metrics import Estimate
from antiphon.ear.signal import Span
from antiphon.errors import LineError

SCHEMA = 1
"""Of the JSON; a run with another number is refused by name."""


class NoRun(LineError):
    """A file that was given as a run is none: wrong use, exit code 2."""

    code = "no_run"
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure over many observations.

    Attributes:
        value: the figure; None: it cannot be told.
        low, high: its 95 % interval, where there is one.
        count: how many observations stand behind it.
        note: why there is no value, or what to keep in mind.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = 0
    note: str = ""

    @classmethod
    def of(cls, estimate: Estimate | None, count: int, note: str = "") -> Figure:
        """A figure of an estimate."""
        if estimate is None:
            return cls(value=None, count=count, note=note)
        return cls(value=estimate.value, low=estimate.low, high=estimate.high, count=count, note=note)


Figures = dict[str, Figure]
"""Figures by their field names: docs/BENCH.md defines each. Names end in the unit: `_ms`, `_rate` (0…1), `_count`, `_words`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn that the caller spoke, and what he heard after it.

    Attributes:
        label: what the scenario calls it: its words.
        start_ms, end_ms: u_s and u_e.
        pauses: the silences that he held inside it.
        heard_e2e_latency_ms: signed; None: unanswered.
        onset_ms: where the answer's first sound is.
        cutoffs: how many of the pauses the agent took for the end.
        cut_off: the agent began, or committed, inside the turn.
        wants_answer: False: the scenario goes on before an answer can come (it is interrupted, or hangs up).
        endpointing_delay_ms: the server's commit minus u_e, where the line tells it.
        hops: the server's own stamps, in ms after u_e, with "heard" last.
        details: what else the server told of the answer (cached, speculated, its own latency).
    """

    label: str
    start_ms: float
    end_ms: float
    pauses: tuple[Span, ...] = ()
    heard_e2e_latency_ms: float | None = None
    onset_ms: float | None = None
    cutoffs: int = 0
    cut_off: bool = False
    wants_answer: bool = True
    endpointing_delay_ms: float | None = None
    hops: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


EventKind = Literal["interruption", "backchannel", "side_speech", "sound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A sound that the caller made while the agent spoke, and what it did.

    Attributes:
        label: its words, or which sound.
        at_ms, end_ms: its first and last voiced samples.
        counts: whether it was made while the agent was heard, with enough left to say.
        why_not: where it does not count.
        time_to_yield_ms: of an interruption: how long the agent was heard on; None: it did not yield, or does not count.
        detect_ms: of this, until the server said that it had noticed, where the line tells it.
        false_interruption: of the others: the agent fell silent.
        resume_latency_ms: of those: until it went on; None: it did not.
        unheard_words: words that the transcript keeps though the caller had not heard them; None: not known.
    """

    kind: EventKind
    label: str
    at_ms: float
    end_ms: float
    counts: bool
    why_not: str = ""
    time_to_yield_ms: float | None = None
    detect_ms: float | None = None
    false_interruption: bool | None = None
    resume_latency_ms: float | None = None
    unheard_words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A typed message, and how long until the answer's first text was shown and its first sound heard (None: not)."""

    label: str
    at_ms: float
    first_text_ms: float | None
    first_audio_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Something that the scenario expects of the call's outcome."""

    what: str
    met: bool
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        id: unique in the run, and the stem of its recording's name.
        scenario, voice, repeat: which.
        connect_ms: how long the line took to open, before the call's time 0.
        greeting_latency_ms: None: no greeting before the caller spoke.
        agent: A(t), merged.
        gaps: dead silence inside the agent's utterances.
        clipped_ms: where an utterance begins in the middle of a sound.
        overlap_ms: how long both spoke; overlap_agent_ms: of that, where the agent began while the caller was speaking.
        speech_ms: how long either spoke.
        recognised: the words of the caller's spoken turns as the agent's transcript has them, with the script's; None: not told.
        word_errors, words: of these, summed.
        recording: the stereo WAV's path, relative to the run's folder (caller left, agent right).
        recording_begins_ms: the call's time of the recording's first sample.
        late_ticks, ticks, worst_late_ms: how far the caller itself was late.
        error: the call failed so; "" otherwise.
    """

    id: str
    scenario: str
    voice: str
    repeat: int = 0
    began: str = ""
    connect_ms: float | None = None
    greeting_latency_ms: float | None = None
    duration_ms: float = 0.0
    turns: tuple[Turn, ...] = ()
    events: tuple[Event, ...] = ()
    typed: tuple[Typed, ...] = ()
    agent: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    clipped_ms: tuple[float, ...] = ()
    overlap_ms: float = 0.0
    overlap_agent_ms: float = 0.0
    speech_ms: float = 0.0
    word_errors: int | None = None
    words: int = 0
    transcript: tuple[Words, ...] = ()
    tools: tuple[ToolCall, ...] = ()
    problems: tuple[dict[str, Any], ...] = ()
    ended: str = ""
    expectations: tuple[Expectation, ...] = ()
    recording: str = ""
    recording_begins_ms: float = 0.0
    late_ticks: int = 0
    ticks: int = 0
    worst_late_ms: float = 0.0
    error: str = ""


Relation = Literal["at_most", "at_least"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A bound of a scenario, held against its figure.

    Attributes:
        relation: "at_most" or "at_least".
        value: the figure's; None: it could not be told. Then the bound is missed, but for what only a line's own word tells, where it has
            none.
    """

    figure: str
    relation: Relation
    limit: float
    value: float | None
    passed: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """A scenario's calls (by their ids), figures and bounds.

    Attributes:
        degraded: its line was made worse, so that its calls are not in the run's own figures.
    """

    name: str
    about: str
    calls: tuple[str, ...]
    figures: Figures
    bounds: tuple[Bound, ...] = ()
    degraded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCost:
    """What a process took during a step: cores (1.0: a whole one) and resident memory at its end."""

    name: str
    pid: int
    cores: float
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadStep:
    """So many calls at once, and what their callers heard.

    Attributes:
        calls: how many were to be in the line at once.
        seconds: how long was measured.
        refused, failed: calls that the agent turned away, and that broke.
        within: whether the step keeps the rule for `max_calls`.
        why_not: what it misses.
        late_share: of the callers' own frames, the share that was late.
    """

    calls: int
    seconds: float
    figures: Figures
    processes: tuple[ProcessCost, ...] = ()
    refused: int = 0
    failed: int = 0
    within: bool = True
    why_not: str = ""
    late_share: float = 0.0
    worst_late_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A load test.

    Attributes:
        name: what stands behind the agent: "engine" or "scripted".
        arrivals: how calls came: "steady", "ramp", "burst".
        max_calls: the largest step that keeps the rule; None: not even the first.
        at_least: the largest step was kept, so that the true figure may be higher.
    """

    name: str
    arrivals: str
    rule: str
    steps: tuple[LoadStep, ...]
    max_calls: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that one run found.

    Attributes:
        label: what people call it; a comparison shows it.
        target: line and address that were called.
        began: ISO 8601, UTC.
        instrument: the instrument's own proof: bias, spread, activity rule, lateness.
        figures: over all scenarios' calls, except those with a degraded line.
        notes: what the reader should keep in mind, such as too few turns for a percentile.
    """

    label: str
    target: dict[str, str]
    began: str
    took_s: float
    machine: dict[str, Any]
    instrument: dict[str, Any]
    scenarios: tuple[ScenarioResult, ...] = ()
    calls: tuple[Call, ...] = ()
    figures: Figures = field(default_factory=dict)
    loads: tuple[Load, ...] = ()
    notes: tuple[str, ...] = ()
    antiphon: str = ""
    schema: int = SCHEMA

    @property
    def passed(self) -> bool:
        """Whether every bound was kept and every expectation met, and no call failed."""
        return all(bound.passed for scenario in self.scenarios for bound in scenario.bounds) and not any(
            call.error or not all(each.met for each in call.expectations) for call in self.calls
        )

    def to_json(self) -> bytes:
        """The run as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def read(cls, path: Path) -> Run:
        """Reads a run: its JSON file, or the folder that holds it.

        Raises:
            NoRun: there is none, or it is of another schema; says what is wrong.
        """
        file = path / RUN_FILE if path.is_dir() else path
        try:
            data = file.read_bytes()
        except OSError as error:
            raise NoRun(
                f"{file} cannot be read: {error.strerror}.",
                mend="`antiphon bench --out FOLDER` writes a run.",
            ) from error
        try:
            found = msgspec.json.decode(data)
            if not isinstance(found, Mapping) or found.get("schema") != SCHEMA:
                raise NoRun(f"{file} is no run of schema {SCHEMA}.", mend="Measure again with this version.")
            return msgspec.convert(found, cls)
        except msgspec.DecodeError as error:
            raise NoRun(
                f"{file} is no run: {error}.", mend="`antiphon bench --out FOLDER` writes one."
            ) from error


RUN_FILE = "run.json"
"""A run's JSON in its folder; recordings lie in `calls/` beside it, the page is `report.html`."""
