"""Turns outside any task: answers, offers taken up, values that imply a tool, and what was not understood."""

from __future__ import annotations

import re
from dataclasses import replace

from antiphon.engine.brains.form import phrasing, picks, tasks
from antiphon.engine.brains.form.acts import assent, says_no_values
from antiphon.engine.brains.form.assign import assign
from antiphon.engine.brains.form.clauses import asks_openly
from antiphon.engine.brains.form.kinds import Context
from antiphon.engine.brains.form.reading import Reading
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.state import Question, Task, Value
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard, stem
from antiphon.engine.brains.form.verbs import actions_in
from antiphon.engine.brains.form.wishing import has_one


def answer(step: Step, heard: Heard, reading: Reading, asked: Question | None) -> None:
    """Answers what was said while no tool is being filled in."""
    said = assent(heard)
    bare = says_no_values(heard)
    kind = asked.kind if asked else ""
    picking = asked is not None and kind == "offer" and bool(picks.picked(step, step.form(asked.tool), heard))
    if asked and kind == "offer" and (said == "yes" or picking):
        tasks.start(step, step.form(asked.tool), reading.rest)
        step.open("sure")
        tasks.advance(step)
    elif ("about" in heard.norms or (_AND.match(" ".join(heard.norms)) and len(heard) <= 7)) and _follow_up(
        step, heard
    ):
        step.reply.parts = step.reply.parts[len(reading.answers) :]
    elif reading.answers:
        step.state = replace(step.state, misses=0)
    elif _by_values(step, heard, reading):
        pass
    elif kind == "else" and bare and said == "no":
        step.say(phrasing.fixed("bye", step.state.turns))
    elif reading.unanswered:
        dont_know(step)
        step.say(phrasing.capabilities(step.domain.tools.forms, bool(step.domain.knowledge.facts)))
    elif bare and said == "yes":
        step.ask(Question("else"), "What can I do for you?")
    elif bare and said == "no":
        step.say("All right.")
        step.ask(Question("else"), phrasing.fixed("else", step.state.turns))
    else:
        step.state = replace(step.state, misses=step.state.misses + 1)
        step.note("missed")
        step.state = replace(step.state, unused=heard.text)
        if several := _of_what_is_there(step, heard):
            step.ask(Question("else"), several)
            return
        if step.state.misses == 1 and (likely := _likely(step, heard)) is not None:
            step.say("I'm not sure I understood.")
            step.ask(Question("offer", likely.name), f"Would you like me to {phrasing.deed(likely)}?")
            return
        odd = step.state.misses % 2 == 1
        step.say(_shrug(step, heard) if odd else phrasing.fixed("missed", step.state.misses))
        step.say(phrasing.capabilities(step.domain.tools.forms, bool(step.domain.knowledge.facts)))


_HARDLY = -1.7
"""Score down to which a tool is offered to somebody who was not understood."""
_AHEAD = 0.7
"""How far it must be ahead of the next."""


_AND = re.compile(r"^(?:(?:hm+|okay|ok|alright|right|well|oh|no) )*and\b")
_STRANGE = -3.0
"""Score under which words have nothing to do with any tool."""


def _shrug(step: Step, heard: Heard) -> str:
    """That the words were not understood, or that they are none of this house's business."""
    wishes = step.domain.tools.wishes(heard)
    answer = step.domain.knowledge.answer(heard)
    strange = all(w.score < _STRANGE for w in wishes) and not (answer and answer.near > 0.3)
    return (
        "I'm afraid I can't help you with that."
        if strange and len(heard) > 3
        else "Sorry, I'm not sure what you mean."
    )


def _of_what_is_there(step: Step, heard: Heard) -> str:
    """Asks what shall become of a booking that the caller speaks of without saying what he wants: "I'm calling about my appointment"."""
    if not has_one(heard) or actions_in(heard)[0]:
        return ""
    forms = [
        f
        for f in step.domain.tools.forms
        if f.action in {"change", "cancel"} or (f.reads and f.verb in {"find", "get", "list"})
    ]
    marks = set(heard.stems)
    forms = [
        f for f in forms if {stem(n) for n in f.nouns} & (marks | {stem("booking"), stem("appointment")})
    ]
    deeds = [phrasing.deed(form) for form in forms][:4]
    return f"Would you like me to {', '.join(deeds[:-1])} or {deeds[-1]}?" if len(deeds) > 1 else ""


