"""Scenarios: what a caller does, step by step, and what must come of it. Readable files (YAML), for users to write their own.

    name: interruption
    about: The caller interrupts a long answer in its middle.
    steps:
      - listen: greeting
      - say: How do I get to you from the station?
        then: go_on
      - interrupt: Stop, please.
        after_ms: 1500
    within_ms:
      time_to_yield_p50_ms: 350
    at_least:
      yield_rate: 0.98

docs/BENCH.md tells every step. A mistake is told with the file, the place in it, and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from antiphon.ear.degrade import Faults
from antiphon.errors import LineError

_PAUSE = re.compile(r"\[\s*(\d+)\s*ms\s*\]")


class NoScenario(LineError):
    """A file that was given as a scenario is none: wrong use, exit code 2."""

    code = "no_scenario"
    exit_code = 2


class _Part(BaseModel):
    """Frozen, and refuses what it does not know: a typing mistake must not make a scenario easier."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Listen(_Part):
    """Hears the agent: its greeting, its answer, or for so many ms, and does nothing."""

    listen: Literal["greeting", "answer"] | PositiveFloat


class Say(_Part):
    """Speaks a turn: words with pauses, such as "a table for [800 ms] four".

    `then`: "answer" hears the whole answer; "go_on" goes to the next step with the last word spoken.
    """

    say: str = Field(min_length=1)
    then: Literal["answer", "go_on"] = "answer"


class Interrupt(_Part):
    """Speaks while the agent speaks, once it has been heard for `after_ms`: it should yield."""

    interrupt: str = Field(min_length=1)
    after_ms: NonNegativeFloat = 1500
    then: Literal["answer", "go_on"] = "answer"


class Backchannel(_Part):
    """A short "uh-huh" while the agent speaks: it should go on."""

    backchannel: str = Field(min_length=1)
    after_ms: NonNegativeFloat = 1500


class SideSpeech(_Part):
    """Somebody beside the caller speaks, more softly, while the agent speaks: it should go on."""

    side_speech: str = Field(min_length=1)
    after_ms: NonNegativeFloat = 1500
    gain_db: float = Field(default=-20, le=0)


class Sound(_Part):
    """A sound without words while the agent speaks: it should go on."""

    sound: Literal["cough", "knocks", "music", "hum", "white", "pink"]
    after_ms: NonNegativeFloat = 1500
    length_ms: PositiveFloat = 450
    level_dbfs: float = Field(default=-24, le=0)


class Type(_Part):
    """Types a message; with `after_ms` while the agent speaks."""

    type: str = Field(min_length=1)
    after_ms: NonNegativeFloat | None = None
    then: Literal["answer", "go_on"] = "answer"


class Converse(_Part):
    """Holds a conversation: says `converse`, then answers what the agent asks until a tool was called with a result, or `turns` are said.

    `answers`: patterns (regular expressions, case ignored) on the words of the agent's latest answer, in order; the first that is found
    gives the reply. `otherwise` is said where none is.
    """

    converse: str = Field(min_length=1)
    answers: dict[str, str]
    otherwise: str = "Could you say that again, please?"
    until_tool: str = ""
    turns: PositiveInt = 12

    @field_validator("answers")
    @classmethod
    def _patterns(cls, answers: dict[str, str]) -> dict[str, str]:
        for pattern in answers:
            try:
                re.compile(pattern, re.IGNORECASE)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return answers


class HangUp(_Part):
    """Hangs up, so long after the agent began to speak: in mid-reply."""

    hang_up_after_ms: NonNegativeFloat


class Expect(_Part):
    """What must have come of the call by now.

    `tool` was called without error, with these `arguments` (others may stand beside them); `not_tool` was not; the agent's words `hold` a
    pattern or are `without` it.
    """

    tool: str = ""
    arguments: dict[str, Any] = {}
    not_tool: str = ""
    hold: str = ""
    without: str = ""


class ExpectStep(_Part):
    """Holds the call so far against what is expected."""

    expect: Expect


_VERBS: dict[str, type[_Part]] = {
    "listen": Listen,
    "say": Say,
    "interrupt": Interrupt,
    "backchannel": Backchannel,
    "side_speech": SideSpeech,
    "sound": Sound,
    "type": Type,
    "converse": Converse,
    "hang_up_after_ms": HangUp,
    "expect": ExpectStep,
}


def _verb(step: Any) -> str | None:
    if isinstance(step, _Part):
        return next(verb for verb, kind in _VERBS.items() if isinstance(step, kind))
    return next((verb for verb in _VERBS if isinstance(step, dict) and verb in step), None)


Step = Annotated[
    Union[  # noqa: UP007 - a union of tagged kinds
        Annotated[Listen, Tag("listen")],
        Annotated[Say, Tag("say")],
        Annotated[Interrupt, Tag("interrupt")],
        Annotated[Backchannel, Tag("backchannel")],
        Annotated[SideSpeech, Tag("side_speech")],
        Annotated[Sound, Tag("sound")],
        Annotated[Type, Tag("type")],
        Annotated[Converse, Tag("converse")],
        Annotated[HangUp, Tag("hang_up_after_ms")],
        Annotated[ExpectStep, Tag("expect")],
    ],
    Discriminator(
        _verb,
        custom_error_type="step",
        custom_error_message=f"a step must have one of: {', '.join(_VERBS)}",
    ),
]


