"""The server, with real websockets and the SDKs that people use; only the models are scripted."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from openai import AsyncOpenAI
from openai.types.realtime import RealtimeServerEvent
from pydantic import SecretStr

from antiphon import wire
from antiphon.engine.brains.brain import Brain, BrainOutput, BrainRequest, CallTool, Say
from antiphon.engine.conversation import FunctionCallOutput
from antiphon.engine.parts import EngineParts
from antiphon.engine.server import EngineServer, serve
from antiphon.engine.speech.parts import Clip, Pcm16, Recognition, Urgency
from antiphon.errors import PortInUseError, SettingsError
from antiphon.settings import EngineSettings, Settings
from tests.engine.virtual_call import LevelVad, ScriptedBrain, clip_of

TOKEN = "a token for tests"


class QuickParts:
    """Recognises whatever is loud as "four people please", speaks at 200 ms a word, at once."""

    name = "scripted"

    def __init__(self) -> None:
        self.warmed = 0

    async def recognise(
        self, pcm: Pcm16, *, vocabulary: tuple[str, ...] = (), urgency: Urgency | None = None
    ) -> Recognition:
        loud = bool(np.abs(pcm).max(initial=0) > 750)
        self.warmed += not loud
        return Recognition("four people please" if loud else "")

    async def probability(self, pcm: Pcm16) -> float:
        return 0.95

    async def speak(self, clause: str, *, voice: str = "", speed: float = 1.0) -> Clip:
        return clip_of(clause)

    async def close(self) -> None:
        pass


def answer(request: BrainRequest) -> list[BrainOutput]:
    """Books with the tool if there is one, tells its result, says back everything else."""
    last = request.items[-1] if request.items else None
    if isinstance(last, FunctionCallOutput):
        return [Say(f"The desk says {last.output}.")]
    if request.tools and last is not None:
        return [CallTool(request.tools[0].name, {"seats": 4})]
    return [
        Say(
            f"You said {last.text}." if last is not None and hasattr(last, "text") else "Good evening to you."
        )
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def engine(brain: Brain | None = None, **settings: Any) -> AsyncIterator[EngineServer]:
    """A running engine."""
    quick = QuickParts()
    parts = EngineParts(
        recogniser=quick,
        voice=quick,
        end_of_turn=quick,
        brain=brain or ScriptedBrain(answer),
        make_vad=LevelVad,
    )
    tree = Settings(engine=EngineSettings(**({"port": free_port()} | settings)))
    server = EngineServer(tree, parts=parts)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(
    server: EngineServer, path: str = "/v1/realtime?model=m", **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare websocket, after its session.created."""
    base = server.url.removesuffix("/v1")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(base + path, max_msg_size=0, **options) as ws,
    ):
        assert (await receive(ws))["type"] == "session.created"
        yield ws


