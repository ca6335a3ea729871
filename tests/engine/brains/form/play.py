"""Plays whole dialogues to the brain, written as a table.

    == books step by step (desk, desk-strict)      a title, and the trades in which it holds
    C: I'd like to book a table                    the caller says
    A: how many people                             the agent's reply has these words (a|b: one of them); several lines: all
    A!: booked                                     … and not these
    T: book_table people=4 date=2026-11-26         this tool is called, with exactly these arguments (nulls apart)
    R: A table is booked.                          what the tool gives back; the next A: are about the reply to it
    H: 3                                           of the last reply only so many words were heard
    E: >= 0.9                                      evidence that the caller had finished, for the last C:
    S: Greet the caller.                           the application orders a reply

A tool call that no T: line names fails the dialogue, and so does a reply that breaks off a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from antiphon.engine.brains.brain import BrainRequest, CallTool, Note, Say, TurnEvidence
from antiphon.engine.brains.form import FormBrain
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    UserMessage,
)
from tests.engine.brains.form.trades import NOW, TRADES, Trade


@dataclass(frozen=True)
class Dialogue:
    """One dialogue of a file."""

    title: str
    trade: str
    lines: tuple[tuple[int, str, str], ...]
    """(line number, tag, text)."""

    def __str__(self) -> str:
        return f"{self.trade}: {self.title}"


def dialogues(path: Path) -> Iterator[Dialogue]:
    """Reads a file of dialogues.

    Raises:
        ValueError: a line is not of the form.
    """
    title, trades = "", [""]
    lines: list[tuple[int, str, str]] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if match := re.fullmatch(r"== (.+?) \(([\w, -]+)\)", line):
            yield from (Dialogue(title, t, tuple(lines)) for t in trades if lines)
            title, trades, lines = match.group(1), [t.strip() for t in match.group(2).split(",")], []
        elif match := re.fullmatch(r"(C|A|A!|T|R|H|E|S): ?(.*)", line):
            lines.append((number, match.group(1), match.group(2)))
        else:
            raise ValueError(f"{path.name}:{number}: {line!r} is no line of a dialogue")
    yield from (Dialogue(title, t, tuple(lines)) for t in trades if lines)


@dataclass
class Answer:
    """All that the brain put out for one request."""

    text: str = ""
    call: CallTool | None = None
    evidence: float | None = None
    notes: tuple[Note, ...] = ()


async def ask(
    brain: FormBrain, trade: Trade, items: list[Item], order: str = "", choice: str = "auto"
) -> Answer:
    """One request."""
    out = Answer()
    request = BrainRequest(trade.instructions, order, trade.tools, choice, tuple(items), NOW)
    async for piece in brain.reply(request):
        match piece:
            case Say(text):
                out.text += text
            case CallTool():
                assert out.call is None, "two calls in one reply"
                out.call = piece
            case TurnEvidence(complete):
                assert not out.text, "evidence comes first"
                out.evidence = complete
            case Note():
                out.notes += (piece,)
    return out


class Player:
    """Plays one dialogue.

    Args:
        forgetful: a new brain for every request, and new ids and flags on all items each time, as after a reconnection.
    """

    def __init__(self, dialogue: Dialogue, *, forgetful: bool = False) -> None:
        self.dialogue = dialogue
        self.trade = TRADES[dialogue.trade]
        self.forgetful = forgetful
        self.brain = FormBrain()
        self.items: list[Item] = []
        self.answer = Answer()
        self.log: list[str] = []
        self._pending: CallTool | None = None
        self._count = 0

    async def play(self) -> None:
        """Plays all lines; raises AssertionError with the talk so far when one does not hold."""
        for number, tag, text in self.dialogue.lines:
            where = f"line {number}: {tag}: {text}\n" + "\n".join(self.log)
            match tag:
                case "C":
                    self._no_call_open(where)
                    self.items.append(UserMessage(self._id(), text))
                    self.log.append(f"  C: {text}")
                    await self._ask()
                case "S":
                    await self._ask(text)
                case "R":
                    assert self._pending is not None, f"no tool was called\n{where}"
                    self._pending = None
                    self.items.append(FunctionCallOutput(self._id(), f"call{self._calls()}", text))
                    self.log.append(f"  R: {text}")
                    await self._ask()
                case "A":
                    low = self.answer.text.lower()
                    assert any(p.strip().lower() in low for p in text.split("|")), (
                        f"missing in the reply\n{where}"
                    )
                case "A!":
                    assert text.lower() not in self.answer.text.lower(), f"should not be said\n{where}"
                case "T":
                    assert self._pending is not None, f"no tool was called\n{where}"
                    name, arguments = _call(text)
                    got = {k: v for k, v in flat(self._pending.arguments).items() if v is not None}
                    assert (self._pending.name, got) == (name, arguments), (
                        f"called {self._pending.name} {got}\n{where}"
                    )
                case "H":
                    self._cut(int(text))
                case "E":
                    assert self.answer.evidence is not None, f"no evidence\n{where}"
                    sign, limit = text.split()
                    held = (
                        self.answer.evidence >= float(limit)
                        if sign == ">="
                        else self.answer.evidence <= float(limit)
                    )
                    assert held, f"evidence is {self.answer.evidence}\n{where}"
        self._no_call_open("at the end\n" + "\n".join(self.log))

    def _no_call_open(self, where: str) -> None:
        assert self._pending is None, f"called {self._pending} with nobody asking\n{where}"

    def _calls(self) -> int:
        return sum(isinstance(i, FunctionCall) for i in self.items)

    def _id(self) -> str:
        self._count += 1
        return f"item{self._count}"

    async def _ask(self, order: str = "") -> None:
        if self.forgetful:
            self.brain = FormBrain()
            self.items = [_renamed(item) for item in self.items]
        self.answer = await ask(self.brain, self.trade, self.items, order)
        self.log.append(
            f"  A: {self.answer.text}"
            + (f"   [{self.answer.evidence}]" if self.answer.evidence is not None else "")
        )
        if self.answer.text:
            self.items.append(AssistantMessage(self._id(), self.answer.text))
        if self.answer.call is not None:
            self._pending = self.answer.call
            arguments = json.dumps(dict(self.answer.call.arguments))
            self.log.append(f"  T: {self.answer.call.name} {arguments}")
            self.items.append(
                FunctionCall(self._id(), f"call{self._calls() + 1}", self.answer.call.name, arguments)
            )

    def _cut(self, words: int) -> None:
        at = next(i for i in reversed(range(len(self.items))) if isinstance(self.items[i], AssistantMessage))
        message = self.items[at]
        assert isinstance(message, AssistantMessage)
        said = message.text.split()
        self.items[at] = replace(
            message, text=" ".join(said[:words]), unheard=" ".join(said[words:]), interrupted=True
        )
        self.log.append(f"  (heard of it: {' '.join(said[:words])!r})")


def _renamed(item: Item) -> Item:
    """The item as it comes back after a reconnection: other ids, typed and spoken not told apart, the cut not marked."""
    match item:
        case UserMessage():
            return replace(item, id="r" + item.id, spoken=False)
        case AssistantMessage():
            return replace(item, id="r" + item.id, unheard="", interrupted=False)
        case _:
            return replace(item, id="r" + item.id)


def flat(arguments: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested arguments by their dotted paths."""
    out: dict[str, Any] = {}
    for key, value in arguments.items():
        if isinstance(value, Mapping):
            out |= flat(value, f"{prefix}{key}.")
        else:
            out[prefix + key] = value
    return out


def _call(text: str) -> tuple[str, dict[str, Any]]:
    name, _, rest = text.partition(" ")
    arguments: dict[str, Any] = {}
    for match in re.finditer(r"([\w.]+)=(\"[^\"]*\"|\S+)", rest):
        raw = match.group(2)
        try:
            arguments[match.group(1)] = json.loads(raw)
        except ValueError:
            arguments[match.group(1)] = raw
    return name, arguments
