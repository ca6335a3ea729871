"""A scripted Realtime server, and calls to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from livekit.agents import Agent, RunContext, ToolError, function_tool

from antiphon.agent.calls import Calls
from antiphon.ear.scripted_engine import ScriptedEngine
from antiphon.settings import load

CallsMaker = Callable[..., Calls]


class Helper(Agent):
    """An agent with tools that answer, fail, take their time, and hang up."""

    def __init__(self) -> None:
        super().__init__(instructions="Be kind.")
        self.finished = 0

    @function_tool
    async def add(self, a: int, b: int) -> str:
        """Adds two numbers."""
        return f"It is {a + b}."

    @function_tool
    async def refuse(self) -> str:
        """Never works."""
        raise ToolError("We are closed on Mondays.")

    @function_tool
    async def slow(self) -> str:
        """Takes its time."""
        await asyncio.sleep(0.6)
        self.finished += 1
        return "Done at last."

    @function_tool
    async def goodbye(self, context: RunContext[Any]) -> None:
        """Ends the call."""
        context.session.shutdown(drain=False)


@pytest.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with ScriptedEngine() as running:
        yield running


@pytest.fixture
async def make_calls(engine: ScriptedEngine) -> AsyncIterator[CallsMaker]:
    """Makes Calls to the scripted engine; keyword arguments are settings of `agent`."""
    async with AsyncExitStack() as stack:

        def make(factory: Callable[[], Agent] = Helper, **agent: Any) -> Calls:
            calls = Calls(load(agent={"engine_url": engine.url, **agent}), factory)
            stack.push_async_callback(calls.aclose)
            return calls

        yield make


@pytest.fixture
def calls(make_calls: CallsMaker) -> Calls:
    return make_calls()
