"""A caller's line over a plain websocket: audio, messages, its end, and who may open one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import numpy as np
import pytest

from antiphon.agent.events import Transcript
from antiphon.errors import LineError
from antiphon.lines.page_server import PageServer
from antiphon.lines.socket import MAX_AHEAD_MS, AudioClock
from tests.lines.fake_calls import FakeCalls
from tests.lines.page_caller import serving
from tests.webrtc.pair import until

FRAME = np.full(480, 1000, "<i2").tobytes()


class Socket:
    """A caller: keeps what came."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.audio: list[bytes] = []
        self.messages: list[dict[str, Any]] = []
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.audio.append(message.data)
            else:
                self.messages.append(json.loads(message.data))

    def told(self, topic: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["topic"] == topic]


@pytest.fixture
async def calls() -> FakeCalls:
    return FakeCalls(places=1)


@pytest.fixture
async def server(calls: FakeCalls) -> AsyncIterator[PageServer]:
    async with serving(calls) as running:
        yield running


@asynccontextmanager
async def called(server: PageServer, **options: Any) -> AsyncIterator[Socket]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(server.address + "/api/line", **options) as ws,
    ):
        socket = Socket(ws)
        yield socket
        await ws.close()
        await socket.reader


async def refusal(server: PageServer, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with called(server, headers=headers):
            pass
    return caught.value.status


async def test_each_frame_of_the_caller_brings_one_of_the_agent(calls: FakeCalls, server: PageServer) -> None:
    async with called(server) as caller:
        for _ in range(5):
            await caller.ws.send_bytes(FRAME)
        await caller.ws.send_bytes(FRAME + FRAME[:480])  # pieces of any length are cut into frames
        await caller.ws.send_bytes(FRAME[:480])
        await until(lambda: len(caller.audio) >= 7)
        assert {len(piece) for piece in caller.audio} == {960}
        assert np.abs(np.frombuffer(caller.audio[0], "<i2")).max() > 3000
        assert len(calls.last.heard) == 7 and calls.last.heard[0].tolist() == [1000] * 480
    await until(lambda: calls.last.reason == "hang_up")


async def test_the_agent_is_heard_though_the_caller_sends_nothing(
    calls: FakeCalls, server: PageServer
) -> None:
    async with called(server) as caller:
        await until(lambda: len(caller.audio) >= 3)
        assert not calls.last.heard


async def test_messages_both_ways(calls: FakeCalls, server: PageServer) -> None:
    async with called(server) as caller:
        await until(lambda: bool(caller.messages))
        assert caller.messages[0] == {"topic": "lk.agent.state", "state": "listening"}
        await caller.ws.send_json({"topic": "lk.chat", "id": "c1", "text": "Hello"})
        await caller.ws.send_json({"topic": "antiphon.clock", "id": "k", "sent_ms": 5})
        await caller.ws.send_str("no message")
        await until(lambda: bool(caller.told("antiphon.problem") and caller.told("antiphon.clock")))
        assert calls.last.typed == [("c1", "Hello")]
        assert caller.told("antiphon.clock")[0]["sent_ms"] == 5
        calls.last.tell(Transcript("a", "agent", "Good evening.", final=True))
        await until(lambda: len(caller.told("lk.transcription")) == 2)


async def test_the_agent_hangs_up(calls: FakeCalls, server: PageServer) -> None:
    async with called(server) as caller:
        await until(lambda: bool(calls.opened))
        await calls.last.hang_up("agent")
        await caller.reader
        assert caller.messages[-1] == {"topic": "antiphon.ended", "reason": "agent"}
        assert caller.ws.close_code == aiohttp.WSCloseCode.OK


async def test_the_server_goes_off_duty(calls: FakeCalls) -> None:
    async with serving(calls) as server, called(server) as caller:
        await until(lambda: bool(calls.opened))
        await server.close()
        await caller.reader
        assert caller.told("antiphon.ended") == [{"topic": "antiphon.ended", "reason": "shutdown"}]


async def test_a_lost_connection_ends_the_call(calls: FakeCalls, server: PageServer) -> None:
    async with called(server) as caller:
        await until(lambda: bool(calls.opened))
        transport = caller.ws.get_extra_info("socket")
        assert transport is not None
        caller.ws._response.connection.transport.abort()  # type: ignore[union-attr]
        await until(lambda: calls.last.reason == "line_lost")


@pytest.mark.parametrize("data", [b"odd", bytes(48_002)])
async def test_bad_audio_ends_the_call_with_a_reason(
    calls: FakeCalls, server: PageServer, data: bytes
) -> None:
    async with called(server) as caller:
        await caller.ws.send_bytes(data)
        await caller.reader
        (problem,) = caller.told("antiphon.problem")
        assert "bytes" in problem["message"] and problem["fatal"]
        assert calls.last.reason == "error"


async def test_a_bug_in_the_agent_ends_the_call(calls: FakeCalls, server: PageServer) -> None:
    async with called(server) as caller:
        await until(lambda: bool(calls.opened))
        calls.last.broken = True
        await caller.ws.send_bytes(FRAME)
        await caller.reader
        assert calls.last.reason == "error"


async def test_there_is_no_place(calls: FakeCalls, server: PageServer) -> None:
    async with called(server):
        await until(lambda: bool(calls.opened))
        assert await refusal(server) == 503
    assert len(calls.opened) == 1


async def test_another_sites_page_may_not_call(calls: FakeCalls, server: PageServer) -> None:
    assert await refusal(server, Origin="https://elsewhere.example") == 403
    assert not calls.opened
    async with called(server, headers={"Origin": server.address}):
        await until(lambda: len(calls.opened) == 1)


async def test_the_token_is_asked_for(calls: FakeCalls) -> None:
    async with serving(calls, token="0123456789abcdef0123456789abcdef") as server:
        assert await refusal(server) == 401
        async with called(server, headers={"Authorization": "Bearer 0123456789abcdef0123456789abcdef"}):
            await until(lambda: len(calls.opened) == 1)


async def test_what_is_no_websocket_is_told_so(server: PageServer) -> None:
    async with aiohttp.ClientSession() as http, http.get(server.address + "/api/line") as response:
        assert response.status == 426
        assert (await response.json())["error"]["code"] == "upgrade_needed"


# ---------------------------------------------------------------- the clock of the agent's frames


def test_a_frame_for_each_and_none_by_the_time() -> None:
    clock = AudioClock(0)
    for at in range(0, 1000, 20):
        assert clock.frame(at + (at % 40) / 5)
        assert clock.wait_ms(at + 8) > 0


def test_frames_that_were_held_up_are_not_answered_twice() -> None:
    clock = AudioClock(0)
    clock.frame(0)
    sent = 0
    while clock.wait_ms(190) <= 0:  # nothing came for 190 ms: what was due at 100, 120 … went out
        clock.alone()
        sent += 1
    assert sent == 5
    answered = [clock.frame(190 + n) for n in range(9)]
    assert answered.count(True) + sent == 9
    assert clock.frame(210)


def test_after_a_silence_every_frame_is_answered_again() -> None:
    clock = AudioClock(0)
    while clock.wait_ms(5000) <= 0:
        clock.alone()
    assert [clock.frame(5000 + 20 * n) for n in range(5)] == [False, True, True, True, True]


def test_a_file_that_is_pushed_in_at_once_is_refused() -> None:
    clock = AudioClock(0)
    with pytest.raises(LineError, match="faster"):
        for _ in range(round(MAX_AHEAD_MS / 20) + 2):
            clock.frame(1.0)