class Tool(_Part):
    """A tool for an agent that has none of its own: a bare Realtime address. The ear answers its calls with `returns`."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    description: str
    parameters: dict[str, Any] = {"type": "object", "properties": {}}
    returns: str = "Done."


class Agent(_Part):
    """Who answers at a bare Realtime address; lines to an agent of its own ignore it."""

    instructions: str
    tools: tuple[Tool, ...] = ()


class Scenario(_Part):
    """One scenario.

    Attributes:
        name: its name in reports; letters, digits, "_" and "-".
        about: one sentence.
        steps: what the caller does.
        voices: who calls; each voice makes `repeat` calls. [] stands for the run's voices.
        faults: what the line does to the audio.
        agent: who answers at a bare Realtime address.
        within_ms: figures (names end in `_ms`) and their upper bounds.
        at_most, at_least: the same for other figures.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    about: str
    steps: tuple[Step, ...] = Field(min_length=1)
    voices: tuple[str, ...] = ()
    repeat: PositiveInt = 1
    faults: Faults = Faults()
    agent: Agent | None = None
    within_ms: dict[str, float] = {}
    at_most: dict[str, float] = {}
    at_least: dict[str, float] = {}

    @model_validator(mode="after")
    def _units(self) -> Scenario:
        for name in self.within_ms:
            if not name.endswith("_ms"):
                raise ValueError(f"within_ms.{name}: its name must end in _ms; at_most takes other figures")
        return self


def pieces(text: str) -> list[str | int]:
    """A turn's words and pauses: "a table [800 ms] for four" → ["a table", 800, "for four"].

    Raises:
        NoScenario: a pause stands at an end, or beside another.
    """
    found: list[str | int] = []
    for index, part in enumerate(_PAUSE.split(text)):
        if index % 2:
            found.append(int(part))
        elif part.strip():
            found.append(part.strip())
        else:
            raise NoScenario(f"{text!r}: a pause must stand between words.")
    return found


def without_pauses(text: str) -> str:
    """The words alone."""
    return " ".join(_PAUSE.sub(" ", text).split())


def read(path: Path) -> list[Scenario]:
    """The scenarios of a file: one, or a list; of a folder: those of its *.yaml files.

    Raises:
        NoScenario: with the file, the place and what would be right.
    """
    if path.is_dir():
        found = [scenario for file in sorted(path.glob("*.yaml")) for scenario in read(file)]
        if not found:
            raise NoScenario(f"{path} has no *.yaml files.", mend="docs/BENCH.md shows how a scenario looks.")
        return found
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoScenario(f"{path} cannot be read: {error.strerror}.", mend=_mend()) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NoScenario(f"{path} is no YAML: {' '.join(str(error).split())}.") from error
    return [_parse(each, path, at) for at, each in _each(data)]


def _each(data: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(data, list):
        return [(f"[{index}]", each) for index, each in enumerate(data)]
    return [("", data)]


def _parse(data: Any, path: Path, at: str) -> Scenario:
    try:
        scenario = Scenario.model_validate(data)
        for step in scenario.steps:
            for text in _said(step):
                pieces(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part not in _VERBS or part == first["loc"][-1])
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise NoScenario(f"{path}{at}: {place}: {first['msg']}{more}.", mend=_mend()) from error
    except NoScenario as error:
        raise NoScenario(f"{path}{at}: {error.message}") from error
    return scenario


def _mend() -> str:
    return "docs/BENCH.md tells what a scenario is made of; `antiphon bench --list` those that are built in."


def _said(step: Any) -> list[str]:
    match step:
        case Say(say=text) | Interrupt(interrupt=text):
            return [text]
        case _:
            return []


def texts(scenario: Scenario) -> list[str]:
    """Everything that the caller may say aloud in a scenario, pauses left in."""
    found: list[str] = []
    for step in scenario.steps:
        match step:
            case Say(say=text) | Interrupt(interrupt=text) | Backchannel(backchannel=text):
                found.append(text)
            case SideSpeech(side_speech=text):
                found.append(text)
            case Converse():
                found += [step.converse, *step.answers.values(), step.otherwise]
            case _:
                pass
    return list(dict.fromkeys(found))


def built_in() -> list[Scenario]:
    """The scenarios that come with Antiphon, in the order of their names."""
    return read(Path(str(files("antiphon.ear"))) / "scenarios")


def quick() -> Scenario:
    """What `--quick` plays."""
    (scenario,) = read(Path(str(files("antiphon.ear"))) / "quick.yaml")
    return scenario


def chosen(names: Sequence[str]) -> list[Scenario]:
    """Scenarios by name (built in) or by path (*.yaml, or a folder); without any: all that are built in.

    Raises:
        NoScenario: there is none of that name; names those that there are.
    """
    if not names:
        return built_in()
    known = {scenario.name: scenario for scenario in built_in()}
    found: list[Scenario] = []
    for name in names:
        if name in known:
            found.append(known[name])
        elif Path(name).exists() or name.endswith((".yaml", ".yml")):
            found += read(Path(name))
        else:
            raise NoScenario(
                f"There is no scenario {name!r}.",
                mend=f"Built in: {', '.join(known)}; or name a *.yaml file.",
            )
    return found
