"""What a brain is: it reads a conversation and answers with words and tool calls, as a stream.

A brain has no effects and no memory between requests: the same request gives the same answer, whatever was
asked before. So a reply can be prepared while the caller may still go on, and thrown away; and a call that
reconnects has lost nothing, because all that a brain knows stands in the items. (A brain may cache.)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from antiphon.engine.conversation import Item


@dataclass(frozen=True, slots=True)
class Tool:
    """A function tool of the session, as it came in `session.update`."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of the arguments (an object schema)."""


@dataclass(frozen=True, slots=True)
class BrainRequest:
    """All that a brain may know for one reply.

    Attributes:
        instructions: the session's instructions.
        response_instructions: instructions for this reply alone (`response.create`), such as "Greet the caller."; "" if none.
        tools: the tools that may be called.
        tool_choice: "auto", "none", "required", or the name of the one tool that must be called.
        items: the conversation, oldest first. Its end is what is to be answered: one or more user messages, a tool's
            output, or nothing (a greeting).
        now: civil time with its zone.
    """

    instructions: str
    response_instructions: str
    tools: tuple[Tool, ...]
    tool_choice: str
    items: tuple[Item, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Say:
    """Words to speak, in order. Pieces join without a separator (a token, a clause, or a whole reply)."""

    text: str


@dataclass(frozen=True, slots=True)
class CallTool:
    """A tool to call. Leaves the engine only after the turn is over."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """Reasoning for the call's record, never spoken: what was understood and why (slot by slot)."""

    topic: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnEvidence:
    """What the words say about whether the caller has finished. Evidence for endpointing, beside the audio's.

    Attributes:
        complete: 1.0 for a complete answer to what was asked, 0.0 for words clearly cut in the middle
            ("I'd like a table for").
    """

    complete: float


BrainOutput = Say | CallTool | Note | TurnEvidence


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the brain expects to hear next: used by the recogniser and by endpointing.

    Attributes:
        vocabulary: names and words that are likely, most likely first.
        more_to_come: the answer asked for has many parts (a phone number, a spelled name): wait longer in its pauses.
    """

    vocabulary: tuple[str, ...] = ()
    more_to_come: bool = False


class Brain(Protocol):
    """The interface of `brains/form/` and `brains/chat.py`."""

    name: str

    judges_turns: bool
    """Whether `reply` begins at once with TurnEvidence, so that endpointing waits for it a moment."""

    def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
        """Streams the answer.

        Raises (while iterating):
            BrainError: with words for the caller.
        """
        ...

    def expects(self, request: BrainRequest) -> Expectation:
        """What will probably be said next, given the conversation so far. Quick (≤ 1 ms), no I/O."""
        ...

    async def close(self) -> None:
        """Frees what the brain holds."""
        ...
