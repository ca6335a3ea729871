"""The commands. Each imports what it needs when it runs, so that `antiphon --help` is quick.

Exit codes: 0 fine, 1 found wanting, 2 wrong use (a wrong option or setting).
"""

from __future__ import annotations

import enum
import sys
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from antiphon.errors import AntiphonError, SettingsError

WANTING = 1
WRONG_USE = 2

app = typer.Typer(
    name="antiphon",
    help="A voice agent that answers within a heartbeat, and proves it from the caller's ear.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


def _settings(level: LogLevel, debug: bool, **sections: dict[str, Any]) -> Any:
    """The settings, with what was given on the command line; and logging set up."""
    from dotenv import load_dotenv

    from antiphon import logs
    from antiphon.settings import load

    load_dotenv(".env.local")  # LiveKit's convention for keys; the environment wins
    logs.set_up("debug" if debug else level.value)
    given = {name: _without_none(values) for name, values in sections.items()}
    return load(**{name: values for name, values in given.items() if values})


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Only what was given, at every depth."""
    kept = {
        name: _without_none(value) if isinstance(value, dict) else value for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if value is not None and value != {}}


def _value(choice: enum.StrEnum | None) -> str | None:
    return None if choice is None else choice.value


@app.command()
def up(
    port: PortOption = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", help="The address of the page [127.0.0.1]; beyond this machine it asks for a token."
        ),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option("--tls", help="Serve https, which microphones elsewhere need; makes a certificate."),
    ] = False,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Your own certificate for it, PEM.", metavar="FILE")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key, PEM.", metavar="FILE")] = None,
    engine_port: EnginePortOption = None,
    model: ModelOption = None,
    brain: BrainOption = None,
    agent: AgentOption = None,
    livekit: Annotated[
        bool,
        typer.Option(
            "--livekit", help="Calls through LiveKit: LIVEKIT_URL, or a livekit-server started here."
        ),
    ] = False,
    level: LevelOption = LogLevel.WARNING,
    debug: DebugOption = False,
) -> None:
    """Start engine, agent and page; Ctrl-C ends everything."""
    settings = _settings(
        level,
        debug,
        page={"port": port, "host": host, "tls": tls or None, "tls_cert": tls_cert, "tls_key": tls_key},
        engine={"port": engine_port, "brain": {"name": _value(brain)}},
        agent={"model": _value(model)},
    )
    from antiphon.up import run

    code = run(settings, agent_file=agent, log_level="debug" if debug else level.value, livekit=livekit)
    raise typer.Exit(code)


@app.command()
def serve(
    port: Annotated[
        int | None,
        typer.Option("--port", "--engine-port", help="Where the engine listens [8001].", min=1, max=65535),
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on [127.0.0.1].")] = None,
    brain: BrainOption = None,
    lifeline: Annotated[int | None, typer.Option("--lifeline", hidden=True)] = None,
    level: LevelOption = LogLevel.WARNING,
    debug: DebugOption = False,
) -> None:
    """Start the engine alone: an OpenAI Realtime server for any client."""
    if lifeline is not None:
        from antiphon.child import follow_parent

        follow_parent(lifeline)
    settings = _settings(level, debug, engine={"port": port, "host": host, "brain": {"name": _value(brain)}})
    from antiphon.serve import run

    raise typer.Exit(run(settings, supervised=lifeline is not None))


@app.command(hidden=True)
def work(agent: AgentOption = None, level: LevelOption = LogLevel.WARNING) -> None:
    """A worker process of `up --livekit`."""
    settings = _settings(level, False)
    from antiphon.runtime import load_factory

    factory = load_factory(settings, agent)
    import uvloop

    from antiphon.workers.server import CallServer

    uvloop.run(CallServer(settings, factory).run())


@app.command()
def call(
    files: Annotated[list[Path], typer.Argument(help="Recordings, one turn each.", metavar="FILE.wav")],
    record: Annotated[
        Path | None,
        typer.Option("--record", help="Keep the call as a stereo WAV, the caller left.", metavar="WAV"),
    ] = None,
    agent: AgentOption = None,
    engine_port: EnginePortOption = None,
    model: ModelOption = None,
    brain: BrainOption = None,
    as_json: JsonOption = False,
    level: LevelOption = LogLevel.WARNING,
    debug: DebugOption = False,
) -> None:
    """Play recordings to the agent as a caller would; tell what was said, heard, and how soon."""
    settings = _settings(
        level,
        debug,
        engine={"port": engine_port, "brain": {"name": _value(brain)}},
        agent={"model": _value(model)},
    )
    from antiphon.call import run

    code = run(
        settings,
        files,
        agent_file=agent,
        as_json=as_json,
        record=record,
        log_level="debug" if debug else level.value,
    )
    raise typer.Exit(code)


@app.command()
def bench(
    target: Annotated[
        list[str] | None,
        typer.Argument(
            help="An address; without: the agent in this process. Or: compare RUN RUN; or a recorded call's WAV.",
            metavar="[ADDRESS]",
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", "-s", help="A built-in scenario, a YAML file or a folder; may be repeated."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A short set, under two minutes.")] = False,
    voice: Annotated[
        list[str] | None,
        typer.Option("--voice", help="A caller's voice, such as flite:slt; may be repeated."),
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option("--recordings", help="Callers' voices: FOLDER/VOICE/index.json.", metavar="FOLDER"),
    ] = None,
    speech_server: Annotated[
        str, typer.Option("--speech-server", help="A speech API for --voice server:NAME.", metavar="URL")
    ] = "",
    repeat: Annotated[int, typer.Option("--repeat", help="Each scenario so many times.", min=1)] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Of sounds and of what a line loses.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Keep run.json, report.html, junit.xml and calls/.", metavar="FOLDER"),
    ] = None,
    label: Annotated[str, typer.Option("--label", help="What the run is called in comparisons.")] = "",
    line: Annotated[
        str,
        typer.Option("--line", help="Where an address does not tell: realtime, livekit, browser or socket."),
    ] = "",
    key: Annotated[
        str, typer.Option("--key", help="Its key.", envvar="ANTIPHON_BENCH_KEY", show_envvar=True)
    ] = "",
    show_list: Annotated[bool, typer.Option("--list", help="List the built-in scenarios.")] = False,
    agent: AgentOption = None,
    engine_port: EnginePortOption = None,
    model: ModelOption = None,
    brain: BrainOption = None,
    as_json: JsonOption = False,
    level: LevelOption = LogLevel.WARNING,
    debug: DebugOption = False,
) -> None:
    """Call an agent as people do, and report what they heard; exit 1 on a missed bound."""
    if show_list:
        from antiphon.ear.scenario import built_in

        for each in built_in():
            typer.echo(f"{each.name:20} {each.about}")
        return
    settings = _settings(
        level,
        debug,
        engine={"port": engine_port, "brain": {"name": _value(brain)}},
        agent={"model": _value(model)},
    )
    from antiphon import bench as benches

    options = benches.Options(
        target=(target or [benches.HERE])[0],
        line=line,
        key=key,
        scenarios=tuple(scenario or ()),
        voices=tuple(voice or ()),
        recordings=recordings,
        speech_server=speech_server,
        repeat=repeat,
        seed=seed,
        out=out,
        label=label,
        quick=quick,
        as_json=as_json,
    )
    code = benches.run(settings, options, agent_file=agent, log_level="debug" if debug else level.value)
    raise typer.Exit(code)


@app.command()
def new(
    file: Annotated[
        Path, typer.Argument(help="What to write; it must not be there yet.", metavar="FILE.py")
    ] = Path("my_agent.py"),
) -> None:
    """Write an agent file of your own, to begin with."""
    from antiphon.new import told, write

    write(file)
    typer.echo(told(file))


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check this machine: one line for each thing, with the mend."""
    from antiphon.doctor import run

    if not run(as_json=as_json):
        raise typer.Exit(WANTING)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"antiphon {package_version('antiphon')}")


def report(error: AntiphonError) -> int:
    """Says on stderr what is wrong and what to do; returns the exit code."""
    print(f"antiphon: {error.message}", file=sys.stderr)
    if error.mend:
        print(f"  {error.mend}", file=sys.stderr)
    if isinstance(error, SettingsError):
        return WRONG_USE
    return int(getattr(error, "exit_code", WANTING))


def main() -> NoReturn:
    """Runs a command. Errors are told in one or two lines; `--debug` shows where they come from."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write "✓" gets a "?", not a crash.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # both are TextIOWrappers
    show_where = "--debug" in sys.argv
    try:
        app()
    except AntiphonError as error:
        if show_where:
            raise
        sys.exit(report(error))
    except Exception as error:
        if show_where:
            raise
        print(f"antiphon: {type(error).__name__}: {error}", file=sys.stderr)
        print("  This is a mistake in Antiphon; --debug shows where.", file=sys.stderr)
        sys.exit(WANTING)
    sys.exit(0)


if __name__ == "__main__":
    main()
