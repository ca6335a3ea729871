"""Talk to the form brain by typing: `python -m antiphon.engine.brains.form.chat SESSION.json`.

SESSION.json holds `{"instructions": "…", "tools": [{"name", "description", "parameters"}, …]}`. When the brain calls a tool, you type what
it gives back. `/notes` turns the brain's reasons on and off; an empty line ends the talk.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from antiphon.engine.brains.brain import BrainRequest, CallTool, Note, Say, Tool
from antiphon.engine.brains.form.brain import FormBrain
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    UserMessage,
)


async def chat(instructions: str, tools: tuple[Tool, ...]) -> None:
    """Reads lines and prints replies until an empty line."""
    brain, items, notes = FormBrain(), list[Item](), False
    while True:
        text, call = "", None
        request = BrainRequest(instructions, "", tools, "auto", tuple(items), datetime.now().astimezone())
        async for piece in brain.reply(request):
            match piece:
                case Say():
                    text += piece.text
                case CallTool():
                    call = piece
                case Note() if notes:
                    print("   ", piece.topic, dict(piece.detail))
        print(f"agent: {text}")
        items.append(AssistantMessage(f"item{len(items)}", text))
        if call is not None:
            arguments = json.dumps(dict(call.arguments))
            items.append(FunctionCall(f"item{len(items)}", f"call{len(items)}", call.name, arguments))
            output = await asyncio.to_thread(input, f"{call.name} {arguments} gives: ")
            items.append(FunctionCallOutput(f"item{len(items)}", f"call{len(items) - 1}", output))
            continue
        while (line := await asyncio.to_thread(input, "you: ")) == "/notes":
            notes = not notes
        if not line:
            return
        items.append(UserMessage(f"item{len(items)}", line, spoken=False))


def main() -> int:
    """Runs the chat; 2 when it was called wrongly."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    session = json.loads(Path(sys.argv[1]).read_text())
    tools = tuple(
        Tool(t["name"], t.get("description", ""), t.get("parameters", {})) for t in session["tools"]
    )
    asyncio.run(chat(session.get("instructions", ""), tools))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
