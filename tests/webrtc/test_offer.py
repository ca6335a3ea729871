"""Descriptions from outside."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.errors import LineError
from antiphon.webrtc.offer import MAX_SDP_CHARS, check_description

CHROMIUM = (Path(__file__).parent / "captured" / "chromium_offer.sdp").read_text()
"""A real offer of Chromium 156: a microphone and a data channel."""


def test_chromiums_offer_is_fine() -> None:
    check_description(CHROMIUM)


@pytest.mark.parametrize(
    ("sdp", "complaint"),
    [
        ("", "one audio section; it has 0"),
        ("hello", "cannot be parsed|one audio section"),
        ("v=0\r\nm=audio", "cannot be parsed"),
        (CHROMIUM + CHROMIUM[CHROMIUM.index("m=audio") :], "one audio section; it has 2"),
        (CHROMIUM.replace("opus", "speex"), "does not offer Opus"),
        (CHROMIUM.replace("m=application", "m=video"), "section of kind 'video'|cannot be parsed"),
        (CHROMIUM + CHROMIUM[CHROMIUM.index("m=application") :], "more than one data section"),
        (CHROMIUM + "a=x\r\n" * MAX_SDP_CHARS, "characters"),
    ],
)
def test_what_is_wrong_is_named(sdp: str, complaint: str) -> None:
    with pytest.raises(LineError, match=complaint):
        check_description(sdp)


def test_a_flood_of_candidates_is_refused() -> None:
    line = next(line for line in CHROMIUM.splitlines() if line.startswith("a=candidate"))
    with pytest.raises(LineError, match="candidates"):
        check_description(CHROMIUM.replace(line, "\r\n".join([line] * 100)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mangled_offer_gives_a_line_error_or_passes(data: st.DataObject) -> None:
    lines = CHROMIUM.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:cut] + data.draw(st.text(max_size=12))
    with contextlib.suppress(LineError):
        check_description("\r\n".join(lines))
