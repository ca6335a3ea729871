"""`antiphon bench load`: more and more calls at once, until the rule for `max_calls` is missed."""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from antiphon.bench import HERE, Begun, run_here, shown_address, tell
from antiphon.bench_stack import Behind, stack
from antiphon.ear.caller import Utterance
from antiphon.ear.lines.address import LineOptions, kind_of
from antiphon.ear.load.crowd import save_script
from antiphon.ear.load.plan import MOST_CALLS, Arrivals, WrongLoad
from antiphon.ear.load.run import load
from antiphon.ear.load.step import Setup
from antiphon.ear.results import Load, Run
from antiphon.ear.voices import Voices

TURNS = (
    "What are your opening hours?",
    "Is there parking?",
    "Can I bring my dog?",
    "Do you have vegetarian dishes?",
    "What is your address?",
    "Are you open on Mondays?",
    "How do I get to you from the station?",
    "What does a main course cost?",
)
"""What each caller asks, in an order of his own."""

SCRIPTED_WORDS = "We are open every day except Monday, from eleven in the morning until eleven at night."

SIZES = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What was asked for.

    Attributes:
        target: an address, or HERE: an agent of its own, started for this.
        behind: for HERE: what stands behind the agent; each is one load test.
        sizes: how many calls at once; (): SIZES, until the rule is missed.
        turns: how many turns a step should measure.
        watched: further processes to measure, by name.
    """

    target: str = HERE
    line: LineOptions = LineOptions()
    behind: tuple[Behind, ...] = ("scripted", "engine")
    sizes: tuple[int, ...] = ()
    arrivals: Arrivals = "steady"
    turns: int = 60
    hold_s: float = 45.0
    voices: tuple[str, ...] = ()
    seed: int = 1
    out: Path | None = None
    label: str = ""
    as_json: bool = False
    agent_file: Path | None = None


def sizes_of(text: str) -> tuple[int, ...]:
    """Sizes as they are typed: "1,2,4".

    Raises:
        WrongLoad: not numbers.
    """
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise WrongLoad(
            f"--calls takes numbers from 1 to {MOST_CALLS}, such as 1,2,4,8; not {text!r}."
        ) from error


def behinds_of(text: str) -> tuple[Behind, ...]:
    """What stands behind an agent that is started here, as it is typed.

    Raises:
        WrongLoad: there is none of that name.
    """
    match text:
        case "both":
            return "scripted", "engine"
        case "engine" | "scripted":
            return (text,)
        case _:
            raise WrongLoad(f"--engine takes engine, scripted or both; not {text!r}.")


def arrivals_of(text: str) -> Arrivals:
    """How calls come, as it is typed.

    Raises:
        WrongLoad: there is none of that name.
    """
    for arrivals in get_args(Arrivals):
        if text == arrivals:
            return cast(Arrivals, arrivals)
    raise WrongLoad(f"--arrivals takes steady, ramp or burst; not {text!r}.")


def run(options: LoadOptions) -> int:
    """Measures and reports; returns the exit code.

    Raises:
        WrongLoad, NoVoice: wrong use.
        NoStack, CrowdFailed: something did not run.
    """
    voices = Voices(options.voices)
    found: list[Run] = []

    async def work() -> None:
        found.append(await _measure(options, voices))

    run_here(work())
    return tell(found[0], options.out, as_json=options.as_json)


async def _measure(options: LoadOptions, voices: Voices) -> Run:
    measured = await Begun.now()
    loads: list[Load] = []
    with tempfile.TemporaryDirectory(prefix="antiphon-load-") as name:
        folder = Path(name)
        save_script(folder / "script.npz", _turns(voices))
        if options.target == HERE:
            spoken = voices.say(SCRIPTED_WORDS, voices.names[0]).pcm
            for behind in options.behind:
                place = folder / behind
                place.mkdir()
                async with stack(
                    behind,
                    place,
                    words=SCRIPTED_WORDS,
                    voice=spoken,
                    agent_file=options.agent_file,
                    ports=free_ports(),
                ) as running:
                    setup = Setup(
                        address=running.address,
                        options=options.line,
                        watched=running.watched,
                        script=folder / "script.npz",
                        seed=options.seed,
                        hold_s=options.hold_s,
                    )
                    loads.append(await _load(options, setup, behind))
        else:
            setup = Setup(
                address=options.target,
                options=options.line,
                watched={},
                script=folder / "script.npz",
                seed=options.seed,
                hold_s=options.hold_s,
            )
            loads.append(await _load(options, setup, "agent"))
    kind = kind_of(options.target, options.line.line)
    label = options.label or f"load of {shown_address(options.target)}"
    return measured.run(options.target, kind, label=label, loads=tuple(loads))


async def _load(options: LoadOptions, setup: Setup, name: str) -> Load:
    return await load(
        setup,
        options.sizes or SIZES,
        name=name,
        arrivals=options.arrivals,
        turns=options.turns,
        to_the_end=bool(options.sizes),
        told=lambda text: print(text, file=sys.stderr, flush=True),
    )


def _turns(voices: Voices) -> Sequence[Utterance]:
    return [voices.say(text, voice) for text in TURNS for voice in voices.names]


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on."""
    with closing(socket.socket()) as one, closing(socket.socket()) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])
