"""Filling in a tool: it begins, asks for what is missing, settles doubts, confirms, calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from antiphon.engine.brains.form import phrasing, picks
from antiphon.engine.brains.form.kinds import KINDS, Candidate
from antiphon.engine.brains.form.kinds.date import is_past
from antiphon.engine.brains.form.kinds.time import daypart
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.reading import Reading
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.state import Question, Task, Value
from antiphon.engine.brains.form.step import Step, plain, without
from antiphon.engine.brains.form.tokens import Heard, hear

_PERSONAL = frozenset({"name", "phone", "email"})
_NAMED = 0.7
"""Strength from which a name or a code is one."""
_GIVES_UP = 3
"""After so many vain questions for one value the task is left."""
_FLUFF = frozenset(listed("Sure. Okay. Gladly. Certainly. Great. Good. Perfect.")) | {
    "Of course.",
    "All right.",
}
"""Openers that go when the next words open too."""


def begin(step: Step, reading: Reading) -> None:
    """Starts the first wish; later ones wait their turn."""
    first, _ = reading.wishes[0]
    later = reading.wishes[1:]
    step.state = replace(
        step.state,
        misses=0,
        waiting=(*step.state.waiting, *((w.form.name, c.written) for w, c in later)),
    )
    start(step, first.form, without(reading.rest, [c for _, c in later]))
    for _, clause in later:  # "my number is …, and what's my balance, account …": whose it is holds for both
        step.fill(clause, None, only=_PERSONAL | {"code"})
    step.open("sure")
    advance(step)


def start(step: Step, form: Form, words: Heard, base: Mapping[str, Value] | None = None) -> None:
    """Opens a task with what is known (or `base`) and what these words give."""
    known = _known(step, form, words) if base is None else base
    task = Task(form.name, values=known, daypart=daypart(words))
    step.note("task", started=form.name, known={k: v.said for k, v in task.values.items()})
    others = tuple(
        t for t in step.state.tasks if t.tool != form.name and not _instead(step.form(t.tool), form)
    )
    step.state = replace(step.state, tasks=(*others, task))
    if step.unused:
        step.fill(hear(step.unused), None)
        step.doubts.clear()
    if words.tokens:
        step.fill(words, None)
    for path, value in picks.picked(step, form, words).items():
        step.put(path, value, words.text, "picked from what the tool listed")
    if form.action == "change" and words.tokens and (slot := named(form, words)) and slot.role == "new":
        step.put_task(replace(step.task, named=slot.path))


def _instead(one: Form, other: Form) -> bool:
    """Whether a task takes another's place: what was to be moved is to be cancelled."""
    return {one.action, other.action} == {"change", "cancel"} and one.nouns == other.nouns


def _known(step: Step, form: Form, words: Heard) -> dict[str, Value]:
    """Values given before that hold for a new task: who calls; what was just checked; which booking is meant."""
    known: dict[str, Value] = {}
    state = step.state
    below = state.task
    last = next((d for d in reversed(state.done) if d.ok), None)
    elses = form.reads and _names_somebody(words, form, step)
    another = {"another", "other", "second", "new", "different"} & set(words.norms)
    identifies = form.action in {"change", "cancel", "read"} and last is not None and step.wrote(last.tool)
    checked = form.action in {"create", "send"} and last is not None and not step.wrote(last.tool)
    for slot in form.slots:
        if slot.role == "new":
            continue
        held = state.memory.get(slot.concept)
        if held is None and slot.concept.endswith("name"):
            held = state.memory.get("name")
        personal = (slot.kind in _PERSONAL or slot.kind == "code") and (slot.required or slot.ask)
        again = ((identifies and slot.required) or checked) and not another
        if held and held[0] == slot.kind and (personal or again):
            value = [held[1]] if slot.many and not isinstance(held[1], list) else held[1]
            known[slot.path] = Value(value, str(held[1]), "given before")
        elif below is not None and (
            form.reads or step.form(below.tool).reads or _instead(step.form(below.tool), form)
        ):
            twin = next((s for s in step.form(below.tool).slots if _same(s, slot)), None)
            if twin and (slot.required or not elses) and twin.path in below.values:
                given = below.values[twin.path]
                value = (
                    given.value[0]
                    if isinstance(given.value, list) and not slot.many and given.value
                    else given.value
                )
                known[slot.path] = replace(
                    given,
                    value=[value] if slot.many and not isinstance(value, list) else value,
                    why="given for the other task",
                )
    return known


