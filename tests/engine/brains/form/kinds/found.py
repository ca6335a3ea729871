"""Finds a value in words with one kind alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from antiphon.engine.brains.form.json_schema import KindName
from antiphon.engine.brains.form.kinds import KINDS, Candidate, Context
from antiphon.engine.brains.form.kinds.repairs import settle
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import hear
from tests.engine.brains.form.trades import NOW

NOON_TO_TEN = ((dt.time(12), dt.time(22)),)


def slot(kind: KindName, name: str, description: str = "", **more: Any) -> Slot:
    """A slot with a title made of its name."""
    words = name.replace("_", " ")
    given: dict[str, Any] = {"schema": {}, "concept": name} | more
    return Slot(path=name, name=name, title=words, description=description, kind=kind, **given)


def find(text: str, of: Slot, *, asked: bool = False, **context: Any) -> Candidate | None:
    """The surest value of a slot in a text, if it is sure enough to be taken."""
    known: dict[str, Any] = {"open_hours": NOON_TO_TEN} | context
    about = Context(NOW, asked=asked, **known)
    found = settle(hear(text), KINDS[of.kind].find(hear(text), of, about))
    best = max(found, key=lambda c: (c.strength, c.last - c.first), default=None)
    return best if best and best.strength >= 0.5 else None


def value(text: str, of: Slot, *, asked: bool = False, **context: Any) -> Any:
    """That value, None if there is none."""
    best = find(text, of, asked=asked, **context)
    return best.value if best else None
