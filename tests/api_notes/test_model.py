"""The Realtime model: what it is made from, and how it connects."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import aiohttp
import pytest
from livekit.agents import NOT_GIVEN, APIConnectOptions, utils
from livekit.plugins import openai
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from antiphon.ear.scripted_engine import ScriptedEngine
from tests.api_notes.talk import SERVER_VAD, eventually, right_model


async def first_update(server: ScriptedEngine, **model: Any) -> dict[str, Any]:
    """The session that a model asks for first, as it stands on the wire."""
    return await first_update_of(server, right_model(server, **model))


async def first_update_of(server: ScriptedEngine, model: openai.realtime.RealtimeModel) -> dict[str, Any]:
    """The session that this model asks for first."""
    before = len(server.connections)
    session = model.session()
    assert await eventually(lambda: len(server.connections) > before and server.connections[-1].received)
    await session.aclose()
    await model.aclose()
    sent: dict[str, Any] = server.connections[-1].received[0]["session"]
    return sent


@pytest.mark.row(id="turn-detection-import")
def test_the_class_of_2025_is_not_where_it_was() -> None:
    with pytest.raises(ImportError):
        exec("from livekit.plugins.openai.realtime.realtime_model import TurnDetection")
    exec("from openai.types.realtime.realtime_audio_input_turn_detection import SemanticVad, ServerVad")


@pytest.mark.row(id="turn-detection-import")
async def test_both_classes_of_openai_are_taken(server: ScriptedEngine) -> None:
    from openai.types.beta.realtime.session import TurnDetection

    old = TurnDetection(type="server_vad", silence_duration_ms=200)
    for form in (SERVER_VAD, old):
        sent = await first_update(server, turn_detection=form)
        assert sent["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200


@pytest.mark.row(id="turn-detection-dict")
async def test_a_plain_dict_is_no_turn_detection(server: ScriptedEngine) -> None:
    plain = {"type": "server_vad", "silence_duration_ms": 200}
    with pytest.raises(AttributeError):
        right_model(server, turn_detection=plain)
    sent = await first_update(server, turn_detection=ServerVad(type="server_vad", silence_duration_ms=200))
    assert sent["audio"]["input"]["turn_detection"] == plain


@pytest.mark.row(id="turn-detection-default")
async def test_nothing_given_is_semantic_vad(server: ScriptedEngine) -> None:
    model = openai.realtime.RealtimeModel(base_url=server.url, api_key="local")
    sent = (await first_update_of(server, model))["audio"]["input"]
    assert sent["turn_detection"]["type"] == "semantic_vad"
    assert sent["noise_reduction"] is None
    asked = (await first_update(server))["audio"]["input"]["turn_detection"]
    assert asked == SERVER_VAD.model_dump(exclude_unset=True)


@pytest.mark.row(id="temperature")
async def test_a_temperature_is_taken_and_forgotten(server: ScriptedEngine) -> None:
    hot = await first_update(server, temperature=1.2)
    plain = await first_update(server)
    assert hot == plain and "temperature" not in str(hot)


@pytest.mark.row(id="modalities")
async def test_text_and_audio_is_audio(server: ScriptedEngine) -> None:
    assert (await first_update(server, modalities=["text", "audio"]))["output_modalities"] == ["audio"]
    assert (await first_update(server, modalities=["audio"]))["output_modalities"] == ["audio"]
    assert (await first_update(server, modalities=["text"]))["output_modalities"] == ["text"]


@pytest.mark.row(id="api-key")
async def test_a_local_server_wants_a_key_too(
    server: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ValueError, match="api_key.*OPENAI_API_KEY"):
        openai.realtime.RealtimeModel(base_url=server.url)
    openai.realtime.RealtimeModel(base_url=server.url, api_key="local")


@pytest.mark.row(id="base-url")
@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://h:1", "ws://h:1/realtime?model=gpt-realtime"),
        ("http://h:1/v1", "ws://h:1/v1/realtime?model=gpt-realtime"),
        ("https://h/openai/v1/", "wss://h/openai/v1/realtime?model=gpt-realtime"),
        ("http://h:1/api/v1", "ws://h:1/api/v1?model=gpt-realtime"),
        ("http://h:1/api/v1/realtime", "ws://h:1/api/v1/realtime?model=gpt-realtime"),
        ("http://h:1/v1?model=mine", "ws://h:1/v1/realtime?model=mine"),
    ],
)
async def test_realtime_is_added_to_known_paths_only(address: str, asked: str) -> None:
    model = openai.realtime.RealtimeModel(base_url=address, api_key="k", turn_detection=SERVER_VAD)
    session = model.session()
    try:
        url, headers = session._create_ws_url_and_headers()
        assert (url, headers["Authorization"]) == (asked, "Bearer k")
    finally:
        session._main_atask.cancel()
        await asyncio.gather(session._main_atask, return_exceptions=True)
        await model.aclose()


async def connections_after_21_minutes(server: ScriptedEngine, model: openai.realtime.RealtimeModel) -> int:
    session = model.session()
    await asyncio.sleep(19 * 60)
    assert len(server.connections) == 1
    await asyncio.sleep(2 * 60)
    await session.aclose()
    await model.aclose()
    return len(server.connections)


@pytest.mark.row(id="session-duration")
async def test_a_session_is_reconnected_after_20_minutes(server: ScriptedEngine) -> None:
    model = right_model(server, max_session_duration=NOT_GIVEN)
    assert await connections_after_21_minutes(server, model) == 2


@pytest.mark.row(id="session-duration")
async def test_none_keeps_the_connection(server: ScriptedEngine) -> None:
    model = right_model(server, max_session_duration=None)
    assert await connections_after_21_minutes(server, model) == 1


async def open_many(
    server: ScriptedEngine, model: openai.realtime.RealtimeModel, sessions: int
) -> tuple[int, list[tuple[str, bool]]]:
    """How many of so many sessions were connected after 5 s, and the errors of a minute: text, recoverable."""
    opened = [model.session() for _ in range(sessions)]
    errors: list[tuple[str, bool]] = []
    for session in opened:
        session.on("error", lambda error: errors.append((str(error.error), error.recoverable)))
    await asyncio.sleep(5)
    live = len(server.live)
    assert not errors, "nothing says so"
    await asyncio.sleep(60)
    for session in opened:
        session._main_atask.cancel()
    await asyncio.gather(*(session._main_atask for session in opened), return_exceptions=True)
    await model.aclose()
    return live, errors


@pytest.mark.row(id="connection-limit")
async def test_a_model_has_100_connections(server: ScriptedEngine) -> None:
    live, errors = await open_many(server, right_model(server, conn_options=APIConnectOptions()), 101)
    assert live == 100
    assert [recoverable for _, recoverable in errors] == [True] * 3 + [False]
    assert "timed out" in errors[0][0]


@pytest.mark.row(id="connection-limit")
async def test_all_models_of_a_job_have_50(server: ScriptedEngine) -> None:
    async with utils.http_context.open():
        live, _ = await open_many(server, right_model(server, conn_options=APIConnectOptions()), 51)
    assert live == 50


@pytest.mark.row(id="connection-limit")
async def test_a_pool_without_a_limit_has_them_all(server: ScriptedEngine) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        live, errors = await open_many(server, right_model(server, http_session=http), 101)
    assert (live, errors) == (101, [])


UNBUILT = """
import inspect, openai.types.realtime as types, pydantic
events = [each for each in vars(types).values() if inspect.isclass(each) and issubclass(each, pydantic.BaseModel)]
print(sum(not each.__pydantic_complete__ for each in events), len(events))
"""


@pytest.mark.row(id="first-reply")
async def test_each_event_is_built_when_it_is_first_used() -> None:
    async def unbuilt(**environment: str) -> tuple[int, int]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UNBUILT, env=os.environ | environment, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        left, events = map(int, output.split())
        return left, events

    (left, events), (left_early, _) = await asyncio.gather(unbuilt(), unbuilt(DEFER_PYDANTIC_BUILD="false"))
    assert left > 0.9 * events > 90 and left_early == 0


@pytest.mark.row(id="half-server-turns")
def test_a_server_that_does_not_answer_still_interrupts(caplog: pytest.LogCaptureFixture) -> None:
    made = openai.realtime.RealtimeModel(
        api_key="k", turn_detection=ServerVad(type="server_vad", create_response=False)
    )
    assert not made.capabilities.turn_detection
    assert any("pass interrupt_response=False as well" in record.getMessage() for record in caplog.records)
    caplog.clear()
    both = ServerVad(type="server_vad", create_response=False, interrupt_response=False)
    openai.realtime.RealtimeModel(api_key="k", turn_detection=both)
    assert caplog.records == []