def _names_somebody(words: Heard, form: Form, step: Step) -> bool:
    """Whether a look-up is for somebody who is named: then what is being made tells nothing about it."""
    nothing = Task(form.name)
    return any(
        c.strength >= _NAMED
        for s in form.slots
        if s.kind in {"name", "code"}
        for c in KINDS[s.kind].find(words, s, step.context(nothing, s, None))
    )


def _same(one: Slot, other: Slot) -> bool:
    return one.concept == other.concept and one.kind == other.kind and one.options == other.options


def advance(step: Step, aside: bool = False) -> None:
    """The next move of the present task: a doubt, a missing value, confirmation, or the call.

    Args:
        step: the step.
        aside: something else was answered: the read-back is not repeated.
    """
    task = step.state.task
    if task is None:
        return
    form = step.form(task.tool)
    if step.doubts:
        _ask_about(step, form, *step.doubts[0])
        return
    if (slot := _missing(form, task)) is not None:
        _ask_for(step, form, task, slot)
        return
    news = [s for s in form.slots if s.role == "new"]
    if form.action == "change" and news and not any(s.path in task.values for s in news):
        if (slot := form.slot(task.named)) is not None:
            _ask_for(step, form, task, slot)
        else:
            step.ask(Question("what", form.name), phrasing.what_to_change(form, news))
        return
    arguments = form.arguments({path: plain(v.value) for path, v in task.values.items()})
    if faults := form.faults(arguments):
        _mend(step, form, task, faults)
        return
    if not form.reads and not task.confirmed:
        if not aside:
            values = {p: v.value for p, v in task.values.items()}
            step.say(*phrasing.readback(form, values, step.state.turns))
        step.note("confirms", tool=form.name, arguments=arguments)
        step.ask(Question("confirm", form.name), phrasing.shall(form))
        return
    values = {p: v.value for p, v in task.values.items()}
    if any(d.tool == form.name and d.values == values and not (d.ok or d.internal) for d in step.state.done):
        step.say("I tried exactly that already, and it can't be done, I'm afraid.")
        step.drop_task()
        go_on(step)
        return
    if not step.domain.may_call:
        step.say("I can't do that right now, I'm afraid.")
        step.drop_task()
        return
    if step.reply.parts and step.reply.parts[-1].strip() in _FLUFF:
        step.reply.parts.pop()
    step.say(phrasing.fixed("checking" if form.reads else "doing", step.state.turns))
    step.reply.call = (form.name, arguments)
    step.note("call", tool=form.name, arguments=arguments)


def _missing(form: Form, task: Task) -> Slot | None:
    """What to ask for next; who calls comes last where something is made, first where it is looked for."""
    refused = [s for s in form.slots if s.path in task.refused and s.path not in task.values]
    if refused:
        return refused[0]
    wanted = [
        s
        for s in form.slots
        if (s.required or (s.ask and s.path not in task.declined)) and s.path not in task.values
    ]
    if form.action in {"create", "send", "other"}:
        wanted.sort(key=lambda s: s.kind in _PERSONAL or (s.kind == "date" and is_past(s)))
    looks = form.reads and form.verb in {"find", "search", "look", "lookup", "track"}
    if not wanted and not task.values and looks and form.slots:
        return form.slots[0]
    return wanted[0] if wanted else None


def _ask_for(step: Step, form: Form, task: Task, slot: Slot) -> None:
    asked = Question("slot", form.name, slot.path)
    if slot.path in task.partial and slot.kind != "date":
        step.ask(asked, "And the rest of the number?")
    elif slot.path in task.refused:
        step.ask(asked, phrasing.other_question(form, slot))
    else:
        step.ask(asked, phrasing.question_for(form, slot, task.tries.get(slot.path, 0)))


