"""Values that come without saying for what: a corrected number, one of several that were offered, yes to a proposal."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

from antiphon.engine.brains.form.kinds import KINDS
from antiphon.engine.brains.form.kinds.time import daypart
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.state import Question
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard, hear

_TURNED = frozenset(listed("no nope sorry wait actually rather mean meant said"))
_SHORT = 12
"""Words up to which two numbers in one breath may be an old value and a new one."""
_DENYING = frozenset(listed("not than rather better instead of is too late early many few much"))
_SURE = 0.85
_ABLE = 0.65
"""Strength of a number, as if it was asked for, below which it counts something else."""
_PLACES = {"1st": 0, "2nd": 1, "3rd": 2, "former": 0, "latter": 1, "earlier": 0, "later": 1, "either": 0}


def bare(step: Step, heard: Heard, asked: Question | None) -> list[tuple[Slot, Any]]:
    """For example "No, make that five": the slots whose present value this lone number may replace, each with the new value."""
    task = step.task
    form = step.form(task.tool)
    words = set(heard.norms)
    numbers = [i for i, t in enumerate(heard.tokens) if t.whole is not None]
    turned = bool(_TURNED & words)
    if (
        len(numbers) > 1
        and turned
        and len(heard) <= 12
        and _TURNED & set(heard.norms[numbers[-2] : numbers[-1]])
        and "than" not in heard.norms[numbers[-2] : numbers[-1]]
    ):
        heard = heard.part(numbers[-2] + 1, numbers[-1] + 1)  # "seven, no, eight, I forgot my brother"
        numbers = [len(heard) - 1]
    if len(numbers) != 1 or len(heard) > 7 or not (turned or {"make", "change"} & words):
        return []
    if asked and asked.kind == "slot" and asked.slot not in task.values and not turned:
        return []
    at = numbers[0]
    before = heard.norms[at - 1] if at else ""
    if any(
        a.slot.kind == "date"
        or a.candidate.last - a.candidate.first > 1
        or (a.slot.kind == "time" and a.candidate.strength >= _SURE)
        for a in step.values_in(heard, asked)
    ):
        return []  # "it's Friday, and half nine" is understood without
    if set(heard.norms[at + 1 :]) - {
        "please",
        "instead",
        "then",
        "sorry",
        "i",
        "said",
        "meant",
    } or before in {
        "at",
        "for",
        "on",
        "the",
    }:
        return []
    found: list[tuple[Slot, Any]] = []
    for slot in form.slots:
        context = step.context(task, slot, Question("slot", form.name, slot.path))
        known = slot.path in task.values or slot.path in task.refused or slot.role == "new"
        if (
            not known
            or slot.kind not in {"number", "time"}
            or not isinstance(context.current, int | float | time)
        ):
            continue
        candidates = KINDS[slot.kind].find(heard, slot, context)
        found += [(slot, c.value) for c in candidates if c.doubt is None and c.value != context.current]
    if asked and asked.kind == "slot" and len(found) > 1:
        turns = {s.path: task.values[s.path].turn for s, _ in found if s.path in task.values}
        found = [(s, v) for s, v in found if turns.get(s.path) == max(turns.values(), default=0)]
    return found


def denied(step: Step, heard: Heard) -> tuple[list[tuple[Slot, Any]], Heard]:
    """For example "not ten, could we do eleven", "better ninety-five than eighty", "eight is too late, make it seven".

    Returns:
        The slot that has the denied value, with the new one; and the words without what says so.
    """
    task, form = step.task, step.form(step.task.tool)
    numbers = [i for i, t in enumerate(heard.tokens) if t.whole is not None]
    if len(numbers) != 2 or len(heard) > _SHORT:
        return [], heard
    told = {
        a.slot.path: a.candidate.value
        for a in step.values_in(heard, None)
        if a.slot.kind in {"number", "time"}
    }
    for old, new in ((numbers[0], numbers[1]), (numbers[1], numbers[0])):
        before = heard.norms[max(0, old - 2) : old]
        too = heard.starts(old + 1, "is", "too") or heard.starts(old + 1, "too")
        if not {"not", "than", "of"} & set(before) and not too:
            continue
        was, shall = heard.tokens[old].whole, heard.tokens[new].whole
        if was is None or shall is None:
            continue
        first, last = min(old, new), max(old, new) + 1
        while first and heard.norms[first - 1] in _DENYING:
            first -= 1
        while last < len(heard) and heard.norms[last] in _DENYING:
            last += 1
        rest = Heard(heard.text, heard.tokens[:first] + heard.tokens[last:])
        for slot in form.slots:
            value = task.values[slot.path].value if slot.path in task.values else None
            if slot.path in told and too and slot.kind == "time":
                return [(slot, told[slot.path])], rest
            if slot.path in told:
                continue  # "half past seven rather than eight" is understood without
            if slot.kind == "number" and value == was and _may_be(step, heard, slot, new):
                return [(slot, shall)], rest
            if (
                slot.kind == "time"
                and isinstance(value, time)
                and value.hour % 12 == was % 12
                and shall <= 24
            ):
                hour = shall % 12 + (12 if value.hour >= 12 else 0) if shall <= 12 else shall
                return [(slot, value.replace(hour=hour % 24, minute=0))], rest
    return [], heard


def _may_be(step: Step, heard: Heard, slot: Slot, at: int) -> bool:
    """Whether the number at a place can be this slot's: in "three nights, not two" the three are no people."""
    found = KINDS["number"].find(
        heard, slot, step.context(step.task, slot, Question("slot", step.task.tool, slot.path))
    )
    return any(c.first <= at < c.last and c.strength >= _ABLE for c in found)


