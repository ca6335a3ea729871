"""Whether a caller's line is still there. Sans-I/O."""

from __future__ import annotations

from antiphon.webrtc.peer import PeerState

CONNECT_TIMEOUT_S = 20.0
"""A page that had its answer and has not connected by then will not."""

SILENCE_S = 20.0
"""Nothing at all came for so long: the machine is asleep or the network gone. A living page sends audio every 20 ms
and, without a microphone, reports and clock pings every few seconds. A page notices within 9 s and connects again."""

RESUME_S = 10.0
"""A connection that was closed or failed may be taken up again by the page within this time."""


class Liveness:
    """Watches one connection.

    Args:
        now_s: when it began, on a monotonic clock.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._state = PeerState.CONNECTING
        self._packets = 0

    def lost(self, now_s: float, state: PeerState, packets: int) -> bool:
        """Whether the line must be given up, given the connection's state and how many packets have come in so far."""
        if state is not self._state or packets != self._packets:
            self._state = state
            self._packets = packets
            self._since_s = now_s
        waited_s = now_s - self._since_s
        match state:
            case PeerState.CONNECTING:
                return waited_s >= CONNECT_TIMEOUT_S
            case PeerState.CONNECTED:
                return waited_s >= SILENCE_S
            case PeerState.FAILED | PeerState.CLOSED:
                return waited_s >= RESUME_S
