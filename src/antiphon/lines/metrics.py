"""What the lines count, for `/metrics` (Prometheus)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from antiphon.agent.events import CallEvent, Problem, TurnTimed

CALLS_OPENED = Counter("antiphon_line_calls_opened", "Calls that a line opened", ["line"])
CALLS_REFUSED = Counter("antiphon_line_calls_refused", "Calls refused because there was no place", ["line"])
CALLS_ENDED = Counter("antiphon_line_calls_ended", "Calls that ended, by reason", ["line", "reason"])
CALLS_ACTIVE = Gauge(
    "antiphon_line_calls_active", "Calls going on now", ["line"], multiprocess_mode="livesum"
)
CALLS_TAKEN_OVER = Counter("antiphon_line_calls_taken_over", "Calls that a process took over from a dead one")
JOIN_SECONDS = Histogram(
    "antiphon_line_join_seconds",
    "From a room's job to the first sound of the agent",
    buckets=(0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10),
)
ANSWER_SECONDS = Histogram(
    "antiphon_line_answer_seconds",
    "From the caller's last speech, as the VAD dates it, to the first frame of the answer that the line takes",
    ["line"],
    buckets=(0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 2, 3, 5),
)
PROBLEMS = Counter("antiphon_line_problems", "Problems that callers were told of", ["line", "code"])


def count(event: CallEvent, line: str) -> None:
    """Counts what an event tells."""
    match event:
        case TurnTimed(stamps={"speech_ended": ended, "audio_played": played}):
            ANSWER_SECONDS.labels(line).observe(max(0.0, played - ended) / 1000)
        case Problem(code=code):
            PROBLEMS.labels(line, code).inc()
