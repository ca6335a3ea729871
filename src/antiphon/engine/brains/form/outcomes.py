"""What comes after a tool's output: its words are spoken, a refused value is asked for anew, the next thing begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from antiphon.engine.brains.form import phrasing, refusals, results, tasks
from antiphon.engine.brains.form.json_schema import words_of
from antiphon.engine.brains.form.kinds import KINDS, Context
from antiphon.engine.brains.form.lexicon import WEEKDAY
from antiphon.engine.brains.form.results import Result
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.state import Done, Question, Task, Value
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import hear


def absorb(step: Step, calling: tuple[str, str] | None, output: str) -> None:
    """One tool came back."""
    result = results.read(output)
    task = step.state.task
    name = calling[0] if calling else task.tool if task else ""
    form = step.domain.tools.by_name.get(name)
    ours = task is not None and task.tool == name
    values = {p: v.value for p, v in task.values.items()} if task is not None and ours else {}
    ok = result.ok if form is None else refusals.went_well(result, form, values)
    step.note("output", tool=name, ok=ok, text=result.text)
    step.state = replace(step.state, done=(*step.state.done, Done(name, values, output, ok, result.internal)))
    if form is None or task is None or not ours:
        step.say(result.text or ("Done." if result.ok else "That did not work."))
    elif ok:
        _succeeded(step, form, result, values)
    else:
        _failed(step, form, task, result, values)


def _succeeded(step: Step, form: Form, result: Result, values: Mapping[str, Any]) -> None:
    _remember(step, form, values, result)
    if not form.reads and (result.facts or not result.text):
        step.say(phrasing.done(form, values))
    step.say(result.text)
    step.drop_task()
    if form.reads and (below := step.state.task):
        _share(step, form, values, below)
    if step.state.tasks or step.state.waiting:
        tasks.go_on(step)
    elif form.reads:
        create = _offer(step, form) or _next_step(step, form, result)
        if create and result.text.endswith("?"):
            step.reply.question = Question("offer", create.name)
        elif create:
            step.ask(Question("offer", create.name), f"Would you like me to {phrasing.deed(create)}?")
    else:
        step.ask(Question("else"), phrasing.fixed("else", step.state.turns))


def _share(step: Step, form: Form, values: Mapping[str, Any], below: Task) -> None:
    """Values that a check found good are taken into the task that waits below it."""
    for slot in step.form(below.tool).slots:
        twin = next((s for s in form.slots if s.concept == slot.concept and s.kind == slot.kind), None)
        if twin and twin.path in values and slot.path not in below.values and slot.role != "new":
            below = below.put(
                slot.path, Value(values[twin.path], str(values[twin.path]), f"from {form.name}")
            )
    step.put_task(below)


def _offer(step: Step, form: Form) -> Form | None:
    """A tool that makes what was just checked: most of its values are known."""
    mine = {(s.concept, s.kind) for s in form.slots if s.kind not in {"name", "phone", "email", "code"}}
    for other in step.domain.tools.forms:
        shared = mine & {(s.concept, s.kind) for s in other.slots if s.required}
        if other.action in {"create", "send"} and len(shared) >= max(2, len(mine) - 1):
            return other
    return None


def _next_step(step: Step, form: Form, result: Result) -> Form | None:
    """A tool that changes something and whose reference the output gives: an estimate that waits to be approved."""
    if not isinstance(result.data, Mapping):
        return None
    given = {"_".join(words_of(str(key))) for key, value in result.data.items() if value}
    mine = {s.concept for s in form.slots}
    for other in step.domain.tools.forms:
        codes = {s.concept for s in other.slots if s.required and s.kind == "code"}
        if not other.reads and codes and codes <= given and not codes & mine:
            return other
    return None


def _failed(step: Step, form: Form, task: Task, result: Result, values: Mapping[str, Any]) -> None:
    if result.internal or not result.text:
        step.say("I'm sorry, something went wrong on our side.")
        step.put_task(replace(task, confirmed=False))
        step.ask(Question("confirm", form.name), "Shall I try again?")
        return
    statement, question = refusals.own_question(result.text)
    proposed = () if question else _proposed(step, form, values, result.text)
    slot = form.slot(proposed[0][0]) if proposed else refusals.culprit(form, values, result.text)
    if slot is None:
        step.say(result.text)
        step.drop_task()
        tasks.go_on(step)
        return
    refused = {**task.refused, slot.path: values.get(slot.path)}
    step.put_task(replace(task.without(slot.path), refused=refused))
    step.say(statement)
    other = "Would that suit you?" if proposed else phrasing.other_question(form, slot)
    step.ask(Question("slot", form.name, slot.path, proposed), question or other)


def _proposed(step: Step, form: Form, values: Mapping[str, Any], text: str) -> tuple[tuple[str, Any], ...]:
    """Values that an error's words offer instead: "at eight in the evening there is one"."""
    offering = [
        part
        for part in re.split(r"(?<!\b[ap]\.m)[.;](?:\s|$)", text)
        if refusals.OFFERS.search(part) and not _NONE.search(part)
    ]
    if not offering:
        return ()
    heard = hear(offering[0])
    context = Context(step.now, open_hours=step.domain.knowledge.open_hours)
    out: list[tuple[str, Any]] = []
    for slot in form.slots:
        if (
            slot.kind not in {"date", "time"}
            or slot.role == "old"
            or (slot.path not in values and slot.role != "new")
        ):
            continue
        found = {
            c.value
            for c in KINDS[slot.kind].find(heard, slot, context)
            if c.strength >= 0.8 and not c.doubt and not _in_general(heard.norms[c.last - 1])
        }
        if len(found) > 1:
            return ()
        out += [(slot.path, value) for value in found if value != values.get(slot.path)]
    return tuple(out)


_NONE = re.compile(r"\b(?:no|not|none|nothing|nobody|neither|isn't|aren't|n't)\b", re.IGNORECASE)


def _in_general(word: str) -> bool:
    """Every such day: "Mondays"."""
    return word.endswith("s") and word[:-1] in WEEKDAY


def _remember(step: Step, form: Form, values: Mapping[str, Any], result: Result) -> None:
    """Keeps values for later tasks, also references that the output names."""
    memory = dict(step.state.memory)
    for slot in form.slots:
        if slot.path in values and not slot.many and slot.role != "old":
            memory[slot.concept] = (slot.kind, values[slot.path])
    codes = {s.concept: s for f in step.domain.tools.forms for s in f.slots if s.kind == "code"}
    for concept, slot in codes.items():
        words = "|".join({*slot.title.split(), "reference", "number", "code"})
        said = re.search(
            rf"\b(?:{words})\W+(?:(?:is|number|code)\W+)*([A-Z0-9][A-Z0-9-]{{2,}})\b", result.text
        )
        if isinstance(result.data, Mapping) and result.data.get(concept):
            memory[concept] = ("code", str(result.data[concept]))
        elif said:
            memory[concept] = ("code", said.group(1))
    step.state = replace(step.state, memory=memory)
