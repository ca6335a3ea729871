"""Which tool a clause wishes for, by what it says and by what is being done already."""

from __future__ import annotations

import re
from collections.abc import Sequence

from antiphon.engine.brains.form.assign import assign
from antiphon.engine.brains.form.clauses import is_question
from antiphon.engine.brains.form.intent import SURE, WANTED, Wish
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.signals import looks_for_room
from antiphon.engine.brains.form.state import Task
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard, stem
from antiphon.engine.brains.form.verbs import actions_in, last_word

_APART = 1.5
"""How much likelier a change must be than a cancellation, or the other way round, where neither was said."""
_NEARLY = -0.6
"""Score that is enough for one of several clauses, if no other tool comes near."""
_LOOKS_UP = -0.8
"""Score that is enough for a question that holds all that a tool which looks something up must know: "is Y A 17 K E D done?"."""
_CLEARLY = 0.7
"""Strength of a text that was announced: "tell him that …"."""
ASIDE_BAR = 0.5
"""Score from which a question wants a tool that looks something up, in the midst of something else."""
SURE_ANSWER = 0.6
"""How near a fact must be to surely be what was asked for."""
_HAVE_ONE = re.compile(
    r"(?<!can )(?<!could )(?<!may )\b(?:i|we)(?:'ve| have| had)(?: already)?(?: got)? (?:a|an|my|our|booked|reserved|ordered)\b"
    r"(?! question| wish| problem| request| look)|\b(?:my|our) (?:\w+ )?(?:table|booking|reservation|appointment|order)\b|"
    r"\b(?:appointment|booking|reservation|table) (?:that )?(?:i|we)(?:'ve| have)\b|"
    r"\b(?:about|regarding|concerning) (?:the|my|our|an?) (?:\w+ )?(?:appointment|booking|reservation|table|order)\b"
)
"""What a caller has, he does not want made: "we have a table on Thursday"."""
_MAY_I = re.compile(r"(?:\w+ ){0,6}?(?:can|could|may|might) (?:i|we)\b")


def has_one(clause: Heard) -> bool:
    """Whether the caller speaks of something that he has already: a table, an appointment."""
    return bool(_HAVE_ONE.search(" ".join(clause.norms)))


def nearly(step: Step, clause: Heard, clauses: int) -> Wish | None:
    """One of several clauses may wish for a tool with few words: "and note my new number"."""
    if clauses < 2 or step.state.task is not None:
        return None
    wishes = step.domain.tools.wishes(last_word(clause))
    ahead = len(wishes) == 1 or (len(wishes) > 1 and wishes[0].score - wishes[1].score >= 2)
    return wishes[0] if ahead and wishes[0].score > _NEARLY else None


def wish_of(step: Step, clause: Heard) -> Wish | None:
    """The tool that a clause wishes for, if it is not what is being done already."""
    clause = last_word(clause)
    wishes = step.domain.tools.wishes(clause)
    task = step.state.task
    actions, _ = actions_in(clause)
    if task is None and not (wishes and wishes[0].score >= WANTED):
        least = 2 if _MAY_I.match(" ".join(clause.norms)) else 3
        wishes = [w for f in step.domain.tools.forms if (w := _by_values(step, clause, f, least))] or wishes
    if has_one(clause) and not actions & {"create"}:
        wishes = [w for w in wishes if w.form.action != "create" and not looks_for_room(w.form)]
        changing = [w for w in wishes if w.form.action in {"change", "cancel"}]
        if (
            not actions
            and len(changing) > 1
            and changing[0].score - changing[1].score < _APART
            and not is_question(clause)
        ):
            return None  # which of them is not said
    best = wishes[0] if wishes and wishes[0].score >= WANTED else None
    if best is None and task is None and actions & {"cancel", "change"}:
        same = [w for w in wishes if w.form.action in actions]
        if len(same) == 1 and len(clause) <= 12:
            best = same[0]
    if task is None:
        return best or _told_to_tell(step, clause) or _looked_up(step, clause, wishes)
    return _beside(step, clause, task, best) if best is not None else None


