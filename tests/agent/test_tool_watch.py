"""Tools as the line is told of them."""

from __future__ import annotations

from itertools import count

from livekit.agents import FunctionToolsExecutedEvent, ToolExecutionUpdatedEvent
from livekit.agents.llm import FunctionCall, FunctionCallOutput
from livekit.agents.voice.events import ToolCallEnded, ToolCallStarted, ToolCallUpdated

from antiphon.agent.events import ToolEnded, ToolStarted
from antiphon.agent.tool_watch import ToolWatch


def call(call_id: str, arguments: str = "{}") -> FunctionCall:
    return FunctionCall(call_id=call_id, name="book", arguments=arguments)


def watch() -> ToolWatch:
    ticks = count(0, 10)
    return ToolWatch(lambda: float(next(ticks)))


def started(call_id: str, arguments: str = "{}") -> ToolExecutionUpdatedEvent:
    return ToolExecutionUpdatedEvent(update=ToolCallStarted(function_call=call(call_id, arguments)))


def ended(call_id: str, message: str | None, status: str) -> ToolExecutionUpdatedEvent:
    return ToolExecutionUpdatedEvent(
        update=ToolCallEnded(id=call_id, call_id=call_id, message=message, status=status)
    )


def test_runs_that_overlap_are_told_apart() -> None:
    tools = watch()
    told = [
        event
        for update in (
            started("a", '{"people": 4}'),
            started("b"),
            ended("a", "Booked.", "done"),
            ended("b", None, "cancelled"),
        )
        for event in tools.updated(update)
    ]
    assert told == [
        ToolStarted("a", "book", {"people": 4}),
        ToolStarted("b", "book", {}),
        ToolEnded("a", "book", "Booked.", False, 20.0),
        ToolEnded("b", "book", "cancelled", True, 20.0),
    ]


def test_a_tool_with_nothing_to_say() -> None:
    tools = watch()
    list(tools.updated(started("a")))
    assert list(tools.updated(ended("a", None, "done"))) == [ToolEnded("a", "book", "", False, 10.0)]


def test_progress_is_no_end() -> None:
    tools = watch()
    list(tools.updated(started("a")))
    progress = ToolExecutionUpdatedEvent(update=ToolCallUpdated(id="a", call_id="a", message="still looking"))
    assert list(tools.updated(progress)) == []


def test_a_call_that_never_ran_is_told_and_one_that_ran_is_not_told_twice() -> None:
    tools = watch()
    list(tools.updated(started("a")))
    output = {"name": "book", "is_error": True}
    event = FunctionToolsExecutedEvent(
        function_calls=[call("a"), call("b", "no json"), call("c", "[1]")],
        function_call_outputs=[FunctionCallOutput(call_id=i, output="No.", **output) for i in "abc"],
    )
    assert list(tools.executed(event)) == [
        ToolStarted("b", "book", {"": "no json"}),
        ToolEnded("b", "book", "No.", True, 0.0),
        ToolStarted("c", "book", {"": [1]}),
        ToolEnded("c", "book", "No.", True, 0.0),
    ]
