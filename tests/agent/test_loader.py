"""Agent files as people write them."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from livekit.agents import NOT_GIVEN

from antiphon.agent.loader import load_agent
from antiphon.errors import SettingsError

QUICKSTART = """
    from livekit import agents
    from livekit.agents import Agent, AgentServer, AgentSession, function_tool
    from livekit.plugins import openai

    class Helper(Agent):
        def __init__(self):
            super().__init__(instructions="You are the helper.")

    class Assistant(Agent):
        def __init__(self):
            super().__init__(instructions="You are a helpful voice AI assistant.")

        @function_tool
        async def hand_over(self):
            "Hands over."
            return Helper()

    server = AgentServer()

    @server.rtc_session()
    async def my_agent(ctx: agents.JobContext):
        session = AgentSession(llm=openai.realtime.RealtimeModel(voice="coral"))
        await session.start(room=ctx.room, agent=Assistant())
        await session.generate_reply(instructions="Greet the user.")

    if __name__ == "__main__":
        agents.cli.run_app(server)
"""


TOOL = """
from livekit.agents import Agent, function_tool

class Mine(Agent):
    def __init__(self):
        super().__init__(instructions="Be kind.")

    @function_tool
    async def order(self, {}) -> str:
        return "Done."
"""


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, and what loading leaves in this process is put back."""
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setattr(sys, "path", sys.path.copy())


def write(tmp_path: Path, text: str, name: str = "their_agent.py") -> Path:
    path = tmp_path / name
    path.write_text(dedent(text))
    return path


def test_the_quickstart_form(tmp_path: Path) -> None:
    make = load_agent(write(tmp_path, QUICKSTART))
    one, other = make(), make()
    assert type(one).__name__ == "Assistant" and one is not other


def test_the_older_worker_form(tmp_path: Path) -> None:
    text = QUICKSTART.split("server = AgentServer()", maxsplit=1)[0] + (
        """
    async def entrypoint(ctx):
        session = AgentSession()
        async def later():
            await session.start(Assistant(), room=ctx.room)
        await later()

    options = agents.WorkerOptions(entrypoint_fnc=entrypoint)
"""
    )
    assert type(load_agent(write(tmp_path, text))()).__name__ == "Assistant"


def test_one_class_is_enough(tmp_path: Path) -> None:
    make = load_agent(
        write(
            tmp_path,
            """
            from dataclasses import dataclass
            from livekit.agents import Agent
            import beside

            class Mine(Agent):
                def __init__(self, tone=beside.TONE):
                    super().__init__(instructions=tone)
            """,
        )
        if write(tmp_path, "TONE = 'Be kind.'", "beside.py")
        else tmp_path
    )
    assert make().instructions == "Be kind."


def test_an_agent_object_is_copied_for_each_call_and_its_openai_model_replaced(tmp_path: Path) -> None:
    make = load_agent(
        write(
            tmp_path,
            """
            from livekit.agents import Agent
            from livekit.plugins import openai

            agent = Agent(instructions="Be brief.", llm=openai.realtime.RealtimeModel())
            """,
        )
    )
    one, other = make(), make()
    assert one.instructions == other.instructions == "Be brief."
    assert one is not other and one._chat_ctx is not other._chat_ctx
    assert one._llm is NOT_GIVEN


def test_make_agent_wins(tmp_path: Path) -> None:
    text = QUICKSTART + "\n    def make_agent():\n        return Helper()\n"
    assert type(load_agent(write(tmp_path, text))()).__name__ == "Helper"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "has no agent. It needs one of"),
        ("x = 1\ndef f(:\n    pass", "can't be loaded: SyntaxError: invalid syntax (line 2: `def f(:`)."),
        ("x = '\0'", "can't be loaded: SyntaxError: source code "),
        (
            "import nowhere_at_all.inside",
            "can't be loaded: ModuleNotFoundError: No module named 'nowhere_at_all' (line 1: `import nowhere_at_all.inside`).",
        ),
        ("import nowhere_at_all.inside", f"pip install --python {sys.executable} nowhere_at_all"),
        ("def f():\n    return y\nf()", "NameError: name 'y' is not defined (line 2: `return y`)."),
        (TOOL.format("seats"), "the argument 'seats' of the tool order has no type. Write `seats: str`"),
        (
            TOOL.format("seats: object()"),
            "the arguments of the tool order cannot be described: Unable to generate",
        ),
        ("raise SystemExit(3)", "can't be loaded: SystemExit"),
        ("def make_agent():\n    return 7", "make_agent() gave int"),
        (
            "def make_agent():\n    return 1 / 0",
            "making its agent failed: ZeroDivisionError: division by zero (line 2: `return 1 / 0`).",
        ),
        (
            "from livekit.agents import Agent\nclass A(Agent):\n    def __init__(self, who): super().__init__(instructions=who)",
            "A can't be made without arguments",
        ),
        (
            "from livekit.agents import Agent\n"
            "class A(Agent):\n    def __init__(self): super().__init__(instructions='a')\n"
            "class B(Agent):\n    def __init__(self): super().__init__(instructions='b')",
            "several agents: A, B",
        ),
        (
            "from livekit.agents import Agent\nclass A(Agent):\n    def __init__(self, x): super().__init__(instructions=x)\n"
            "agent = A('x')",
            "is one A for all calls",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as error:
        load_agent(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no agent file") as error:
        load_agent(tmp_path / "none.py")
    assert "antiphon new" in error.value.mend


@pytest.mark.parametrize("name", ["agent.txt", "agent"])
def test_a_file_that_is_no_python_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="is not a Python file"):
        load_agent(write(tmp_path, "x = 1", name))
