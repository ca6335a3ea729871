"""`antiphon new`: the file is right for its tools, for LiveKit, and for a caller without any LLM."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from livekit.agents.llm.utils import build_legacy_openai_schema

from antiphon.agent.loader import load_agent
from antiphon.engine.brains.brain import Tool
from antiphon.engine.brains.form import FormBrain
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    UserMessage,
)
from antiphon.errors import SettingsError
from antiphon.new import TRY_SAYING, class_name, content, program, told, write
from tests.engine.brains.form.play import ask
from tests.engine.brains.form.trades import Trade

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file as it is written, in the folder that one stands in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    path = Path("my_agent.py")
    write(path)
    return path


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        capture_output=True,
        text=True,
        check=False,
    )


def test_ruff_and_mypy_have_nothing_to_say(file: Path) -> None:
    """With this project's strict rules, and in the form that ruff has by itself."""
    config = str(PROJECT / "pyproject.toml")
    for command in (
        ["ruff", "check", "--no-cache", "--config", config, str(file)],
        ["ruff", "format", "--no-cache", "--isolated", "--check", str(file)],
        ["mypy", "--config-file", config, "--cache-dir", str(PROJECT / ".mypy_cache"), str(file)],
    ):
        finished = run(*command)
        assert finished.returncode == 0, finished.stdout + finished.stderr


def test_it_is_about_ten_lines_of_code(file: Path) -> None:
    code = file.read_text().split('"""\n', 1)[1]
    lines = [line for line in code.splitlines() if line.strip() and not line.strip().startswith('"""')]
    assert len(lines) <= 11


async def test_the_agent_asks_for_what_is_missing_and_books_once(file: Path) -> None:
    """What a newcomer is told to say, and on, with the brain that needs no LLM."""
    agent = load_agent(file)()
    (book,) = agent.tools
    schema = build_legacy_openai_schema(book, internally_tagged=True)  # type: ignore[arg-type]  # it is a function tool
    trade = Trade(
        str(agent.instructions), (Tool(schema["name"], schema["description"], schema["parameters"]),)
    )
    items: list[Item] = []

    async def caller(says: str) -> str:
        items.append(UserMessage(f"u{len(items)}", says))
        answer = await ask(FormBrain(), trade, items)
        if answer.call is not None:
            arguments = dict(answer.call.arguments)
            output = await book(**arguments)  # type: ignore[operator]  # it is a function tool
            items.append(FunctionCall("f", "c", answer.call.name, json.dumps(arguments)))
            items.append(FunctionCallOutput("o", "c", str(output)))
            answer = await ask(FormBrain(), trade, items)
        items.append(AssistantMessage(f"a{len(items)}", answer.text))
        return answer.text

    assert "venus, saturn or neptune" in (await caller(TRY_SAYING)).lower()
    assert "how many" in await caller("Saturn.")
    assert "Shall I" in await caller("Two.")
    assert "2 seats to Saturn are booked" in await caller("Yes, please.")
    assert sum(isinstance(item, FunctionCall) for item in items) == 1
    assert "ten euros" in await caller("How much is a seat?")


def test_a_file_that_is_there_stays_as_it_is(file: Path) -> None:
    file.write_text("mine")
    with pytest.raises(SettingsError, match="exists") as error:
        write(file)
    assert "antiphon new FILE.py" in error.value.mend
    assert file.read_text() == "mine"


@pytest.mark.parametrize("name", ["agent", "agent.txt", ".", "folder/"])
def test_a_file_that_is_no_python_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"must end in \.py"):
        write(Path(name))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["livekit.py", "typing.py", "antiphon.py"])
def test_a_name_that_hides_a_module_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="would hide") as error:
        write(tmp_path / name)
    assert f"my_{name}" in error.value.mend
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written: No such file or directory"):
        write(tmp_path / "nowhere" / "agent.py")


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("my_agent.py", "MyAgent"),
        ("pizza bot.py", "PizzaBot"),
        ("front-desk.py", "FrontDesk"),
        ("agent.py", "MyAgent"),
        ("2be.py", "My2be"),
        ("none.py", "MyNone"),
        ("__.py", "MyAgent"),
        ("käse.py", "Käse"),
        ('say "hi".py', "SayHi"),
    ],
)
def test_the_class_is_named_for_the_file(tmp_path: Path, name: str, cls: str) -> None:
    assert class_name(Path(name)) == cls
    write(tmp_path / name)
    compile((tmp_path / name).read_text(), name, "exec")


def test_what_to_type_next_can_be_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/antiphon", "new"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ".venv/bin/antiphon up --agent 'pizza bot.py'" in told(Path("pizza bot.py"))
    installed = tmp_path / "antiphon"
    installed.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(installed), "new"])
    assert program() == "antiphon", "it is on the path"


def test_the_command(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("antiphon")), "new"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "up --agent my_agent.py" in made.stdout
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "my_agent.py exists" in again.stderr


def test_the_readme_shows_what_is_written() -> None:
    shown = (PROJECT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    assert shown in content(Path("my_agent.py"))
