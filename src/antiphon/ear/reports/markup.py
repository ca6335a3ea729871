"""HTML that cannot be broken out of: whatever is not Markup already is escaped, in text and in attributes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from antiphon.ear.figure_names import plain

_EMPTY = {"meta", "link", "br", "hr", "input", "col"}


class Markup(str):
    """Text that is HTML already. Made by `tag` and `join` only, and by the page for its own style and script."""

    __slots__ = ()


Child = object
"""Markup goes in as it is, None not at all, everything else as escaped text."""


def text(value: object) -> Markup:
    """Escaped text without control characters."""
    return value if isinstance(value, Markup) else Markup(escape(plain(value), quote=True))


def join(children: Iterable[Child], between: str = "") -> Markup:
    """Children in a row."""
    return Markup(text(between).join(text(child) for child in children if child is not None))


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """An element: `tag("a", "Next", href="#next", class_="link")`.

    Attributes: a trailing "_" is dropped, others become "-"; None and False leave one out, True gives one without a value.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def number(value: float) -> str:
    """A coordinate, short: at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