def _ask_about(step: Step, form: Form, slot: Slot, found: Candidate) -> None:
    """A value that cannot be taken as it is."""
    doubt = found.doubt
    assert doubt is not None
    kind = KINDS[slot.kind]
    asked = Question("slot", form.name, slot.path)
    match doubt.why:
        case "choice":
            asked = Question("choice", form.name, slot.path, doubt.options)
            step.ask(asked, phrasing.choice(slot, doubt.options))
        case "low" | "high" if slot.kind == "number":
            step.say(phrasing.range_told(slot, found.value))
            step.ask(asked, phrasing.question_for(form, slot))
        case "past":
            step.say("That day is already past.")
            step.ask(asked, phrasing.question_for(form, slot))
        case "closed":
            step.say(step.domain.spoken(str(doubt.options[0])))
            step.ask(asked, "Which other day would suit you?")
        case "year":
            step.ask(asked, "And in which year? The whole date, please.")
        case "short":
            step.ask(asked, "Go on, please." if len(found.value) < 4 else "And the rest of the number?")
        case "part":
            step.ask(asked, phrasing.which_day(doubt.options))
        case _:
            step.say("I'm afraid that doesn't look right.")
            step.ask(asked, f"{phrasing.question_for(form, slot)} {kind.hint(slot)}")


def _mend(step: Step, form: Form, task: Task, faults: list[str]) -> None:
    """The schema refuses the arguments: what it names is asked for again."""
    step.note("invalid", faults=faults)
    path = faults[0].split(":")[0]
    slot = form.slot(path)
    if slot is None:
        step.say("I'm afraid I can't do that with what you told me.")
        step.drop_task()
        go_on(step)
        return
    step.put_task(task.without(path))
    step.say("I'm afraid I can't use that.")
    step.ask(Question("slot", form.name, path), phrasing.question_for(form, slot, 1))


def ask_again(step: Step, asked: Question) -> bool:
    """The value was not understood: asks again with help, then offers another way, then leaves the task.

    Returns:
        False if it was no question for a value.
    """
    task = step.state.task
    if task is None or asked.kind != "slot" or asked.tool != task.tool:
        return False
    form = step.form(task.tool)
    slot = form.slot(asked.slot)
    if slot is None:
        return False
    task = task.tried(slot.path)
    step.put_task(task)
    if task.tries[slot.path] > _GIVES_UP:
        step.reply.parts = []
        step.say("I'm sorry, I still can't make that out, so let's leave it here.")
        step.drop_task()
        go_on(step)
        return True
    step.ask(asked, phrasing.question_for(form, slot, task.tries[slot.path]))
    return True


def abandon(step: Step) -> None:
    """The caller does not want the present task any more."""
    if step.state.task is None:
        step.say(phrasing.fixed("abandoned", 1))
        step.ask(Question("else"), phrasing.fixed("else", step.state.turns))
        return
    step.note("task", dropped=step.task.tool)
    step.drop_task()
    step.say(phrasing.fixed("abandoned", step.state.turns))
    go_on(step)


def go_on(step: Step) -> None:
    """Back to what waited: a task below, or another wish; else whether there is more."""
    if (task := step.state.task) is not None:
        step.say(f"Now, back to {phrasing.thing(step.form(task.tool), 'your')}.")
        advance(step)
    elif step.state.waiting:
        (name, text), *later = step.state.waiting
        step.state = replace(step.state, waiting=tuple(later))
        step.say("Now, the other thing.")
        start(step, step.form(name), hear(text))
        advance(step)
    else:
        step.ask(Question("else"), phrasing.fixed("else", step.state.turns))


def named(form: Form, heard: Heard) -> Slot | None:
    """A slot that the words name without a value: "the time is wrong", "change the date"."""
    marks = set(heard.stems)
    if {"later", "earlier"} & set(heard.norms):
        return next((s for s in form.slots if s.kind == "time" and s.role != "old"), None)
    for slot in form.slots:
        words = set(slot.title_stems) - {"new", "the"}
        people = slot.kind == "number" and phrasing.label(slot) == "the number of people"
        if (people and {"people", "guests"} & set(heard.norms)) or (
            slot.kind == "date" and "day" in heard.norms
        ):
            return slot
        if slot.kind == "date" and not is_past(slot) and "date" in heard.norms:
            return slot
        if words and words <= marks:
            return slot
    return None
