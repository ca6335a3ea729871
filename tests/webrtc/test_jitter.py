"""Packets in order, as early as possible."""

from __future__ import annotations

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from antiphon.webrtc.jitter import ReorderBuffer, RtpAudio


def packet(sequence: int) -> RtpAudio:
    return RtpAudio(sequence % 0x10000, sequence * 960 % 2**32, b"x")


def release(buffer: ReorderBuffer, *sequences: int) -> list[list[int]]:
    """What each arriving packet releases."""
    return [[p.sequence for p in buffer.push(packet(s))] for s in sequences]


def test_packets_in_order_wait_for_nothing() -> None:
    assert release(ReorderBuffer(2), 5, 6, 7) == [[5], [6], [7]]


def test_two_that_changed_places_are_put_right() -> None:
    assert release(ReorderBuffer(2), 1, 3, 2, 4) == [[1], [], [2, 3], [4]]


def test_a_lost_packet_is_given_up_when_capacity_later_ones_have_come() -> None:
    assert release(ReorderBuffer(2), 1, 3, 4, 5) == [[1], [], [3, 4], [5]]
    assert release(ReorderBuffer(4), 1, 3, 4, 5, 6, 7) == [[1], [], [], [], [3, 4, 5, 6], [7]]


def test_capacity_one_never_waits() -> None:
    assert release(ReorderBuffer(1), 1, 3, 2, 4) == [[1], [3], [], [4]]


def test_doubles_and_late_ones_are_dropped() -> None:
    assert release(ReorderBuffer(2), 1, 1, 2, 4, 5, 3) == [[1], [], [2], [], [4, 5], []]


def test_sequence_numbers_wrap() -> None:
    assert release(ReorderBuffer(2), 0xFFFE, 0xFFFF, 1, 0, 2) == [[0xFFFE], [0xFFFF], [], [0, 1], [2]]


@pytest.mark.parametrize("jump", [-5000, 5000, 0x8000])
def test_a_sender_that_begins_anew_is_followed(jump: int) -> None:
    start = 20_000
    assert release(ReorderBuffer(2), start, start + jump, start + jump + 1)[1:] == [
        [(start + jump) % 0x10000],
        [(start + jump + 1) % 0x10000],
    ]


def test_a_capacity_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        ReorderBuffer(0)


@given(st.integers(1, 6), st.lists(st.integers(-4, 4), min_size=1, max_size=120), st.integers(0, 0xFFFF))
def test_whatever_arrives_leaves_in_order_once_and_soon(capacity: int, shifts: list[int], start: int) -> None:
    """Shuffled, doubled and lost packets: what is released goes up, and no more than capacity - 1 are held."""
    arriving = [start + max(0, index + shift) for index, shift in enumerate(shifts)]
    buffer = ReorderBuffer(capacity)
    released: list[int] = []
    taken: set[int] = set()
    for sequence in arriving:
        released += [(ready.sequence - start) % 0x10000 for ready in buffer.push(packet(sequence))]
        taken.add((sequence - start) % 0x10000)
        later = [s for s in taken if released and s > released[-1]]
        assert len(later) < capacity
    assert released == sorted(set(released))


LOSSES = {100, 200, 201, 300, 400, 401, 402, 500}
"""Packets of 600 that never arrive: 1.5 %, single and in bursts."""


def lags(release_of: dict[int, int]) -> list[int]:
    """For each packet that arrived, how many packets after its own arrival it was released."""
    return [release_of[s] - s for s in sorted(release_of)]


def test_losses_hold_back_20_ms_once_and_leave_no_delay() -> None:
    buffer = ReorderBuffer(2)
    released = {
        ready.sequence: now for now in range(600) if now not in LOSSES for ready in buffer.push(packet(now))
    }
    assert set(released) == set(range(600)) - LOSSES
    assert max(lags(released)) == 1
    assert lags(released)[-50:] == [0] * 50


def test_why_aiortcs_own_buffer_is_not_used() -> None:
    """It begins with 80 ms and ends with far more. If this fails, the patch may have become needless."""
    buffer = JitterBuffer(capacity=16, prefetch=4)
    released = {}
    for now in range(600):
        if now in LOSSES:
            continue
        arrived = RtpPacket(sequence_number=now, timestamp=now * 960)
        arrived._data = b"x"  # type: ignore[attr-defined]
        _, frame = buffer.add(arrived)
        if frame is not None:
            released[frame.timestamp // 960] = now
    assert lags(released)[50] == 4
    assert lags(released)[-1] > 8
