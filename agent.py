"""The default agent, in the form that LiveKit developers know: the front desk of a restaurant.

    python agent.py            everything on this machine: engine, agent and page (the same as `antiphon up`)
    python agent.py dev        a worker for the LiveKit server at LIVEKIT_URL, while you develop
    python agent.py start      the same, for production: several processes, many calls in each
    python agent.py console    talk to it in this terminal

As a worker it speaks through the engine of `antiphon serve` (or, with ANTIPHON_AGENT__MODEL=openai and a key, through OpenAI's
cloud). To make an agent of your own, copy this file and put your instructions and tools in the place of the desk's; then
`antiphon up --agent FILE` runs it on the page.
"""

from __future__ import annotations

import os
import sys

from dotenv import load_dotenv
from livekit.agents import cli

from antiphon.clock import civil_clock
from antiphon.desk.agent import FrontDesk, desk_factory
from antiphon.settings import load
from antiphon.workers.app import call_server

load_dotenv(".env.local")


def make_agent() -> FrontDesk:
    """The agent of one call: an `Agent` with instructions and `@function_tool` methods (src/antiphon/desk)."""
    settings = load()
    return desk_factory(settings.desk, civil_clock(settings.timezone))()


# A LiveKit AgentServer: openai.realtime.RealtimeModel with voice alloy, text and audio, server VAD 0.5 / 300 ms / 200 ms.
server = call_server(make_agent)


if __name__ == "__main__":
    if len(sys.argv) == 1 and not os.environ.get("LIVEKIT_URL"):
        from antiphon.cli import main

        sys.argv.append("up")
        main()
    cli.run_app(server)
