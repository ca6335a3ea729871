"""A tool call as a request file expects it: `tool name=value other="a value"|"or this" text~="words"`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

READ_ONLY = ("get", "find", "list", "check", "search", "look", "show", "track", "estimate")
"""First words of tools that change nothing."""


@dataclass(frozen=True)
class Exact:
    """An argument's value: equal to one of these.

    Letter case, spaces and hyphens of a string, seconds that are zero, and the order of an array do not count.
    """

    values: tuple[Any, ...]

    def met_by(self, value: Any) -> bool:
        """Whether a value is one of them."""
        return any(_plain(value) == _plain(wanted) for wanted in self.values)


@dataclass(frozen=True)
class Words:
    """Free text: it holds every word of one of these, in whatever case and order, also inside longer words."""

    values: tuple[str, ...]

    def met_by(self, value: Any) -> bool:
        """Whether a text holds them."""
        return isinstance(value, str) and any(
            all(word in value.casefold() for word in wanted.casefold().split()) for wanted in self.values
        )


@dataclass(frozen=True)
class Call:
    """A tool call that is expected, and what the tool gives back."""

    line: int
    tool: str
    arguments: Mapping[str, Exact | Words]
    """By dotted path."""
    result: str = ""
    failed: bool = False
    """The result is the text of an error."""

    @property
    def reads_only(self) -> bool:
        """It changes nothing, so that the agent need not ask before."""
        return self.tool.split("_")[0] in READ_ONLY


_ARGUMENT = re.compile(r"\s+([\w.]+)(~?)=")


def parse(line: int, text: str) -> Call:
    """Reads what stands after `T:`; its result is not known yet.

    Raises:
        ValueError: it is not of the form.
    """
    name, _, rest = text.partition(" ")
    if not re.fullmatch(r"\w+", name):
        raise ValueError(f"{name!r} is no tool's name; right would be `T: tool argument=value`")
    arguments: dict[str, Exact | Words] = {}
    rest = f" {rest.strip()}" if rest.strip() else ""
    at = 0
    while at < len(rest):
        match = _ARGUMENT.match(rest, at)
        if match is None:
            raise ValueError(
                f'{rest[at:].strip()!r} is no argument; right would be `name=value` or `name~="words"`'
            )
        path, free = match.group(1), bool(match.group(2))
        if path in arguments:
            raise ValueError(f"{path} is given twice; alternatives are parted by |")
        values, at = _values(rest, match.end(), path)
        if free and not all(isinstance(value, str) and value.strip() for value in values):
            raise ValueError(f"{path}~= takes words, in quotes when they are several")
        arguments[path] = Words(tuple(values)) if free else Exact(tuple(values))
    return Call(line, name, arguments)


def _values(text: str, at: int, path: str) -> tuple[list[Any], int]:
    """One value or several parted by |, and where they end."""
    values: list[Any] = []
    while True:
        value, at = _value(text, at, path)
        values.append(value)
        if not text.startswith("|", at):
            break
        at += 1
    if at < len(text) and not text[at].isspace():
        raise ValueError(
            f"{path}: {text[at:].split()[0]!r} follows its value; quote what has spaces or signs"
        )
    return values, at


def _value(text: str, at: int, path: str) -> tuple[Any, int]:
    if text[at : at + 1] in {'"', "[", "{"}:
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            raise ValueError(f"{path}: {text[at:]!r} does not begin with JSON") from None
        return value, end
    match = re.compile(r"[^\s|\"\[\]{}]+").match(text, at)
    if match is None:
        raise ValueError(f"{path}= needs a value")
    try:
        return json.loads(match.group()), match.end()
    except ValueError:
        return match.group(), match.end()


def _plain(value: Any) -> Any:
    """What of a value counts when it is compared."""
    match value:
        case bool() | None:
            return (type(value).__name__, value)
        case int() | float():
            return float(value)
        case str():
            text = re.sub(r"[\s-]", "", value.casefold())
            return re.sub(r"^(\d\d:\d\d):00$", r"\1", text)
        case list() | tuple():
            return sorted((_plain(one) for one in value), key=repr)
        case _:
            return value