def _told_to_tell(step: Step, clause: Heard) -> Wish | None:
    """The tool that takes a text for somebody, if the clause gives both."""
    forms = (f for f in step.domain.tools.forms if _tells(step, clause, f))
    return next((Wish(f, SURE, "what to tell whom", True, 1.0) for f in forms), None)


def _looked_up(step: Step, clause: Heard, wishes: Sequence[Wish]) -> Wish | None:
    """The likeliest tool for a question that no fact answers, if it looks something up and the question holds all that it must know."""
    if not wishes or not is_question(clause):
        return None
    first, answer = wishes[0], step.domain.knowledge.answer(clause)
    told = answer is not None and answer.score >= SURE_ANSWER
    fits = first.form.reads and first.score > _LOOKS_UP and not told and has_all(step, clause, first.form)
    return first if fits else None


def _beside(step: Step, clause: Heard, task: Task, best: Wish) -> Wish | None:
    """The tool if it is wished for in the midst of filling in another, and is no value or correction of that one."""
    actions, _ = actions_in(clause)
    form = step.form(task.tool)
    if best.form.name == task.tool or (
        actions & {"change"} and {"it", "that"} & set(clause.norms) and form.action != "read"
    ):
        return None
    text = " ".join(clause.norms)
    if best.form.action == "change" and form.action in {"create", "send"}:
        nouns = "|".join((*best.form.nouns, "reservation", "booking", "appointment"))
        # "change it", "change my booking" while it is being made is a correction
        return (
            best if re.search(rf"\b(?:existing|an|another|other|old) (?:\w+ )?(?:{nouns})\b", text) else None
        )
    if (
        best.form.action == "cancel"
        and best.explicit
        and form.action == "change"
        and best.form.nouns == form.nouns
    ):
        return best  # not moved but cancelled
    if (
        best.form.action == "cancel"
        and form.action != "read"
        and not set(best.form.nouns) & set(clause.norms)
    ):
        return None
    told = step.values_in(clause, None)
    if any(a.slot.kind in {"boolean", "enum"} for a in told) and not {stem(n) for n in best.form.nouns} & set(
        clause.stems
    ):
        return None
    enough = ASIDE_BAR if best.form.reads and is_question(clause) else SURE
    return best if best.explicit or best.score >= enough else None


def _by_values(step: Step, clause: Heard, form: Form, enough: int) -> Wish | None:
    """For example "Can I come in today at nine?": no verb of a tool, but enough values that it takes."""
    after = form.action == "change" and any(d.ok and step.wrote(d.tool) for d in step.state.done)
    if not after and form.action not in {"create", "send"}:
        return None
    nothing = Task(form.name)
    found = assign(clause, form, lambda s: step.context(nothing, s, None), ())
    found = [a for a in found if a.slot.kind in {"date", "time", "number", "enum"}]
    if after and found and enough == 2:
        return Wish(form, 0.6, "another value for what was made", False)
    return Wish(form, 0.5, "values that it takes", False) if len(found) >= enough else None


def _tells(step: Step, clause: Heard, form: Form) -> bool:
    """For example "could you tell Joe that the key is in the box?": a text that must be given, to one whom the tool knows."""
    if form.reads or not any(s.kind == "text" and s.required for s in form.slots):
        return False
    nothing = Task(form.name)
    found = assign(clause, form, lambda s: step.context(nothing, s, None), ())
    told = any(a.slot.kind == "text" and a.slot.required and a.candidate.strength >= _CLEARLY for a in found)
    return told and any(a.slot.kind == "enum" for a in found)


def has_all(step: Step, clause: Heard, form: Form) -> bool:
    """Whether a clause holds all that a tool must know, and that is something."""
    nothing = Task(form.name)
    found = assign(clause, form, lambda s: step.context(nothing, s, None), ())
    required = {s.path for s in form.slots if s.required}
    return bool(required) and required <= {a.slot.path for a in found if a.candidate.doubt is None}
