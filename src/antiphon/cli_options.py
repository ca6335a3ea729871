"""Options that several commands have, and the settings that they make."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer


class LogLevel(enum.StrEnum):
    """How much is written to stderr. A caller's words appear at debug only."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Model(enum.StrEnum):
    """Who answers the Realtime API."""

    LOCAL = "local"
    OPENAI = "openai"


class Brain(enum.StrEnum):
    """Who finds the words, with the local model."""

    FORM = "form"
    CHAT = "chat"


PortOption = Annotated[
    int | None, typer.Option("--port", help="Where the page is served [8000].", min=1, max=65535)
]
EnginePortOption = Annotated[
    int | None, typer.Option("--engine-port", help="Where the engine listens [8001].", min=1, max=65535)
]
ModelOption = Annotated[
    Model | None,
    typer.Option("--model", help="The engine on this machine, or OpenAI's cloud (OPENAI_API_KEY)."),
]
BrainOption = Annotated[
    Brain | None,
    typer.Option("--brain", help="form needs nothing; chat is any OpenAI-compatible LLM (engine.brain.*)."),
]
AgentOption = Annotated[
    Path | None,
    typer.Option("--agent", help="Your own LiveKit agent file instead of the desk.", metavar="FILE"),
]
LevelOption = Annotated[LogLevel, typer.Option("--log-level", help="What is logged to stderr.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Log everything, and show tracebacks.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def settings_of(level: LogLevel, debug: bool, **sections: dict[str, Any]) -> Any:
    """The settings, with what was given on the command line; and logging set up."""
    from dotenv import load_dotenv

    from antiphon import logs
    from antiphon.settings import load

    load_dotenv(".env.local")  # LiveKit's convention for keys; the environment wins
    logs.set_up("debug" if debug else level.value)
    given = {name: without_none(values) for name, values in sections.items()}
    return load(**{name: values for name, values in given.items() if values})


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Only what was given, at every depth."""
    kept = {name: without_none(value) if isinstance(value, dict) else value for name, value in values.items()}
    return {name: value for name, value in kept.items() if value is not None and value != {}}


def value_of(choice: enum.StrEnum | None) -> str | None:
    """A choice as the settings have it; None: not given."""
    return None if choice is None else choice.value
