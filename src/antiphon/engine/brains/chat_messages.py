"""A conversation as a chat model's messages.

Made for many models: one system message, at the start; a tool's results right behind its calls; nothing that a chat template for
strict alternation trips over. The caller's words keep to what was heard: a reply that was cut off ends where the
caller stopped hearing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageFunctionToolCallParam,
    ChatCompletionMessageParam,
    ChatCompletionToolChoiceOptionParam,
)

from antiphon.engine.brains.brain import BrainRequest, Tool
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    SystemMessage,
    UserMessage,
)

SPOKEN = (
    "You talk with a caller on the phone: all that you write is spoken aloud. Answer in one to three short plain sentences, "
    "without lists, markup or emoji. [interrupting you] before the caller's words means that the caller cut you off, and heard "
    "of your last message only what stands before its dots. Remarks in parentheses come from the system, not from the caller."
)
UNHEARD = "(You had begun to speak and were cut off before the caller heard a word.)"
UNCLEAR = "(The caller said something that could not be understood.)"
CONNECTED = "(The caller has just been connected. Greet the caller.)"
GO_ON = "(Go on.)"
NO_RESULT = "(no result came)"

MINUTES = 5
"""The time is told in steps of this many minutes: a prompt that changes every minute would never be found in a server's cache."""


def messages_for(request: BrainRequest) -> list[ChatCompletionMessageParam]:
    """The messages of one request, ending in something to answer."""
    start = 0
    system = [request.instructions.strip(), SPOKEN, _now(request.now)]
    while start < len(request.items) and isinstance(item := request.items[start], SystemMessage):
        system.append(item.text)
        start += 1
    messages = _Messages()
    _add_items(messages, request.items[start:])
    # LiveKit repeats the session's instructions before those of a response
    only_now = request.response_instructions.strip().removeprefix(request.instructions.strip()).strip()
    if only_now:
        messages.user(f"(For your next words only: {only_now})")
    elif not messages.all:
        messages.user(CONNECTED)
    elif messages.all[-1]["role"] == "assistant":
        messages.user(GO_ON)
    first: ChatCompletionMessageParam = {
        "role": "system",
        "content": "\n\n".join(part for part in system if part),
    }
    return [first, *messages.all]


def tools_for(tools: Sequence[Tool]) -> list[ChatCompletionFunctionToolParam]:
    """The tools as chat completions want them."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters) or {"type": "object", "properties": {}},
            },
        }
        for tool in tools
    ]


def tool_choice_for(choice: str) -> ChatCompletionToolChoiceOptionParam | None:
    """The tool choice; None for "auto", which is what servers do when nothing is said."""
    match choice:
        case "auto" | "":
            return None
        case "none":
            return "none"
        case "required":
            return "required"
        case _:
            return {"type": "function", "function": {"name": choice}}


class _Messages:
    """Messages in the making: neighbours of one role become one."""

    def __init__(self) -> None:
        self.all: list[ChatCompletionMessageParam] = []

    def user(self, text: str) -> None:
        last = self.all[-1] if self.all else None
        if last is not None and last["role"] == "user":
            last["content"] = f"{last['content']}\n{text}"
        else:
            self.all.append({"role": "user", "content": text})

    def assistant(self, text: str) -> None:
        last = self._last_words()
        if last is not None:
            last["content"] = f"{last['content']} {text}"
        else:
            self.all.append({"role": "assistant", "content": text})

    def calls(self, calls: Sequence[FunctionCall], results: dict[str, str]) -> None:
        wanted: list[ChatCompletionMessageFunctionToolCallParam] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in calls
        ]
        last = self._last_words()
        if last is not None:
            last["tool_calls"] = wanted
        else:
            self.all.append({"role": "assistant", "content": None, "tool_calls": wanted})
        for call in calls:
            result = results.get(call.call_id, NO_RESULT)
            self.all.append({"role": "tool", "tool_call_id": call.call_id, "content": result})

    def _last_words(self) -> ChatCompletionAssistantMessageParam | None:
        last = self.all[-1] if self.all else None
        if last is not None and last["role"] == "assistant" and "tool_calls" not in last:
            return last
        return None


def _add_items(messages: _Messages, items: Sequence[Item]) -> None:
    results = {item.call_id: item.output for item in items if isinstance(item, FunctionCallOutput)}
    called = {item.call_id for item in items if isinstance(item, FunctionCall)}
    interrupted = False
    together: list[FunctionCall] = []
    for item in items:
        # words that stand between a call and its result were said with the call: its voice was slower than its tool
        if together and not isinstance(item, FunctionCall | AssistantMessage):
            messages.calls(together, results)
            together = []
        match item:
            case FunctionCall():
                together.append(item)
            case FunctionCallOutput():
                if item.call_id not in called:  # its call was deleted
                    messages.user(f"(A tool's result: {item.output})")
            case AssistantMessage():
                interrupted = item.interrupted
                if item.text:
                    messages.assistant(item.text + (" …" if item.interrupted else ""))
                elif item.interrupted:
                    messages.user(UNHEARD)
                    interrupted = False
            case UserMessage():
                text = item.text.strip() or UNCLEAR
                messages.user(f"[interrupting you] {text}" if interrupted else text)
                interrupted = False
            case SystemMessage():
                messages.user(f"({item.text})")
    if together:
        messages.calls(together, results)


def _now(now: datetime) -> str:
    about = now.replace(minute=now.minute - now.minute % MINUTES)
    return f"It is {now:%A}, {now.day} {now:%B %Y}, about {about:%H:%M} where the caller is."
