"""A bench run: every scenario, in every voice, so many times; each call recorded, scored, and held against its bounds."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from antiphon.clock import Monotonic, monotonic_ms
from antiphon.ear.audio_file import write_stereo
from antiphon.ear.caller import Caller, Sleep
from antiphon.ear.degrade import degraded, speech_level
from antiphon.ear.figures import TOLD, figures
from antiphon.ear.line import FRAME_MS, Opener
from antiphon.ear.play import play
from antiphon.ear.results import Bound, Call, Figures, Relation, ScenarioResult
from antiphon.ear.scenario import Scenario, texts
from antiphon.ear.score import score
from antiphon.ear.voices import Voices
from antiphon.errors import AntiphonError

OpenerFor = Callable[[Scenario], Opener]
"""The opener of a scenario's calls: a bare Realtime address is told who to be."""


class Watch(Protocol):
    """Is told what goes on."""

    def began(self, what: str) -> None:
        """A call begins."""

    def ended(self, call: Call) -> None:
        """A call is over and scored."""


CALLS = "calls"
"""The folder of the recordings, in a run's."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A call to make."""

    id: str
    scenario: Scenario
    voice: str
    repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How calls are made.

    Attributes:
        opener_for: opens lines.
        voices: of the callers.
        out: the run's folder, for recordings; None: none are kept.
        repeat: multiplies every scenario's own number.
        seed: of sounds and faults; the same seed makes the same callers.
        watch: is told what goes on.
        clock, sleep: for virtual time.
    """

    opener_for: OpenerFor
    voices: Voices
    out: Path | None = None
    repeat: int = 1
    seed: int = 1
    watch: Watch | None = None
    clock: Monotonic = monotonic_ms
    sleep: Sleep = asyncio.sleep

    async def run(self, scenarios: Sequence[Scenario]) -> tuple[list[ScenarioResult], list[Call]]:
        """Plays every scenario, one call at a time: latency under load is `antiphon.ear.load`'s question.

        Raises:
            NoVoice: a voice that a scenario names, or a text that it cannot say; before the first call.
        """
        planned = list(self._planned(scenarios))
        self._prepare(planned)
        calls: list[Call] = []
        for number, plan in enumerate(planned, 1):
            if self.watch is not None:
                self.watch.began(f"{number}/{len(planned)} {plan.scenario.name}, {plan.voice}")
            calls.append(await self.call(plan))
            if self.watch is not None:
                self.watch.ended(calls[-1])
        return [result(s, [c for c in calls if c.scenario == s.name]) for s in scenarios], calls

    def _planned(self, scenarios: Sequence[Scenario]) -> Iterator[Planned]:
        for scenario in scenarios:
            for repeat in range(scenario.repeat * self.repeat):
                for voice in scenario.voices or self.voices.names:
                    name = "".join(c if c.isalnum() else "-" for c in voice)
                    yield Planned(f"{scenario.name}-{name}-{repeat + 1}", scenario, voice, repeat)

    def _prepare(self, planned: Sequence[Planned]) -> None:
        """Makes all audio before the first call: a voice must not make a caller late."""
        for plan in planned:
            for text in texts(plan.scenario):
                self.voices.say(text, plan.voice)

    async def call(self, plan: Planned) -> Call:
        """One call. What goes wrong with the line is the call's error, and the run goes on."""
        record = Call(
            id=plan.id,
            scenario=plan.scenario.name,
            voice=plan.voice,
            repeat=plan.repeat,
            began=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        )
        seed = self.seed * 1000 + plan.repeat
        level = speech_level([self.voices.say(text, plan.voice).pcm for text in texts(plan.scenario)])
        opener = degraded(self.opener_for(plan.scenario), plan.scenario.faults, seed, level)
        began = self.clock()
        try:
            async with Caller(opener, clock=self.clock, sleep=self.sleep) as caller:
                connect_ms = caller.began_ms - began
                played = await play(
                    caller, plan.scenario, lambda text: self.voices.say(text, plan.voice), seed=seed
                )
        except (AntiphonError, OSError, TimeoutError) as error:
            said = error.message if isinstance(error, AntiphonError) else f"{type(error).__name__}: {error}"
            return replace(record, error=said)
        record = replace(record, connect_ms=connect_ms)
        if self.out is not None:
            record = replace(record, recording=self._record(plan, caller), recording_begins_ms=-FRAME_MS)
        return await asyncio.to_thread(score, caller, played, record)

    def _record(self, plan: Planned, caller: Caller) -> str:
        assert self.out is not None
        name = f"{CALLS}/{plan.id}.wav"
        (self.out / CALLS).mkdir(parents=True, exist_ok=True)
        write_stereo(self.out / name, *caller.audio())
        return name


def result(scenario: Scenario, calls: Sequence[Call]) -> ScenarioResult:
    """A scenario's figures, and its bounds held against them."""
    found = figures(calls)
    return ScenarioResult(
        name=scenario.name,
        about=scenario.about,
        calls=tuple(call.id for call in calls),
        figures=found,
        bounds=tuple(bounds(scenario, found)),
        degraded=not scenario.faults.none,
    )


def bounds(scenario: Scenario, found: Figures) -> Iterator[Bound]:
    """Each bound with its figure. What could not be told misses its bound, unless only the line's own word could tell it."""
    for name, limit in (scenario.within_ms | scenario.at_most).items():
        yield _bound("at_most", name, limit, found)
    for name, limit in scenario.at_least.items():
        yield _bound("at_least", name, limit, found)


def _bound(relation: Relation, name: str, limit: float, found: Figures) -> Bound:
    value = found[name].value if name in found else None
    if value is not None:
        passed, note = (value <= limit if relation == "at_most" else value >= limit), found[name].note
    elif name in found:
        passed, note = False, found[name].note
    elif name in TOLD:
        passed, note = True, "not judged: this line does not tell it"
    else:
        passed, note = False, f"nothing was seen that tells it; there is {', '.join(found) or 'nothing'}"
    return Bound(figure=name, relation=relation, limit=limit, value=value, passed=passed, note=note)


def pooled(scenarios: Sequence[Scenario], calls: Sequence[Call]) -> Figures:
    """Figures over all calls whose line was as it is."""
    plain = {scenario.name for scenario in scenarios if scenario.faults.none}
    return figures([call for call in calls if call.scenario in plain])
