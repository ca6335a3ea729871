r"""Reads what callers ask, one text file for many requests; `#` begins a comment line.

    == workshop-017 (correction)            an id, whose first word names the trade, and a tag (TAGS says what each means)
    C: I need my brakes looked at           what the caller says next
    ? plate: B D five one S M R             what he says when the agent asks for this argument (dotted when nested)
    ? confirm: no, make that ten o'clock    what he says when the agent asks whether it shall do it
    ? what: I want my brakes checked        what he says when the agent did not understand, or asks what is wanted
    T: book_service services=["brakes"] plate=BD51SMR date=2026-11-27|2026-12-04 notes~="grinding noise"
    R: {"ok": true, "reference": "A12"}     what this tool gives back; `R!: text` when it fails with this error
    A: a12 | reference                      some reply since this C: holds one of these; several A: lines: all of them
    A!: booked                              no reply since this C: holds this

A `C:` line is spoken only when the agent no longer asks for something that a `?` line answers. Several `?` lines for one thing are
said in turn. When they are used up, the last is said again; but to `confirm` he then says "yes", and `what` has no further answer.
Those for arguments hold on after later `C:` lines, until such a line has its own; `confirm` and `what` hold for their `C:` alone.

Before a tool that changes something (`Call.reads_only` tells which do not) the agent asks whether it shall, and the caller says yes.

A `T:` line is one call, and calls come in their order; a call that no `T:` names must not come, so a request without any is one in
which nothing may be called. Values are JSON, or a bare word; `|` parts alternatives, and `null` among them allows that it is absent.
An argument that is not named must be absent, null or its default. calls.py tells what counts as equal. Whether arguments fit the
tool's schema is to be checked apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from tests.understanding.calls import Call, parse

TAGS = {
    "single": "all in one breath",
    "values": "several values in one sentence, in any order; the rest is asked for",
    "multi": "step by step",
    "dates": "dates and times as people say them",
    "correction": "a value is changed after it was given, often when the agent asks whether it shall",
    "spelled": "names, plates, numbers spelled out or in groups",
    "pick": "one of several that a tool gave back",
    "two-wishes": "two things wanted at once or one after the other",
    "digression": "a question or another wish in the midst, and back again",
    "question": "answered from the instructions, or not known",
    "refusal": "the caller says no or can't tell; or what is wanted can't be done",
    "off-topic": "none of this agent's business",
    "smalltalk": "greetings, thanks, help, insults, another language",
    "undo": "never mind, go back, start again",
    "repair": "the caller mends his own sentence while he speaks",
    "ambiguous": "more than one thing could be meant: the agent must ask",
    "error": "a tool fails, is explained, and another way is taken",
}

CONFIRM, WHAT = "confirm", "what"


@dataclass
class Turn:
    """One scripted utterance, what the caller answers after it, and what the agent is to do."""

    line: int
    says: str
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By argument, or CONFIRM or WHAT."""
    calls: list[Call] = field(default_factory=list)
    heard: list[tuple[str, ...]] = field(default_factory=list)
    """Each: some reply holds one of these (case does not count)."""
    unheard: list[str] = field(default_factory=list)
    """No reply holds any of these."""


@dataclass
class Request:
    """What one caller wants, from his first words to the end."""

    file: str
    line: int
    id: str
    tag: str
    turns: list[Turn] = field(default_factory=list)

    @property
    def trade(self) -> str:
        """The trade that is called."""
        return self.id.rpartition("-")[0]

    @property
    def calls(self) -> list[Call]:
        """All calls expected, in order."""
        return [call for turn in self.turns for call in turn.calls]

    def __str__(self) -> str:
        return self.id


def load(paths: Iterable[Path]) -> list[Request]:
    """Reads files of requests.

    Raises:
        ValueError: a line is not of the form, or an id is there twice; the message names file, line and what would be right.
    """
    known: dict[str, Request] = {}
    for path in paths:
        for request in read(path.name, path.read_text()):
            if (before := known.get(request.id)) is not None:
                raise ValueError(
                    f"{request.file}:{request.line}: {request.id} is at {before.file}:{before.line} already; "
                    "give it a number of its own"
                )
            known[request.id] = request
    return list(known.values())


def read(file: str, text: str) -> Iterator[Request]:
    """Reads the text of a file; `file` is its name in messages.

    Raises:
        ValueError: as `load`.
    """
    request: Request | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("=="):
                if request is not None:
                    _close(request)
                    yield request
                request = _head(file, number, line)
            elif request is None:
                raise ValueError("a request begins with a line like `== desk-001 (single)`")
            else:
                _line(request, number, line)
        except ValueError as error:
            raise ValueError(f"{file}:{number}: {error}") from None
    if request is not None:
        try:
            _close(request)
        except ValueError as error:
            raise ValueError(f"{file}:{request.line}: {error}") from None
        yield request


def _head(file: str, number: int, line: str) -> Request:
    match = re.fullmatch(r"== ([a-z]+-\d{3}) \(([a-z-]+)\)", line)
    if match is None:
        raise ValueError(f"{line!r} is no head; right would be `== desk-001 (single)`")
    if match.group(2) not in TAGS:
        raise ValueError(f"{match.group(2)!r} is no tag; there are {', '.join(TAGS)}")
    return Request(file, number, match.group(1), match.group(2))


def _line(request: Request, number: int, line: str) -> None:
    match = re.fullmatch(r"(\? [\w.]+|C|T|R!|R|A!|A): *(.+)", line)
    if match is None:
        raise ValueError(
            f"{line!r} is no line; right would be C:, `? argument:`, T:, R:, R!:, A: or A!: and words"
        )
    mark, words = match.groups()
    if request.turns and (waiting := _waits(request.turns[-1])) is not None and mark not in {"R", "R!"}:
        raise ValueError(f"{waiting.tool} in line {waiting.line} needs its R: or R!: line before this one")
    if mark == "C":
        request.turns.append(Turn(number, words))
        return
    if not request.turns:
        raise ValueError("a request's first line is a C: line")
    turn = request.turns[-1]
    match mark:
        case "T":
            turn.calls.append(parse(number, words))
        case "R" | "R!":
            if (waiting := _waits(turn)) is None:
                raise ValueError(f"{mark}: follows its T: line")
            turn.calls[-1] = replace(waiting, result=words, failed=mark == "R!")
        case "A":
            options = tuple(option.strip().casefold() for option in words.split("|"))
            if not all(options):
                raise ValueError("an A: line holds words, with | between alternatives")
            turn.heard.append(options)
        case "A!":
            turn.unheard.append(words.casefold())
        case _:
            asked = mark[2:]
            turn.answers[asked] = (*turn.answers.get(asked, ()), words)


def _waits(turn: Turn) -> Call | None:
    """The call that has no result yet."""
    return turn.calls[-1] if turn.calls and not turn.calls[-1].result else None


def _close(request: Request) -> None:
    if not request.turns:
        raise ValueError(f"{request.id} says nothing; it needs a C: line")
    if (waiting := _waits(request.turns[-1])) is not None:
        raise ValueError(f"{request.id}: {waiting.tool} in line {waiting.line} needs its R: or R!: line")
    if not any(turn.calls or turn.heard or turn.unheard for turn in request.turns):
        raise ValueError(f"{request.id} expects nothing; it needs a T:, A: or A!: line")
    for before, turn in pairwise(request.turns):
        held = {asked: said for asked, said in before.answers.items() if asked not in {CONFIRM, WHAT}}
        turn.answers = held | turn.answers
