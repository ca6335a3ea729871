"""An utterance sorted into what it wishes, what it asks, and the words that may hold values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from antiphon.engine.brains.form.acts import assent
from antiphon.engine.brains.form.assign import assign
from antiphon.engine.brains.form.clauses import asks_openly, clauses_of, is_question
from antiphon.engine.brains.form.intent import SURE, WANTED, Wish
from antiphon.engine.brains.form.lexicon import WEEKDAYS, listed
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.state import Question, Task
from antiphon.engine.brains.form.step import Step, joined
from antiphon.engine.brains.form.tokens import Heard, hear, stem
from antiphon.engine.brains.form.verbs import actions_in

_ASKING_BAR = 0.45
"""How much of a question a sentence must cover to be its answer."""
_TELLING_BAR = 0.6
"""The same for words that do not look like a question ("parking?")."""
_MOMENTS = frozenset(
    stem(w)
    for w in (
        *WEEKDAYS,
        *listed("morning noon midday afternoon evening night midnight today tomorrow tonight"),
    )
)
"""Words of values: "noon" is an answer, not a question about opening hours."""
_WISHES = re.compile(r"\b(?:can|could|may|might) (?:i|we)\b|\bi'd like\b|\bplease\b|\bwould like\b")
_MAY_I = re.compile(r"(?:\w+ ){0,6}?(?:can|could|may|might) (?:i|we)\b")
_SUPPOSES = re.compile(
    r"\b(?:if|when|once|unless|before|after) (?:i|we) (?:(?:want|need|have|had|wanted|decide|decided) to )?(?!can\b|could\b|may\b)\w+|"
    r"\b(?:do|must|should|will|would) (?:i|we) (?:have|need) to\b|\bneed to book\b|\bwhat happens\b"
)
"""A question that speaks of a tool's deed without wishing for it: "do I have to pay when I cancel?"."""
_TOOL_WORDS = frozenset({"book", "reserv", "cancel", "chang", "tabl"})


@dataclass(frozen=True)
class Reading:
    """What an utterance holds.

    Attributes:
        wishes: tools, each with the clause that wished for it, in order.
        answers: sentences that answer its questions.
        unanswered: questions without an answer.
        rest: all clauses but the questions.
    """

    wishes: tuple[tuple[Wish, Heard], ...]
    answers: tuple[str, ...]
    unanswered: tuple[Heard, ...]
    rest: Heard


def read(step: Step, heard: Heard, asked: Question | None) -> Reading:
    """Sorts an utterance, clause by clause."""
    wishes: list[tuple[Wish, Heard]] = []
    answers: list[str] = []
    unanswered: list[Heard] = []
    rest: list[Heard] = []
    text_asked = is_text(step, asked)
    supposed = False
    for clause in clauses_of(heard):
        asks, openly = is_question(clause), asks_openly(clause)
        answer = step.domain.knowledge.answer(clause, step.now.date())
        supposes = asks and bool(_SUPPOSES.search(" ".join(clause.norms)))
        supposed = supposed or supposes
        wish = None if supposes else wish_of(step, clause)
        if wish and not (asks and answer and answer.score >= 0.55 and _beyond(step, clause, wish)):
            if all(w.form.name != wish.form.name for w, _ in wishes):
                wishes.append((wish, clause))
            rest.append(clause)
            continue
        fills = _fills(step, clause, asked)
        bar = 2.0 if text_asked and not openly else _ASKING_BAR if asks else _TELLING_BAR
        hollow = step.domain.tools.vocabulary | _MOMENTS
        if not asks and answer and not step.domain.knowledge.telling(clause) - hollow:
            answer = None  # "the time", "change it": the tools' own words
        if answer and answer.score >= bar and (not fills or (asks and openly)):
            if answer.text not in answers:
                answers.append(answer.text)
        elif asks and not fills and len(clause) > 1 and not (text_asked and not openly):
            unanswered.append(clause)
        else:
            rest.append(clause)
    if not wishes and not supposed and step.state.task is None and len(heard) > 2:
        wish = step.domain.tools.by_sound(heard)
        if wish and (not answers or not step.domain.knowledge.telling(heard) - _vocabulary(wish.form)):
            return Reading(((wish, heard),), (), (), heard)
    return Reading(tuple(wishes), tuple(answers), tuple(unanswered), joined(rest))


