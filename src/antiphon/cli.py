"""The commands. Each imports what it needs when it runs, so that `antiphon --help` is quick.

Exit codes: 0 fine, 1 found wanting, 2 wrong use (a wrong option or setting).
"""

from __future__ import annotations

import sys
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from antiphon.cli_bench import bench
from antiphon.cli_options import (
    AgentOption,
    BrainOption,
    DebugOption,
    EnginePortOption,
    JsonOption,
    LevelOption,
    LogLevel,
    ModelOption,
    PortOption,
    settings_of,
    value_of,
)
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
    settings = settings_of(
        level,
        debug,
        page={"port": port, "host": host, "tls": tls or None, "tls_cert": tls_cert, "tls_key": tls_key},
        engine={"port": engine_port, "brain": {"name": value_of(brain)}},
        agent={"model": value_of(model)},
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
    settings = settings_of(
        level, debug, engine={"port": port, "host": host, "brain": {"name": value_of(brain)}}
    )
    from antiphon.serve import run

    raise typer.Exit(run(settings, supervised=lifeline is not None))


@app.command(hidden=True)
def work(agent: AgentOption = None, level: LevelOption = LogLevel.WARNING) -> None:
    """A worker process of `up --livekit`."""
    settings = settings_of(level, False)
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
    settings = settings_of(
        level,
        debug,
        engine={"port": engine_port, "brain": {"name": value_of(brain)}},
        agent={"model": value_of(model)},
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


app.add_typer(bench, name="bench")


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
