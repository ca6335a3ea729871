"""The front desk's instructions and tools over HTTP, for peers that are not made of LiveKit: the same desk, whoever talks.

    python scripts/peer_desk.py --port 9200

GET /agent            {"instructions": …, "tools": [{"name", "description", "parameters"}]}
POST /tools/NAME      arguments as JSON → {"output": …, "is_error": …}
"""

from __future__ import annotations

import argparse
import inspect
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from livekit.agents import ToolError
from livekit.agents.llm import FunctionTool
from livekit.agents.llm.utils import build_legacy_openai_schema, prepare_function_arguments

from antiphon.clock import civil_clock
from antiphon.desk.agent import desk_factory
from antiphon.settings import load


def app() -> web.Application:
    """The desk, with a fresh agent for each request: it keeps nothing but its book."""
    settings = load()
    make_agent = desk_factory(settings.desk, civil_clock(settings.timezone))
    caller: Any = SimpleNamespace(userdata=SimpleNamespace(call_id="peer"))

    async def agent(_: web.Request) -> web.Response:
        found = make_agent()
        tools = [
            build_legacy_openai_schema(tool)["function"]
            for tool in found.tools
            if isinstance(tool, FunctionTool)
        ]
        return web.json_response({"instructions": found.instructions, "tools": tools})

    async def call(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        tool = next(
            (t for t in make_agent().tools if isinstance(t, FunctionTool) and t.info.name == name), None
        )
        if tool is None:
            return web.json_response({"output": f"There is no tool {name}.", "is_error": True})
        try:
            positional, named = prepare_function_arguments(
                fnc=tool, json_arguments=await request.text(), call_ctx=caller
            )
            output = tool(*positional, **named)
            if inspect.isawaitable(output):
                output = await output
        except ToolError as error:
            return web.json_response({"output": error.message, "is_error": True})
        return web.json_response({"output": str(output), "is_error": False})

    served = web.Application()
    served.router.add_get("/agent", agent)
    served.router.add_get("/readyz", agent)
    served.router.add_post("/tools/{name}", call)
    return served


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True)
    web.run_app(app(), host="127.0.0.1", port=parser.parse_args().port, print=None)


if __name__ == "__main__":
    main()
