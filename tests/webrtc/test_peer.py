"""Two peers talk to each other over this machine's network."""

from __future__ import annotations

import asyncio
import gc
import re
import threading

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from antiphon.errors import LineError
from antiphon.webrtc.peer import CHANNEL, Peer, PeerCallbacks, PeerState
from tests.webrtc.pair import Ear, connected, ignore, still, tone, until


def quiet_peer(**callbacks: object) -> Peer:
    given = {"hear": lambda pcm: None, "take": still, "message": ignore} | callbacks
    return Peer(PeerCallbacks(**given))  # type: ignore[arg-type]


async def test_audio_arrives_as_even_frames_of_what_was_said() -> None:
    ear = Ear()
    async with connected(take=tone(1000), hear=ear.hear):
        await ear.heard(0.6)
    assert all(frame.shape == (480,) for frame in ear.frames)
    spectrum = np.abs(np.fft.rfft(np.concatenate(ear.frames[-24:]).astype(float)))
    assert np.argmax(spectrum) * 24_000 / (24 * 480) == pytest.approx(1000, abs=5)
    assert ear.loudness() == pytest.approx(8000 / np.sqrt(2), rel=0.1)


async def test_no_frame_waits_in_the_receiver() -> None:
    """As many frames have been heard as packets have come; aiortc's own buffer would be four behind."""
    ear = Ear()
    async with connected(take=tone(440), hear=ear.hear) as (_, callee):
        await ear.heard(0.4)
        assert len(ear.frames) == callee.inbound.packets


async def test_messages_travel_both_ways_in_order() -> None:
    to_callee: list[str] = []
    to_caller: list[str] = []
    async with connected(message=to_callee.append, caller_message=to_caller.append) as (caller, callee):
        for n in range(50):
            caller.send(f"up {n}")
            callee.send(f"down {n} – “ü”")
        await until(lambda: len(to_callee) == len(to_caller) == 50)
    assert to_callee == [f"up {n}" for n in range(50)]
    assert to_caller == [f"down {n} – “ü”" for n in range(50)]


async def test_closing_tells_the_other_side() -> None:
    states: list[PeerState] = []
    callee = quiet_peer(state=states.append)
    caller = quiet_peer()
    await caller.accept(await callee.answer(await caller.offer()))
    await until(lambda: callee.state is PeerState.CONNECTED)
    await caller.close()
    await until(lambda: callee.state is PeerState.CLOSED)
    assert states == [PeerState.CONNECTED, PeerState.CLOSED]
    await callee.close()
    with pytest.raises(LineError, match="not open"):
        callee.send("too late")


async def test_the_description_holds_every_candidate_and_asks_no_server() -> None:
    peer = quiet_peer()
    sdp = await peer.offer()
    assert re.search(r"^a=candidate:.* typ host", sdp, re.M)
    assert "typ srflx" not in sdp and "typ relay" not in sdp
    assert "a=end-of-candidates" in sdp
    assert re.findall(r"^a=rtpmap:\d+ (\S+)", sdp, re.M) == ["opus/48000/2"]
    await peer.close()


@pytest.mark.parametrize("sdp", ["", "v=0\r\n", "not a description", "m=audio 9 RTP/AVP 0\r\n"])
async def test_a_bad_offer_is_refused_and_leaves_nothing(sdp: str) -> None:
    peer = quiet_peer()
    with pytest.raises(LineError):
        await peer.answer(sdp)
    assert peer.state is PeerState.CLOSED


async def test_an_offer_without_ice_credentials_is_refused() -> None:
    caller = quiet_peer()
    sdp = re.sub(r"a=ice-(ufrag|pwd):.*\r\n", "", await caller.offer())
    peer = quiet_peer()
    with pytest.raises(LineError, match="cannot be used"):
        await peer.answer(sdp)
    await caller.close()


async def test_a_caller_without_a_microphone_hears_and_types() -> None:
    """The page without a microphone: its audio section is there, no packet ever comes from it."""
    heard: list[str] = []
    callee = quiet_peer(take=tone(440), message=heard.append)
    caller = RTCPeerConnection()
    caller.addTransceiver("audio", direction="recvonly")
    channel = caller.createDataChannel(CHANNEL)
    tracks: list[MediaStreamTrack] = []
    caller.on("track", tracks.append)
    await caller.setLocalDescription()
    answer = await callee.answer(caller.localDescription.sdp)
    await caller.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await until(lambda: channel.readyState == "open")
    channel.send("typed")
    channel.send(b"\x00binary is ignored")
    channel.send("again")
    await until(lambda: heard == ["typed", "again"])
    async with asyncio.timeout(5):
        assert await tracks[0].recv()
    before = await callee.packets_received()
    await until_more(callee, before)
    await caller.close()
    await callee.close()


async def until_more(peer: Peer, before: int) -> None:
    """Reports of what it hears come even from a caller who says nothing."""
    async with asyncio.timeout(10):
        while await peer.packets_received() <= before:  # noqa: ASYNC110 - no event tells of a packet
            await asyncio.sleep(0.1)


async def test_another_data_channel_is_closed() -> None:
    callee = quiet_peer()
    caller = RTCPeerConnection()
    caller.addTransceiver("audio")
    good, other = caller.createDataChannel(CHANNEL), caller.createDataChannel("other")
    await caller.setLocalDescription()
    answer = await callee.answer(caller.localDescription.sdp)
    await caller.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await until(lambda: good.readyState == "open" and other.readyState == "closed")
    await caller.close()
    await callee.close()


async def test_a_failing_source_of_audio_fails_the_peer() -> None:
    def take(samples: int) -> np.ndarray:
        raise RuntimeError("the agent's audio is gone")

    callee = quiet_peer(take=take)
    caller = quiet_peer()
    await caller.accept(await callee.answer(await caller.offer()))
    await until(lambda: callee.state is PeerState.FAILED)
    await caller.close()
    await callee.close()
    assert callee.state is PeerState.CLOSED


async def test_ten_calls_leave_no_thread_and_no_task() -> None:
    async with connected():
        pass
    await asyncio.sleep(0.1)
    threads, tasks = threading.active_count(), len(asyncio.all_tasks())
    for _ in range(10):
        async with connected() as (caller, _):
            caller.send("x")
    await asyncio.sleep(0.3)
    gc.collect()
    assert threading.active_count() <= threads
    assert len(asyncio.all_tasks()) <= tasks