async def receive(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    async with asyncio.timeout(10):
        event: dict[str, Any] = await ws.receive_json()
    return event


async def until(ws: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        event = await receive(ws)
        if event["type"] == kind:
            return event


def speech(ms: int) -> str:
    return base64.b64encode(np.full(24 * ms, 3000, np.int16).tobytes()).decode()


def silence(ms: int) -> str:
    return base64.b64encode(bytes(48 * ms)).decode()


async def speak(append: Callable[[str], Any], ms: int = 500) -> None:
    """A caller at real-time pace: some speech, then silence until it is cancelled."""
    for _ in range(ms // 50):
        await append(speech(50))
        await asyncio.sleep(0.05)
    while True:
        await append(silence(50))
        await asyncio.sleep(0.05)


# ---------------------------------------------------------------- OpenAI's SDK


def sdk(server: EngineServer, key: str = "local") -> AsyncOpenAI:
    return AsyncOpenAI(api_key=key, base_url=server.url, max_retries=0)


async def test_the_openai_sdk_holds_a_spoken_call_with_a_tool() -> None:
    async with engine() as server, sdk(server).realtime.connect(model="antiphon") as call:
        seen: list[RealtimeServerEvent] = []

        async def next_of(kind: str) -> Any:
            async with asyncio.timeout(10):
                while True:
                    event = await call.recv()
                    seen.append(event)
                    assert event.type != "error", event
                    if event.type == kind:
                        return event

        await next_of("session.created")
        await call.session.update(
            session={
                "type": "realtime",
                "instructions": "You take bookings.",
                "audio": {"input": {"transcription": {"model": "whisper-1"}}},
                "tools": [
                    {"type": "function", "name": "book", "parameters": {"type": "object", "properties": {}}}
                ],
            }
        )
        updated = await next_of("session.updated")
        assert updated.session.instructions == "You take bookings."

        caller = asyncio.create_task(speak(lambda audio: call.input_audio_buffer.append(audio=audio)))
        try:
            await next_of("input_audio_buffer.speech_started")
            done = await next_of("conversation.item.input_audio_transcription.completed")
            assert done.transcript == "four people please"
            item = (await next_of("response.output_item.done")).item
            assert (item.type, item.name, json.loads(item.arguments)) == (
                "function_call",
                "book",
                {"seats": 4},
            )
            await next_of("response.done")
            await call.conversation.item.create(
                item={"type": "function_call_output", "call_id": item.call_id, "output": "table nine"}
            )
            await call.response.create()
            transcript = await next_of("response.output_audio_transcript.done")
            assert transcript.transcript == "The desk says table nine."
            assert (await next_of("response.done")).response.status == "completed"
        finally:
            caller.cancel()
        assert (
            sum(len(base64.b64decode(e.delta)) for e in seen if e.type == "response.output_audio.delta") > 0
        )


async def test_the_openai_sdk_types_and_cancels() -> None:
    async with engine() as server, sdk(server).realtime.connect(model="antiphon") as call:
        await call.conversation.item.create(
            item={
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "word " * 60}],
            }
        )
        await call.response.create()
        async with asyncio.timeout(10):
            async for event in call:
                if event.type == "response.output_audio.delta":
                    await call.response.cancel()
                if event.type == "response.done":
                    assert event.response.status == "cancelled"
                    break


# ---------------------------------------------------------------- the edges


async def test_an_event_that_is_wrong_gets_an_error_and_the_call_goes_on() -> None:
    async with engine() as server, connected(server) as ws:
        wrong: list[tuple[str | bytes, str | None, str]] = [
            ("not json", None, "invalid_json"),
            ('{"type":"session.uptade","event_id":"e1"}', "type", "invalid_value"),
            (
                '{"type":"session.update","session":{"instructions":7}}',
                "session.instructions",
                "invalid_value",
            ),
            ('{"type":"session.update","session":{"voice":"a"}}', "session.voice", "unknown_parameter"),
            ('{"type":"input_audio_buffer.append","audio":"AAA="}', None, ""),
            ('{"type":"input_audio_buffer.append","audio":"!"}', "audio", "invalid_value"),
            ('{"type":"conversation.item.delete","item_id":"nobody"}', "item_id", "invalid_item"),
            (b"\x00\x01", None, "binary_message"),
        ]
        for message, param, code in wrong:
            if isinstance(message, bytes):
                await ws.send_bytes(message)
            else:
                await ws.send_str(message)
            if not code:
                continue
            error = (await until(ws, "error"))["error"]
            assert (error["param"], error["code"]) == (param, code)
            assert error["message"]
        await ws.send_json({"type": "session.update", "session": {"instructions": "Still here."}})
        assert (await until(ws, "session.updated"))["session"]["instructions"] == "Still here."


async def test_oversize_audio_gets_an_error_and_the_call_goes_on() -> None:
    async with engine() as server, connected(server) as ws:
        audio = base64.b64encode(bytes(wire.MAX_AUDIO_BYTES + 2)).decode()
        await ws.send_json({"type": "input_audio_buffer.append", "event_id": "big", "audio": audio})
        error = (await until(ws, "error"))["error"]
        assert (error["param"], error["code"], error["event_id"]) == ("audio", "audio_too_large", "big")
        await ws.send_json({"type": "input_audio_buffer.clear"})
        await until(ws, "input_audio_buffer.cleared")


async def test_antiphons_events_come_only_to_those_who_ask() -> None:
    async with engine() as server:
        for path, expected in (("/v1/realtime?antiphon=events", True), ("/realtime", False)):
            async with connected(server, path) as ws:
                await ws.send_json({"type": "response.create"})
                kinds = set()
                while "response.done" not in kinds:
                    kinds.add((await receive(ws))["type"])
                await ws.send_json({"type": "input_audio_buffer.clear"})
                kinds.add((await receive(ws))["type"])
                assert ("antiphon.turn" in kinds) is expected


async def test_the_model_of_the_address_is_the_sessions() -> None:
    base = "/v1/realtime?model=gpt-realtime"
    async with (
        engine() as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url.removesuffix("/v1") + base) as ws,
    ):
        assert (await receive(ws))["session"]["model"] == "gpt-realtime"


