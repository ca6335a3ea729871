"""Has the caller finished? What the words say about it."""

from __future__ import annotations

import re
from datetime import datetime

from antiphon.engine.brains.form.acts import act_of, assent
from antiphon.engine.brains.form.clauses import is_question
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.intent import WANTED
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.state import State
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import hear

_HANGING = frozenset(
    listed(
        "a an the my your our for to at on in of with and or but so because if that is are was i i'd i'm i'll "
        "we would like want need have it's under from by about um uh uhm er erm hmm please's between around "
        "next this can could do does book change cancel make move name's what when where how which who than "
        "into as well also double triple"
    )
)
_ALWAYS_HANGING = frozenset(listed("and or but the a an for um uh at because"))
_MAY_END = frozenset(
    listed("like have do on in that well this can would to is are was need want book change cancel it's from")
)
_HANGING_ENDS = re.compile(
    r"(?:\bmy name is|\bthe name is|\bi'd like to|\bi would like to|\bi want to|\bcan i|"
    r"\bcould you|\ba table|\bmy (?:phone )?number is|\bit's|\blet me (?:see|think)|\byou know|"
    r"\bthe number is|\bon the|\bhalf past|\bquarter (?:to|past))$"
)


def completeness(domain: Domain, state: State, text: str, now: datetime) -> float:
    """0.0: cut in the middle; 1.0: a whole answer to what was asked; 0.5: the words do not tell."""
    heard = hear(text)
    if not heard.tokens:
        return 0.0
    asked = state.asked
    words = [t.norm for t in heard.tokens]
    if words[-1] == "please" and len(words) > 1:
        words.pop()
    finished = heard.tokens[-1].stop in {".", "?", "!"}
    plain = " ".join(words)
    wishes = domain.tools.wishes(heard)
    wished = bool(wishes) and wishes[0].score >= WANTED
    if wished and words[-1] in {"cancel", "change"}:
        return 0.6
    if act_of(heard) in {"skip", "unsure", "abandon", "repeat"}:
        return 0.9
    answered = _answers(domain, state, text, now)
    last = words[-1]
    if answered:
        return 0.15 if last in _ALWAYS_HANGING or last in {"under", "with", "double"} else answered
    if wished and _HANGING_ENDS.search(plain) and plain.endswith("a table"):
        return 0.6 if finished else 0.45
    if _HANGING_ENDS.search(plain):
        return 0.02
    if last in _ALWAYS_HANGING:
        return 0.02
    if last in {"double", "triple"} and not any(t.number is not None for t in heard.tokens[-2:-1]):
        return 0.75 if wished else 0.6
    if last in _HANGING:
        whole = len(words) > 2 and last in _MAY_END and (finished or is_question(heard))
        if not whole:
            return 0.05
    answerable = asked is not None and (asked.kind in {"confirm", "offer", "else"} or bool(asked.options))
    if answerable and assent(heard):
        return 1.0
    if act_of(heard):
        return 0.9
    if is_question(heard) and (answer := domain.knowledge.answer(heard)) and answer.score >= 0.5:
        return 0.85
    return 0.75 if wished else 0.5


def _answers(domain: Domain, state: State, text: str, now: datetime) -> float:
    """How fully the words answer the open slot question."""
    asked, task = state.asked, state.task
    if asked is None or task is None or asked.kind not in {"slot", "choice"}:
        return 0.0
    form = domain.tools.by_name[task.tool]
    slot = form.slot(asked.slot)
    if slot is None:
        return 0.0
    heard = hear(text)
    step = Step(domain, state, now)
    for found in step.values_in(heard, asked):
        if found.slot.path != slot.path:
            continue
        doubt = found.candidate.doubt
        if doubt and doubt.why in {"short", "pattern"}:
            return 0.05
        if slot.kind == "text":
            return 0.6
        if slot.kind == "phone":
            return 0.9 if len(str(found.candidate.value)) >= 9 else 0.7
        if slot.kind == "name" and found.candidate.why.startswith("spelled"):
            return 0.6
        return 1.0
    return 0.0
