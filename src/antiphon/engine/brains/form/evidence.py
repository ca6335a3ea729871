"""Has the caller finished? What the words say about it."""

from __future__ import annotations

import re
from datetime import datetime

from antiphon.engine.brains.form.acts import act_of, assent, says_no_values
from antiphon.engine.brains.form.assign import assign
from antiphon.engine.brains.form.clauses import asks_openly, clauses_of, is_question
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.intent import WANTED
from antiphon.engine.brains.form.kinds.phone import digit_runs
from antiphon.engine.brains.form.kinds.spelling import letter_runs
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.state import State, Task
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard, hear

_HANGING = frozenset(
    listed(
        "a an the my your our for to at on in of with and or but so because if that is are was i i'd i'm i'll "
        "we would like want need have it's under from by about um uh uhm er erm hmm please's between around "
        "next this can could do does book change cancel make move name's what when where how which who than "
        "into as well also double triple very until till between plus since through"
    )
)
_ALWAYS_HANGING = frozenset(listed("and or but the a an for um uh at because until till between"))
_MAY_END = frozenset(
    listed("like have do on in that well this can would to is are was need want book change cancel it's from")
)
_ENDS_ASKING = frozenset(listed("on in to from this have"))
"""Of these, the words that end a whole question only if it begins with "what", "where" …: "are you open on" goes on."""
_HANGING_ENDS = re.compile(
    r"(?:\bmy name is|\bthe name is|\bi'd like to|\bi would like to|\bi want to|\bcan i|"
    r"\bcould you|\ba table|\bmy (?:phone )?number is|\bit's|\blet me (?:see|think)|\byou know|"
    r"\bthe number is|\b(?:under|in|by) the name|\bhow (?:do|can) i get|\bon the|\bhalf past|\bquarter (?:to|past)|\bhalf an|"
    r"\b(?:you can|please) (?:reach|call|ring|phone)(?: me)?|"
    r"\b(?:do|does|did|can|could|would|will|should|may|have) (?:you|i|we|it|they)|\b(?:is|are) there|"
    r"(?:^|\b(?:and|or|but) )(?:is|are) (?:you|it|they|we)|"
    r"\b(?:because|if|when|and|but|so|or) (?:i|we|you|there|it|they|my|our)"
    r"(?: (?:will|would|are|is|have|do|can|need|want|be|like))*)$"
)
_REACHED = re.compile(r"\b(?:my|the|phone|mobile) number\b|\breach\b|\bcall me\b|\bphone\b|\bmobile\b")
_WHOLE_NUMBER = 7
"""Digits from which a phone number may be whole."""
_SURE = 0.85
"""For words that are whole in themselves, although something else may have been asked."""


def completeness(domain: Domain, state: State, text: str, now: datetime) -> float:
    """0.0: cut in the middle; 1.0: a whole answer to what was asked; 0.5: the words do not tell."""
    heard = hear(text)
    if not heard.tokens:
        return 0.0
    complete = _completeness(domain, state, heard, now)
    return min(complete, 0.5) if heard.tokens[-1].stop == "," else complete


