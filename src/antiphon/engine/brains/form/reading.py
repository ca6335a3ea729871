"""An utterance sorted into what it wishes, what it asks, and the words that may hold values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from antiphon.engine.brains.form import phrasing
from antiphon.engine.brains.form.acts import assent
from antiphon.engine.brains.form.assign import assign
from antiphon.engine.brains.form.clauses import asks_openly, clauses_of, is_question
from antiphon.engine.brains.form.intent import SURE, Wish
from antiphon.engine.brains.form.knowledge import Answer
from antiphon.engine.brains.form.lexicon import WEEKDAYS, listed
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.signals import supposes
from antiphon.engine.brains.form.state import Question, Task
from antiphon.engine.brains.form.step import Step, joined
from antiphon.engine.brains.form.tokens import Heard, hear, stem
from antiphon.engine.brains.form.wishing import ASIDE_BAR, SURE_ANSWER, has_all, nearly, wish_of

ASKING_BAR = 0.45
"""How near a sentence must be to a question to be its answer."""
_PERHAPS = -1.0
"""Score of a tool over which a statement is rather a wish than the mention of a fact."""
_LIKELY, _NEARER = 2.0, 0.03
"""A tool with this score is left only for a fact whose meaning is so much nearer."""
_LEAN = 0.12
"""How much nearer than the bar a fact must be for each unit of a tool's score, to answer a question instead of the tool."""
_TOLD_PLAINLY = 0.75
"""How near a fact must be to a statement that may be a wish as well."""
_ABOUT_BAR = 0.5
"""How near a sentence must be to a question together with what is being done."""
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
_IF = re.compile(r"(?:\w+ ){0,2}?(?:if|when|in case|suppose|supposing|unless|once)\b")
"""Words with which a condition begins."""
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
    """Sorts an utterance, clause by clause; what no clause says alone, they may say together."""
    wishes: list[tuple[Wish, Heard]] = []
    answers: list[str] = []
    told: list[tuple[Heard, str]] = []
    unanswered: list[Heard] = []
    rest: list[Heard] = []
    text_asked = is_text(step, asked)
    supposed = False
    clauses = clauses_of(heard)
    for place, clause in enumerate(clauses):
        asks, openly = is_question(clause), asks_openly(clause)
        answer = _known(step, clause, asks)
        if asks and place and _IF.match(" ".join(clauses[place - 1].norms)):
            whole = _known(
                step, joined([clauses[place - 1], clause]), asks
            )  # "if I am late, do you give my table away?"
            answer = whole if whole and (answer is None or whole.near > answer.near) else answer
        supposing = supposes(clause)
        supposed = supposed or supposing
        wish = None if supposing else wish_of(step, clause) or nearly(step, clause, len(clauses))
        if wish and not (asks and answer and _rather_answered(step, clause, wish, answer)):
            if all(w.form.name != wish.form.name for w, _ in wishes):
                wishes.append((wish, clause))
            rest.append(clause)
            continue
        fills = _fills(step, clause, asked)
        bar = 2.0 if text_asked and not openly else ASKING_BAR if asks else _TELLING_BAR
        hollow = step.domain.tools.vocabulary | _MOMENTS
        if not asks and answer and not step.domain.knowledge.telling(clause) - hollow:
            answer = None  # "the time", "change it": the tools' own words
        if (
            not asks
            and answer
            and answer.score < _TOLD_PLAINLY
            and step.state.task is None
            and _may_wish(step, clause)
        ):
            answer = None  # "my car's due for its inspection": what is told may be a wish
        if answer and answer.score >= bar and (not fills or (asks and openly)):
            if answer.text not in answers:
                answers.append(answer.text)
            if not asks:
                told.append((clause, answer.text))
        elif asks and not fills and len(clause) > 1 and not (text_asked and not openly):
            unanswered.append(clause)
        else:
            rest.append(clause)
    together = len(clauses) > 1 and not text_asked
    if together and not supposed and (wish := wish_of(step, heard)):
        if wishes and all(
            w.score < min(SURE, wish.score) for w, _ in wishes if w.form.name != wish.form.name
        ):
            wishes = [(w, c) for w, c in wishes if w.form.name == wish.form.name] or [(wish, heard)]
        elif len(wishes) > 1 and wish.score > SURE and any(w.form.name == wish.form.name for w, _ in wishes):
            wishes = [(w, c) for w, c in wishes if w.form.name == wish.form.name or _stands_alone(w, c)]
        elif not wishes:
            wishes.append((wish, heard))
            valued = [c for c in clauses if is_question(c) and _values(step, c, wish.form)]
            if (
                wish.form.reads
                and wish.score > SURE
                and not any(is_question(c) and _surely(step, c) for c in clauses)
            ):
                answers = []  # "how's my car doing? It's L M 19 X Y Z"
            elif wish.score > SURE and valued:  # "when could we come on Sunday? We're four."
                answers = []
                rest += valued
    if wishes:  # what is told beside a wish is no question
        rest += [clause for clause in unanswered if not asks_openly(clause)]
        unanswered = [clause for clause in unanswered if asks_openly(clause)]
        answers = [text for text in answers if all(text != other for _, other in told)]
        rest += [clause for clause, _ in told]
    elif unanswered and together and not answers:
        answer = step.domain.knowledge.answer(heard, step.now.date())
        if answer and answer.score >= ASKING_BAR:
            answers, unanswered = [answer.text], []
    places = {id(token): place for place, token in enumerate(heard.tokens)}
    ordered = sorted(rest, key=lambda clause: places.get(id(clause.tokens[0]), 0))
    return Reading(tuple(wishes), tuple(answers), tuple(unanswered), joined(ordered))


