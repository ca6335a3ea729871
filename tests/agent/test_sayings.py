"""What callers are told to try: whole sentences from the tools' own words, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from livekit.agents import Agent, function_tool
from livekit.agents.llm import FunctionTool, RawFunctionTool

from antiphon.agent.sayings import ALWAYS, sayings


def tool(name: str, description: str) -> FunctionTool[[], Any]:
    """A tool with these words."""

    async def run() -> str:
        return "Done."

    return function_tool(run, name=name, description=description)


@pytest.mark.parametrize(
    ("name", "description", "said"),
    [
        ("book_flight", "Book a flight to Jupiter.", "I'd like to book a flight to Jupiter."),
        (
            "order",
            "Orders a drink. Ask for the size.\n\nArgs:\n  drink: which",
            "I'd like to order a drink.",
        ),
        ("search_flights", "Searches our flights", "I'd like to search our flights."),
        ("book_flight", "Called when the user wants a flight.", None),
        ("book_flight", "Book", None),
        ("book_flight", "", None),
        ("book_flight", "Book " + "a very " * 9 + "long flight.", None),
    ],
)
def test_a_tools_words_become_a_wish(name: str, description: str, said: str | None) -> None:
    found = sayings(Agent(instructions="", tools=[tool(name, description)]))
    assert found == ([said, ALWAYS] if said else [ALWAYS])


def test_three_are_enough() -> None:
    tools = [tool(f"book_{thing}", f"Book a {thing}.") for thing in ("table", "room", "taxi")]
    assert sayings(Agent(instructions="", tools=[*tools])) == [
        "I'd like to book a table.",
        "I'd like to book a room.",
        ALWAYS,
    ]


def test_a_tool_with_a_schema_of_its_own() -> None:
    async def run(raw_arguments: dict[str, object]) -> str:
        return "Done."

    schema = {"name": "cancel_trip", "description": "Cancel a trip.", "parameters": {"type": "object"}}
    raw = function_tool(run, raw_schema=schema)
    assert isinstance(raw, RawFunctionTool)
    assert sayings(Agent(instructions="", tools=[raw]))[0] == "I'd like to cancel a trip."
