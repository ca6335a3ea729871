"""From RTP packets to even frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from antiphon.audio.frames import FRAME_SAMPLES, LINE_HZ
from antiphon.webrtc.inbound import MAX_FILL, STARVED_TICKS, InboundAudio
from antiphon.webrtc.opus import OpusEncoder


@dataclass
class Packet:
    """What aiortc hands over."""

    sequence_number: int
    timestamp: int
    payload: bytes
    ssrc: int = 1


@dataclass
class Listener:
    """Keeps the frames, and how many had come when each was heard."""

    frames: list[np.ndarray] = field(default_factory=list)

    def hear(self, pcm: np.ndarray) -> None:
        assert pcm.shape == (FRAME_SAMPLES,) and pcm.dtype == np.int16
        self.frames.append(pcm)

    @property
    def pcm(self) -> np.ndarray:
        return np.concatenate(self.frames)


def tone_packets(count: int, ssrc: int = 1, first: int = 0) -> list[Packet]:
    encoder = OpusEncoder()
    wave = 8000 * np.sin(2 * np.pi * 440 * np.arange(count * FRAME_SAMPLES) / LINE_HZ)
    return [
        Packet(first + n & 0xFFFF, (first + n) * 960 % 2**32, encoder.encode(frame.astype(np.int16)), ssrc)
        for n, frame in enumerate(wave.reshape(-1, FRAME_SAMPLES))
    ]


def level(pcm: np.ndarray) -> float:
    return float(np.sqrt(np.mean(pcm.astype(float) ** 2)))


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_every_packet_is_heard_as_it_comes(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 2)
    for count, packet in enumerate(tone_packets(50), 1):
        assert inbound.add(packet) == (False, None)
        assert len(listener.frames) == count
    assert inbound.concealed_samples == 0


def test_losses_keep_the_time_and_leave_no_delay(listener: Listener) -> None:
    """1 % and bursts, deterministic: the stream stays as long as what was sent, at most one frame behind, none at the end."""
    inbound = InboundAudio(listener.hear, 2)
    lost = {20, 50, 51, 52, 90, 130, 131}
    for sent, packet in enumerate(tone_packets(200), 1):
        if sent - 1 in lost:
            continue
        inbound.add(packet)
        behind = sent - len(listener.frames)
        assert behind <= 1 + sum(1 for n in lost if sent - 6 <= n < sent)
        if not any(sent - 3 <= n < sent for n in lost):
            assert behind == 0
    assert inbound.concealed_samples == len(lost) * FRAME_SAMPLES
    assert level(listener.frames[60]) == pytest.approx(8000 / np.sqrt(2), rel=0.1)


def test_a_gap_is_filled_with_a_fading_sound_and_then_silence(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 1)
    packets = tone_packets(40)
    for packet in packets[:20] + packets[25:]:
        inbound.add(packet)
    heard = [level(frame) for frame in listener.frames]
    assert len(heard) == 40
    assert heard[19] > heard[20] > heard[21] == heard[24] == 0


def test_an_outage_is_not_made_up_for(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 1)
    packets = tone_packets(200)
    for packet in packets[:10] + packets[150:]:
        inbound.add(packet)
    assert len(listener.frames) == 60
    assert inbound.concealed_samples == 0 and 140 * FRAME_SAMPLES > MAX_FILL


def test_silence_that_the_sender_left_out_is_silence_here(listener: Listener) -> None:
    """DTX: the sequence goes on without a gap, the time jumps."""
    inbound = InboundAudio(listener.hear, 2)
    packets = tone_packets(20)
    for packet in packets[10:]:
        packet.timestamp += 5 * 960
    for packet in packets:
        inbound.add(packet)
    assert len(listener.frames) == 25


def test_time_and_sequence_wrap(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 2)
    first = 2**32 // 960 - 5
    for packet in tone_packets(20, first=first):
        inbound.add(packet)
    assert len(listener.frames) == 20 and inbound.concealed_samples == 0


def test_another_source_begins_anew(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 2)
    for packet in tone_packets(10) + tone_packets(10, ssrc=2, first=30_000):
        inbound.add(packet)
    assert len(listener.frames) == 20 and inbound.concealed_samples == 0


def test_a_broken_packet_counts_as_lost(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 2)
    packets = tone_packets(10)
    packets[5].payload = b""
    for packet in packets:
        inbound.add(packet)
    assert len(listener.frames) == 10
    assert inbound.concealed_samples == FRAME_SAMPLES


def test_a_line_that_falls_silent_is_heard_as_silence(listener: Listener) -> None:
    """Else the turn that was being spoken would never end."""
    inbound = InboundAudio(listener.hear, 2)
    for packet in tone_packets(10):
        inbound.add(packet)
        inbound.tick()
    for _ in range(STARVED_TICKS + 30 - 1):
        inbound.tick()
    assert len(listener.frames) == 10 + 30
    assert not np.any(listener.frames[-1])
    assert inbound.starved_samples == 30 * FRAME_SAMPLES


def test_the_time_that_was_made_up_is_not_filled_a_second_time(listener: Listener) -> None:
    inbound = InboundAudio(listener.hear, 2)
    packets = tone_packets(100)
    for packet in packets[:10]:
        inbound.add(packet)
    for _ in range(50):
        inbound.tick()
    for packet in packets[60:]:
        inbound.add(packet)
    assert len(listener.frames) == 100


def test_a_line_on_which_nothing_ever_came_stays_without_frames(listener: Listener) -> None:
    """A page without a microphone."""
    inbound = InboundAudio(listener.hear, 2)
    for _ in range(200):
        inbound.tick()
    assert not listener.frames
