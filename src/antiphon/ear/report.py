"""A call as the caller knew it: conversation, tools and heard latencies, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from antiphon.ear.caller import Caller
from antiphon.ear.log import CallLog, ToolCall, Waterfall, Words
from antiphon.ear.metrics import CallerTurn, HeardTurn, audio_gaps
from antiphon.ear.signal import Span
from antiphon.ear.summary import summarise


@dataclass(frozen=True, slots=True)
class CallReport:
    """One finished call.

    Attributes:
        labels: what each of the caller's turns was (a file's name), in the order of `turns`.
        turns: the caller's turns with what was heard after each.
        greeting_ms: connected → the greeting's first sound; None: no greeting before the first turn.
        log: what the line told.
        began_ms: the call's time 0 on the machine's monotonic clock.
        agent: A(t).
        gaps: dead silence inside the agent's utterances.
        late_ticks, worst_late_ms: how far the ear itself was late.
    """

    labels: list[str]
    turns: list[HeardTurn]
    greeting_ms: float | None
    log: CallLog
    began_ms: float
    agent: list[Span]
    gaps: list[Span]
    late_ticks: int
    worst_late_ms: float

    @classmethod
    def of(cls, caller: Caller, labels: list[str]) -> CallReport:
        """The report of a call that is over (or stands still)."""
        agent = caller.agent_spans()
        first_word = caller.turns[0].start_ms if caller.turns else float("inf")
        greeting = next((span.start_ms for span in agent if span.start_ms < first_word), None)
        commits = [
            at - caller.began_ms
            for fall in caller.log.waterfalls
            if fall.user_segment_id and (at := fall.stamps.get("turn_over")) is not None
        ]
        return cls(
            labels=labels,
            turns=caller.heard(commits),
            greeting_ms=greeting,
            log=caller.log,
            began_ms=caller.began_ms,
            agent=agent,
            gaps=audio_gaps(caller.received(), caller.rate_hz, agent),
            late_ticks=caller.late_ticks,
            worst_late_ms=caller.worst_late_ms,
        )

    def waterfall(self, turn: HeardTurn) -> Waterfall | None:
        """The server's stamps of the answer that was heard after a turn: of the nearest first frame."""
        if turn.onset_ms is None:
            return None

        def distance(fall: Waterfall) -> float:
            played = fall.stamps.get("audio_played")
            return abs(played - self.began_ms - turn.onset_ms) if played and turn.onset_ms else float("inf")

        nearest = min(self.log.waterfalls, key=distance, default=None)
        return nearest if nearest is not None and distance(nearest) <= SAME_ONSET_MS else None

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values; times are milliseconds of the call."""
        return {
            "greeting_latency_ms": _round(self.greeting_ms),
            "turns": [self._turn(label, turn) for label, turn in zip(self.labels, self.turns, strict=False)],
            "transcript": [
                _words(words) for words in self.log.segments.values() if words.text or words.unheard
            ],
            "tools": [_tool(call) for call in self.log.tools.values()],
            "problems": self.log.problems,
            "ended": self.log.ended,
            "summary": summarise(self.turns),
            "audio_gap_count": len(self.gaps),
            "audio_gap_ms": _round(sum(gap.duration_ms for gap in self.gaps)),
            "caller_late_ticks": self.late_ticks,
            "caller_worst_late_ms": _round(self.worst_late_ms),
        }

    def _turn(self, label: str, turn: HeardTurn) -> dict[str, Any]:
        fall = self.waterfall(turn)
        return {
            "label": label,
            "start_ms": _round(turn.turn.start_ms),
            "end_ms": _round(turn.turn.end_ms),
            "heard_latency_ms": _round(turn.latency_ms),
            "cut_off": turn.cut_off,
            "held_pauses": len(turn.turn.pauses),
            "waterfall_ms": self.hops(turn) if fall else {},
            "details": fall.details if fall else {},
        }

    def hops(self, turn: HeardTurn) -> dict[str, float]:
        """The answer's hops in ms after u_e, the onset that was heard last."""
        fall = self.waterfall(turn)
        if fall is None or turn.onset_ms is None:
            return {}
        hops = {hop: at - self.began_ms - turn.turn.end_ms for hop, at in fall.stamps.items()}
        hops["heard"] = turn.onset_ms - turn.turn.end_ms
        return {hop: round(at, 1) for hop, at in hops.items()}

    def lines(self) -> Iterator[str]:
        """The call in words, in the order in which it happened."""
        entries: list[tuple[float, str]] = []
        for words in self.log.segments.values():
            if words.text or words.unheard:
                who = "agent " if words.speaker == "agent" else "caller"
                typed = " (typed)" if words.typed else ""
                cut = f"  [cut off, unheard: {words.unheard}]" if words.unheard else ""
                entries.append((words.at_ms, f"{who}{typed}  {words.text}{cut}"))
        for call in self.log.tools.values():
            given = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
            result = (
                "no result" if call.output is None else ("failed: " if call.is_error else "") + call.output
            )
            entries.append((call.at_ms, f"tool    {call.name}({given}) → {result}"))
        for label, turn in zip(self.labels, self.turns, strict=False):
            hops = self.hops(turn)
            steps = ", ".join(f"{name} {hops[hop]:+.0f}" for hop, name in _SHOWN.items() if hop in hops)
            line = f"heard   {_verdict(turn)}  ({label})  {steps}"
            entries.append((turn.turn.end_ms if turn.onset_ms is None else turn.onset_ms, line.rstrip()))
        entries += [(p["at_ms"], f"problem {p['code']}: {p['message']}") for p in self.log.problems]
        for at_ms, line in sorted(entries, key=lambda entry: entry[0]):
            yield f"{at_ms / 1000:7.2f}  {line}"


_SHOWN = {"recognised": "words", "turn_over": "turn over", "audio_sent": "voice"}
"""Hops that are shown to people, in ms after the caller's last sound."""

SAME_ONSET_MS = 250.0
"""A reply's first frame and its first sound lie this near: a voice's clip begins with a little silence."""


def _verdict(turn: HeardTurn) -> str:
    if turn.latency_ms is None:
        return "no answer"
    if turn.latency_ms < 0:
        return f"cut off {-turn.latency_ms:.0f} ms before the end"
    return f"the answer after {turn.latency_ms:.0f} ms" + (", and was cut off" if turn.cut_off else "")


def _words(words: Words) -> dict[str, Any]:
    return asdict(words) | {"at_ms": _round(words.at_ms)}


def _tool(call: ToolCall) -> dict[str, Any]:
    return asdict(call) | {"at_ms": _round(call.at_ms)}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


__all__ = ["SAME_ONSET_MS", "CallReport", "CallerTurn"]
