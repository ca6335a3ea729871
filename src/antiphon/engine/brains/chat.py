"""The chat brain: any OpenAI-compatible chat completions endpoint, streaming, with tools.

It keeps nothing between requests: each is built anew from the conversation's items. What goes wrong becomes words for the caller
(`chat_errors`), never a silence.
"""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import openai
from openai import AsyncOpenAI, AsyncStream, omit
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from antiphon.engine.brains.brain import BrainOutput, BrainRequest, CallTool, Expectation, Note, Say
from antiphon.engine.brains.chat_errors import CANNOT, LOST, NOT_DONE, TOO_SLOW, explained, failure
from antiphon.engine.brains.chat_messages import messages_for, tool_choice_for, tools_for
from antiphon.engine.brains.chat_text import SpokenText
from antiphon.settings import BrainSettings

MAX_REPLY_CHARS = 4000
"""A reply is cut here, at about four minutes of speech: a small model that repeats itself would never end."""


class ChatBrain:
    """Answers with a language model behind an OpenAI-compatible endpoint.

    Args:
        settings: address, model, key and time-outs.
    """

    judges_turns = False

    def __init__(self, settings: BrainSettings) -> None:
        self.name = f"chat ({settings.chat_model})"
        self._settings = settings
        self._client = AsyncOpenAI(
            base_url=settings.chat_url,
            api_key=settings.chat_key.get_secret_value() or "none",
            max_retries=0,  # its waits between tries are longer than a caller's patience; `_open` tries again at once
            timeout=openai.Timeout(settings.timeout_ms / 1000 + 1),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    def expects(self, request: BrainRequest) -> Expectation:
        """Nothing in particular: what a model will ask next is not known before it asks."""
        return Expectation()

    async def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
        """Streams the answer: words as they come, tools when their arguments are whole.

        Arguments that are no JSON object, and tools that do not exist, are given back to the model once.

        Raises (while iterating):
            BrainError: with words for the caller.
        """
        messages = messages_for(request)
        known = {tool.name for tool in request.tools}
        ends_at = asyncio.get_running_loop().time() + self._settings.timeout_ms / 1000
        spoke = False
        for last_try in (False, True):
            answer = _Answer()
            async with aclosing(self._words(messages, request, answer, ends_at)) as stream:
                async for words in stream:
                    if not (last_try and spoke):  # the second try would say it again
                        yield Say(words)
                        spoke = True
            calls, problem = answer.calls.parsed(known)
            if not problem:
                break
            yield Note("chat_tool_call_unreadable", {"problem": problem, "again": not last_try})
            if last_try:
                raise failure("called a tool wrongly twice; the call's record says how", NOT_DONE)
            messages = [
                *messages,
                {"role": "user", "content": f"(Your tool call failed: {problem} Call it again.)"},
            ]
        yield Note(
            "chat", {"model": self._settings.chat_model, "finish": answer.finish, "chars": answer.chars}
        )
        for call in calls:
            yield call
        if not spoke and not calls:
            if answer.finish == "content_filter":
                raise failure("its content filter held the answer back", CANNOT)
            raise failure(f"answered nothing (finish_reason {answer.finish!r})", LOST, retryable=True)

    async def _words(
        self,
        messages: list[ChatCompletionMessageParam],
        request: BrainRequest,
        answer: _Answer,
        ends_at: float,
    ) -> AsyncGenerator[str, None]:
        """The words of one answer; its tool calls and its end are kept in `answer`."""
        text = SpokenText()
        async with aclosing(self._chunks(messages, request, ends_at)) as chunks:
            async for chunk in chunks:
                for choice in chunk.choices[:1]:
                    answer.finish = choice.finish_reason or answer.finish
                    answer.calls.add(choice.delta.tool_calls or ())
                    if words := text.feed(choice.delta.content or ""):
                        answer.chars += len(words)
                        yield words
                if answer.chars > MAX_REPLY_CHARS:
                    answer.finish = "too_long"
                    return
        if rest := text.end():
            answer.chars += len(rest)
            yield rest
        if answer.finish is None and answer.calls.begun:
            raise failure("its stream ended in the middle of a tool call", NOT_DONE, retryable=True)
        if answer.finish is None and answer.chars:
            raise failure("its stream ended in the middle of the answer", LOST, retryable=True)

    async def _chunks(
        self, messages: list[ChatCompletionMessageParam], request: BrainRequest, ends_at: float
    ) -> AsyncGenerator[ChatCompletionChunk, None]:
        """The chunks of one stream, each within its time; errors become the brain's own."""
        first_by = min(
            ends_at, asyncio.get_running_loop().time() + self._settings.first_token_timeout_ms / 1000
        )
        due = first_by
        begun = False
        try:
            async with asyncio.timeout_at(due):
                stream = await self._open(messages, request)
            begun = True
            async with stream:
                chunks = aiter(stream)
                while True:
                    async with asyncio.timeout_at(due):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        return
                    if any(choice.delta.content or choice.delta.tool_calls for choice in chunk.choices):
                        due = ends_at
                    yield chunk
        except TimeoutError as error:
            what = "no first word" if due == first_by else "no end"
            raise failure(
                f"{what} within the time of engine.brain's settings", TOO_SLOW, retryable=True
            ) from error
        except (
            Exception
        ) as error:  # the HTTP library's own, and whatever a strange stream makes of the client's
            raise explained(error, self._settings, messages, begun=begun) from None

    async def _open(
        self, messages: list[ChatCompletionMessageParam], request: BrainRequest
    ) -> AsyncStream[ChatCompletionChunk]:
        tools = tools_for(request.tools) if request.tools and request.tool_choice != "none" else None
        choice = tool_choice_for(request.tool_choice) if tools else None
        for last_try in (False, True):
            try:
                return await self._client.chat.completions.create(
                    model=self._settings.chat_model,
                    messages=messages,
                    stream=True,
                    tools=omit if tools is None else tools,
                    tool_choice=omit if choice is None else choice,
                )
            except openai.APITimeoutError:
                raise
            except openai.APIConnectionError:  # a kept connection that the server closed meanwhile
                if last_try:
                    raise
        raise AssertionError("the second try returns or raises")


@dataclass(slots=True)
class _Call:
    """A tool call in the making."""

    id: str
    name: str = ""
    arguments: str = ""


class _ToolCalls:
    """Assembles streamed tool calls."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._at: dict[int, _Call] = {}

    @property
    def begun(self) -> bool:
        """Whether any call has begun."""
        return bool(self._calls)

    def add(self, deltas: Iterable[ChoiceDeltaToolCall]) -> None:
        """Takes the pieces of one chunk."""
        for delta in deltas:
            call = self._at.get(delta.index)
            if call is None or (
                delta.id and call.id and delta.id != call.id
            ):  # some servers send index 0 for all
                call = self._at[delta.index] = _Call(delta.id or "")
                self._calls.append(call)
            if delta.function is not None:
                call.name += delta.function.name or ""
                call.arguments += delta.function.arguments or ""

    def parsed(self, known: set[str]) -> tuple[list[CallTool], str]:
        """The calls, or what is wrong with the first wrong one, in words for the model."""
        calls: list[CallTool] = []
        for call in self._calls:
            if call.name not in known:
                return [], f"There is no tool {call.name!r}; there are {', '.join(sorted(known)) or 'none'}."
            arguments = _object(call.arguments)
            if arguments is None:
                return [], f"The arguments of {call.name} are not one JSON object: {call.arguments[:300]}"
            calls.append(CallTool(call.name, arguments))
        return calls, ""


@dataclass(slots=True)
class _Answer:
    """What is known of an answer beside its words."""

    calls: _ToolCalls = field(default_factory=_ToolCalls)
    finish: str | None = None
    chars: int = 0


def _object(text: str) -> Mapping[str, Any] | None:
    """Reads a tool's arguments: JSON, perhaps in a code fence, perhaps as Python writes it. None if it is no object."""
    text = text.strip().removeprefix("```json").strip("`").strip() or "{}"
    value: object
    try:
        value = json.loads(text)
        if isinstance(value, str):  # JSON in JSON
            value = json.loads(value)
    except ValueError:
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    except RecursionError:
        return None
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else None
