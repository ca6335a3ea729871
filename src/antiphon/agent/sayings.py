"""What to say to an agent for a try, drawn from its tools' own words."""

from __future__ import annotations

from collections.abc import Iterator

from livekit.agents import Agent
from livekit.agents.llm import FunctionTool, RawFunctionTool

ALWAYS = "What can you do for me?"

MOST = 3
MAX_WORDS = 10
"""What is longer is no sentence to try."""


def sayings(agent: Agent) -> list[str]:
    """Up to three sentences.

    A tool `book_flight` with the docstring "Book a flight to Mars." (or "Books …") gives "I'd like to book a flight to Mars."; one whose
    docstring does not begin with the name's verb gives none.
    """
    return [*_wishes(agent)][: MOST - 1] + [ALWAYS]


def _wishes(agent: Agent) -> Iterator[str]:
    for tool in agent.tools:
        match tool:
            case FunctionTool():
                name, description = tool.info.name, tool.info.description or ""
            case RawFunctionTool():
                name, description = tool.info.name, str(tool.info.raw_schema.get("description", ""))
            case _:
                continue
        verb = name.partition("_")[0].lower()
        first, *rest = description.split("\n\n")[0].partition(". ")[0].split() or [""]
        if first.lower() in (verb, f"{verb}s", f"{verb}es") and 0 < len(rest) < MAX_WORDS:
            yield f"I'd like to {verb} {' '.join(rest).rstrip('.')}."
