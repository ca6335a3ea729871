"""The chat brain against a real small LLM, and against a server that does everything wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from pydantic import SecretStr

from antiphon.engine.brains import chat_errors
from antiphon.engine.brains.brain import BrainOutput, BrainRequest, CallTool, Note, Say, Tool
from antiphon.engine.brains.chat import MAX_REPLY_CHARS, ChatBrain
from antiphon.engine.conversation import Item, UserMessage
from antiphon.errors import BrainError
from antiphon.settings import BrainSettings

NOW = datetime(2026, 11, 23, 14, 7, tzinfo=ZoneInfo("Europe/Vienna"))
BOOK = Tool(
    "book",
    "Books a table.",
    {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
)


def request(*items: Item, tools: tuple[Tool, ...] = (), choice: str = "auto") -> BrainRequest:
    return BrainRequest("Be kind.", "", tools, choice, items or (UserMessage("1", "hello"),), NOW)


def settings(url: str, **changes: Any) -> BrainSettings:
    return BrainSettings(name="chat", chat_url=url, chat_model="small", **changes)


async def outputs(brain: ChatBrain, asked: BrainRequest) -> list[BrainOutput]:
    return [output async for output in brain.reply(asked)]


def words(given: list[BrainOutput]) -> str:
    return "".join(output.text for output in given if isinstance(output, Say))


def calls(given: list[BrainOutput]) -> list[CallTool]:
    return [output for output in given if isinstance(output, CallTool)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ------------------------------------------------------------------ a real LLM


@pytest.fixture(scope="module")
def llm() -> Iterator[str]:
    """The address of llama.cpp's server with SmolLM2, in a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.brains.llm_server", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        line = process.stdout.readline().decode().strip()
        assert line.startswith("http"), f"the LLM server did not start (exit code {process.poll()})"
        yield f"{line}/v1"
    finally:
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def test_a_real_model_streams_words(llm: str) -> None:
    brain = ChatBrain(settings(llm))
    given = await outputs(brain, request(UserMessage("1", "Tell me about the sea.")))
    await brain.close()
    says = [output for output in given if isinstance(output, Say)]
    assert len(says) > 3
    assert len(words(given)) > 20
    assert isinstance(given[-1], Note)
    assert given[-1].detail["finish"] in ("stop", "length")


async def test_a_real_model_calls_a_tool(llm: str) -> None:
    """The model copies the call, token by token; the server makes a tool call of it; its pieces are put together."""
    wish = 'Repeat exactly:\n<tool_call>\n{"name": "book", "arguments": {"day": "Thursday"}}\n</tool_call>'
    brain = ChatBrain(settings(llm))
    given = await outputs(brain, request(UserMessage("1", wish), tools=(BOOK,), choice="required"))
    await brain.close()
    assert calls(given) == [CallTool("book", {"day": "Thursday"})]


async def test_a_real_server_is_free_again_after_a_withdrawn_reply(llm: str) -> None:
    brain = ChatBrain(settings(llm))
    for _ in range(3):  # one slot: a stream that went on would keep the next waiting
        stream = brain.reply(request(UserMessage("1", "Count to one hundred.")))
        assert isinstance(await anext(aiter(stream)), Say)
        await stream.aclose()  # type: ignore[attr-defined]
    assert words(await outputs(brain, request()))
    await brain.close()


# ------------------------------------------------- a server that does as it is told

Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


class Server:
    """Answers requests by a script; keeps what was asked."""

    def __init__(self, url: str, asked: list[dict[str, Any]], headers: list[dict[str, str]]) -> None:
        self.url, self.asked, self.headers = url, asked, headers


@asynccontextmanager
async def serving(*script: Answer) -> AsyncIterator[Server]:
    """A server that answers the n-th request by the n-th part of the script, and further ones by the last."""
    server = Server(f"http://127.0.0.1:{free_port()}/v1", [], [])

    async def handle(req: web.Request) -> web.StreamResponse:
        body = await req.json()
        server.asked.append(body)
        server.headers.append(dict(req.headers))
        return await script[min(len(server.asked), len(script)) - 1](req, body)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(server.url.split(":")[2].split("/")[0])).start()
    try:
        yield server
    finally:
        await runner.cleanup()


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


def say(*texts: str) -> list[str]:
    return [chunk({"content": text}) for text in texts]


def tool(arguments: str, *, name: str = "book", index: int = 0, call_id: str = "call_1") -> list[str]:
    """A tool call in three pieces."""
    middle = len(arguments) // 2

    def piece(**fields: Any) -> str:
        return chunk({"tool_calls": [{"index": index, **fields}]})

    return [
        piece(id=call_id, type="function", function={"name": name, "arguments": ""}),
        piece(function={"arguments": arguments[:middle]}),
        piece(function={"arguments": arguments[middle:]}),
    ]


