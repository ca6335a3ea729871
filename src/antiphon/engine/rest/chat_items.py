"""Chat messages as a conversation's items: the way back from `brains/chat_messages.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from antiphon.engine.brains.brain import BrainRequest, Tool
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    SystemMessage,
    UserMessage,
)
from antiphon.engine.rest.errors import ApiError


class Part(msgspec.Struct, frozen=True):
    """A part of a message. Only text is heard here."""

    type: str
    text: str = ""


class CalledFunction(msgspec.Struct, frozen=True):
    """A call's function."""

    name: str
    arguments: str = "{}"


class Called(msgspec.Struct, frozen=True):
    """A tool that the assistant called."""

    id: str
    function: CalledFunction


class Message(msgspec.Struct, frozen=True):
    """A message of any role."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[Called] | None = None
    tool_call_id: str = ""

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.text)


class Function(msgspec.Struct, frozen=True):
    """A function that may be called."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class FunctionTool(msgspec.Struct, frozen=True):
    """A tool. There are no others than functions."""

    function: Function
    type: Literal["function"] = "function"


class NamedChoice(msgspec.Struct, frozen=True):
    """The one function that must be called."""

    function: Function
    type: Literal["function"] = "function"


class StreamOptions(msgspec.Struct, frozen=True):
    """What a stream holds beside the answer."""

    include_usage: bool = False


class ChatRequest(msgspec.Struct, frozen=True):
    """The body. What only a sampled language model has (temperature, seed …) is passed over."""

    model: str
    messages: Annotated[list[Message], msgspec.Meta(min_length=1)]
    tools: list[FunctionTool] | None = None
    tool_choice: Literal["auto", "none", "required"] | NamedChoice | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1


def brain_request(asked: ChatRequest, now: datetime) -> BrainRequest:
    """What the brain is asked.

    The first system messages are the instructions; later ones are notes, but for those at the very end: they are orders for this answer,
    such as "Greet the caller."

    Raises:
        ApiError: a message is not in its place; names it.
    """
    messages = asked.messages
    first = next((at for at, message in enumerate(messages) if not _is_system(message)), len(messages))
    last = len(messages)
    while last > first and _is_system(messages[last - 1]):
        last -= 1
    instructions, orders = messages[:first], messages[last:]
    if first == len(messages):  # nothing was said yet: with more than one, the last is the order
        instructions, orders = (messages[:-1], messages[-1:]) if len(messages) > 1 else (messages, [])
    choice = asked.tool_choice or "auto"
    return BrainRequest(
        instructions="\n\n".join(message.text for message in instructions),
        response_instructions="\n\n".join(message.text for message in orders),
        tools=tuple(
            Tool(tool.function.name, tool.function.description or "", tool.function.parameters or {})
            for tool in asked.tools or ()
        ),
        tool_choice=choice if isinstance(choice, str) else choice.function.name,
        items=_items(messages[first:last], first),
        now=now,
    )


def _is_system(message: Message) -> bool:
    return message.role in ("system", "developer")


def _items(messages: Sequence[Message], first: int) -> tuple[Item, ...]:
    """Items with ids of their places, so that the same conversation is the same to a brain that remembers."""
    items: list[Item] = []
    for at, message in enumerate(messages, first):
        item_id = f"item_{at}"
        match message.role:
            case "user":
                items.append(UserMessage(item_id, message.text))
            case "assistant":
                if message.text.strip():
                    items.append(AssistantMessage(item_id, message.text))
                items += [
                    FunctionCall(f"{item_id}_{number}", call.id, call.function.name, call.function.arguments)
                    for number, call in enumerate(message.tool_calls or ())
                ]
            case "tool":
                if not message.tool_call_id:
                    raise ApiError(
                        f"`messages[{at}].tool_call_id` is required.",
                        param=f"messages[{at}].tool_call_id",
                        code="missing_required_parameter",
                    )
                items.append(FunctionCallOutput(item_id, message.tool_call_id, message.text))
            case _:
                items.append(SystemMessage(item_id, message.text))
    return tuple(items)
