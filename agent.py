"""The default agent, in the form that LiveKit developers know: the front desk of a restaurant.

    python agent.py            everything on this machine: engine, agent and page (the same as `antiphon up`)
    python agent.py dev        a worker for the LiveKit server at LIVEKIT_URL, while you develop
    python agent.py start      the same, for production
    python agent.py console    talk to it in this terminal

As a worker it speaks through the engine of `antiphon serve` (or, with ANTIPHON_AGENT__MODEL=openai and a key, through OpenAI's
cloud). To make an agent of your own, copy this file and put your instructions and tools in the place of the desk's; then
`antiphon up --agent FILE` runs it on the page.
"""

from __future__ import annotations

import os
import sys

from dotenv import load_dotenv
from livekit.agents import AgentServer, JobContext, JobProcess, cli

from antiphon.agent.model import realtime_model
from antiphon.agent.session import CallInfo, client_vad, new_session
from antiphon.clock import civil_clock
from antiphon.desk.agent import FrontDesk, desk_factory
from antiphon.settings import load

load_dotenv(".env.local")

server = AgentServer()


def make_agent() -> FrontDesk:
    """The agent of one call: an `Agent` with instructions and `@function_tool` methods (src/antiphon/desk)."""
    settings = load()
    return desk_factory(settings.desk, civil_clock(settings.timezone))()


def prewarm(process: JobProcess) -> None:
    """Loads once what all calls of a process share."""
    process.userdata["vad"] = client_vad(load())


server.setup_fnc = prewarm


@server.rtc_session(agent_name=os.environ.get("LIVEKIT_AGENT_NAME", ""))
async def front_desk(ctx: JobContext) -> None:
    """Answers one call in a LiveKit room."""
    settings = load()
    session = new_session(
        # openai.realtime.RealtimeModel: voice alloy, text and audio, server VAD 0.5 / 300 ms / 200 ms
        realtime_model(settings),
        CallInfo(ctx.job.id, "livekit"),
        vad=ctx.proc.userdata["vad"],
    )
    await session.start(make_agent(), room=ctx.room)
    await session.generate_reply(instructions=settings.agent.greeting)


if __name__ == "__main__":
    if len(sys.argv) == 1 and not os.environ.get("LIVEKIT_URL"):
        from antiphon.cli import main

        sys.argv.append("up")
        main()
    cli.run_app(server)
