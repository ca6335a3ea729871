"""`antiphon bench`: measure an agent (the default), load it, compare runs, score a recorded call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from antiphon.cli_options import (
    AgentOption,
    BrainOption,
    DebugOption,
    EnginePortOption,
    JsonOption,
    LevelOption,
    LogLevel,
    ModelOption,
    settings_of,
    value_of,
)

RUN = "run"


class _RunByDefault(TyperGroup):
    """`antiphon bench ADDRESS` is `antiphon bench run ADDRESS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = [RUN, *args]
        return super().parse_args(ctx, args)


bench = typer.Typer(
    cls=_RunByDefault,
    help="Call an agent as people do, and report what they heard. Without a command: run.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

LineOption = Annotated[
    str, typer.Option("--line", help="Where an address does not tell: realtime, livekit, browser or socket.")
]
KeyOption = Annotated[
    str,
    typer.Option("--key", help="The server's key or token; LiveKit's API key.", envvar="ANTIPHON_BENCH_KEY"),
]
SecretOption = Annotated[
    str, typer.Option("--secret", help="LiveKit's API secret.", envvar="ANTIPHON_BENCH_SECRET")
]
ServerModelOption = Annotated[str, typer.Option("--server-model", help="A Realtime server's model.")]
AgentNameOption = Annotated[str, typer.Option("--agent-name", help="The LiveKit agent that is sent for.")]
InsecureOption = Annotated[bool, typer.Option("--insecure", help="Trust any certificate.")]
VoiceOption = Annotated[
    list[str] | None, typer.Option("--voice", help="A caller's voice, such as flite:slt; may be repeated.")
]
RecordingsOption = Annotated[
    Path | None,
    typer.Option("--recordings", help="Callers' voices: FOLDER/VOICE/index.json.", metavar="FOLDER"),
]
SpeechOption = Annotated[
    str, typer.Option("--speech-server", help="A speech API for --voice server:NAME.", metavar="URL")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of sounds, and of what a line loses.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="Keep run.json, report.html, junit.xml and calls/.", metavar="FOLDER"),
]
LabelOption = Annotated[str, typer.Option("--label", help="What the run is called in comparisons.")]
Address = Annotated[
    str, typer.Argument(help="Who is called; without: an agent started for this.", metavar="[ADDRESS]")
]


@bench.command(RUN)
def run(
    address: Address = "here",
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", "-s", help="A built-in scenario, a YAML file or a folder; may be repeated."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A little of everything in one call, under two minutes.")
    ] = False,
    show_list: Annotated[bool, typer.Option("--list", help="List the built-in scenarios.")] = False,
    repeat: Annotated[int, typer.Option("--repeat", help="Each scenario so many times.", min=1)] = 1,
    voice: VoiceOption = None,
    recordings: RecordingsOption = None,
    speech_server: SpeechOption = "",
    seed: SeedOption = 1,
    out: OutOption = None,
    label: LabelOption = "",
    line: LineOption = "",
    key: KeyOption = "",
    secret: SecretOption = "",
    server_model: ServerModelOption = "",
    agent_name: AgentNameOption = "",
    insecure: InsecureOption = False,
    agent: AgentOption = None,
    engine_port: EnginePortOption = None,
    model: ModelOption = None,
    brain: BrainOption = None,
    as_json: JsonOption = False,
    level: LevelOption = LogLevel.WARNING,
    debug: DebugOption = False,
) -> None:
    """Play scenarios, hear, report; exit 1 on a missed bound."""
    if show_list:
        from antiphon.ear.scenario import built_in

        for each in built_in():
            typer.echo(f"{each.name:20} {each.about}")
        return
    settings = settings_of(
        level,
        debug,
        engine={"port": engine_port, "brain": {"name": value_of(brain)}},
        agent={"model": value_of(model)},
    )
    from antiphon import bench as benches
    from antiphon.ear.lines.address import LineOptions

    options = benches.Options(
        target=address,
        line=LineOptions(line, key, secret, server_model, agent_name=agent_name, insecure=insecure),
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


@bench.command()
def load(
    address: Address = "here",
    behind: Annotated[
        str,
        typer.Option("--engine", help="For an agent started here: engine, scripted (no models) or both."),
    ] = "both",
    calls: Annotated[
        str, typer.Option("--calls", help="How many at once, such as 1,2,4,8; without: until it is too many.")
    ] = "",
    arrivals: Annotated[str, typer.Option("--arrivals", help="steady, ramp or burst.")] = "steady",
    turns: Annotated[int, typer.Option("--turns", help="How many turns a step measures.", min=1)] = 60,
    hold_s: Annotated[float, typer.Option("--hold", help="Seconds that a steady call lasts.", min=10)] = 45.0,
    voice: VoiceOption = None,
    seed: SeedOption = 1,
    out: OutOption = None,
    label: LabelOption = "",
    line: LineOption = "",
    key: KeyOption = "",
    secret: SecretOption = "",
    server_model: ServerModelOption = "",
    agent_name: AgentNameOption = "",
    insecure: InsecureOption = False,
    agent: AgentOption = None,
    as_json: JsonOption = False,
    level: LevelOption = LogLevel.WARNING,
    debug: DebugOption = False,
) -> None:
    """More and more calls at once: the curve, what each process costs, and how many are carried."""
    settings_of(level, debug)
    from antiphon import bench_load
    from antiphon.ear.lines.address import LineOptions

    options = bench_load.LoadOptions(
        target=address,
        line=LineOptions(line, key, secret, server_model, agent_name=agent_name, insecure=insecure),
        behind=bench_load.behinds_of(behind),
        sizes=bench_load.sizes_of(calls),
        arrivals=bench_load.arrivals_of(arrivals),
        turns=turns,
        hold_s=hold_s,
        voices=tuple(voice or ()),
        seed=seed,
        out=out,
        label=label,
        as_json=as_json,
        agent_file=agent,
    )
    raise typer.Exit(bench_load.run(options))


@bench.command()
def compare(
    before: Annotated[Path, typer.Argument(help="A run: its folder or its run.json.", metavar="A")],
    after: Annotated[Path, typer.Argument(help="Another.", metavar="B")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the comparison as a page.", metavar="FILE.html")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Two runs, figure by figure, with significance; exit 1 if B is worse."""
    from antiphon.bench_compare import run as compare_runs

    raise typer.Exit(compare_runs(before, after, out=out, as_json=as_json))


@bench.command()
def score(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="A stereo WAV (caller left, agent right), or the caller's and the agent's.", metavar="WAV…"
        ),
    ],
    script: Annotated[
        Path | None,
        typer.Option("--script", help="The caller's turns, where they are known.", metavar="FILE"),
    ] = None,
    offset_ms: Annotated[
        float, typer.Option("--offset-ms", help="How much later the agent's recording began.")
    ] = 0.0,
    swap: Annotated[bool, typer.Option("--swap", help="The agent is left, the caller right.")] = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score a recorded call that any tool has made."""
    from antiphon.bench_score import run as score_files

    code = score_files(files, script=script, offset_ms=offset_ms, swap=swap, out=out, as_json=as_json)
    raise typer.Exit(code)
