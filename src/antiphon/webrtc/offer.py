"""What a session description from outside must have, checked before aiortc sees it."""

from __future__ import annotations

from aiortc.sdp import SessionDescription

from antiphon.errors import LineError

MAX_SDP_CHARS = 32_768
"""Chromium's offer has about 3000; every network interface adds a line."""

MAX_CANDIDATES = 64


def check_description(sdp: str) -> None:
    """Looks for what a call needs: one audio section with Opus, at most one data section, nothing else.

    Raises:
        LineError: says what is missing or wrong.
    """
    if len(sdp) > MAX_SDP_CHARS:
        raise LineError(f"the SDP has {len(sdp)} characters; {MAX_SDP_CHARS} are allowed")
    try:
        description = SessionDescription.parse(sdp)
    except Exception as error:  # the parser raises whatever a malformed line leads to
        raise LineError(f"the SDP cannot be parsed: {error or type(error).__name__}") from error
    kinds = [media.kind for media in description.media]
    if kinds.count("audio") != 1:
        raise LineError(f"the SDP must have one audio section; it has {kinds.count('audio')}")
    if kinds.count("application") > 1:
        raise LineError("the SDP has more than one data section")
    if others := sorted(set(kinds) - {"audio", "application"}):
        raise LineError(f"the SDP has a section of kind {others[0]!r}; only audio and data are spoken here")
    audio = description.media[kinds.index("audio")]
    if not any(codec.mimeType.lower() == "audio/opus" for codec in audio.rtp.codecs):
        raise LineError("the SDP's audio section does not offer Opus")
    if sum(len(media.ice_candidates) for media in description.media) > MAX_CANDIDATES:
        raise LineError(f"the SDP has more than {MAX_CANDIDATES} candidates")