def correct(step: Step, pairs: list[tuple[Slot, Any]]) -> bool:
    """Takes a lone number for a count of people unless it is much nearer to the time; then asks.

    Returns:
        True if a value was taken, False if it was asked which.
    """
    if len(pairs) > 1:
        gaps = {s.kind: _gap(step.context(step.task, s, None).current, v) for s, v in pairs}
        if "time" in gaps and "number" in gaps and gaps["number"] - gaps["time"] < 2:
            pairs = [(s, v) for s, v in pairs if s.kind == "number"]
    if len(pairs) == 1:
        slot, value = pairs[0]
        step.put(slot.path, value, str(value), "corrects the value before")
        return True
    options = tuple((s.path, v) for s, v in pairs)
    text = " or ".join(KINDS[s.kind].say(v, s) for s, v in pairs)
    step.ask(Question("either", step.task.tool, options=options), f"{text}?")
    return False


def _gap(before: Any, after: Any) -> float:
    """How far two values of a kind are apart: people, or hours."""
    if isinstance(before, time) and isinstance(after, time):
        return abs(before.hour + before.minute / 60 - after.hour - after.minute / 60)
    return abs(float(before) - float(after)) if isinstance(before, int | float) else 0.0


def which(step: Step, asked: Question, heard: Heard) -> bool:
    """An answer to "8 people or 8 p.m.?"."""
    form = step.form(asked.tool)
    for index, (path, value) in enumerate(asked.options):
        slot = form.slot(path)
        if slot is None:
            continue
        words = set(hear(KINDS[slot.kind].say(value, slot)).stems) | set(slot.title_stems)
        named = words & {m for m in heard.stems if not m.isdigit()}
        clock = slot.kind == "time" and {"o'clock", "pm", "am", "evening", "clock"} & set(heard.norms)
        if named or clock or any(_PLACES.get(w) == index for w in heard.norms):
            step.put(path, value, heard.text, "chosen")
            return True
    return False


def choose(step: Step, asked: Question, heard: Heard) -> bool:
    """An answer to "Thursday or Friday?", "In the morning or in the evening?"."""
    form = step.form(asked.tool)
    slot = form.slot(asked.slot)
    if slot is None:
        return False
    chosen: Any = None
    if slot.kind == "time":
        part = daypart(heard)
        half = (
            "am"
            if part == "morning" or "am" in heard.norms
            else "pm"
            if part or {"pm", "night"} & set(heard.norms)
            else ""
        )
        if half:
            chosen = next((o for o in asked.options if (o.hour < 12) == (half == "am")), None)
    if chosen is None:
        found = KINDS[slot.kind].find(heard, slot, step.context(step.task, slot, asked))
        chosen = next((c.value for c in found if c.value in asked.options), None)
    if chosen is None:
        place = next((_PLACES[w] for w in heard.norms if w in _PLACES), None)
        chosen = asked.options[place] if place is not None and place < len(asked.options) else None
    if chosen is None:
        return False
    if len(heard) > 4:
        step.fill(heard, None)
        step.doubts.clear()
    step.put(slot.path, chosen, heard.text, "chosen")
    return True


def accept(step: Step, asked: Question) -> bool:
    """Yes to what a tool proposed when it refused a value; or to do without an optional one that it refused."""
    task = step.task
    slot = step.form(asked.tool).slot(asked.slot)
    if slot is None or (not asked.options and (asked.slot not in task.refused or slot.required)):
        return False
    for path, value in asked.options:
        step.put(path, value, str(value), "the tool proposed it")
    step.put_task(replace(step.task, refused={}))
    return True
