"""The three trades whose callers are written down here: the product's own desk, a car workshop, an energy supplier."""

from __future__ import annotations

from typing import Any

from livekit.agents import FunctionTool
from livekit.agents.llm.utils import build_legacy_openai_schema

from antiphon.desk.agent import FrontDesk
from antiphon.desk.facts import instructions
from antiphon.engine.brains.brain import Tool
from tests.engine.brains.form.trades import NOW, Trade
from tests.understanding.energy import ENERGY
from tests.understanding.workshop import WORKSHOP


def _desk() -> Trade:
    """The default agent as LiveKit's Realtime plugin sends it (llm/_realtime/openai.py takes the legacy schema)."""
    no_book: Any = None  # no tool runs here
    agent = FrontDesk(no_book, NOW.date())
    sent = [
        build_legacy_openai_schema(tool, internally_tagged=True)
        for tool in agent.tools
        if isinstance(tool, FunctionTool)
    ]
    tools = tuple(Tool(one["name"], one["description"], one["parameters"]) for one in sent)
    return Trade(instructions(NOW.date()), tools)


TRADES = {"desk": _desk(), "workshop": WORKSHOP, "energy": ENERGY}
"""By the name with which a request's id begins."""