def _known(step: Step, clause: Heard, asks: bool) -> Answer | None:
    """What answers a clause; a question in the midst of a task may be about it: "how long does it take?"."""
    today = step.now.date()
    answer = step.domain.knowledge.answer(clause, today)
    if (
        asks
        and step.state.task is not None
        and (answer is None or answer.score < SURE_ANSWER)
        and len(clause) > 2
    ):
        form = step.form(step.task.tool)
        chosen = [
            str(v.value).replace("_", " ")
            for p, v in step.task.values.items()
            if (s := form.slot(p)) and s.kind == "enum"
        ]
        about = hear(f"{clause.text.rstrip('?.! ')} ({phrasing.deed(form)} {' '.join(chosen)})")
        other = step.domain.knowledge.answer(about, today)
        if other and other.score >= _ABOUT_BAR and (answer is None or other.score > answer.score):
            return other
    return answer


def is_text(step: Step, asked: Question | None) -> bool:
    """Whether free text was asked for: then nearly anything is an answer."""
    if asked is None or asked.kind != "slot":
        return False
    form = step.domain.tools.by_name.get(asked.tool)
    slot = form.slot(asked.slot) if form else None
    return slot is not None and slot.kind == "text"


def _may_wish(step: Step, clause: Heard) -> bool:
    wishes = step.domain.tools.wishes(clause)
    return (
        bool(wishes) and wishes[0].score > _PERHAPS and wishes[0].form.action in {"create", "send", "change"}
    )


def _vocabulary(form: Form) -> set[str]:
    return {stem(w) for w in (form.verb, *form.nouns)} | set(hear(form.description).stems) | _TOOL_WORDS


def _stands_alone(wish: Wish, clause: Heard) -> bool:
    """Whether a clause wishes for its tool by itself, beside another wish in the same breath."""
    return wish.score > _LIKELY and (wish.explicit or not wish.form.reads or is_question(clause))


def _values(step: Step, clause: Heard, form: Form) -> bool:
    nothing = Task(form.name)
    found = assign(clause, form, lambda s: step.context(nothing, s, None), ())
    return any(a.slot.kind in {"date", "time", "number", "phone"} for a in found)


def _surely(step: Step, clause: Heard) -> bool:
    answer = step.domain.knowledge.answer(clause)
    return answer is not None and answer.score >= SURE_ANSWER


def _rather_answered(step: Step, clause: Heard, wish: Wish, answer: Answer) -> bool:
    """Whether a question asks for a fact more than for a tool: "can I cancel free of charge?"."""
    if wish.form.reads and wish.score > ASIDE_BAR and has_all(step, clause, wish.form):
        return False
    if answer.near < wish.near + (_NEARER if wish.score > _LIKELY else -_NEARER):
        return False
    if answer.score - ASKING_BAR < _LEAN * wish.score:
        return False
    if wish.score > ASIDE_BAR and not step.domain.knowledge.telling(clause) - _vocabulary(wish.form):
        return False  # its only words are the tool's own
    return not _values(step, clause, wish.form)


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
