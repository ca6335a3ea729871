"""The one place where Antiphon reaches into aiortc and its aioice, guarded by version.

aiortc's receiver puts each packet into its own jitter buffer (which holds 82–85 ms of audio back and never
recovers the delay of a loss), decodes in a thread per call and hands 48 kHz stereo frames over through a
queue. Here its jitter buffer is replaced by an `InboundAudio`, which orders, decodes and delivers in the
event loop: no thread hop, no delay.

Nothing is patched on the sending side: a track that hands over packets which we encoded goes past aiortc's
encoder and its slow level meter (`tracks`).

aioice leaves 127.0.0.1 out of its candidates. On a machine without any network that leaves none.
"""

from __future__ import annotations

import logging

import aioice
import aioice.ice
import aiortc
from aiortc import RTCRtpReceiver

from antiphon.webrtc.inbound import InboundAudio

log = logging.getLogger(__name__)

TESTED = ("1.16.",)
"""Versions whose receiver was read and tested. With others it is left as it is, and hearing is slower."""

TESTED_ICE = ("0.13.",)
"""The same for aioice."""

_BUFFER = "_RTCRtpReceiver__jitter_buffer"


def hear_without_delay(receiver: RTCRtpReceiver, inbound: InboundAudio) -> bool:
    """Puts `inbound` in the place of the receiver's jitter buffer, before the first packet.

    Returns:
        False if this aiortc is not one that was tested: then read the receiver's track, as aiortc means it.
    """
    if not aiortc.__version__.startswith(TESTED) or not hasattr(receiver, _BUFFER):
        log.warning(
            "the low-delay receiver was not tested with aiortc %s (but with %s*): calls hear 85 ms later",
            aiortc.__version__,
            TESTED[-1],
        )
        return False
    setattr(receiver, _BUFFER, inbound)
    return True


def loopback_if_alone() -> bool:
    """Makes aioice offer 127.0.0.1 where this machine has no other address. May be called again.

    Returns:
        False if this aioice is not one that was tested.
    """
    gather = getattr(aioice.ice, "get_host_addresses", None)
    if not aioice.__version__.startswith(TESTED_ICE) or gather is None:
        return False
    if not getattr(gather, "offers_loopback", False):

        def host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
            return gather(use_ipv4, use_ipv6) or ["127.0.0.1"]

        host_addresses.offers_loopback = True  # type: ignore[attr-defined]
        aioice.ice.get_host_addresses = host_addresses
    return True
