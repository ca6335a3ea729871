"""An utterance sorted into what it wishes, what it asks, and the words that may hold values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from antiphon.engine.brains.form import phrasing
from antiphon.engine.brains.form.acts import assent
from antiphon.engine.brains.form.assign import assign
from antiphon.engine.brains.form.clauses import asks_openly, clauses_of, is_question
from antiphon.engine.brains.form.intent import SURE, WANTED, Wish
from antiphon.engine.brains.form.knowledge import Answer
from antiphon.engine.brains.form.lexicon import WEEKDAYS, listed
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.signals import looks_for_room, supposes
from antiphon.engine.brains.form.state import Question, Task
from antiphon.engine.brains.form.step import Step, joined
from antiphon.engine.brains.form.tokens import Heard, hear, stem
from antiphon.engine.brains.form.verbs import actions_in, last_word

ASKING_BAR = 0.45
"""How near a sentence must be to a question to be its answer."""
_PERHAPS = -1.0
"""Score of a tool over which a statement is rather a wish than the mention of a fact."""
_LIKELY, _NEARER = 2.0, 0.03
"""A tool with this score is left only for a fact whose meaning is so much nearer."""
_LEAN = 0.12
"""How much nearer than the bar a fact must be for each unit of a tool's score, to answer a question instead of the tool."""
_ASIDE_BAR = 0.5
"""Score from which a question wants a tool that looks something up, in the midst of something else."""
_APART = 1.5
"""How much likelier a change must be than a cancellation, or the other way round, where neither was said."""
_NEARLY = -0.6
"""Score that is enough for one of several clauses, if no other tool comes near."""
_LOOKS_UP = -0.8
"""Score that is enough for a question that holds all that a tool which looks something up must know: "is Y A 17 K E D done?"."""
_SURE_ANSWER = 0.6
_CLEARLY = 0.7
"""Strength of a text that was announced: "tell him that …"."""
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
_HAVE_ONE = re.compile(
    r"(?<!can )(?<!could )(?<!may )\b(?:i|we)(?:'ve| have| had)(?: already)?(?: got)? (?:a|an|my|our|booked|reserved|ordered)\b"
    r"(?! question| wish| problem| request| look)|\b(?:my|our) (?:\w+ )?(?:table|booking|reservation|appointment|order)\b|"
    r"\b(?:appointment|booking|reservation|table) (?:that )?(?:i|we)(?:'ve| have)\b|"
    r"\b(?:about|regarding|concerning) (?:the|my|our|an?) (?:\w+ )?(?:appointment|booking|reservation|table|order)\b"
)
"""What a caller has, he does not want made: "we have a table on Thursday"."""
_IF = re.compile(r"(?:\w+ ){0,2}?(?:if|when|in case|suppose|supposing|unless|once)\b")
"""Words with which a condition begins."""
_MAY_I = re.compile(r"(?:\w+ ){0,6}?(?:can|could|may|might) (?:i|we)\b")
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
        wish = None if supposing else wish_of(step, clause) or _nearly(step, clause, len(clauses))
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
        and (answer is None or answer.score < _SURE_ANSWER)
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


def has_one(clause: Heard) -> bool:
    """Whether the caller speaks of something that he has already: a table, an appointment."""
    return bool(_HAVE_ONE.search(" ".join(clause.norms)))


def _nearly(step: Step, clause: Heard, clauses: int) -> Wish | None:
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
    if best is None and task is None:
        best = next(
            (
                Wish(f, SURE, "what to tell whom", True, 1.0)
                for f in step.domain.tools.forms
                if _tells(step, clause, f)
            ),
            None,
        )
    if best is None and task is None and wishes and is_question(clause):
        first, answer = wishes[0], step.domain.knowledge.answer(clause)
        told = answer is not None and answer.score >= _SURE_ANSWER
        if first.form.reads and first.score > _LOOKS_UP and not told and _has_all(step, clause, first.form):
            best = first
    if task is None or best is None:
        return best
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
    enough = _ASIDE_BAR if best.form.reads and is_question(clause) else SURE
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
    return answer is not None and answer.score >= _SURE_ANSWER


def _has_all(step: Step, clause: Heard, form: Form) -> bool:
    """Whether a clause holds all that a tool must know, and that is something."""
    nothing = Task(form.name)
    found = assign(clause, form, lambda s: step.context(nothing, s, None), ())
    required = {s.path for s in form.slots if s.required}
    return bool(required) and required <= {a.slot.path for a in found if a.candidate.doubt is None}


def _rather_answered(step: Step, clause: Heard, wish: Wish, answer: Answer) -> bool:
    """Whether a question asks for a fact more than for a tool: "can I cancel free of charge?"."""
    if wish.form.reads and wish.score > _ASIDE_BAR and _has_all(step, clause, wish.form):
        return False
    if answer.near < wish.near + (_NEARER if wish.score > _LIKELY else -_NEARER):
        return False
    if answer.score - ASKING_BAR < _LEAN * wish.score:
        return False
    if wish.score > _ASIDE_BAR and not step.domain.knowledge.telling(clause) - _vocabulary(wish.form):
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