async def test_a_full_engine_refuses_and_has_room_again() -> None:
    async with engine(max_sessions=1) as server:
        async with connected(server), aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await http.ws_connect(f"{server.url}/realtime")
            assert caught.value.status == 503
            async with http.get(f"{server.url}/realtime") as response:
                assert (await response.json())["error"]["code"] == "busy"
        async with asyncio.timeout(5):
            while True:
                try:
                    async with connected(server):
                        break
                except aiohttp.WSServerHandshakeError:
                    await asyncio.sleep(0.01)


# ---------------------------------------------------------------- access


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Sec-WebSocket-Protocol": "realtime, openai-insecure-api-key.wrong"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 426),
        ({"Authorization": f"bearer {TOKEN}", "Origin": "https://elsewhere.example"}, 426),
        ({"Sec-WebSocket-Protocol": f"realtime, openai-insecure-api-key.{TOKEN}"}, 426),
    ],
)
async def test_a_token_is_demanded(headers: dict[str, str], status: int) -> None:
    async with (
        engine(token=SecretStr(TOKEN)) as server,
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/realtime", headers=headers) as response,
    ):
        assert response.status == status
        error = (await response.json())["error"]
        assert error["code"] == ("invalid_api_key" if status == 401 else "upgrade_required")
        assert TOKEN not in error["message"]


async def test_a_browser_sends_its_key_as_a_subprotocol() -> None:
    token = "a-token-of-a-browser"  # subprotocols have no spaces
    async with engine(token=SecretStr(token)) as server:
        protocols = ("realtime", f"openai-insecure-api-key.{token}")
        async with connected(server, protocols=protocols) as ws:
            assert ws.protocol == "realtime"


async def test_the_openai_sdks_key_is_the_token() -> None:
    async with (
        engine(token=SecretStr(TOKEN)) as server,
        sdk(server, TOKEN).realtime.connect(model="m") as call,
    ):
        assert (await call.recv()).type == "session.created"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": "http://localhost:8000"}, True),
        ({"Origin": "http://[::1]:8000"}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
        ({"Host": "rebound.example:8001"}, False),
        ({"Host": "localhost:8001"}, True),
    ],
)
async def test_pages_of_other_sites_may_not_use_an_open_engine(
    headers: dict[str, str], allowed: bool
) -> None:
    async with (
        engine() as server,
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/realtime", headers=headers) as response,
    ):
        assert response.status == (426 if allowed else 403)


@pytest.mark.parametrize("token", [None, SecretStr("")])
def test_an_engine_without_a_token_does_not_listen_to_other_machines(token: SecretStr | None) -> None:
    parts = QuickParts()
    with pytest.raises(SettingsError, match=r"engine\.host.*engine\.token"):
        EngineServer(
            Settings(engine=EngineSettings(host="0.0.0.0", token=token)),
            parts=EngineParts(parts, parts, parts, ScriptedBrain(answer), LevelVad),
        )


