"""Turns that carry neither wish nor value: repeat, help, thanks, goodbye, never mind."""

from __future__ import annotations

import re
from dataclasses import replace

from antiphon.engine.brains.form import phrasing, tasks
from antiphon.engine.brains.form.acts import Act, act_of, assent, besides, only_waits
from antiphon.engine.brains.form.clauses import is_question
from antiphon.engine.brains.form.kinds.date import spoken_date
from antiphon.engine.brains.form.kinds.time import spoken_time
from antiphon.engine.brains.form.lexicon import FILLERS
from antiphon.engine.brains.form.reading import ASKING_BAR, is_text
from antiphon.engine.brains.form.state import Question, Task
from antiphon.engine.brains.form.step import Step
from antiphon.engine.brains.form.tokens import Heard
from antiphon.engine.brains.form.verbs import actions_in
from antiphon.engine.brains.form.wishing import wish_of

_CLEAR_OUT = re.compile(
    r"never ?mind|forget|changed my mind|leave it(?! (?:as|like|at|that))|(?:don't|do not) bother|do it myself|"
    r"don't want (?:it|that|this|to)|scra(?:p|tch) (?:that|it)"
)
_TOLD_BAR = 0.55
"""How near a fact must be to words that do not ask, to be what they are about."""
_OPENERS = re.compile(
    r"^(?:Sure|Of course|Okay|All right|Great|Good|Perfect|Gladly|Certainly|Sorry, [^.]*|I'm sorry, [^.]*)\.\s*"
)


def handle(step: Step, heard: Heard, asked: Question | None) -> bool:
    """Answers an utterance that is nothing but such an act. False if it is something else, or more."""
    act = act_of(heard)
    if not act or not _is_whole(step, heard, asked, act):
        return False
    match act:
        case "skip" | "unsure":
            if not _skip(step, heard, asked):
                return False
        case "repeat" | "slower":
            _repeat(step, asked, slowly=act == "slower")
        case "abandon":
            tasks.abandon(step)
        case "wait":
            step.say(phrasing.fixed("patience", step.state.turns))
            step.reply.question = asked
        case "bye":
            step.state = replace(step.state, tasks=(), waiting=())
            step.say(phrasing.fixed("bye", step.state.turns))
        case "thanks":
            _thanks(step, heard, asked)
        case "back":
            if not _back(step):
                return False
        case "on":
            if step.state.task is None:
                return False
            step.open("sure")
            tasks.advance(step)
        case "restart":
            if not _restart(step):
                return False
        case _:
            step.say(_words(step, heard, act))
            if act != "ask" or step.state.task is not None:
                again(step, asked)
    step.note("act", act=act)
    return True


def _is_whole(step: Step, heard: Heard, asked: Question | None, act: Act) -> bool:
    """Whether the act is all that the utterance holds."""
    if is_text(step, asked) and act not in {"repeat", "abandon", "help"}:
        return act == "wait" and set(besides(heard).norms) <= FILLERS
    confirming = asked is not None and asked.kind in {"confirm", "offer"}
    match act:
        case "thanks":
            return (
                not confirming and len(heard) <= 12 and not _has_content(step, _beyond_courtesy(heard), asked)
            )
        case "wait":
            return only_waits(heard)
        case "insult" | "human" | "language" | "help" | "repeat" | "slower" | "back" | "restart":
            return act in {"repeat", "slower", "restart"} or not _has_content(step, besides(heard), asked)
        case "hello" | "smalltalk" | "bye" | "hearing":
            return not (act == "bye" and confirming) and not _has_content(step, besides(heard), asked)
        case "abandon":
            if (
                asked is not None
                and asked.kind == "confirm"
                and not _CLEAR_OUT.search(heard.text.lower())
                and assent(heard, step.form(asked.tool).verb) == "yes"
            ):
                return False  # "yes, cancel it"
            if step.state.task is None and len(heard) > 6:
                return False  # there is nothing to leave
            clear = bool(_CLEAR_OUT.search(heard.text.lower()))
            if (
                step.state.task is None
                and (actions_in(heard)[0] or wish_of(step, heard))
                and not (clear and len(heard) <= 8)
            ):
                return False
            return clear or not _has_content(step, heard, asked)
        case "skip" | "unsure":
            return (
                asked is not None
                and asked.kind in {"slot", "choice"}
                and not _says_all_the_same(step, heard, asked)
            )
    return True


def _says_all_the_same(step: Step, heard: Heard, asked: Question) -> bool:
    """Whether the value comes with the doubt: "I'm not sure, five I think"."""
    if step.state.task is None or step.task.tool != asked.tool:
        return False
    firm = {"number", "date", "time", "phone", "code"}
    return any(a.slot.path == asked.slot and a.slot.kind in firm for a in step.values_in(heard, asked))


def _beyond_courtesy(heard: Heard) -> Heard:
    """The words without all thanks, wishes and goodbyes."""
    while act_of(heard) in {"thanks", "bye", "hello", "smalltalk"}:
        heard = besides(heard)
    return heard


