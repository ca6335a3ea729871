"""Where there is sound: activity in received audio, A(t), and the exact edges of a clean clip.

Energy in 10 ms hops with hysteresis: three loud hops open, a hop under the lower threshold closes, gaps of
300 ms or less are merged. No speech model is asked, so the instrument can be checked against signals whose
edges are known (`calibration.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

Pcm16 = NDArray[np.int16]
"""Mono samples, shape (n,), int16."""

SILENCE_DBFS = -120.0
"""The level of digital silence, in place of minus infinity."""


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """How activity is told from silence. Printed with every report.

    Attributes:
        hop_ms: length of one energy frame.
        open_dbfs: a hop this loud may open.
        close_dbfs: a hop under this closes.
        open_frames: so many loud hops in a row open; the onset is the first one's start.
        merge_ms: shorter gaps between active spans are speech too (closures, pauses inside words).
    """

    hop_ms: int = 10
    open_dbfs: float = -42.0
    close_dbfs: float = -50.0
    open_frames: int = 3
    merge_ms: int = 300

    def as_dict(self) -> dict[str, float]:
        """The parameters, for a report."""
        return asdict(self)


RECEIVED = ActivityRule()
"""The rule for what a caller receives."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of activity, in milliseconds from the first sample."""

    start_ms: float
    end_ms: float

    @property
    def duration_ms(self) -> float:
        """Length in milliseconds."""
        return self.end_ms - self.start_ms


def levels_dbfs(pcm: Pcm16, window: int) -> NDArray[np.float64]:
    """RMS level of each whole window of `window` samples, in dB of full scale; a shorter rest is left out."""
    count = len(pcm) // window
    blocks = pcm[: count * window].astype(np.float64).reshape(count, window)
    power = np.einsum("ij,ij->i", blocks, blocks) / (window * 32768.0**2)  # a caller does this every 20 ms
    floor = 10 ** (SILENCE_DBFS / 10)
    return np.asarray(10 * np.log10(np.maximum(power, floor)))


@dataclass(slots=True)
class ActivityMeter:
    """The rule, hop by hop: for callers that react to what they hear.

    Attributes:
        active: the last hop was inside an active span (before merging).
        silent_ms: time since activity ended, or since the start; 0 while active.
        onsets: how many spans have begun (before merging).
    """

    rate_hz: int
    rule: ActivityRule = RECEIVED
    active: bool = False
    silent_ms: float = 0.0
    onsets: int = 0
    _run: int = 0
    _rest: Pcm16 = field(default_factory=lambda: np.zeros(0, np.int16))

    def push(self, pcm: Pcm16) -> None:
        """Takes the next samples (any number)."""
        window = self.rate_hz * self.rule.hop_ms // 1000
        pcm = np.concatenate((self._rest, pcm)) if len(self._rest) else pcm
        whole = len(pcm) // window * window
        if pcm.any():
            for level in levels_dbfs(pcm[:whole], window):
                self._hop(float(level))
        else:
            for _ in range(whole // window):
                self._hop(SILENCE_DBFS)
        self._rest = pcm[whole:].copy()

    def _hop(self, level: float) -> None:
        if self.active:
            self.active = level >= self.rule.close_dbfs
        else:
            self._run = self._run + 1 if level >= self.rule.open_dbfs else 0
            if self._run >= self.rule.open_frames:
                self.active, self._run = True, 0
                self.onsets += 1
        self.silent_ms = 0.0 if self.active else self.silent_ms + self.rule.hop_ms


def activity(pcm: Pcm16, rate_hz: int, rule: ActivityRule = RECEIVED) -> list[Span]:
    """The active spans of a recording, merged, in order.

    Edges are refined to 1 ms: an onset inside a hop counts where it is, or half a hop of bias would remain.
    """
    return merge(_raw_spans(pcm, rate_hz, rule), rule.merge_ms)


def merge(spans: Iterable[Span], gap_ms: float) -> list[Span]:
    """Joins neighbouring spans with gaps of `gap_ms` or less."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_ms - joined[-1].end_ms <= gap_ms:
            joined[-1] = Span(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    return joined


def _raw_spans(pcm: Pcm16, rate_hz: int, rule: ActivityRule) -> list[Span]:
    hop = rate_hz * rule.hop_ms // 1000
    levels = levels_dbfs(pcm, hop)
    # A millisecond is not a whole number of samples at every rate; at 8 to 48 kHz it is, or nearly.
    fine = max(1, rate_hz // 1000)
    fine_ms = fine * 1000 / rate_hz
    loud = levels_dbfs(pcm, fine) >= rule.close_dbfs
    per_hop = hop // fine
    spans: list[Span] = []
    opened = -1
    run = 0
    for index, level in enumerate([*levels, SILENCE_DBFS]):
        if opened >= 0:
            if level < rule.close_dbfs:
                last = index - 1
                spans.append(
                    Span(
                        _first(loud, (opened - 1) * per_hop, (opened + 1) * per_hop) * fine_ms,
                        (_last(loud, last * per_hop, (last + 2) * per_hop) + 1) * fine_ms,
                    )
                )
                opened = -1
        else:
            run = run + 1 if level >= rule.open_dbfs else 0
            if run >= rule.open_frames:
                opened, run = index - run + 1, 0
    return spans


def _first(loud: NDArray[np.bool_], low: int, high: int) -> int:
    low, high = max(0, low), min(len(loud), high)
    found = np.flatnonzero(loud[low:high])
    return low + int(found[0]) if len(found) else low


def _last(loud: NDArray[np.bool_], low: int, high: int) -> int:
    low, high = max(0, low), min(len(loud), high)
    found = np.flatnonzero(loud[low:high])
    return low + int(found[-1]) if len(found) else high - 1


def clean_spans(pcm: Pcm16, rate_hz: int) -> list[Span]:
    """The sounds of a clean clip, unmerged, by thresholds relative to the clip's own level; [] if it has none."""
    levels = levels_dbfs(pcm, rate_hz // 100)
    if not len(levels):
        return []
    # The level of its loud parts, not of one click.
    loud = float(np.percentile(levels, 95)) if len(levels) >= 20 else float(levels.max())
    if loud < -60:
        return []
    rule = ActivityRule(open_dbfs=max(loud - 28, -58.0), close_dbfs=max(loud - 36, -64.0), merge_ms=0)
    return _raw_spans(pcm, rate_hz, rule)


def speech_edges(pcm: Pcm16, rate_hz: int) -> tuple[int, int]:
    """The first and one past the last voiced sample (u_s, u_e) of a clean clip, by its own level.

    Returns:
        Sample indices; (0, 0) when the clip has no sound.
    """
    spans = clean_spans(pcm, rate_hz)
    if not spans:
        return 0, 0
    return round(spans[0].start_ms * rate_hz / 1000), min(len(pcm), round(spans[-1].end_ms * rate_hz / 1000))
