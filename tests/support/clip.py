"""A clip: samples with a transcript, a source and exact speech edges. Read, cut, join and write clips."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from antiphon.ear.signal import speech_edges

Pcm16 = NDArray[np.int16]

MARGIN_MS = 15
"""Kept around the detected speech when a clip is trimmed, faded: the quiet start of a fricative."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Audio to be said by a test's caller.

    Attributes:
        pcm: mono int16 samples, shape (n,).
        rate_hz: their rate.
        text: what is said; "" for noise and silence.
        sources: where it comes from: "recorded: …" or "synthetic: …", one per part.
        start: u_s, the first sample of speech.
        end: u_e, one past the last sample of speech. start == end: no speech.
    """

    pcm: Pcm16
    rate_hz: int
    text: str = ""
    sources: tuple[str, ...] = ()
    start: int = 0
    end: int = 0

    @classmethod
    def of(cls, pcm: Pcm16, rate_hz: int) -> Clip:
        """A clip of clean speech, its edges measured."""
        start, end = speech_edges(pcm, rate_hz)
        return cls(pcm, rate_hz, start=start, end=end)

    @property
    def synthetic(self) -> bool:
        """Whether any part of it was not spoken by a person."""
        return any(source.startswith("synthetic") for source in self.sources)

    @property
    def duration_ms(self) -> float:
        """Length of the whole clip."""
        return len(self.pcm) * 1000 / self.rate_hz

    @property
    def start_ms(self) -> float:
        """u_s in milliseconds from the clip's first sample."""
        return self.start * 1000 / self.rate_hz

    @property
    def end_ms(self) -> float:
        """u_e in milliseconds from the clip's first sample."""
        return self.end * 1000 / self.rate_hz

    def labelled(self, text: str, *sources: str) -> Clip:
        """The same audio, with its transcript and sources."""
        return replace(self, text=text, sources=sources)

    def trimmed(self, margin_ms: float = MARGIN_MS) -> Clip:
        """Only the speech, with short faded margins."""
        if self.start == self.end:
            return self
        margin = round(margin_ms * self.rate_hz / 1000)
        low, high = max(0, self.start - margin), min(len(self.pcm), self.end + margin)
        pcm = self.pcm[low:high].astype(np.float32)
        fade = min(self.rate_hz * 5 // 1000, len(pcm) // 4)
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        pcm[:fade] *= ramp
        pcm[len(pcm) - fade :] *= ramp[::-1]
        return replace(self, pcm=pcm.astype(np.int16), start=self.start - low, end=self.end - low)

    def padded(self, before_ms: float = 0, after_ms: float = 0) -> Clip:
        """With digital silence before and after."""
        before, after = round(before_ms * self.rate_hz / 1000), round(after_ms * self.rate_hz / 1000)
        pcm = np.concatenate((np.zeros(before, np.int16), self.pcm, np.zeros(after, np.int16)))
        return replace(self, pcm=pcm, start=self.start + before, end=self.end + before)

    def at_rate(self, rate_hz: int) -> Clip:
        """Resampled; the edges move along."""
        if rate_hz == self.rate_hz:
            return self
        pcm = soxr.resample(self.pcm, self.rate_hz, rate_hz, quality="HQ")
        scale = rate_hz / self.rate_hz
        return replace(
            self,
            pcm=np.asarray(pcm, np.int16),
            rate_hz=rate_hz,
            start=round(self.start * scale),
            end=min(len(pcm), round(self.end * scale)),
        )

    def scaled(self, db: float) -> Clip:
        """Louder or softer."""
        pcm = np.clip(self.pcm.astype(np.float32) * 10 ** (db / 20), -32768, 32767)
        return replace(self, pcm=pcm.astype(np.int16))

    def mixed(self, other: Clip) -> Clip:
        """With another clip's sound over it from the first sample (cut or repeated to this length)."""
        noise = np.resize(other.at_rate(self.rate_hz).pcm, len(self.pcm)).astype(np.int32)
        pcm = np.clip(self.pcm.astype(np.int32) + noise, -32768, 32767).astype(np.int16)
        return replace(self, pcm=pcm, sources=self.sources + other.sources)

    def write(self, path: Path) -> Path:
        """Writes a mono 16-bit WAV file."""
        return write_wav(path, self.pcm, self.rate_hz)


def silence(duration_ms: float, rate_hz: int = 16_000) -> Clip:
    """Digital silence."""
    return Clip(np.zeros(round(duration_ms * rate_hz / 1000), np.int16), rate_hz)


def join(clips: Sequence[Clip], text: str | None = None) -> Clip:
    """One clip after the other, at the first one's rate. Speech runs from the first part's to the last's."""
    rate_hz = clips[0].rate_hz
    pieces: list[Pcm16] = []
    sources: list[str] = []
    start, end, at = -1, 0, 0
    for clip in (c.at_rate(rate_hz) for c in clips):
        if clip.end > clip.start:
            start = at + clip.start if start < 0 else start
            end = at + clip.end
        sources += [s for s in clip.sources if s not in sources]
        pieces.append(clip.pcm)
        at += len(clip.pcm)
    said = " ".join(c.text for c in clips if c.text) if text is None else text
    return Clip(np.concatenate(pieces), rate_hz, said, tuple(sources), max(start, 0), end)


def read_wav(path: Path) -> Clip:
    """A 16-bit WAV file of a test corpus; several channels are averaged."""
    with wave.open(str(path), "rb") as file:
        assert file.getsampwidth() == 2, f"{path} is not 16-bit"
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        rate_hz = file.getframerate()
    return Clip.of(pcm.mean(axis=1).astype(np.int16), rate_hz)


def write_wav(path: Path, pcm: Pcm16, rate_hz: int) -> Path:
    """Writes 16-bit samples, shape (n,) or (n, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if pcm.ndim == 1 else pcm.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.ascontiguousarray(pcm, "<i2").tobytes())
    return path