def _has_content(step: Step, heard: Heard, asked: Question | None) -> bool:
    """Whether there is a wish, a question or a value in the words besides the act's."""
    if not heard.tokens:
        return False
    if wish_of(step, heard):
        return True
    answer = step.domain.knowledge.answer(heard)
    if answer and answer.score >= (ASKING_BAR if is_question(heard) else _TOLD_BAR):
        return True
    return step.state.task is not None and bool(step.values_in(heard, asked))


def _words(step: Step, heard: Heard, act: Act) -> str:
    match act:
        case "help":
            return phrasing.capabilities(step.domain.tools.forms, bool(step.domain.knowledge.facts))
        case "hearing":
            return "Yes, I'm here."
        case "ask":
            return "Of course, go ahead."
        case "clock":
            now = step.now
            return f"It is {spoken_time(now.time().replace(second=0, microsecond=0))} on {spoken_date(now.date())}."
        case "human":
            name = step.domain.knowledge.business
            whose = f" of {name}" if name else ""
            agent = step.domain.knowledge.agent
            return f"I'm {agent + ', ' if agent else ''}the automated assistant{whose}, so I can't put anybody on the line."
        case "house":
            return (
                f"Yes, this is {name}."
                if (name := step.domain.knowledge.business)
                else "Yes, you are right here."
            )
        case "language":
            return "I'm sorry, I only speak English."
        case "insult":
            return "I'm sorry you're not happy with me."
        case "smalltalk":
            asks = {"how", "how's", "what's"} & set(heard.norms)
            return "I'm fine, thank you." if asks else "That's kind, thank you."
    return phrasing.fixed("hello", int(step.state.greeted))


def again(step: Step, asked: Question | None) -> None:
    """After an aside: the open question once more."""
    if step.state.task is not None:
        tasks.advance(step, aside=True)
    elif asked is not None and asked.kind == "offer":
        step.ask(asked, f"Would you like me to {phrasing.deed(step.form(asked.tool))}?")
    else:
        step.ask(
            Question("else"), "What can I do for you?" if not step.state.done else "Is there anything else?"
        )


def _repeat(step: Step, asked: Question | None, *, slowly: bool) -> None:
    if not step.state.last:
        step.ask(Question("else"), "How can I help you?")
        return
    step.say("Of course." if slowly else "Sure.")
    step.reply.question = asked
    step.reply.question_at = len(step.reply.parts)
    step.say(_OPENERS.sub("", step.state.last))


def _thanks(step: Step, heard: Heard, asked: Question | None) -> None:
    if step.state.task is None and asked is not None and asked.kind == "else" and assent(heard) == "no":
        step.say(phrasing.fixed("bye", 1))
        return
    step.say(phrasing.fixed("welcome", step.state.turns))
    if step.state.task is not None:
        again(step, asked)
    elif asked is None or asked.kind != "else":
        step.ask(Question("else"), phrasing.fixed("else", 2))


def _skip(step: Step, heard: Heard, asked: Question | None) -> bool:
    """For example "I'd rather not say", "I don't know": fine for what is optional."""
    task = step.state.task
    if task is None or asked is None or asked.tool != task.tool:
        return False
    form = step.form(task.tool)
    slot = form.slot(asked.slot)
    if slot is None or (slot.kind == "enum" and step.values_in(heard, asked)):
        return False
    if not slot.required:
        step.put_task(replace(task, declined=task.declined | {slot.path}))
        step.say("No problem.")
        tasks.advance(step)
        return True
    if task.tries.get(slot.path, 0) > 1:
        return False
    step.put_task(task.tried(slot.path))
    step.say("I do need that, I'm afraid.")
    step.ask(asked, phrasing.question_for(form, slot, 1))
    return True


def decline(step: Step, asked: Question) -> bool:
    """For example "No" to a question for an optional value."""
    return _skip(step, Heard("", ()), asked)


def clearly_out(heard: Heard) -> bool:
    """Whether the words leave no doubt that the present task is not wanted any more."""
    return bool(_CLEAR_OUT.search(heard.text.lower()))


def wishes_on(step: Step, heard: Heard) -> bool:
    """Whether words wish for a tool, or ask what the instructions know."""
    wishes = step.domain.tools.wishes(heard)
    answer = step.domain.knowledge.answer(heard)
    return bool(wishes and wishes[0].score > 0) or bool(
        answer and answer.score >= ASKING_BAR and is_question(heard)
    )


def _restart(step: Step) -> bool:
    """For example "Let's start over": the task begins anew, with nothing known."""
    if step.state.task is None:
        return False
    step.put_task(Task(step.task.tool))
    step.say("Of course, from the beginning.")
    tasks.advance(step)
    return True


def _back(step: Step) -> bool:
    """For example "Go back": the newest value is taken away and asked for again."""
    task = step.state.task
    if task is None or not task.values:
        return False
    newest = max(task.values, key=lambda path: task.values[path].turn)
    step.put_task(task.without(newest))
    step.open("sure")
    tasks.advance(step)
    return True