def is_text(step: Step, asked: Question | None) -> bool:
    """Whether free text was asked for: then nearly anything is an answer."""
    if asked is None or asked.kind != "slot":
        return False
    form = step.domain.tools.by_name.get(asked.tool)
    slot = form.slot(asked.slot) if form else None
    return slot is not None and slot.kind == "text"


def wish_of(step: Step, clause: Heard) -> Wish | None:
    """The tool that a clause wishes for, if it is not what is being done already."""
    wishes = step.domain.tools.wishes(clause)
    task = step.state.task
    actions, _ = actions_in(clause)
    if task is None and not (wishes and wishes[0].score >= WANTED):
        enough = 2 if _MAY_I.match(" ".join(clause.norms)) else 3
        wishes = [w for f in step.domain.tools.forms if (w := _by_values(step, clause, f, enough))] or wishes
    best = wishes[0] if wishes and wishes[0].score >= WANTED else None
    if best is None and task is None and actions & {"cancel", "change"}:
        same = [w for w in wishes if w.form.action in actions]
        if len(same) == 1 and len(clause) <= 12:
            best = same[0]
    if task is None or best is None:
        return best
    if best.form.name == task.tool:
        return None
    form = step.form(task.tool)
    text = " ".join(clause.norms)
    if best.form.action == "change" and form.action in {"create", "send"}:
        nouns = "|".join((*best.form.nouns, "reservation", "booking", "appointment"))
        # "change it", "change my booking" while it is being made is a correction
        return (
            best if re.search(rf"\b(?:existing|an|another|other|old) (?:\w+ )?(?:{nouns})\b", text) else None
        )
    if (
        best.form.action == "cancel"
        and form.action != "read"
        and not set(best.form.nouns) & set(clause.norms)
    ):
        return None
    return best if best.explicit or best.score >= SURE else None


def _by_values(step: Step, clause: Heard, form: Form, enough: int) -> Wish | None:
    """For example "Can I come in today at nine?": no verb of a tool, but enough values that it takes."""
    after = form.action == "change" and any(d.ok and step.wrote(d.tool) for d in step.state.done)
    if not after and form.action not in {"create", "send"}:
        return None
    nothing = Task(form.name)
    found = assign(clause, form, lambda s: step.context(nothing, s, None), ())
    found = [a for a in found if a.slot.kind in {"date", "time", "number", "enum"}]
    if after and found and enough == 2:
        return Wish(form, 2.3, "another value for what was made", False)
    return Wish(form, 2.2, "values that it takes", False) if len(found) >= enough else None


def _vocabulary(form: Form) -> set[str]:
    return {stem(w) for w in (form.verb, *form.nouns)} | set(hear(form.description).stems) | _TOOL_WORDS


def _beyond(step: Step, clause: Heard, wish: Wish) -> bool:
    """Whether a question asks about more than the tool's own words: "can I cancel free of charge?"."""
    extra = step.domain.knowledge.telling(clause) - _vocabulary(wish.form)
    if not extra:
        return False
    nothing = Task(wish.form.name)
    found = assign(clause, wish.form, lambda s: step.context(nothing, s, None), ())
    return not any(a.slot.kind in {"date", "time", "number", "phone"} for a in found)


def _fills(step: Step, clause: Heard, asked: Question | None) -> bool:
    """Whether a clause holds a value for the present task, or a yes or no that was asked for."""
    if asked and asked.kind in {"confirm", "offer"} and assent(clause):
        return True
    if step.state.task is None:
        return False
    found = step.values_in(clause, asked)
    if is_question(clause) and not _WISHES.search(" ".join(clause.norms)):
        # "is the garden open?" is no wish for a seat in the garden
        found = [a for a in found if a.slot.required or a.slot.kind not in {"enum", "boolean", "text"}]
    if is_question(clause):  # "can I cancel for free?" gives no name
        found = [a for a in found if a.slot.kind != "name" or a.candidate.strength >= 0.7]
    return bool(found)
