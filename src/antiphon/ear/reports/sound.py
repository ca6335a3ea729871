"""A call's stereo recording for the page: its waveforms as peaks, its sound as Opus that an audio element plays."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from antiphon.ear.reports.facts import missed_something
from antiphon.ear.reports.markup import Markup
from antiphon.ear.results import Call

Embed = Literal["some", "all", "none"]
"""Whose sound goes into the page: of calls that missed something and of each scenario's first, as far as BUDGET_BYTES reaches; all;
none. The others play from their WAV file beside the page."""

BUDGET_BYTES = 11_000_000
"""With waveforms and words a page stays below 15 MB."""

OPUS_BPS = 24_000
PEAKS_PER_S = 50
MOST_PEAKS = 3000
HEIGHT = 100
"""Of a waveform's drawing, from the middle up or down."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as it was found.

    Attributes:
        tracks: caller and agent, shape (2, n), int16.
    """

    tracks: NDArray[np.int16]
    rate_hz: int

    @property
    def length_ms(self) -> float:
        """Its length."""
        return float(self.tracks.shape[1] * 1000 / self.rate_hz)


def link(recording: str) -> str:
    """A recording's address relative to the page; "" for a path that leads elsewhere: it comes out of a file."""
    path = PurePosixPath(recording)
    if not recording or path.is_absolute() or ".." in path.parts or "\\" in recording:
        return ""
    return quote(str(path))


def read(folder: Path | None, call: Call) -> Recording | None:
    """A call's recording; None where it is not there, or is no stereo WAV of 16 bit."""
    if folder is None or not link(call.recording):
        return None
    try:
        with wave.open(str(folder / call.recording), "rb") as file:
            if (file.getnchannels(), file.getsampwidth()) != (2, 2):
                return None
            data, rate_hz = file.readframes(file.getnframes()), file.getframerate()
    except (OSError, wave.Error, EOFError):
        return None
    return Recording(
        np.frombuffer(data[: len(data) // 4 * 4], "<i2").reshape(-1, 2).T.astype(np.int16), rate_hz
    )


def waveforms(recording: Recording) -> tuple[Markup, Markup, int]:
    """Both waveforms as SVG path data, and how many columns they have. One scale for both: a faint voice looks faint."""
    columns = max(1, min(MOST_PEAKS, round(recording.length_ms / 1000 * PEAKS_PER_S)))
    full = max(3277.0, float(np.percentile(np.abs(recording.tracks.astype(np.int32)), 99.9)))
    caller, agent = (_outline(*_peaks(track, columns, full)) for track in recording.tracks)
    return caller, agent, columns


def _peaks(track: NDArray[np.int16], columns: int, full: float) -> tuple[list[int], list[int]]:
    """The largest and the smallest sample of each column, in units of the drawing."""
    edges = np.linspace(0, len(track), columns, endpoint=False).astype(np.int64)
    if not len(track):
        return [0] * columns, [0] * columns
    found = []
    for reduce in (np.maximum, np.minimum):
        scaled = np.clip(reduce.reduceat(track, edges) / full, -1, 1) * HEIGHT
        found.append([int(value) for value in np.round(scaled)])
    return found[0], found[1]


def _outline(high: Sequence[int], low: Sequence[int]) -> Markup:
    """The shape between both, as relative moves; what stands still takes one word."""
    there = [-value for value in high]
    back = [-value for value in reversed(low)]
    return Markup(f"M0 {HEIGHT}" + _moves([0, *there], 1) + _moves([there[-1], *back], -1) + "z")


def _moves(levels: Sequence[int], step: int) -> str:
    out: list[str] = []
    still = 0
    for before, after in zip(levels, levels[1:], strict=False):
        if before == after:
            still += step
            continue
        if still:
            out.append(f"h{still}")
            still = 0
        out.append(f"l{step} {after - before}" if after > before else f"l{step}{after - before}")
    return "".join(out) + (f"h{still}" if still else "")


def opus(recording: Recording) -> bytes | None:
    """The recording as Opus in WebM, which every browser plays; None where PyAV is not installed, or cannot."""
    try:
        import av
    except ImportError:
        return None
    buffer = io.BytesIO()
    try:
        with av.open(buffer, "w", format="webm") as container:
            stream = container.add_stream("libopus", rate=48_000, layout="stereo")
            stream.bit_rate = OPUS_BPS
            resampler = av.AudioResampler(format="s16", layout="stereo", rate=48_000, frame_size=960)
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(recording.tracks.T).reshape(1, -1), format="s16", layout="stereo"
            )
            frame.sample_rate = recording.rate_hz
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError):
        return None
    return buffer.getvalue()


def data_address(encoded: bytes) -> Markup:
    """Sound as an address that holds it."""
    return Markup("data:audio/webm;base64," + base64.b64encode(encoded).decode("ascii"))


def order(calls: Iterable[Call], embed: Embed) -> list[Call]:
    """The calls whose sound is to be embedded, those first that are worth most: they share the budget in this order."""
    if embed == "none":
        return []
    calls = list(calls)
    firsts = {call.scenario: call.id for call in reversed(calls)}
    missed = [call for call in calls if missed_something(call)]
    first = [call for call in calls if firsts[call.scenario] == call.id and call not in missed]
    rest = [call for call in calls if call not in missed and call not in first] if embed == "all" else []
    return missed + first + rest