def _completeness(domain: Domain, state: State, heard: Heard, now: datetime) -> float:
    asked = state.asked
    words = [t.norm for t in heard.tokens]
    if words[-1] == "please" and len(words) > 1:
        words.pop()
    finished = heard.tokens[-1].stop in {".", "?", "!"} or heard.norms[-1] == "please"
    plain = " ".join(words)
    wishes = domain.tools.wishes(heard)
    wished = bool(wishes) and wishes[0].score >= WANTED
    act = act_of(heard)
    if wished and words[-1] in {"cancel", "change"}:
        return _SURE if is_question(heard) and len(words) > 3 else 0.6
    if act in {"skip", "unsure", "abandon", "repeat"}:
        return 0.9 if finished or words != ["what"] else 0.3
    if plain == "wait" or (act == "hello" and len(words) < 3):
        return 0.4  # often only the beginning
    letter_by_letter = _dictated(domain, state, heard, plain)
    if letter_by_letter is not None:
        return letter_by_letter
    answered = _answers(domain, state, heard, now)
    last = words[-1]
    if answered:
        return 0.15 if last in _ALWAYS_HANGING or last in {"under", "with", "double"} else answered
    if wished and plain.endswith("a table"):
        return 0.8 if finished else 0.45
    if _HANGING_ENDS.search(plain) or last in _ALWAYS_HANGING:
        return 0.02
    if last in {"double", "triple"} and not any(t.number is not None for t in heard.tokens[-2:-1]):
        return 0.75 if wished else 0.6
    answerable = asked is not None and (asked.kind in {"confirm", "offer", "else"} or bool(asked.options))
    if last in _HANGING and not (answerable and finished and assent(heard)):
        openly = asks_openly(clauses_of(heard)[-1])
        may_end = len(words) > 2 and last in _MAY_END
        if not (may_end and finished and (openly or last not in _ENDS_ASKING)):
            return 0.05
    if answerable and assent(heard):
        return 1.0
    if words in (["please"], ["good"]):
        return 0.3
    if act or (assent(heard) and says_no_values(heard) and len(words) < 4):
        return 0.9
    if is_question(heard):
        answer = domain.knowledge.answer(heard)
        if len(words) >= 4 or (answer and answer.score >= 0.5):
            return _SURE if finished or len(words) >= 4 else 0.6
    if wished:
        return _SURE if finished else 0.75
    return 0.8 if _gives(domain, state, heard, now) else 0.5


def _dictated(domain: Domain, state: State, heard: Heard, plain: str) -> float | None:
    """Digits of a phone number and spelled letters at the end of the words; None if there are none."""
    task = state.task
    slots = {s.kind: s for s in domain.tools.by_name[task.tool].slots} if task else {}
    asked = state.asked.slot if state.asked and state.asked.kind in {"slot", "choice"} else ""
    known = {s.kind for f in domain.tools.forms for s in f.slots}
    runs = [r for r in digit_runs(heard) if r[2] == len(heard)]
    if runs and "phone" in known and "code" not in known:
        phone = slots.get("phone")
        wanted = phone is not None and asked == phone.path
        count = len(runs[0][0].strip("+"))
        if not wanted and count >= _WHOLE_NUMBER:
            return 0.9
        if not wanted and (_REACHED.search(plain) or (not asked and runs[0][1] == 0 and count >= 3)):
            return 0.1
    spelled = [r for r in letter_runs(heard) if r[2] == len(heard) and len(r[0]) > 1]
    if spelled and task is None and len(spelled[0][0]) < 3 and spelled[0][0] not in {"am", "pm"}:
        return 0.1
    if spelled and (name := slots.get("name")) and task:
        letters, first, _ = spelled[0]
        value = task.values.get(name.path)
        said = [*str(value.value if value else "").lower().split(), *heard.norms[:first]]
        if letters in said:
            return 0.9
        if len(letters) < 3 or any(word.startswith(letters) for word in said):
            return 0.1
        return 0.8
    return None


def _gives(domain: Domain, state: State, heard: Heard, now: datetime) -> bool:
    """Whether the words give values, beyond doubt, for what is being done or was done last."""
    step = Step(domain, state, now)
    if state.task is not None:
        found = step.values_in(heard, state.asked)
    elif state.done and state.done[-1].tool in domain.tools.by_name and len(heard) <= 6:
        form = domain.tools.by_name[state.done[-1].tool]
        task = Task(form.name)
        found = assign(heard, form, lambda slot: step.context(task, slot, None), ())
    else:
        return False
    return bool(found) and all(a.candidate.doubt is None and a.slot.kind != "text" for a in found)


def _answers(domain: Domain, state: State, heard: Heard, now: datetime) -> float:
    """How fully the words answer the open slot question."""
    asked, task = state.asked, state.task
    if asked is None or task is None or asked.kind not in {"slot", "choice"}:
        return 0.0
    form = domain.tools.by_name[task.tool]
    slot = form.slot(asked.slot)
    if slot is None:
        return 0.0
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
