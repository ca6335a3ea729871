"""What every report says of a run, whatever its form: verdict, instrument, main figures, bounds in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from antiphon.ear.figure_names import plain, relation_sign, short, shown
from antiphon.ear.results import Bound, Call, Load, LoadStep, Run, ScenarioResult

MAIN = (
    "heard_e2e_latency_p50_ms",
    "heard_e2e_latency_p90_ms",
    "turns_cut_off_rate",
    "unanswered_turn_count",
    "time_to_yield_p50_ms",
    "yield_rate",
    "false_interruption_rate",
    "task_success_rate",
    "word_error_rate",
    "greeting_latency_p50_ms",
    "chat_audio_p50_ms",
)
"""What is looked at first, where a run has it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the run went.

    Attributes:
        bounds, bounds_missed; expectations, expectations_missed; calls, calls_failed: how many of each.
    """

    bounds: int
    bounds_missed: int
    expectations: int
    expectations_missed: int
    calls: int
    calls_failed: int

    @classmethod
    def of(cls, run: Run) -> Verdict:
        """Counts."""
        bounds = [bound for scenario in run.scenarios for bound in scenario.bounds]
        expectations = [each for call in run.calls for each in call.expectations]
        return cls(
            len(bounds),
            sum(not bound.passed for bound in bounds),
            len(expectations),
            sum(not each.met for each in expectations),
            len(run.calls),
            sum(bool(call.error) for call in run.calls),
        )

    @property
    def passed(self) -> bool:
        """Nothing was missed."""
        return not (self.bounds_missed or self.expectations_missed or self.calls_failed)

    def words(self) -> str:
        """In one line: "2 of 14 bounds missed · 60 calls"."""
        parts = []
        for missed, count, what, verb in (
            (self.bounds_missed, self.bounds, "bound", "missed"),
            (self.expectations_missed, self.expectations, "expectation", "not met"),
            (self.calls_failed, self.calls, "call", "failed"),
        ):
            noun = what if count == 1 else f"{what}s"
            if missed:
                parts.append(f"{missed} of {count} {noun} {verb}")
            elif count:
                parts.append(
                    f"{count} {noun}" + (" kept" if what == "bound" else " met" if verb == "not met" else "")
                )
        return " · ".join(parts) or "no calls"


def main_names(scenario: ScenarioResult, most: int = 4) -> list[str]:
    """A scenario's figures that are looked at first: the heard latency, what it has bounds on, then the usual ones."""
    names = [name for name in MAIN[:2] if name in scenario.figures]
    names += [bound.figure for bound in scenario.bounds]
    names += [name for name in MAIN if name in scenario.figures]
    known = dict.fromkeys(name for name in names if _has(scenario, name))
    return list(known or dict.fromkeys(scenario.figures))[:most]


def _has(scenario: ScenarioResult, name: str) -> bool:
    figure = scenario.figures.get(name)
    return figure is not None and figure.value is not None


def bound_words(bound: Bound, *, full: bool = True) -> str:
    """A bound with what was found: "time_to_yield_p50_ms 410 ms, bound ≤ 350 ms"."""
    name = bound.figure if full else short(bound.figure)
    found = shown(bound.figure, bound.value) if bound.value is not None else "not told"
    words = f"{plain(name)} {found}, bound {relation_sign(bound.relation)} {shown(bound.figure, bound.limit)}"
    return f"{words} ({plain(bound.note)})" if bound.note else words


def calls_of(run: Run, scenario: ScenarioResult) -> list[Call]:
    """A scenario's calls, in order."""
    by_id = {call.id: call for call in run.calls}
    return [by_id[name] for name in scenario.calls if name in by_id]


def missed_something(call: Call) -> bool:
    """Whether a call is worth being heard first: it failed, or something in it went wrong."""
    return bool(
        call.error
        or call.problems
        or call.gaps
        or any(not each.met for each in call.expectations)
        or any(
            turn.cut_off or (turn.wants_answer and turn.heard_e2e_latency_ms is None) for turn in call.turns
        )
        or any(
            event.false_interruption
            or (event.kind == "interruption" and event.counts and event.time_to_yield_ms is None)
            for event in call.events
        )
    )


def instrument_words(instrument: Mapping[str, Any]) -> str:
    """The instrument's own proof in one line, bias and spread first."""
    first = [
        f"{name.removesuffix('_ms')} {_value(name, instrument[name])}"
        for name in _FIRST
        if name in instrument
    ]
    rest = [
        f"{name} {value}" for name, value in flat({k: v for k, v in instrument.items() if k not in _FIRST})
    ]
    return " · ".join(first + rest)


_FIRST = ("bias_ms", "spread_ms", "worst_ms")


def _value(name: str, value: Any) -> str:
    return f"{value:+.2f} ms" if isinstance(value, int | float) else plain(value)


def flat(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested values as name and text, names joined with dots."""
    for name, value in mapping.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            yield plain(f"{prefix}{name}"), plain(", ".join(str(each) for each in value))
        else:
            text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
            yield plain(f"{prefix}{name}"), plain(text)


def max_calls_words(load: Load) -> str:
    """The load test's answer in words."""
    if load.max_calls is None:
        return "max_calls: none, the first step already misses the rule"
    return f"max_calls: {load.max_calls}" + (" or more: no step missed the rule" if load.at_least else "")


def process_words(step: LoadStep) -> str:
    """What every process took: "engine 0.82 cores, 410 MB"."""
    return " · ".join(
        f"{plain(each.name)} ({each.pid}) {each.cores:.2f} cores, {each.rss_mb:.0f} MB"
        for each in step.processes
    )