STOP = [chunk({}, "stop"), "data: [DONE]\n\n"]
TOOLS = [chunk({}, "tool_calls"), "data: [DONE]\n\n"]


def streams(*parts: str | float) -> Answer:
    """Sends what it is given; a number is a pause in seconds."""

    async def answer(req: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(req)
        for part in parts:
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                await response.write(part.encode())
        return response

    return answer


def cuts(*parts: str) -> Answer:
    """Sends what it is given and breaks the connection."""

    async def answer(req: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(req)
        for part in parts:
            await response.write(part.encode())
        await asyncio.sleep(0.05)
        assert req.transport is not None
        req.transport.abort()
        return response

    return answer


def refuses(status: int, message: str = "no") -> Answer:
    async def answer(req: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"error": {"message": message, "type": "x"}}, status=status)

    return answer


async def asked_of(*script: Answer, asked: BrainRequest | None = None, **changes: Any) -> list[BrainOutput]:
    async with serving(*script) as server:
        brain = ChatBrain(settings(server.url, **changes))
        try:
            return await outputs(brain, asked or request())
        finally:
            await brain.close()


async def test_words_are_said_as_they_come() -> None:
    given = await asked_of(streams(*say("We ", "open ", "at five."), *STOP))
    assert [output.text for output in given if isinstance(output, Say)] == ["We ", "open ", "at five."]


async def test_what_is_asked_of_the_server() -> None:
    async with serving(streams(*say("ok"), *STOP)) as server:
        brain = ChatBrain(settings(server.url, chat_key=SecretStr("sk-test")))
        await outputs(brain, request(tools=(BOOK,)))
        await outputs(brain, request(tools=(BOOK,), choice="book"))
        await outputs(brain, request(tools=(BOOK,), choice="none"))
        await outputs(brain, request())
        await brain.close()
    first, named, none, plain = server.asked
    assert first["model"] == "small"
    assert first["stream"] is True
    assert first["tools"][0]["function"]["name"] == "book"
    assert "tool_choice" not in first
    assert named["tool_choice"] == {"type": "function", "function": {"name": "book"}}
    for without in (none, plain):
        assert "tools" not in without
        assert "tool_choice" not in without
    assert server.headers[0]["Authorization"] == "Bearer sk-test"


async def test_tool_calls_are_put_together() -> None:
    pieces = tool('{"day":"Thursday"}') + tool('{"day":"Friday"}', index=1, call_id="call_2")
    given = await asked_of(streams(*say("Let me see. "), *pieces, *TOOLS), asked=request(tools=(BOOK,)))
    assert words(given) == "Let me see. "
    assert calls(given) == [CallTool("book", {"day": "Thursday"}), CallTool("book", {"day": "Friday"})]


async def test_calls_that_share_an_index_are_told_apart() -> None:
    pieces = tool('{"day":"Thursday"}') + tool('{"day":"Friday"}', call_id="call_2")
    given = await asked_of(streams(*pieces, *TOOLS), asked=request(tools=(BOOK,)))
    assert [call.arguments["day"] for call in calls(given)] == ["Thursday", "Friday"]


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ("", {}),
        ("{}", {}),
        ('```json\n{"day": "Monday"}\n```', {"day": "Monday"}),
        ("{'day': 'Monday', 'late': True}", {"day": "Monday", "late": True}),
        ('"{\\"day\\": \\"Monday\\"}"', {"day": "Monday"}),
    ],
)
async def test_arguments_that_are_nearly_json_are_read(arguments: str, read: dict[str, Any]) -> None:
    given = await asked_of(streams(*tool(arguments), *TOOLS), asked=request(tools=(BOOK,)))
    assert calls(given) == [CallTool("book", read)]


@pytest.mark.parametrize(
    ("first", "told"),
    [(tool('{"day": Thurs'), "book"), (tool("[1]"), "[1]"), (tool("{}", name="bok"), "'bok'")],
    ids=["broken", "no object", "no such tool"],
)
async def test_a_call_that_cannot_be_right_is_asked_for_once_more(first: list[str], told: str) -> None:
    async with serving(
        streams(*say("One moment. "), *first, *TOOLS),
        streams(*say("One moment. "), *tool('{"day":"Monday"}'), *TOOLS),
    ) as server:
        brain = ChatBrain(settings(server.url))
        given = await outputs(brain, request(tools=(BOOK,)))
        await brain.close()
    assert calls(given) == [CallTool("book", {"day": "Monday"})]
    assert words(given) == "One moment. "
    assert told in server.asked[1]["messages"][-1]["content"]


async def test_a_call_that_is_wrong_twice_is_told_to_the_caller() -> None:
    with pytest.raises(BrainError) as caught:
        await asked_of(streams(*tool("nonsense"), *TOOLS), asked=request(tools=(BOOK,)))
    assert caught.value.spoken == chat_errors.NOT_DONE


