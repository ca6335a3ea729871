"""RTP packets in order, as early as possible.

Whoever plays audio to a person needs a buffer that hides uneven arrival. Antiphon's receivers do not play: an
engine hears a packet as soon as it is there. So a packet in its turn waits for nothing, a gap is waited for
only as long as reordering may explain it, and after a loss the delay is what it was before. aiortc's own
buffer holds 80 ms back, and more for good after each loss.
"""

from __future__ import annotations

from dataclasses import dataclass

RESTART = 100
"""Packets. One that is older than this is not late: the sender began anew."""

JUMP = 3000
"""Packets (60 s). One that is further ahead than this is not after a loss: the sender began anew."""


@dataclass(frozen=True, slots=True)
class RtpAudio:
    """One packet. `timestamp` counts RTP ticks of 48 kHz and wraps at 2**32, `sequence` wraps at 2**16."""

    sequence: int
    timestamp: int
    payload: bytes


class ReorderBuffer:
    """Releases packets in sequence.

    Args:
        capacity: a missing packet is given up once this many later ones have come. So one lost packet holds
            those behind it back by at most capacity - 1 packets' time, once.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, it is {capacity}")
        self._capacity = capacity
        self._next: int | None = None
        self._held: dict[int, RtpAudio] = {}

    def push(self, packet: RtpAudio) -> list[RtpAudio]:
        """Takes a packet as it arrived; gives those whose turn has come.

        Late ones and doubles are dropped.
        """
        if self._next is None:
            self._next = packet.sequence
        ahead = (packet.sequence - self._next + 0x8000) % 0x10000 - 0x8000
        if ahead < -RESTART or ahead > JUMP:
            self._held.clear()
            self._next = packet.sequence
        elif ahead < 0:
            return []
        self._held[packet.sequence] = packet
        released = self._in_turn()
        while len(self._held) >= self._capacity:
            self._next = min(self._held, key=lambda sequence: (sequence - self._expected()) % 0x10000)
            released += self._in_turn()
        return released

    def _expected(self) -> int:
        assert self._next is not None
        return self._next

    def _in_turn(self) -> list[RtpAudio]:
        released = []
        while (packet := self._held.pop(self._expected(), None)) is not None:
            released.append(packet)
            self._next = (packet.sequence + 1) % 0x10000
        return released
