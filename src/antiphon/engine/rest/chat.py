"""POST /v1/chat/completions: the engine's brain for a conversation, streamed, with tools."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from aiohttp import web

from antiphon.clock import CivilClock
from antiphon.engine.brains.brain import Brain, BrainRequest, CallTool, Say
from antiphon.engine.rest.chat_items import ChatRequest, brain_request
from antiphon.engine.rest.door import while_connected
from antiphon.engine.rest.errors import ApiError, checked_model, error_object, read_json
from antiphon.errors import BrainError

Output = Say | CallTool
_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""Nothing is counted: the form brain has no tokens."""


class Chat:
    """Serves the address.

    Args:
        brain: the engine's.
        civil: civil time, for the brain.
    """

    def __init__(self, brain: Brain, civil: CivilClock) -> None:
        self._brain = brain
        self._civil = civil

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request.

        Raises:
            ApiError: the body is wrong; names the field.
            BrainError: the brain failed before its first word. Later, the stream ends with an error event.
        """
        asked = read_json(await request.read(), ChatRequest)
        checked_model(asked.model)
        if asked.n not in (1, None):
            raise ApiError("`n`: there is one answer only.", param="n")
        wanted = brain_request(asked, self._civil())
        async with aclosing(self._outputs(wanted)) as outputs:
            if not asked.stream:
                return await while_connected(request, _whole(outputs, asked.model))
            first = await while_connected(request, anext(outputs, None))
            return await _streamed(request, first, outputs, asked)

    async def _outputs(self, wanted: BrainRequest) -> AsyncGenerator[Output, None]:
        stream = self._brain.reply(wanted)
        try:
            async for output in stream:
                if isinstance(output, Say | CallTool):
                    yield output
        finally:
            close = getattr(stream, "aclose", None)  # an iterator that is no generator has none
            if close is not None:
                await close()


async def _whole(outputs: AsyncGenerator[Output, None], model: str) -> web.Response:
    text, calls = "", []
    async for output in outputs:
        if isinstance(output, Say):
            text += output.text
        else:
            calls.append(_call(output))
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = calls
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": "tool_calls" if calls else "stop",
        "logprobs": None,
    }
    return web.json_response(_frame("chat.completion", model) | {"choices": [choice], "usage": _USAGE})


async def _streamed(
    request: web.Request, first: Output | None, outputs: AsyncGenerator[Output, None], asked: ChatRequest
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    frame = _frame("chat.completion.chunk", asked.model)
    calls = 0

    async def send(data: dict[str, Any] | str) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        await response.write(f"data: {text}\n\n".encode())

    async def delta(delta: dict[str, Any], finish: str | None = None) -> None:
        await send(frame | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    await delta({"role": "assistant", "content": ""})
    output = first
    try:
        while output is not None:
            if isinstance(output, Say):
                await delta({"content": output.text})
            else:
                await delta({"tool_calls": [{"index": calls} | _call(output)]})
                calls += 1
            output = await while_connected(request, anext(outputs, None))
    except BrainError as error:
        await send({"error": error_object(500, error.code, error.message)})
    else:
        await delta({}, "tool_calls" if calls else "stop")
        if asked.stream_options is not None and asked.stream_options.include_usage:
            await send(frame | {"choices": [], "usage": _USAGE})
    await send("[DONE]")
    await response.write_eof()
    return response


def _frame(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _call(call: CallTool) -> dict[str, Any]:
    arguments = json.dumps(dict(call.arguments))
    return {
        "id": f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
