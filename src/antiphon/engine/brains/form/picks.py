"""The second one: a value picked from what a tool has just told, a JSON list or several times in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from antiphon.engine.brains.form import results
from antiphon.engine.brains.form.json_schema import words_of
from antiphon.engine.brains.form.kinds import KINDS, Context
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard, hear


def place(heard: Heard) -> int | None:
    """Which one is meant: "the second one" → 1, "the last one" → -1."""
    for i, token in enumerate(heard.tokens):
        follows = heard.norms[i + 1] if i + 1 < len(heard) else "1"
        if (
            token.ordinal
            and token.number
            and token.number <= 10
            and follows in {"1", "option", "please", "is", "then"}
        ):
            return int(token.number) - 1
        if token.norm == "last" and follows in {"1", "option"}:
            return -1
    return None


def picked(step: Step, form: Form, heard: Heard) -> dict[str, Any]:
    """The values of the item that is meant, by slot path; none if nothing was listed or none is meant."""
    index = place(heard)
    last = step.state.done[-1] if step.state.done else None
    if index is None or last is None:
        return {}
    result = results.read(last.output)
    items = _items(result.data)
    if items is not None:
        item = items[index] if -len(items) <= index < len(items) else None
        return _of_item(form, item) if item is not None else {}
    out: dict[str, Any] = {}
    heard_text = hear(result.text)
    for slot in form.slots:
        if slot.kind not in {"date", "time"} or slot.role == "new":
            continue
        context = Context(step.now, open_hours=step.domain.knowledge.open_hours)
        found = KINDS[slot.kind].find(heard_text, slot, context)
        values = list(dict.fromkeys(c.value for c in found if c.strength >= 0.8 and c.doubt is None))
        if len(values) > 1 and -len(values) <= index < len(values):
            out[slot.path] = values[index]
    return out


def _items(data: Any) -> list[Any] | None:
    """The list in a tool's output: the output itself, or its only list."""
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping):
        lists = [v for v in data.values() if isinstance(v, list)]
        return lists[0] if len(lists) == 1 else None
    return None


def _of_item(form: Form, item: Any) -> dict[str, Any]:
    """The item's fields that the form has, by name."""
    if not isinstance(item, Mapping):
        slots = [s for s in form.slots if s.kind in {"enum", "code", "name"} and s.required]
        return {slots[0].path: item} if len(slots) == 1 else {}
    fields = {"_".join(words_of(str(k))): v for k, v in item.items()}
    out = {}
    for slot in form.slots:
        value = fields.get("_".join(words_of(slot.name))) if slot.role != "new" else None
        if value is None and slot.role == "old":
            value = fields.get(slot.concept)
        if value is not None and (read := _read(slot, value)) is not None:
            out[slot.path] = read
    return out


def _read(slot: Slot, value: Any) -> Any:
    try:
        if slot.kind == "date":
            return date.fromisoformat(str(value)[:10])
        if slot.kind == "time":
            return time.fromisoformat(str(value))
    except ValueError:
        return None
    return value