def _likely(step: Step, heard: Heard) -> Form | None:
    """The tool that may have been meant."""
    wishes = step.domain.tools.wishes(heard)
    if len(heard) < 3 or not wishes or wishes[0].score < _HARDLY:
        return None
    return wishes[0].form if len(wishes) == 1 or wishes[0].score - wishes[1].score >= _AHEAD else None


def picked_form(step: Step, heard: Heard) -> Form | None:
    """The tool that takes what the caller picks from a list, the likeliest of several: "switch me over to the second one"."""
    fitting = [f for f in step.domain.tools.forms if not f.reads and picks.picked(step, f, heard)]
    moves = {"move", "reschedule", "shift", "instead", "rather"} & set(heard.norms)
    if not moves and any(f.action == "create" for f in fitting):
        fitting = [f for f in fitting if f.action != "change"]
    likely = [w.form for w in step.domain.tools.wishes(heard) if w.form in fitting]
    return likely[0] if likely else None


def _by_values(step: Step, heard: Heard, reading: Reading) -> bool:
    """Values without a verb: for what was just done ("make it five"), or for the one tool that they fit ("four people tomorrow")."""
    words = reading.rest
    if reading.unanswered:
        if any(asks_openly(clause) and "about" not in clause.norms for clause in reading.unanswered):
            return False
        words = heard
    if _follow_up(step, words):
        return True
    wrote = any(d.ok and step.wrote(d.tool) for d in step.state.done)
    best: tuple[float, Form] | None = None
    for form in step.domain.tools.forms:
        nothing = Task(form.name)
        found = assign(words, form, lambda s, t=nothing: step.context(t, s, None), ())  # type: ignore[misc]
        found = [a for a in found if a.slot.kind in {"date", "time", "number", "enum"}]
        if form.action == "change" and wrote and found:
            score = 10.0 + len(found)
        elif form.action in {"create", "send"} and len(found) >= 2:
            score = float(len(found))
        else:
            continue
        if best is None or score > best[0]:
            best = (score, form)
    if best is None:
        return False
    tasks.start(step, best[1], words)
    step.open("sure")
    tasks.advance(step)
    return True


def _follow_up(step: Step, words: Heard) -> bool:
    """For example "What about Sunday?" after a look-up: the same again with another value."""
    last = step.state.done[-1] if step.state.done else None
    form = step.domain.tools.by_name.get(last.tool) if last else None
    if last is None or form is None or not form.reads or len(words) > (8 if last.ok else 14):
        return False
    hours, given = step.domain.knowledge.open_hours, last.values
    found = assign(words, form, lambda s: Context(step.now, current=given.get(s.path), open_hours=hours), ())
    if not any(a.slot.kind not in {"text", "name"} for a in found):
        return False
    base = {path: Value(value, str(value), "as before") for path, value in last.values.items()}
    tasks.start(step, form, words, base)
    tasks.advance(step)
    return True


def dont_know(step: Step) -> None:
    """Says plainly that the instructions do not tell this, never twice in the same words."""
    step.say(phrasing.fixed("unknown", step.state.unknown))
    step.state = replace(step.state, unknown=step.state.unknown + 1)


def missed(step: Step, asked: Question | None) -> None:
    """The words were not understood."""
    step.note("missed")
    step.say(phrasing.fixed("missed", step.state.misses))
    step.state = replace(step.state, misses=step.state.misses + 1)
    if asked is not None and tasks.ask_again(step, asked):
        return
    if step.state.task is not None:
        tasks.advance(step, aside=True)
        return
    if step.state.misses > 1:
        step.say(phrasing.capabilities(step.domain.tools.forms, bool(step.domain.knowledge.facts)))
    step.ask(
        Question("else"), "What can I do for you?" if step.state.misses > 1 else "Could you say that again?"
    )
