"""The server goes away: for four seconds, for seven, for good."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from typing import Any

import pytest
from livekit.agents import Agent, APIConnectionError, APIConnectOptions

from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from tests.api_notes.talk import LINE_HZ, PATIENT, Talk, right_model, right_session, talk

DEFAULT = APIConnectOptions()
LONG = Reply("one two three four five six seven eight nine ten", audio_ms=6000)


async def away(server: ScriptedEngine, seconds: float) -> None:
    await server.stop()
    await asyncio.sleep(seconds)
    await server.start()


@pytest.mark.row(id="outage-retries")
@pytest.mark.parametrize(("seconds", "survives"), [(2, True), (5, False)])
async def test_by_default_an_outage_of_a_few_seconds_ends_the_call(
    server: ScriptedEngine, seconds: float, survives: bool
) -> None:
    assert (DEFAULT.max_retry, DEFAULT.retry_interval, DEFAULT.timeout) == (3, 2.0, 10.0)
    async with talk(server, model={"conn_options": DEFAULT}) as call:
        await asyncio.sleep(0.2)
        await away(server, seconds)
        await asyncio.sleep(5)
        assert bool(server.live) is survives
        assert call.told("error")[-1].error.recoverable is survives


@pytest.mark.row(id="outage-retries")
async def test_with_many_short_retries_the_call_goes_on(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await asyncio.sleep(0.2)
        await away(server, 7)
        await call.until(lambda: server.live)
        assert all(event.error.recoverable for event in call.told("error"))
        await call.session.generate_reply()
        assert call.played > 0


@pytest.mark.row(id="close-after-outage")
async def test_close_is_never_emitted(server: ScriptedEngine) -> None:
    unheard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    async with talk(server, model={"conn_options": DEFAULT}) as call:
        await asyncio.sleep(0.1)
        await server.stop()
        await call.until(lambda: call.told("error") and not call.told("error")[-1].error.recoverable)
        await asyncio.sleep(5)
        await call.session.aclose()  # comes back: the session takes itself for closed
        assert call.told("close") == []
    gc.collect()
    (failed,) = [each["exception"] for each in unheard if "_aclose_impl" in str(each.get("future"))]
    assert isinstance(failed, APIConnectionError), "closing stopped in the middle"


@pytest.mark.row(id="close-after-outage")
async def test_the_error_event_tells_of_the_end(server: ScriptedEngine) -> None:
    async with talk(server, model={"conn_options": DEFAULT}) as call:
        ended = asyncio.Event()
        call.session.on("error", lambda event: None if event.error.recoverable else ended.set())
        await asyncio.sleep(0.1)
        await server.stop()
        await asyncio.wait_for(ended.wait(), 60)


@pytest.mark.row(id="outage-audio")
async def test_audio_of_an_outage_waits_without_bound(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await asyncio.sleep(0.1)
        await server.stop()
        await asyncio.sleep(5)
        waiting = call.remote._msg_ch.qsize()
        await asyncio.sleep(5)
        assert call.remote._msg_ch.qsize() - waiting >= 45, "ten appends a second"
        before = len(server.connections)
        await server.start()
        await call.until(lambda: len(server.connections) > before)
        await asyncio.sleep(0.5)
        assert call.connection.audio_samples > 9 * LINE_HZ, "all of it arrives at once"


@pytest.mark.row(id="outage-audio")
async def test_an_input_that_holds_audio_back_keeps_it_small(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        call.session.on("error", lambda _: call.caller.hold())
        call.remote.on("session_reconnected", lambda _: call.caller.go_on())
        await asyncio.sleep(0.1)
        await server.stop()
        await asyncio.sleep(10)
        assert call.remote._msg_ch.qsize() <= 2
        before = len(server.connections)
        await server.start()
        await call.until(lambda: len(server.connections) > before)
        await asyncio.sleep(0.5)
        assert 0 < call.connection.audio_samples < 7 * LINE_HZ, "the newest six seconds"


@pytest.mark.row(id="after-outage")
async def test_the_history_is_replayed_and_the_lost_answer_is_not(server: ScriptedEngine) -> None:
    server.words = ["what time is it"]
    server.script = lambda _: Reply("Half past nine.", audio_ms=400, delay_ms=3000)
    async with talk(server) as call:
        await asyncio.sleep(0.2)
        await call.say()
        await call.until(lambda: server.asked)
        await away(server, 2)
        await asyncio.sleep(10)
        assert [item["content"][0]["text"] for item in call.connection.items] == ["what time is it"]
        assert len(server.asked) == 1 and call.played == 0


@pytest.mark.row(id="after-outage")
async def test_who_asks_for_the_answer_gets_it(server: ScriptedEngine) -> None:
    server.words = ["what time is it"]
    server.script = lambda _: Reply("Half past nine.", audio_ms=400, delay_ms=3000)
    async with talk(server) as call:
        await asyncio.sleep(0.2)
        call.remote.on("session_reconnected", lambda _: call.session.generate_reply())
        await call.say()
        await call.until(lambda: server.asked)
        await away(server, 2)
        await call.until_quiet()
        assert server.asked[-1].words == "what time is it" and call.played > 0


def _mirror(call: Talk) -> list[str]:
    return [
        item.text_content for item in call.remote.chat_ctx.items if item.type == "message" and item.content
    ]


@pytest.mark.row(id="replay-cut-short")
async def test_a_second_loss_during_the_replay_forgets_the_rest(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await _three_messages(call)
        await _lost_twice(call)
        assert len(_mirror(call)) < 3


@pytest.mark.row(id="replay-cut-short")
async def test_the_copy_of_before_can_be_put_back(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await _three_messages(call)
        whole = call.remote._remote_chat_ctx

        def lost(_: Any) -> None:
            if len(_mirror(call)) < 3:
                call.remote._remote_chat_ctx = whole

        call.session.on("error", lost)
        await _lost_twice(call)
        assert len(_mirror(call)) == 3


async def _three_messages(call: Talk) -> None:
    for text in ("one", "two", "three"):
        context = call.remote.chat_ctx.copy()
        context.add_message(role="user", content=text)
        await call.remote.update_chat_ctx(context)
    assert _mirror(call) == ["one", "two", "three"]


async def _lost_twice(call: Talk) -> None:
    """The server restarts; the first new connection takes the settings and one item and is lost."""
    call.server.deaf_after = 1
    await away(call.server, 1)
    before = len(call.server.connections)
    await call.until(lambda: len(call.server.connections) > before)
    await call.until(lambda: not call.server.live)
    call.server.deaf_after = None
    await call.until(lambda: call.server.live)
    await asyncio.sleep(2)


@pytest.mark.row(id="retry-log")
async def test_each_retry_logs_a_traceback(server: ScriptedEngine, caplog: pytest.LogCaptureFixture) -> None:
    async with talk(server):
        await asyncio.sleep(0.2)
        caplog.clear()
        await away(server, 5)
        await asyncio.sleep(2)
    retries = [r for r in caplog.records if "connection failed, retrying" in r.getMessage()]
    assert len(retries) >= 5 and all(r.exc_info and r.levelno == logging.WARNING for r in retries)


@pytest.mark.row(id="retry-log")
async def test_a_filter_of_the_logger_keeps_them_out(
    server: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("livekit.agents")

    def no_retries(record: logging.LogRecord) -> bool:
        return "connection failed, retrying" not in record.getMessage()

    logger.addFilter(no_retries)
    try:
        async with talk(server):
            await asyncio.sleep(0.2)
            caplog.clear()
            await away(server, 5)
            await asyncio.sleep(2)
    finally:
        logger.removeFilter(no_retries)
    assert not [r for r in caplog.records if "connection failed, retrying" in r.getMessage()]


@pytest.mark.row(id="error-recoverable")
async def test_an_error_event_is_not_the_end(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await asyncio.sleep(0.5)
        await call.connection.send(
            "error", error={"type": "invalid_request_error", "code": "x", "message": "Odd."}
        )
        await call.until(lambda: call.told("error"))
        assert call.told("error")[0].error.recoverable
        await call.session.generate_reply()
        assert call.played > 0
        await call.connection.send(
            "error",
            error={"type": "invalid_request_error", "code": "invalid_api_key", "message": "Wrong key."},
        )
        await call.until(lambda: len(call.told("error")) == 2)
        assert not call.told("error")[1].error.recoverable
        await asyncio.sleep(5)
        assert not server.live, "it is not tried again"


@pytest.mark.row(id="server-not-there")
@pytest.mark.parametrize("options", [DEFAULT, PATIENT], ids=["default", "patient"])
async def test_start_comes_back_without_a_server(server: ScriptedEngine, options: APIConnectOptions) -> None:
    await server.stop()
    model = right_model(server, conn_options=options)
    session = right_session(model)
    ended: list[Any] = []
    session.on("error", lambda event: None if event.error.recoverable else ended.append(event))
    await session.start(Agent(instructions="x"))  # says nothing
    await asyncio.sleep(8)
    await server.start()
    await asyncio.sleep(2)
    if options is PATIENT:
        assert server.live[0].session["instructions"] == "x" and not ended
    else:
        assert ended and not server.live
    with contextlib.suppress(APIConnectionError):
        await session.aclose()
    await model.aclose()