# ---------------------------------------------------------------- pages, start and end


async def test_health_readiness_and_metrics() -> None:
    async with engine() as server, aiohttp.ClientSession() as http, connected(server) as ws:
        await ws.send_str("{")
        await until(ws, "error")
        base = server.url.removesuffix("/v1")
        async with http.get(f"{base}/healthz") as response:
            assert response.status == 200
        async with http.get(f"{base}/readyz") as response:
            assert response.status == 200
            assert (await response.json())["sessions"] == 1
        async with http.get(f"{base}/metrics") as response:
            text = await response.text()
        assert "antiphon_engine_sessions 1.0" in text
        assert 'antiphon_engine_errors_total{code="invalid_json"} 1.0' in text


@pytest.mark.parametrize(("path", "status"), [("/v1/nothing", 404), ("/v1/realtime/calls", 501)])
async def test_other_addresses_answer_in_json(path: str, status: int) -> None:
    async with (
        engine() as server,
        aiohttp.ClientSession() as http,
        http.post(server.url.removesuffix("/v1") + path) as response,
    ):
        assert response.status == status
        assert (await response.json())["error"]["message"]


async def test_a_port_in_use_is_told_in_words() -> None:
    async with engine() as server:
        parts = QuickParts()
        second = EngineServer(
            Settings(engine=server.settings),
            parts=EngineParts(parts, parts, parts, ScriptedBrain(answer), LevelVad),
        )
        with pytest.raises(PortInUseError, match=str(server.settings.port)):
            await second.start()


async def test_closing_says_goodbye_to_every_call_at_once() -> None:
    async with engine() as server, connected(server) as reads, connected(server):
        await reads.send_json({"type": "response.create"})
        await until(reads, "response.output_audio.delta")
        stopping = asyncio.create_task(server.stop())
        message = await reads.receive()
        while message.type == aiohttp.WSMsgType.TEXT:
            message = await reads.receive()
        assert (message.type, reads.close_code) == (aiohttp.WSMsgType.CLOSE, 1001)
        await stopping  # the other client never answers, and holds nothing up


async def test_serve_tells_when_it_is_ready_and_ends_when_cancelled() -> None:
    quick = QuickParts()
    parts = EngineParts(quick, quick, quick, ScriptedBrain(answer), LevelVad)
    ready: asyncio.Future[EngineServer] = asyncio.get_running_loop().create_future()
    port = free_port()
    task = asyncio.create_task(
        serve(Settings(engine=EngineSettings(port=port)), parts=parts, ready=ready.set_result)
    )
    server = await asyncio.wait_for(ready, 10)
    assert quick.warmed == 1
    async with connected(server):
        pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


async def test_a_call_is_recorded_without_its_audio(tmp_path: Path) -> None:
    directory = tmp_path / "calls"
    async with engine(record_dir=directory) as server, connected(server) as ws:
        session_id = None
        await ws.send_json({"type": "input_audio_buffer.append", "audio": silence(20)})
        await ws.send_json({"type": "response.create"})
        await until(ws, "response.done")
    (path,) = directory.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["topic"] == "call"
    session_id = lines[0]["session_id"]
    assert session_id in path.name
    assert lines[-1]["topic"] == "ended"
    assert lines[-1]["detail"] == {"reason": "client"}
    kinds = {line["detail"]["type"] for line in lines if line["topic"] in ("sent", "received")}
    assert {"session.created", "response.create", "response.done"} <= kinds
    assert not kinds & {"input_audio_buffer.append", "response.output_audio.delta"}


async def test_many_calls_come_and_go_without_a_trace() -> None:
    async with engine() as server:
        for _ in range(30):
            async with connected(server) as ws:
                await ws.send_json({"type": "response.create"})
                await until(ws, "response.created")
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 — what is left tells nobody when it ends
                await asyncio.sleep(0.01)
        assert "antiphon_engine_sessions 0.0" in server.metrics.text().decode()
