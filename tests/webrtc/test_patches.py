"""Reaching into aiortc, and what happens with a version that was not tested."""

from __future__ import annotations

import asyncio
import logging

import numpy as np
import pytest

from antiphon.webrtc import patches
from tests.webrtc.pair import Ear, connected, still, tone


async def test_packets_go_past_aiortcs_decoder() -> None:
    ear = Ear()
    async with connected(take=tone(440), hear=ear.hear) as (_, callee):
        await ear.heard(0.5)
        assert callee.inbound.packets > 0
    assert ear.loudness() > 3000


async def test_an_untested_aiortc_still_carries_a_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Slower, but a call: audio is read from the track as aiortc means it."""
    monkeypatch.setattr(patches, "TESTED", ("0.9.",))
    ear = Ear()
    with caplog.at_level(logging.WARNING):
        async with connected(take=tone(440), hear=ear.hear) as (_, callee):
            await ear.heard(0.5)
            assert callee.inbound.packets == 0
    assert ear.loudness() > 3000
    assert all(frame.shape == (480,) and frame.dtype == np.int16 for frame in ear.frames)
    assert "not tested with aiortc" in caplog.text


async def test_an_aiortc_without_that_attribute_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_BUFFER", "_RTCRtpReceiver__renamed")
    ear = Ear()
    async with connected(take=tone(440), hear=ear.hear):
        await ear.heard(0.2)
    assert ear.frames


async def test_a_call_without_audio_is_quiet() -> None:
    ear = Ear()
    async with connected(take=still, hear=ear.hear):
        await asyncio.sleep(0.2)
    assert ear.loudness() == 0
