"""What one sentence gives to a form, in trades of all sorts: values.list, a line for each."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.intent import Tools, words_of_trade
from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.policy import hear_caller, recorded
from antiphon.engine.brains.form.schema import form_of
from antiphon.engine.brains.form.state import Question, State, Task
from antiphon.engine.brains.form.step import Step, plain
from antiphon.engine.brains.form.tokens import hear, unhesitating
from tests.engine.brains.form.more_trades import MORE_TRADES
from tests.engine.brains.form.trades import NOW, TRADES
from tests.understanding.energy import ENERGY
from tests.understanding.workshop import WORKSHOP

_ALL = {**TRADES, **MORE_TRADES, "workshop": WORKSHOP, "energy": ENERGY}
_LINE = re.compile(
    r"(?P<trade>\S+) (?P<tool>\w+)(?: \[(?P<asked>[\w.]+)\])?(?: \{(?P<given>.*?)\})?: (?P<words>.*?) => (?P<values>.*)"
)


@dataclass(frozen=True)
class Line:
    """One line of the list."""

    trade: str
    tool: str
    asked: str | None
    given: str | None
    words: str
    values: str

    def __str__(self) -> str:
        return f"{self.tool}: {self.words}"


def lines() -> list[Line]:
    """All lines; `#` begins a comment."""
    out = []
    for line in (Path(__file__).parent / "values.list").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            match = _LINE.fullmatch(line.strip())
            assert match is not None, line
            out.append(Line(**match.groupdict()))
    return out


@cache
def domain(trade: str) -> Domain:
    """A trade as the brain knows it."""
    forms = tuple(form_of(tool) for tool in _ALL[trade].tools)
    knowledge = Knowledge(_ALL[trade].instructions, trade=words_of_trade(forms))
    return Domain(Tools(forms, knowledge), knowledge)


def heard(line: Line) -> dict[str, Any]:
    """What a line's words give: new values by path, "?" and the doubt for those that are asked about."""
    known = domain(line.trade)
    given = recorded(known.tools.by_name[line.tool], json.dumps(_nested(line.given or "")))
    task = Task(line.tool, values=given)
    if line.asked or given:
        asked = Question("slot", line.tool, line.asked) if line.asked else Question("confirm", line.tool)
        step = hear_caller(known, State(tasks=(task,), asked=asked), line.words, NOW)
    else:
        step = Step(known, State(tasks=(task,)), NOW)
        step.fill(hear(unhesitating(line.words)), None)
    assert step.state.task is not None and step.state.task.tool == line.tool, step.reply.text
    assert step.reply.call is None
    told = {
        path: plain(v.value)
        for path, v in step.state.task.values.items()
        if path not in given or v.value != given[path].value
    }
    doubts = {slot.path: f"?{c.doubt.why}" for slot, c in step.doubts if c.doubt}
    return doubts | told


def _nested(given: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in shlex.split(given):
        path, _, raw = part.partition("=")
        *parents, last = path.split(".")
        place = out
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = int(raw) if raw.isdigit() and not raw.startswith("0") else raw
    return out


@pytest.mark.parametrize("line", lines(), ids=str)
def test_a_sentence_gives_these_values_and_no_others(line: Line) -> None:
    got = heard(line)
    wanted = {} if line.values == "-" else dict(_wanted(line.values))
    assert set(got) == set(wanted), got
    for path, (sign, value) in wanted.items():
        said = str(got[path]).casefold()
        if sign == "?=":
            assert said.startswith("?"), got
        elif sign == "~=":
            assert all(words in said for words in value.casefold().split("&")), got
        else:
            assert said in value.casefold().split("|"), got


def _wanted(values: str) -> list[tuple[str, tuple[str, str]]]:
    found = [re.fullmatch(r"([\w.]+)(~=|\?=|=)(.*)", part) for part in shlex.split(values)]
    assert all(found), values
    return [(m.group(1), (m.group(2), m.group(3))) for m in found if m]
