"""Tools: what the model is told of them, and what of their results."""

from __future__ import annotations

import asyncio
import datetime
import json
from typing import Annotated, Any, Literal

import pytest
from livekit.agents import Agent, RunContext, StopResponse, ToolError, function_tool
from pydantic import Field

from antiphon.ear.scripted_engine import Asked, Reply, ScriptedEngine
from tests.api_notes.talk import Talk, talk


class Desk(Agent):
    """Tools as they are first written."""

    def __init__(self) -> None:
        super().__init__(instructions="Be kind.")
        self.finished = 0

    @function_tool
    async def cancel(
        self, reference: Annotated[str, Field(description="as on the ticket")]
    ) -> dict[str, Any]:
        """Cancels a booking."""
        return {"cancelled": True, "reference": reference}

    @function_tool
    async def cancel_as_json(self, reference: str) -> str:
        """Cancels a booking. Changes the book: ask for a yes before."""
        return json.dumps({"cancelled": True, "reference": reference})

    @function_tool
    async def seats(
        self,
        number: Annotated[int, Field(ge=1, le=8)],
        room: Literal["in", "out"] = "in",
        day: datetime.date | None = None,
    ) -> str:
        """Books seats."""
        return f"{number} seats {room}side"

    @function_tool
    async def broken(self) -> str:
        """Fails."""
        raise ValueError("sqlite: no such table")

    @function_tool
    async def closed(self) -> str:
        """Fails with words."""
        raise ToolError("We are closed on Mondays.")

    @function_tool
    async def silent(self) -> None:
        """Says nothing."""

    @function_tool
    async def stops(self) -> str:
        """Wants no answer."""
        raise StopResponse

    @function_tool
    async def slow(self) -> str:
        """Takes its time."""
        await asyncio.sleep(2)
        self.finished += 1
        return "Done."

    @function_tool
    async def slow_but_obedient(self, context: RunContext[Any]) -> str:
        """Takes its time, and gives up when its caller interrupts."""
        work = asyncio.ensure_future(asyncio.sleep(2))
        await context.speech_handle.wait_if_not_interrupted([work])
        if context.speech_handle.interrupted:
            return "Given up."
        self.finished += 1
        return "Done."


def calls(server: ScriptedEngine, tool: str, **arguments: Any) -> None:
    """Answers the caller's turn by a tool call, and a result by saying it."""

    def script(asked: Asked) -> Reply:
        if asked.output is not None:
            return Reply(asked.output, audio_ms=80)
        return Reply(tool=tool, arguments=arguments)

    server.script = script


async def output_of(call: Talk, tool: str, **arguments: Any) -> str:
    """What the model is told of a call of a tool."""
    calls(call.server, tool, **arguments)
    before = len(call.told("function_tools_executed"))
    await call.say()
    await call.until(lambda: len(call.told("function_tools_executed")) > before)
    await asyncio.sleep(0.5)
    (output,) = call.told("function_tools_executed")[-1].function_call_outputs
    return "" if output is None else str(output.output)


def schemas(call: Talk) -> dict[str, dict[str, Any]]:
    return {tool["name"]: tool for tool in call.connection.session["tools"]}


