"""What to do next: one turn of the caller's, or the outputs of tools, turned into a reply and the state after it.

The policy is deterministic: the same state and words give the same reply, which is how the state is recovered from a conversation's items
(history.py). Its parts: reading.py sorts the words; asides.py, tasks.py, corrections.py and outcomes.py act on them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from antiphon.engine.brains.form import alone, asides, corrections, phrasing, picks, tasks
from antiphon.engine.brains.form.acts import act_of, assent, says_no_values, wants_out
from antiphon.engine.brains.form.clauses import clauses_of, is_question
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.kinds.time import daypart
from antiphon.engine.brains.form.outcomes import absorb as absorb_one
from antiphon.engine.brains.form.reading import Reading, read
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.state import Question, State, Value
from antiphon.engine.brains.form.step import Step, without
from antiphon.engine.brains.form.tokens import Heard, hear, unhesitating


def hear_caller(domain: Domain, state: State, text: str, now: datetime) -> Step:
    """The caller said (or typed) something."""
    step = Step(domain, state, now)
    heard = hear(unhesitating(text))
    asked = state.asked
    # a call that was promised but never left must be confirmed anew
    open_tasks = state.tasks if state.calling else tuple(replace(t, confirmed=False) for t in state.tasks)
    step.state = replace(state, turns=state.turns + 1, asked=None, planned=None, tasks=open_tasks, unused="")
    step.unused = state.unused
    if not heard.tokens:
        alone.missed(step, asked)
    elif state.calling is not None:
        _while_calling(step, heard)
    else:
        heard, asked = _left(step, heard, asked)
        leaves = (
            asked is not None and asked.kind in {"confirm", "what"} and _LEFT.search(" ".join(heard.norms))
        )
        if leaves and assent(heard) == "no" and step.state.task is not None:
            tasks.abandon(step)
        elif not asides.handle(step, heard, asked):
            _understand(step, heard, asked)
    step.finish()
    return step


def _left(step: Step, heard: Heard, asked: Question | None) -> tuple[Heard, Question | None]:
    """Of "no, scrap that. Just tell me what tyres cost" the rest, after the present task was left."""
    clauses = clauses_of(heard)
    if step.state.task is None or len(clauses) < 2:
        return heard, asked
    gone = [c for c in clauses if act_of(c) == "abandon" and asides.clearly_out(c)]
    rest = without(heard, gone)
    if not gone or not any(len(c) > 2 for c in clauses_of(rest)) or not asides.wishes_on(step, rest):
        return heard, asked
    step.note("task", dropped=step.task.tool)
    step.drop_task()
    step.open("abandoned")
    return rest, None


def absorb(domain: Domain, state: State, outputs: Sequence[str], now: datetime) -> Step:
    """Tools came back with these outputs, in order."""
    step = Step(domain, replace(state, calling=None, asked=None, planned=None), now)
    calling = state.calling
    for output in outputs:
        absorb_one(step, calling, output)
        calling = None
    step.finish()
    return step


def nudge(domain: Domain, state: State, now: datetime) -> Step:
    """The agent is to say something although nobody spoke: it goes on where the talk stands."""
    step = Step(domain, replace(state, asked=None, planned=None), now)
    if state.task is not None:
        tasks.advance(step)
    else:
        step.ask(
            Question("else"), phrasing.fixed("else", state.turns) if state.turns else "How can I help you?"
        )
    step.finish()
    return step


def _understand(step: Step, heard: Heard, asked: Question | None) -> None:
    reading = read(step, heard, asked)
    picked = alone.picked_form(step, heard) if step.state.task is None else None
    others = any(w.explicit and w.form.name != picked.name for w, _ in reading.wishes) if picked else False
    if picked is not None and (not others or picks.place(heard) is not None):
        step.note("heard", text=heard.text, picked=picked.name)
        tasks.start(step, picked, heard)
        step.open("sure")
        tasks.advance(step)
        return
    wishes = [(w.form.name, w.score, w.why) for w, _ in reading.wishes]
    step.note("heard", text=heard.text, wishes=wishes, answers=len(reading.answers))
    step.say(*(step.domain.spoken(text) for text in reading.answers))
    if reading.wishes:
        tasks.begin(step, reading)
    elif step.domain.forced and step.state.task is None:
        tasks.start(step, step.form(step.domain.forced), heard)
        step.open("sure")
        tasks.advance(step)
    elif step.state.task is None:
        alone.answer(step, heard, reading, asked)
    else:
        _within_task(step, heard, reading, asked)


def _within_task(step: Step, heard: Heard, reading: Reading, asked: Question | None) -> None:
    kind = asked.kind if asked else ""
    said = assent(heard, step.form(step.task.tool).verb if kind == "confirm" else "")
    if asked and _settles(step, heard, asked, said):
        step.open("got")
        tasks.advance(step)
        return
    rest = reading.rest
    corrected = False
    pairs, others = corrections.denied(step, heard)
    if pairs:
        step.fill(others, None)  # "not ten, eleven, and with a courtesy car"
        corrections.correct(step, pairs)
        step.open("changed")
        tasks.advance(step)
        return
    for clause in clauses_of(rest):
        if pairs := corrections.bare(step, clause, asked):
            if not corrections.correct(step, pairs):
                return
            corrected = True
            rest = without(rest, [clause])
    before = set(step.task.values)
    filled = step.values_in(rest, asked) if rest.tokens else []
    changed = step.fill(rest, asked) if rest.tokens else []
    if changed or corrected or step.doubts:
        step.state = replace(step.state, misses=0)
        _try_again(step, changed)
        if not step.doubts:
            step.open("changed" if corrected or (kind == "confirm" and before & set(changed)) else "got")
        tasks.advance(step)
    elif kind == "confirm" and said == "yes":
        step.put_task(replace(step.task, confirmed=True))
        tasks.advance(step)
    elif kind == "confirm" and (said == "no" or {"change", "modify"} & set(rest.norms)):
        _not_confirmed(step, heard)
    elif filled and said != "no":
        step.open("got")  # the same again
        tasks.advance(step, aside=True)
    elif kind == "what" and (
        (said == "no" and says_no_values(heard)) or {"nothing", "none"} & set(heard.norms)
    ):
        tasks.abandon(step)
    elif reading.answers:
        tasks.advance(step, aside=True)
    elif reading.unanswered and {"later", "earlier"} & set(heard.norms) and _names_slot(step, heard):
        return
    elif reading.unanswered:
        alone.dont_know(step)
        tasks.advance(step, aside=True)
    elif wants_out(heard):
        tasks.abandon(step)
    elif not _part_of_day(step, heard, asked) and not _names_slot(step, heard):
        _not_understood(step, asked, said)


def _try_again(step: Step, changed: Sequence[str]) -> None:
    """Another day for a time that was refused: the time may be right on that day."""
    task = step.task
    form = step.form(task.tool)
    moved = {p for p in changed if (slot := form.slot(p)) and slot.kind in {"date", "time", "number"}}
    for path, value in task.refused.items():
        if moved - {path} and path not in task.values and value is not None:
            step.put(path, value, str(value), "with another value it may be possible")


def _part_of_day(step: Step, heard: Heard, asked: Question | None) -> bool:
    """For example "in the evening" to "what time?": kept, and asked more narrowly."""
    part = daypart(heard)
    slot = step.form(step.task.tool).slot(asked.slot) if asked and asked.kind == "slot" else None
    if asked is None or slot is None or slot.kind != "time" or not part:
        return False
    step.put_task(replace(step.task, daypart=part))
    step.open("sure")
    step.ask(asked, f"What time in the {part}?")
    return True


def _settles(step: Step, heard: Heard, asked: Question, said: str) -> bool:
    """An answer to a question with given choices, or to a proposal."""
    match asked.kind:
        case "choice":
            return corrections.choose(step, asked, heard)
        case "either":
            return corrections.which(step, asked, heard)
        case "slot" if said == "yes" and says_no_values(heard):
            return corrections.accept(step, asked)
        case "slot":
            if _takes_offer(step, asked, heard):
                return True
            value = picks.picked(step, step.form(asked.tool), heard).get(asked.slot)
            if value is not None and asked.slot in step.task.refused:
                step.put(asked.slot, value, heard.text, "picked from what the tool listed")
                return True
    return False


def _takes_offer(step: Step, asked: Question, heard: Heard) -> bool:
    """Whether the caller names a part of what a tool proposed, and nothing else of it: "two is fine" to "on Friday at two"."""
    proposed = dict(asked.options)
    told = {a.slot.path: a.candidate.value for a in step.values_in(heard, asked) if a.slot.path in proposed}
    if not told or any(proposed[path] != value for path, value in told.items()):
        return False
    step.fill(heard, asked)
    return corrections.accept(step, asked)


_LEFT = re.compile(
    r"\b(?:leave|keep) (?:it|that|everything|things)(?: (?:just )?(?:as|like|the way))?\b|\bas (?:it|they) (?:is|are|was|were)\b|"
    r"\b(?:don't|do not|rather not) (?:cancel|change|book|do) (?:it|that|anything)\b"
)
"""Words with which a caller says that nothing shall be done."""


def _not_confirmed(step: Step, heard: Heard) -> None:
    cancels = step.form(step.task.tool).action == "cancel"
    if (cancels and says_no_values(heard)) or _LEFT.search(" ".join(heard.norms)):
        tasks.abandon(step)
        return
    if _names_slot(step, heard):
        return
    step.say("Okay, I won't.")
    step.ask(Question("what", step.task.tool), "Tell me what to change, or say never mind.")


def _names_slot(step: Step, heard: Heard) -> bool:
    """For example "The time is wrong": it is taken away and asked for again."""
    form = step.form(step.task.tool)
    slot = tasks.named(form, heard)
    if slot is None:
        return False
    same = any(found.slot.path == slot.path for found in step.values_in(heard, None))
    step.put_task(step.task.without(slot.path))
    if same:  # "no, the name is …", and it was heard as before: how to say it so that it is understood
        again = step.task.rejected.get(slot.path, 0) + 1
        step.put_task(replace(step.task, rejected={**step.task.rejected, slot.path: again}))
    step.open("sure")
    tries = step.task.rejected.get(slot.path, 0)
    step.ask(Question("slot", form.name, slot.path), phrasing.question_for(form, slot, tries))
    return True


def _not_understood(step: Step, asked: Question | None, said: str) -> None:
    """Within a task: neither value nor act."""
    task = step.task
    slot = step.form(task.tool).slot(asked.slot) if asked and asked.kind == "slot" else None
    if asked and slot and said == "no" and not slot.required and asides.decline(step, asked):
        return
    if slot and slot.path in task.values or (said == "yes" and slot is None):
        tasks.advance(step, aside=True)
        return
    alone.missed(step, asked)


def _while_calling(step: Step, heard: Heard) -> None:
    """A tool is at work."""
    answer = step.domain.knowledge.answer(heard) if is_question(heard) else None
    if answer and answer.score >= 0.5:
        step.say(step.domain.spoken(answer.text))
    else:
        step.say("One moment, I'm still on it.")


def recorded(form: Form, arguments: str) -> dict[str, Value]:
    """A recorded call's arguments as slot values."""
    try:
        data = json.loads(arguments or "{}")
    except ValueError:
        return {}
    out: dict[str, Value] = {}
    for slot in form.slots:
        value: Any = data
        for part in slot.path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            continue
        said = str(value)
        try:
            if slot.kind == "date":
                value = date.fromisoformat(said)
            elif slot.kind == "time":
                value = time.fromisoformat(said)
        except ValueError:
            continue
        out[slot.path] = Value(value, said, "as recorded")
    return out
