"""What the engine counts, for Prometheus. Metrics observe; nothing decides by them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)


class EngineMetrics:
    """One engine's counters, in a registry of their own so that two engines fit in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        reg = self.registry
        self.sessions = Gauge("antiphon_engine_sessions", "Calls that are open.", registry=reg)
        self.ready = Gauge("antiphon_engine_ready", "1 when warmed up and taking calls.", registry=reg)
        self.ended = Counter(
            "antiphon_engine_sessions_ended", "Calls that ended, by reason.", ["reason"], registry=reg
        )
        self.refused = Counter(
            "antiphon_engine_refused", "Connections that were refused, by reason.", ["reason"], registry=reg
        )
        self.requests = Counter(
            "antiphon_engine_requests",
            "Requests for single parts, by address and status.",
            ["path", "status"],
            registry=reg,
        )
        self.received = Counter(
            "antiphon_engine_events_received", "Client events, by type.", ["type"], registry=reg
        )
        self.sent = Counter("antiphon_engine_events_sent", "Server events, by type.", ["type"], registry=reg)
        self.errors = Counter(
            "antiphon_engine_errors", "`error` events sent, by code.", ["code"], registry=reg
        )
        self.work = Histogram(
            "antiphon_engine_work_seconds",
            "From asking to having: recognise, end_of_turn, voice, brain (its whole stream).",
            ["work"],
            buckets=_SECONDS,
            registry=reg,
        )
        self.brain_first = Histogram(
            "antiphon_engine_brain_first_seconds",
            "From asking the brain to its first output.",
            buckets=_SECONDS,
            registry=reg,
        )
        self.work_failed = Counter(
            "antiphon_engine_work_failed", "Work that failed for good, by kind.", ["work"], registry=reg
        )
        self.withdrawn = Counter(
            "antiphon_engine_work_withdrawn", "Work that was cancelled unfinished.", ["work"], registry=reg
        )
        self.voice_cached = Counter(
            "antiphon_engine_voice_cached", "Clauses that came from the phrase cache.", registry=reg
        )
        self.decisions = Counter(
            "antiphon_engine_decisions",
            "What sessions decided, by topic: turns over, speculation kept and dropped, interruptions.",
            ["topic"],
            registry=reg,
        )
        self.records_dropped = Counter(
            "antiphon_engine_records_dropped", "Record lines that the disk was too slow for.", registry=reg
        )

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