@pytest.mark.row(id="tool-effects")
async def test_a_schema_does_not_say_what_a_tool_changes(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        await call.until(lambda: "tools" in call.connection.session)
        assert set(schemas(call)["cancel"]) == {"type", "name", "description", "parameters"}
        assert "ask for a yes" in schemas(call)["cancel_as_json"]["description"]


@pytest.mark.row(id="tool-schema")
async def test_types_and_fields_arrive(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        await call.until(lambda: "tools" in call.connection.session)
        fields = schemas(call)["seats"]["parameters"]["properties"]
        assert (fields["number"]["minimum"], fields["number"]["maximum"]) == (1, 8)
        assert fields["room"]["enum"] == ["in", "out"]
        assert {"type": "string", "format": "date"} in fields["day"]["anyOf"]
        assert {"type": "null"} in fields["day"]["anyOf"]
        assert (
            schemas(call)["cancel"]["parameters"]["properties"]["reference"]["description"]
            == "as on the ticket"
        )


@pytest.mark.row(id="tool-result")
async def test_a_dict_becomes_pythons_own_text(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        assert await output_of(call, "cancel", reference="A1") == "{'cancelled': True, 'reference': 'A1'}"
        told = await output_of(call, "cancel_as_json", reference="A1")
        assert json.loads(told) == {"cancelled": True, "reference": "A1"}


@pytest.mark.row(id="tool-arguments")
async def test_arguments_that_do_not_fit_come_back_in_pydantics_words(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        told = await output_of(call, "seats", number=12)
        assert "less_than_equal" in told or "less than or equal to 8" in told
        assert "validation error" in told, "nothing to speak"
        assert await output_of(call, "seats", number=4) == "4 seats inside"


@pytest.mark.row(id="tool-unknown")
async def test_a_call_of_no_tool_is_told_by_one_event_only(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        assert "Unknown function: fly" in await output_of(call, "fly")
        assert call.told("tool_execution_updated") == []
        await output_of(call, "closed")
        assert [event.update.type for event in call.told("tool_execution_updated")] == [
            "tool_call_started",
            "tool_call_ended",
        ]


@pytest.mark.row(id="tool-error")
async def test_an_exceptions_words_are_kept_from_the_model(server: ScriptedEngine) -> None:
    async with talk(server, agent=Desk()) as call:
        assert await output_of(call, "broken") == "An internal error occurred"
        assert await output_of(call, "closed") == "We are closed on Mondays."


@pytest.mark.row(id="tool-silent")
@pytest.mark.parametrize("tool", ["silent", "stops"])
async def test_none_asks_for_no_answer(server: ScriptedEngine, tool: str) -> None:
    async with talk(server, agent=Desk()) as call:
        await output_of(call, tool)
        assert [asked.kind for asked in server.asked] == ["turn"]
        assert "response.create" not in call.types()
        await output_of(call, "closed")
        assert [asked.kind for asked in server.asked] == ["turn", "turn", "create"]


@pytest.mark.row(id="tool-interrupted")
async def test_a_running_tool_is_waited_for_when_its_caller_interrupts(server: ScriptedEngine) -> None:
    desk = Desk()
    calls(server, "slow")
    async with talk(server, agent=desk) as call:
        await call.say()
        await call.until(lambda: call.told("tool_execution_updated"))
        server.words = [""]
        await call.say()
        await call.until(lambda: call.told("function_tools_executed"))
        assert desk.finished == 1


@pytest.mark.row(id="tool-interrupted")
async def test_a_tool_that_looks_can_give_up(server: ScriptedEngine) -> None:
    desk = Desk()
    calls(server, "slow_but_obedient")
    async with talk(server, agent=desk) as call:
        await call.say()
        await call.until(lambda: call.told("tool_execution_updated"))
        server.words = [""]
        await call.say()
        await call.until(lambda: call.told("function_tools_executed"))
        assert "Given up." in str(call.told("function_tools_executed")[0].function_call_outputs)
        assert desk.finished == 0


@pytest.mark.row(id="handoff-audio")
async def test_a_handoff_throws_away_what_the_caller_is_saying(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        call.session.update_agent(Agent(instructions="You are another."))
        await call.until(lambda: call.connection.session.get("instructions") == "You are another.")
        assert call.types()[3] == "input_audio_buffer.clear"
        assert len(server.connections) == 1


class First(Agent):
    """Hands over when its tools are called: between two turns."""

    @function_tool
    async def hand_over(self) -> Agent:
        """Hands the caller over to someone who knows nothing."""
        return Agent(instructions="You are another.")

    @function_tool
    async def hand_over_all(self) -> Agent:
        """Hands the caller over, and what was said."""
        return Agent(instructions="You are another.", chat_ctx=self.chat_ctx)


@pytest.mark.row(id="handoff-audio")
@pytest.mark.row(id="handoff-history")
@pytest.mark.parametrize(("tool", "kept"), [("hand_over", False), ("hand_over_all", True)])
async def test_a_tool_hands_over_when_the_turn_is_in(server: ScriptedEngine, tool: str, kept: bool) -> None:
    calls(server, tool)
    server.words = ["the other please"]
    async with talk(server, agent=First(instructions="x")) as call:
        await call.say()
        await call.until(lambda: call.connection.session.get("instructions") == "You are another.")
        await asyncio.sleep(1)
        assert ("user", "the other please") in call.messages(), "no word of the turn is lost"
        assert any(item.get("role") == "user" for item in call.connection.items) is kept


@pytest.mark.row(id="ready-made")
def test_what_is_there_already() -> None:
    from livekit.agents import AMD, AgentTask
    from livekit.agents.beta import tools, workflows

    for name in ("Name", "Email", "PhoneNumber", "Address", "DOB", "Dtmf"):
        assert issubclass(getattr(workflows, f"Get{name}Task"), AgentTask)
    assert issubclass(workflows.WarmTransferTask, AgentTask)
    assert all(callable(each) for each in (tools.EndCallTool, tools.send_dtmf_events, AMD))
