"""The desk's tools as LiveKit hands them to a model, and as it calls them."""

from __future__ import annotations

import json
from datetime import date, time
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import FunctionTool, RunContext, ToolError
from livekit.agents.llm import FunctionCall
from livekit.agents.llm.utils import build_legacy_openai_schema, prepare_function_arguments

from antiphon.agent.session import CallInfo
from antiphon.desk.agent import FrontDesk
from antiphon.desk.book import Book
from antiphon.desk.facts import FACTS
from antiphon.desk.service import Desk


@pytest.fixture
def agent(desk: Desk) -> FrontDesk:
    return FrontDesk(desk, date(2026, 11, 23))


def tool(agent: FrontDesk, name: str) -> FunctionTool[..., Any]:
    return next(t for t in agent.tools if isinstance(t, FunctionTool) and t.info.name == name)


async def call(agent: FrontDesk, tool_name: str, /, **arguments: Any) -> Any:
    """Runs a tool as LiveKit does: JSON arguments, validated by its pydantic model."""
    found = tool(agent, tool_name)
    session: Any = SimpleNamespace(userdata=CallInfo("call_7", "test"), _global_run_state=None)
    handle: Any = SimpleNamespace(num_steps=1)
    function_call = FunctionCall(call_id="fc_1", name=tool_name, arguments="{}")
    context = RunContext[Any](session=session, speech_handle=handle, function_call=function_call)
    args, kwargs = prepare_function_arguments(
        fnc=found, json_arguments=json.dumps(arguments), call_ctx=context
    )
    return await found(*args, **kwargs)


def test_the_schemas_carry_types_formats_ranges_and_titles(agent: FrontDesk) -> None:
    schemas = {
        t.info.name: build_legacy_openai_schema(t, internally_tagged=True)
        for t in agent.tools
        if isinstance(t, FunctionTool)
    }
    assert set(schemas) == {
        "check_availability",
        "book_table",
        "find_booking",
        "change_booking",
        "cancel_booking",
    }
    parameters = schemas["book_table"]["parameters"]
    assert parameters["required"] == ["people", "date", "time", "name"]
    assert parameters["properties"]["people"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 20,
        "title": "Party size",
        "description": "How many people come",
    }
    assert parameters["properties"]["date"]["format"] == "date"
    assert parameters["properties"]["time"]["format"] == "time"
    assert parameters["properties"]["seating"]["anyOf"][0]["enum"] == ["inside", "garden"]
    for schema in schemas.values():
        assert schema["description"]
        for name, field in schema["parameters"]["properties"].items():
            assert field["title"] and field["description"], (schema["name"], name)
            assert name != "context"


async def test_a_booking_through_the_tools(agent: FrontDesk, book: Book) -> None:
    said = await call(
        agent,
        "book_table",
        people=4,
        date="2026-11-26",
        time="19:00",
        name="Smith",
        seating="garden",
        phone=None,
    )
    assert said.startswith("Your table for four is booked")
    booking = book.find("Smith")[0]
    assert (booking.day, booking.time, booking.wishes) == (date(2026, 11, 26), time(19, 0), "garden")
    assert "seven in the evening" in await call(agent, "find_booking", name="smyth")
    assert "at eight" in await call(agent, "change_booking", name="Smith", new_time="20:00:00")
    assert "is cancelled" in await call(agent, "cancel_booking", name="Smith", date="2026-11-26")
    assert "is free" in await call(agent, "check_availability", people=2, date="2026-11-26", time="19:00")


async def test_the_history_names_the_call(agent: FrontDesk, book: Book) -> None:
    await call(agent, "book_table", people=4, date="2026-11-26", time="19:00", name="Smith")
    with book._transaction() as db:
        assert db.execute("SELECT who FROM history").fetchall() == [("call_7",)]


async def test_what_is_not_possible_is_a_tool_error_in_words(agent: FrontDesk) -> None:
    with pytest.raises(ToolError) as error:
        await call(agent, "check_availability", people=2, date="2026-11-30")
    assert error.value.message.startswith("We are closed on Mondays.")
    with pytest.raises(ToolError):
        await call(agent, "check_availability", people=0, date="2026-11-26")


def test_every_fact_is_one_sentence_that_can_be_spoken(agent: FrontDesk) -> None:
    lines = str(agent.instructions).split("\n")
    assert "Today is Monday, November 23rd, 2026." in lines
    for fact in FACTS:
        assert fact in lines
        assert fact.endswith(".") and ". " not in fact
        assert not any(char.isdigit() for char in fact), "numbers are written as they are spoken"
        assert not fact.startswith("You ")
