"""The second one: a value picked from what a tool has just told, a JSON list or several times in a sentence.

By its place ("the second one", "the last of those"), by what it holds ("the one with Joe", "half past eleven then"), or by what it
has most or least of ("the cheapest", "the earliest").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from antiphon.engine.brains.form import results
from antiphon.engine.brains.form.json_schema import words_of
from antiphon.engine.brains.form.kinds import KINDS, Context
from antiphon.engine.brains.form.kinds.enum import option_words
from antiphon.engine.brains.form.lexicon import COMMON, listed
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard, hear

_FOLLOWS = frozenset(
    listed("1 one's option of please is then slot appointment time offer tariff choice sounds would will")
)
_MONEY = re.compile(r"price|cost|cents|fee|amount|rate|charge|pounds|euros|dollars|total", re.IGNORECASE)
_LEAST = {"cheapest": _MONEY, "lowest": _MONEY, "least": _MONEY}
_MOST = {"dearest": _MONEY, "priciest": _MONEY, "highest": _MONEY}
_SOONEST = frozenset(listed("earliest soonest"))
_LATEST = frozenset(["latest"])


def place(heard: Heard) -> int | None:
    """Which one is meant: "the second one" → 1, "the last one" → -1."""
    for i, token in enumerate(heard.tokens):
        follows = heard.norms[i + 1] if i + 1 < len(heard) else "1"
        if token.ordinal and token.number and token.number <= 10 and (follows in _FOLLOWS or token.stop):
            return int(token.number) - 1
        if token.norm == "last" and (follows in {"1", "one's", "option", "of"} or token.stop):
            return -1
    return None


def picked(step: Step, form: Form, heard: Heard) -> dict[str, Any]:
    """The values of the item that is meant, by slot path; none if nothing was listed or none is meant."""
    last = step.state.done[-1] if step.state.done else None
    if last is None:
        return {}
    index = place(heard)
    result = results.read(last.output)
    items = listed_items(result.data)
    if items is not None:
        if index is None:
            index = _meant(items, heard)
        item = items[index] if index is not None and -len(items) <= index < len(items) else None
        return _of_item(form, item) if item is not None else {}
    if index is None:
        return {}
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


def listed_items(data: Any) -> list[Any] | None:
    """The list in a tool's output: the output itself, or its only list."""
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping):
        lists = [v for v in data.values() if isinstance(v, list)]
        return lists[0] if len(lists) == 1 else None
    return None


def _meant(items: list[Any], heard: Heard) -> int | None:
    """The one item that the words describe; None if none does, or several do."""
    for word in heard.norms:
        for table, pick in ((_LEAST, min), (_MOST, max)):
            if word in table and (ranked := _ranked(items, lambda key: bool(_MONEY.search(key)))):
                return pick(ranked)[1]
        if word in _SOONEST | _LATEST and (
            ranked := _ranked(items, lambda key: key in {"time", "date", "day", "from", "start"})
        ):
            return (min if word in _SOONEST else max)(ranked)[1]
    points = [_shared(item, heard) for item in items]
    best = max(points, default=0)
    return points.index(best) if best and points.count(best) == 1 else None


def _ranked(items: list[Any], wanted: Any) -> list[tuple[Any, int]]:
    """(value, index) of the first field of each item whose name is wanted; empty unless all have one of a kind."""
    out: list[tuple[Any, int]] = []
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            return []
        value = next((v for k, v in item.items() if wanted("_".join(words_of(str(k))))), None)
        if value is None:
            return []
        out.append((value, index))
    return out if len({type(v) in {int, float} for v, _ in out}) == 1 else []


def _shared(item: Any, heard: Heard) -> int:
    """How many of an item's values the words name."""
    values = item.values() if isinstance(item, Mapping) else [item]
    said = set(heard.norms)
    points = 0
    for value in values:
        if not isinstance(value, str):
            continue
        moment = _moment(value)
        if moment is not None:
            context = Context(_ANY_DAY)
            times = {c.value for c in KINDS["time"].find(heard, _TIME, context) if c.strength >= 0.6}
            points += any(t.replace(hour=t.hour % 12) == moment.replace(hour=moment.hour % 12) for t in times)
        else:
            words = [w for w in hear(" ".join(words_of(value)) or value).norms if w not in COMMON]
            points += bool(words) and set(words) <= said
    return points


def _moment(value: str) -> time | None:
    try:
        return time.fromisoformat(value) if re.fullmatch(r"\d\d:\d\d(:\d\d)?", value) else None
    except ValueError:
        return None


def _of_item(form: Form, item: Any) -> dict[str, Any]:
    """The item's fields that the form has, by name."""
    if not isinstance(item, Mapping):
        slots = [s for s in form.slots if s.kind in {"enum", "code", "name"} and s.required]
        return {slots[0].path: item} if len(slots) == 1 else {}
    fields = {"_".join(words_of(str(k))): v for k, v in item.items()}
    out = {}
    for slot in form.slots:
        value = fields.get("_".join(words_of(slot.name)))
        if value is None and slot.role != "plain":
            value = fields.get(slot.concept)
        if value is None and slot.kind == "enum":
            value = next((o for o in slot.options for v in item.values() if same_words(o, v)), None)
        if value is not None and (read := _read(slot, value)) is not None:
            out[slot.path] = read
    return out


def same_words(option: Any, value: Any) -> bool:
    """Whether an option and a value of an item are the same in words: "green_fix" and "Green Fix"."""
    return isinstance(value, str) and option_words(option) == hear(" ".join(words_of(value)) or value).norms


def _read(slot: Slot, value: Any) -> Any:
    try:
        if slot.kind == "date":
            return date.fromisoformat(str(value)[:10])
        if slot.kind == "time":
            return time.fromisoformat(str(value))
    except ValueError:
        return None
    if slot.kind == "enum":
        return next((o for o in slot.options if o == value or same_words(o, value)), None)
    return value


_ANY_DAY = datetime(2000, 1, 3)
_TIME = Slot(path="time", name="time", title="time", description="", kind="time", schema={})
