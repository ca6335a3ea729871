"""When a line is given up, in virtual time."""

from __future__ import annotations

from antiphon.lines.liveness import CONNECT_TIMEOUT_S, RESUME_S, SILENCE_S, Liveness
from antiphon.webrtc.peer import PeerState


def test_a_page_that_never_connects_is_given_up() -> None:
    line = Liveness(100.0)
    assert not line.lost(100 + CONNECT_TIMEOUT_S - 0.1, PeerState.CONNECTING, 0)
    assert line.lost(100 + CONNECT_TIMEOUT_S, PeerState.CONNECTING, 0)


def test_a_silent_line_is_given_up_and_any_packet_keeps_it() -> None:
    line = Liveness(0.0)
    assert not line.lost(1, PeerState.CONNECTED, 10)
    assert not line.lost(SILENCE_S, PeerState.CONNECTED, 11)
    assert not line.lost(2 * SILENCE_S - 0.1, PeerState.CONNECTED, 11)
    assert line.lost(2 * SILENCE_S, PeerState.CONNECTED, 11)


def test_a_closed_or_failed_connection_may_come_back_for_a_while() -> None:
    for state in (PeerState.CLOSED, PeerState.FAILED):
        line = Liveness(0.0)
        assert not line.lost(1, PeerState.CONNECTED, 10)
        assert not line.lost(5, state, 12)
        assert not line.lost(5 + RESUME_S - 0.1, state, 12)
        assert line.lost(5 + RESUME_S, state, 12)
