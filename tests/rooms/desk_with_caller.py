"""An agent file: the front desk, with one more tool, which tells what the room says of the caller."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from livekit.agents import RunContext, cli, function_tool

from antiphon.agent.session import CallInfo
from antiphon.clock import civil_clock
from antiphon.desk.agent import FrontDesk, desk_factory
from antiphon.settings import load
from antiphon.workers.app import call_server

settings = load()
make_desk = desk_factory(settings.desk, civil_clock(settings.timezone))


@function_tool
async def show_badge(context: RunContext[Any]) -> str:
    """Show the caller's badge."""
    info: CallInfo = context.userdata
    return json.dumps(asdict(info.caller))


def make_agent() -> FrontDesk:
    """The agent of one call."""
    desk = make_desk()
    desk._tools.append(show_badge)
    return desk


if __name__ == "__main__":
    cli.run_app(call_server(make_agent))
