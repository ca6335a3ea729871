"""What the page's server counts, for `/metrics` (Prometheus)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

CALLS_OPENED = Counter("antiphon_line_calls_opened", "Calls that a line opened", ["line"])
CALLS_REFUSED = Counter("antiphon_line_calls_refused", "Calls refused because there was no place", ["line"])
CALLS_ENDED = Counter("antiphon_line_calls_ended", "Calls that ended, by reason", ["line", "reason"])
CALLS_ACTIVE = Gauge("antiphon_line_calls_active", "Calls going on now", ["line"])
