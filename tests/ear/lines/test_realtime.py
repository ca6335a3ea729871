"""The Realtime line: whole calls with real websockets, against a scripted server and against the real engine with scripted models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.lines.realtime import RealtimeOptions, opener
from antiphon.ear.metrics import time_to_yield
from antiphon.ear.scenario import Agent, Tool
from antiphon.ear.scripted_engine import Asked, Reply, ScriptedEngine
from antiphon.engine.brains.brain import Say
from antiphon.errors import CallRefused, LineError
from tests.ear.agents import quiet, tone
from tests.engine.test_server import engine, free_port
from tests.engine.virtual_call import ScriptedBrain

BOOKING = Agent(
    instructions="You take bookings.",
    tools=(Tool(name="book", description="Books a table.", returns="table nine"),),
)


def four(length_ms: float = 400) -> Utterance:
    return Utterance(tone(length_ms), "four people please")


def line(server: ScriptedEngine, **options: Any) -> RealtimeOptions:
    return RealtimeOptions(server.url + "/realtime", **options)


async def test_a_call_is_greeted_answered_and_written_down() -> None:
    async with ScriptedEngine(lambda asked: Reply("Good evening.")) as server:
        server.words = ["Four people."]
        async with Caller(opener(line(server), BOOKING)) as caller:
            assert await caller.until_speaking()
            assert await caller.until_quiet(200)
            turn = await caller.say(four())
            assert await caller.until_answered(turn, quiet_ms=400)
        (heard,) = caller.heard()
        assert heard.latency_ms is not None and not heard.cut_off
        assert caller.log.said_by("agent") == ["Good evening.", "Good evening."]
        assert caller.log.said_by("caller") == ["Four people."]
        states = [state for _, state in caller.log.states]
        assert states == ["thinking", "speaking", "listening"] * 2
        assert caller.log.ended == "hang_up"
        assert not caller.log.problems
        (connection,) = server.connections
        assert connection.session["instructions"] == "You take bookings."
        assert connection.session["tools"][0]["name"] == "book"
        assert connection.session["audio"]["input"]["turn_detection"] == {"type": "server_vad"}
        assert set(connection.append_samples) == {480}


@pytest.mark.parametrize("told", [True, False])
async def test_stamps_are_the_servers_or_when_events_came(told: bool) -> None:
    async with ScriptedEngine() as server:
        server.antiphon_events = told
        async with Caller(opener(line(server, greet=False))) as caller:
            turn = await caller.say(four())
            assert await caller.until_answered(turn, quiet_ms=400)
        (fall,) = caller.log.waterfalls
        assert fall.details == ({"cached": True} if told else {"stamps": "when events came"})
        stamps = fall.stamps
        assert stamps["turn_over"] <= stamps["audio_sent"] <= stamps["audio_played"]
        (turn_item,) = [i["id"] for i in server.connections[0].items if i["role"] == "user"]
        assert fall.user_segment_id == turn_item
        (heard,) = caller.heard()
        assert heard.onset_ms is not None
        # What was taken is heard from the next tick on.
        assert abs(stamps["audio_played"] - caller.began_ms - heard.onset_ms) < 60


async def test_an_interruption_drops_the_rest_and_says_how_much_was_heard() -> None:
    async with ScriptedEngine(lambda _: Reply("one two three four five six seven eight", 4000)) as server:
        async with Caller(opener(line(server))) as caller:
            assert await caller.until_speaking(for_ms=400)
            turn = await caller.say(Utterance(np.concatenate((tone(300), quiet(600))), "stop"))
        (truncate,) = [
            event for event in server.connections[0].received if event["type"] == "conversation.item.truncate"
        ][:1]
        spans = caller.agent_spans()
        assert abs(truncate["audio_end_ms"] - spans[0].duration_ms) <= 20
        yielded = time_to_yield(turn.start_ms, spans)
        assert yielded is not None and yielded.time_to_yield_ms is not None
        first = next(iter(caller.log.segments.values()))
        assert first.unheard and first.text.startswith("one")
        assert "one two three four five six seven eight".startswith(first.text)


async def test_a_tool_is_answered_with_what_the_scenario_says() -> None:
    def script(asked: Asked) -> Reply:
        if asked.kind == "turn":
            return Reply(tool="book", arguments={"seats": 4})
        return Reply(f"It is {asked.output}.")

    async with ScriptedEngine(script) as server:
        async with Caller(opener(line(server, greet=False), BOOKING)) as caller:
            turn = await caller.say(four())
            assert await caller.until_answered(turn, quiet_ms=400)
        (tool,) = caller.log.tools.values()
        assert (tool.name, tool.arguments, tool.output, tool.is_error) == (
            "book",
            {"seats": 4},
            "table nine",
            False,
        )
        assert caller.log.said_by("agent") == ["It is table nine."]
        (fall,) = caller.log.waterfalls
        assert fall.user_segment_id == server.connections[0].turn_item


async def test_typed_text_stops_the_agent_and_is_answered() -> None:
    async with ScriptedEngine(
        lambda asked: Reply(f"You typed {asked.words}." if asked.words else "Hm", 3000)
    ) as server:
        async with Caller(opener(line(server))) as caller:
            assert await caller.until_speaking(for_ms=200)
            caller.type_text("a table for two")
            assert await caller.until(
                lambda: "You typed a table for two." in caller.log.said_by("agent"), 5000
            )
        assert [w.typed for w in caller.log.segments.values() if w.speaker == "caller"] == [True]
        kinds = [event["type"] for event in server.connections[0].received]
        assert kinds.index("response.cancel") < kinds.index("conversation.item.create")
        assert not caller.log.problems


async def test_the_real_engine_holds_a_call_with_a_tool() -> None:
    async with engine() as server:
        options = RealtimeOptions(server.url + "/realtime", greet=False)
        async with Caller(opener(options, BOOKING)) as caller:
            turn = await caller.say(Utterance(np.concatenate((quiet(100), tone(600))), "four people please"))
            assert await caller.until_answered(turn, quiet_ms=400)
        assert caller.log.said_by("caller") == ["four people please"]
        assert caller.log.said_by("agent") == ["The desk says table nine."]
        (tool,) = caller.log.tools.values()
        assert tool.output == "table nine"
        fall = caller.log.waterfalls[-1]
        assert {"turn_over", "audio_sent", "audio_played"} <= set(fall.stamps)
        assert "speech_ended" in fall.stamps
        assert not caller.log.problems


BETA_NAMES = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "conversation.item.added": "conversation.item.created",
}


async def test_a_server_of_the_beta_is_understood() -> None:
    def old(event: dict[str, Any]) -> dict[str, Any]:
        if event["type"] == "session.created":
            event["session"] = {"input_audio_format": "pcm16", "modalities": ["text", "audio"]}
        return event | {"type": BETA_NAMES.get(event["type"], event["type"])}

    async with ScriptedEngine(lambda _: Reply("Good evening.")) as server:
        server.rewrite, server.antiphon_events = old, False
        async with Caller(opener(line(server), BOOKING)) as caller:
            assert await caller.until_speaking()
            assert await caller.until_quiet(200)
        assert caller.log.said_by("agent") == ["Good evening."]
        session = server.connections[0].session
        assert session["input_audio_format"] == session["output_audio_format"] == "pcm16"
        assert "audio" not in session


async def test_errors_and_the_end_are_told() -> None:
    async with ScriptedEngine() as server:
        server.refuse = lambda event: event["type"] == "response.create"
        server.rewrite = lambda event: event | ({"event_id": "x"} if event["type"] == "error" else {})
        async with Caller(opener(line(server, greet=False))) as caller:
            server.connections[0].received.clear()
            await server.connections[0].send("error", error={"type": "server_error", "message": "Not now."})
            await server.connections[0].send("response.output_item.done")  # no item
            assert await caller.until(lambda: len(caller.log.problems) == 2, 2000)
            assert [p["code"] for p in caller.log.problems] == ["server_error", "bad_event"]
            await server.connections[0].ws.close()
            assert await caller.until(lambda: caller.log.ended == "agent", 2000)
        assert caller.log.ended == "agent"


async def test_a_server_that_dies_is_told_as_a_lost_line() -> None:
    async with ScriptedEngine() as server:
        async with Caller(opener(line(server, greet=False))) as caller:
            server.connections[0].transport.abort()
            assert await caller.until(lambda: bool(caller.log.ended), 2000)
        assert caller.log.ended == "line_lost"


async def test_answers_without_audio_are_told_once() -> None:
    def mute(event: dict[str, Any]) -> dict[str, Any] | None:
        if event["type"] == "response.done":
            event["response"]["output"] = [
                {"id": "i", "type": "message", "content": [{"type": "output_text", "text": "Hello."}]}
            ]
        return None if "audio" in event["type"] else event

    async with ScriptedEngine() as server:
        server.rewrite = mute
        async with Caller(opener(line(server))) as caller:
            assert await caller.until(lambda: bool(caller.log.problems), 3000)
        (problem,) = caller.log.problems
        assert problem["code"] == "no_audio" and problem["fatal"]


# ---------------------------------------------------------------- what cannot be opened


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/v1/realtime", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"ws://127.0.0.1:{port}/v1/realtime"
    finally:
        await runner.cleanup()


async def failure(options: RealtimeOptions) -> LineError | CallRefused:
    with pytest.raises((LineError, CallRefused)) as caught:
        await opener(options)(lambda _: None)
    assert isinstance(caught.value, LineError | CallRefused)
    return caught.value


async def test_nobody_listens() -> None:
    error = await failure(RealtimeOptions(f"ws://127.0.0.1:{free_port()}/v1/realtime?secret=1"))
    assert "cannot be reached" in error.message and error.mend == "Is it running there?"
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("code", "key", "message", "mend"),
    [
        (401, "", "asks for a key (HTTP 401)", "Give a key: --key, or OPENAI_API_KEY."),
        (401, "k3y", "asks for a key (HTTP 401)", "The key is not the right one."),
        (404, "", "nothing at this address (HTTP 404)", "/v1/realtime"),
        (503, "", "takes no more calls now", "later"),
        (500, "", "did not take the call (HTTP 500)", ""),
    ],
)
async def test_the_server_says_no(code: int, key: str, message: str, mend: str) -> None:
    async def no(_: web.Request) -> web.Response:
        return web.Response(status=code)

    async with serving(no) as url:
        error = await failure(RealtimeOptions(url, key=key))
    assert message in error.message and mend in error.mend
    assert "k3y" not in str(error)
    assert isinstance(error, CallRefused) == (code == 503)


async def test_a_session_that_is_refused_or_mute_says_why() -> None:
    answer: dict[str, Any] = {}

    async def serve(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_json({"type": "session.created", "session": {}})
        await ws.receive()
        if answer:
            await ws.send_json(answer)
        await ws.close(code=4001)
        return ws

    async with serving(serve) as url:
        assert (
            "closed the connection before session.updated (code 4001)"
            in (await failure(RealtimeOptions(url))).message
        )
        answer = {"type": "error", "error": {"message": "Unknown voice.", "param": "session.audio"}}
        assert "Unknown voice. (session.audio)" in (await failure(RealtimeOptions(url))).message
        answer = {"type": "session.updated", "session": {"output_modalities": ["text"]}}
        error = await failure(RealtimeOptions(url))
        assert "without audio" in error.message and error.mend == "Choose a model that speaks."


def test_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "cloud-key")
    ours = RealtimeOptions("http://127.0.0.1:8001/v1/realtime")
    assert ours.address == "ws://127.0.0.1:8001/v1/realtime?antiphon=events"
    assert ours.headers == {}, "the cloud's key goes nowhere else"
    assert (
        RealtimeOptions("ws://h/realtime?model=a", model="b").address
        == "ws://h/realtime?model=b&antiphon=events"
    )
    cloud = RealtimeOptions("wss://api.openai.com/v1/realtime")
    assert cloud.address == "wss://api.openai.com/v1/realtime?model=gpt-realtime"
    assert cloud.headers == {"Authorization": "Bearer cloud-key"}
    assert RealtimeOptions("wss://api.openai.com/v1/realtime?model=x").address.endswith("?model=x")
    assert RealtimeOptions("ws://h/realtime", key="k", beta=True).headers == {
        "Authorization": "Bearer k",
        "OpenAI-Beta": "realtime=v1",
    }


async def test_the_real_engine_is_interrupted_and_says_what_was_heard() -> None:
    long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
    async with engine(brain=ScriptedBrain(lambda _: [Say(long)])) as server:
        async with Caller(opener(RealtimeOptions(server.url + "/realtime"))) as caller:
            assert await caller.until_speaking(for_ms=600)
            turn = await caller.say(Utterance(np.concatenate((tone(900), quiet(300))), "four people please"))
            assert await caller.until(lambda: any(w.unheard for w in caller.log.segments.values()), 2000)
        cut = next(words for words in caller.log.segments.values() if words.unheard)
        assert f"{cut.text} {cut.unheard}" == long and cut.text.startswith("one two")
        yielded = time_to_yield(turn.start_ms, caller.agent_spans())
        assert yielded is not None and yielded.time_to_yield_ms is not None
        assert not caller.log.problems
