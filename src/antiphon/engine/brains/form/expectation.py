"""What will probably be said next: words for the recogniser, and whether the answer comes in parts."""

from __future__ import annotations

from collections.abc import Iterable

from antiphon.engine.brains.brain import Expectation
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.kinds.enum import option_words
from antiphon.engine.brains.form.lexicon import WEEKDAYS
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.state import State

_DAYS = ("today", "tomorrow", *(d.capitalize() for d in WEEKDAYS), "next week", "the day after tomorrow")
_TIMES = ("noon", "half past", "quarter to", "p.m.", "o'clock", "seven", "eight")
_MOST = 40
"""More would cost the recogniser time and make more words possible than are likely."""
_YES_NO = ("yes", "no", "yes please", "that's right", "change it")


def expectation(domain: Domain, state: State) -> Expectation:
    """By the question that is open, or just being asked."""
    asked = state.planned or state.asked
    words: list[str] = []
    more = False
    form = domain.tools.by_name.get(asked.tool) if asked else None
    slot = form.slot(asked.slot) if form and asked else None
    if slot is not None:
        words += _likely(slot)
        more = slot.kind in {"phone", "code", "email", "text"}
    elif asked is not None and asked.kind in {"confirm", "offer"}:
        words += _YES_NO
    words += [str(value) for kind, value in state.memory.values() if kind == "name"]
    if state.task is not None and not (asked and asked.kind == "confirm"):
        # after a read-back its name would only be said to have it corrected: then another one is
        filled = domain.tools.by_name[state.task.tool]
        words += [
            str(v.value) for p, v in state.task.values.items() if (s := filled.slot(p)) and s.kind == "name"
        ]
    if slot is None:
        for tool in domain.tools.forms:
            words.append(f"{tool.verb} {' '.join(tool.nouns)}".strip())
        if form is not None:
            words += [w for s in form.slots for w in _likely(s)[:3]]
    words += _options(domain.tools.forms if form is None else (form,))
    return Expectation(tuple(dict.fromkeys(words))[:_MOST], more)


def _options(forms: Iterable[Form]) -> list[str]:
    """The options of these forms: callers name them before they are asked ("two large lattes")."""
    return [
        option for form in forms for slot in form.slots if slot.kind == "enum" for option in _likely(slot)
    ]


def _likely(slot: Slot) -> list[str]:
    match slot.kind:
        case "date":
            return list(_DAYS)
        case "time":
            return list(_TIMES)
        case "enum":
            return [" ".join(option_words(o)) for o in slot.options]
        case "boolean":
            return ["yes", "no"]
        case "number":
            return ["one", "two", "three", "four", "five", "six", "eight", "ten"]
        case "name":
            return ["my name is"]
        case "phone":
            return ["five", "double", "oh"]
    return []
