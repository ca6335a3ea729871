"""Anybody's LiveKit agent file, for `antiphon up --agent FILE`.

Looked for in the file, in this order:

1. `def make_agent()` that returns an Agent;
2. the Agent that its entrypoint (`@server.rtc_session()`, or `WorkerOptions(entrypoint_fnc=…)`) starts a session with;
3. its one subclass of Agent that can be made without arguments;
4. a module-level `agent = Agent(…)`.

The entrypoint itself is not run, for there is no room: options that it gives to its AgentSession have no effect. An OpenAI
RealtimeModel that the agent brings is replaced by the one of this process's settings; any other model stays.
"""

from __future__ import annotations

import copy
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from livekit.agents import NOT_GIVEN, Agent, AgentServer, AgentTask, WorkerOptions, llm
from livekit.agents.llm import FunctionTool
from livekit.agents.llm.utils import build_legacy_openai_schema
from livekit.plugins import openai

from antiphon.agent.agent_source import check_source, in_words, mend_for
from antiphon.errors import SettingsError

NEEDED = (
    "It needs one of: a class derived from livekit.agents.Agent whose __init__ takes no arguments, "
    "`def make_agent()` that returns an Agent, or `agent = Agent(instructions=…)`."
)


def load_agent(path: Path) -> Callable[[], Agent]:
    """Imports an agent file and finds what makes the agent of each call.

    Call it on the main thread: LiveKit's plugins register only there. One agent is made at once, so that what is wrong
    with it is told now.

    Raises:
        SettingsError: the file is not there, can't be imported, or has no agent; says what it needs.
    """
    module = _imported(path)
    make = _maker(module, path)
    try:
        agent = make()
    except Exception as error:
        raise SettingsError(f"{path}: making its agent failed: {in_words(error, path)}") from error
    if not isinstance(agent, Agent):
        raise SettingsError(f"{path}: make_agent() gave {type(agent).__name__}, not an Agent.", mend=NEEDED)
    if isinstance(agent._llm, llm.LLM) and not (agent._stt and agent._tts):
        raise SettingsError(
            f"{path}: its agent brings an LLM without ears and voice.",
            mend="Leave `llm` out to use this engine, or give the agent `stt` and `tts` as well.",
        )
    _check_tools(agent, path)
    return lambda: with_our_model(make())


def with_our_model(agent: Agent) -> Agent:
    """Takes an OpenAI RealtimeModel off an agent, so that the session's is used; returns the agent."""
    if isinstance(agent._llm, openai.realtime.RealtimeModel):
        agent._llm = NOT_GIVEN
    return agent


def _check_tools(agent: Agent, path: Path) -> None:
    """Refuses tools whose arguments cannot be described: LiveKit would find that out in the middle of a call."""
    for tool in agent.tools:
        if not isinstance(tool, FunctionTool):
            continue
        name = tool.info.name
        try:
            build_legacy_openai_schema(tool)
        except KeyError as error:
            raise SettingsError(
                f"{path}: the argument {error.args[0]!r} of the tool {name} has no type.",
                mend=f"Write `{error.args[0]}: str`, or int, bool, date, Literal[…] or another type.",
            ) from error
        except Exception as error:
            said = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
            raise SettingsError(
                f"{path}: the arguments of the tool {name} cannot be described: {said}.",
                mend="Give each a type that JSON has: str, int, float, bool, Literal[…], date, time, list, a pydantic model.",
            ) from error


def _imported(path: Path) -> ModuleType:
    check_source(path)
    # An agent that makes an OpenAI model while it is loaded needs a key for that; the model itself will not be used.
    os.environ.setdefault("OPENAI_API_KEY", "local")
    name = f"antiphon_agent_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SettingsError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # for dataclasses and type hints of the file
    sys.path.insert(0, str(path.parent.resolve()))  # as `python FILE` has it, and for imports while calls run
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise SettingsError(
            f"{path} can't be loaded: {in_words(error, path)}", mend=mend_for(error)
        ) from error
    return module


def _maker(module: ModuleType, path: Path) -> Callable[[], Agent]:
    make = getattr(module, "make_agent", None)
    if callable(make):
        return make  # type: ignore[no-any-return]
    classes = _classes(module)
    if (entry := _entrypoint(module)) is not None:
        names = _names_used(entry.__code__)
        classes = [cls for cls in classes if cls.__name__ in names] or classes
    ready = [cls for cls in classes if _without_arguments(cls)]
    if len(ready) == 1:
        return ready[0]
    instance = getattr(module, "agent", None)
    if isinstance(instance, Agent):
        return _copies(instance, path)
    if len(ready) > 1:
        listed = ", ".join(cls.__name__ for cls in ready)
        raise SettingsError(
            f"{path} has several agents: {listed}.",
            mend=f"Say which one begins: `def make_agent(): return {ready[0].__name__}()`.",
        )
    if classes:
        raise SettingsError(
            f"{path}: {classes[0].__name__} can't be made without arguments.",
            mend="Add `def make_agent(): return …` that gives them.",
        )
    raise SettingsError(f"{path} has no agent.", mend=NEEDED)


def _classes(module: ModuleType) -> list[type[Agent]]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Agent)
        and not issubclass(value, AgentTask)  # a step inside a call, never its beginning
        and value.__module__ == module.__name__
    ]


def _entrypoint(module: ModuleType) -> Any | None:
    """The function that a LiveKit worker would run for each job, if the file has one."""
    for value in vars(module).values():
        if isinstance(value, AgentServer):
            return getattr(value, "_entrypoint_fnc", None)
        if isinstance(value, WorkerOptions):
            return value.entrypoint_fnc
    entry = getattr(module, "entrypoint", None)
    return entry if inspect.iscoroutinefunction(entry) else None


def _names_used(code: CodeType) -> set[str]:
    """Global names that a function and those inside it use."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names_used(constant)
    return names


def _without_arguments(cls: type[Agent]) -> bool:
    if cls.__init__ is Agent.__init__:
        return False  # its instructions are missing
    parameters = list(inspect.signature(cls).parameters.values())
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def _copies(agent: Agent, path: Path) -> Callable[[], Agent]:
    """Makes a fresh agent for each call from one that the file made: one agent can be in one call only."""
    if type(agent) is not Agent:
        raise SettingsError(
            f"{path}: `agent` is one {type(agent).__name__} for all calls.",
            mend=f"Add `def make_agent(): return {type(agent).__name__}(…)`, which makes one for each call.",
        )

    def make() -> Agent:
        fresh = copy.copy(agent)
        fresh._chat_ctx = agent._chat_ctx.copy()
        fresh._activity = None
        return fresh

    return make
