"""Heard turns as one block of figures, with what they do not allow to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from antiphon.ear.metrics import MIN_TURNS, Estimate, HeardTurn, percentile, share
from antiphon.ear.signal import RECEIVED, ActivityRule

SHARES_MS = (300, 500, 800, 1500)


def summarise(turns: Sequence[HeardTurn], rule: ActivityRule = RECEIVED) -> dict[str, object]:
    """Figures of a set of turns, JSON-ready, under LiveKit's simulation names where it has one."""
    latencies = [turn.latency_ms for turn in turns]
    answered = [value for value in latencies if value is not None]
    pauses = sum(len(turn.turn.pauses) for turn in turns)
    cut_turns = sum(turn.cut_off for turn in turns)
    lengths = [turn.turn.end_ms - turn.turn.start_ms for turn in turns]
    figures: dict[str, object] = {
        "turns": len(turns),
        "different_turns": len({turn.turn.text for turn in turns}),
        "turns_over_5_s": sum(length > 5000 for length in lengths),
        "unanswered_turns": len(latencies) - len(answered),
    }
    left_out = []
    for q, needed in MIN_TURNS.items():
        found = percentile(answered, q)
        if found is not None:
            figures[f"heard_e2e_latency_p{q}_ms"] = _rounded(found, 1)
        elif needed > 1:
            left_out.append(f"p{q} needs {needed} turns")
    if left_out:
        figures["left_out"] = f"{', '.join(left_out)}; there are {len(answered)}"
    figures["share_at_most_ms"] = {str(ms): _rounded(share(latencies, ms), 3) for ms in SHARES_MS}
    figures["eot_misprediction_count"] = sum(turn.cutoffs for turn in turns)
    figures["held_pauses"] = pauses
    figures["turns_cut_off"] = cut_turns
    figures["turns_cut_off_rate"] = round(cut_turns / len(turns), 3) if turns else None
    figures["activity_rule"] = rule.as_dict()
    return figures


def _rounded(estimate: Estimate, digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in asdict(estimate).items()}