@pytest.mark.parametrize(
    ("answer", "spoken", "logged", "retryable"),
    [
        (refuses(401), chat_errors.NOT_SET_UP, "engine.brain.chat_key", False),
        (refuses(403), chat_errors.NOT_SET_UP, "engine.brain.chat_key", False),
        (refuses(404, "no such model"), chat_errors.NOT_SET_UP, "engine.brain.chat_model", False),
        (refuses(429, "slow down"), chat_errors.BUSY, "slow down", True),
        (refuses(400, "context too long"), chat_errors.CANNOT, "context too long", False),
        (refuses(500, "out of memory"), chat_errors.TRY_AGAIN, "out of memory", True),
        (refuses(503), chat_errors.TRY_AGAIN, "503", True),
        (cuts(*say("We open at")), chat_errors.LOST, "broke off", True),
        (streams(*say("We open at")), chat_errors.LOST, "middle of the answer", True),
        (cuts(*tool('{"day":')[:2]), chat_errors.LOST, "broke off", True),
        (streams(*tool('{"day":')[:2]), chat_errors.NOT_DONE, "middle of a tool call", True),
        (
            streams('data: {"error":{"message":"the GPU fell off"}}\n\n'),
            chat_errors.LOST,
            "GPU fell off",
            True,
        ),
        (streams("data: {not json\n\n"), chat_errors.LOST, "cannot be read", True),
        (streams('data: {"choices": 7}\n\n'), chat_errors.LOST, "cannot be read", True),
        (streams(*STOP), chat_errors.LOST, "answered nothing", True),
        (streams(chunk({"content": "<think>hm"}), *STOP), chat_errors.LOST, "answered nothing", True),
        (streams(chunk({}, "content_filter")), chat_errors.CANNOT, "filter", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_fails_becomes_words_for_the_caller_and_precise_ones_for_the_log(
    answer: Answer, spoken: str, logged: str, retryable: bool
) -> None:
    with pytest.raises(BrainError) as caught:
        await asked_of(answer, asked=request(tools=(BOOK,)))
    assert caught.value.spoken == spoken
    assert logged in caught.value.message
    assert caught.value.retryable is retryable


async def test_a_server_that_is_not_there() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    brain = ChatBrain(settings(url))
    with pytest.raises(BrainError) as caught:
        await outputs(brain, request())
    assert caught.value.spoken == chat_errors.TRY_AGAIN
    assert url in caught.value.message
    await brain.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (streams(30.0), "no first word"),
        (streams(*say("We "), 30.0), "no end"),
        (streams(chunk({"role": "assistant"}), 30.0), "no first word"),
    ],
    ids=["no answer", "no end", "no word"],
)
async def test_a_server_that_is_too_slow(answer: Answer, said: str) -> None:
    with pytest.raises(BrainError, match=said) as caught:
        await asked_of(answer, first_token_timeout_ms=200, timeout_ms=600)
    assert caught.value.spoken == chat_errors.TOO_SLOW
    assert caught.value.retryable


async def test_a_model_without_end_is_cut_off() -> None:
    given = await asked_of(streams(*say("again and " * 50) * 200, 30.0))
    assert MAX_REPLY_CHARS <= len(words(given)) < MAX_REPLY_CHARS + 1000


async def test_a_withdrawn_reply_ends_the_request() -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def endless(req: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(req)
        with suppress(ConnectionError):
            while True:
                await response.write(chunk({"content": "on and "}).encode())
                begun.set()
                await asyncio.sleep(0.01)
        gone.set()
        return response

    async with serving(endless) as server:
        brain = ChatBrain(settings(server.url))
        task = asyncio.create_task(outputs(brain, request()))
        await asyncio.wait_for(begun.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 5)
        await brain.close()


@pytest.mark.parametrize(
    "answer",
    [
        refuses(400, "bad input: my secret"),
        refuses(401, "wrong key sk-secret"),
        streams('data: {"error":{"message":"cannot answer my secret"}}\n\n'),
        streams('data: "my secret'),
        streams(*tool("my secret"), *TOOLS),
    ],
)
async def test_neither_key_nor_words_come_into_logs(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(BrainError) as caught:
        await asked_of(
            refuses(401), asked=request(UserMessage("1", "my secret")), chat_key=SecretStr("sk-secret")
        )
    assert "secret" not in caplog.text
    assert "secret" not in caught.value.message


def test_it_expects_nothing_and_judges_no_turns() -> None:
    brain = ChatBrain(settings("http://127.0.0.1:1/v1"))
    assert brain.expects(request()).vocabulary == ()
    assert not brain.judges_turns
    assert "small" in brain.name
