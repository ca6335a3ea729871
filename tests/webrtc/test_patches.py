"""Reaching into aiortc, and what happens with a version that was not tested."""

from __future__ import annotations

import asyncio
import logging

import aioice.ice
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


def test_a_machine_without_a_network_offers_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert patches.loopback_if_alone() and patches.loopback_if_alone()
    assert aioice.ice.get_host_addresses(True, True) == ["127.0.0.1"]
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["192.0.2.1"])
    assert patches.loopback_if_alone()
    assert aioice.ice.get_host_addresses(True, True) == ["192.0.2.1"]


def test_an_untested_aioice_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "TESTED_ICE", ("0.9.",))
    before = aioice.ice.get_host_addresses
    assert not patches.loopback_if_alone()
    assert aioice.ice.get_host_addresses is before


async def test_a_call_without_audio_is_quiet() -> None:
    ear = Ear()
    async with connected(take=still, hear=ear.hear):
        await asyncio.sleep(0.2)
    assert ear.loudness() == 0
