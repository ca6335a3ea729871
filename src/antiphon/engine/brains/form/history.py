"""The state of a talk, recovered from its items by going through them again with the policy.

What was recorded is the truth: a call counts as made only if its item is there, a question as asked only if at least half of its words were
heard. A caller's messages in a row are one utterance: a turn that was cut too early and went on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.policy import absorb, hear_caller, recorded
from antiphon.engine.brains.form.state import State, Task
from antiphon.engine.conversation import (
    AssistantMessage,
    FunctionCall,
    FunctionCallOutput,
    Item,
    SystemMessage,
    UserMessage,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A caller's utterance: one or more messages in a row."""

    text: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """Tools' outputs in a row."""

    texts: tuple[str, ...]


Step = Said | Outputs | AssistantMessage | FunctionCall


def steps(items: Sequence[Item]) -> Iterator[tuple[Step, int]]:
    """The items in groups, each with the index of the item after it."""
    at = 0
    while at < len(items):
        item = items[at]
        match item:
            case UserMessage():
                texts = []
                while at < len(items):
                    here = items[at]
                    if isinstance(here, UserMessage):
                        texts.append(here.text)
                    elif not _silent(here):
                        break
                    at += 1
                yield Said(" ".join(t.strip() for t in texts if t.strip())), at
                continue
            case FunctionCallOutput():
                outputs = []
                while at < len(items):
                    here = items[at]
                    if isinstance(here, FunctionCallOutput):
                        outputs.append(here.output)
                    elif not _silent(here):
                        break
                    at += 1
                yield Outputs(tuple(outputs)), at
                continue
            case AssistantMessage() | FunctionCall():
                if not _silent(item):
                    yield item, at + 1
            case SystemMessage():
                pass
        at += 1


def _silent(item: Item) -> bool:
    """Nothing that anybody heard or did."""
    return isinstance(item, SystemMessage) or (isinstance(item, AssistantMessage) and not item.text.strip())


def follow(domain: Domain, state: State, step: Step, now: datetime) -> State:
    """The state after a step that lies in the past."""
    match step:
        case Said():
            return hear_caller(domain, state, step.text, now).state
        case Outputs():
            return absorb(domain, state, step.texts, now).state
        case AssistantMessage():
            return heard_by_caller(state, step)
        case FunctionCall():
            return _called(domain, state, step)


def heard_by_caller(state: State, message: AssistantMessage) -> State:
    """The planned question counts as asked if enough of it was heard."""
    text, at = state.plan
    state = replace(state, greeted=True)
    if state.planned is None:
        return state
    words, heard = len(text.split()), len(message.text.split())
    cut = (
        message.interrupted
        or bool(message.unheard)
        or (heard < words and text.startswith(message.text.strip()))
    )
    if cut and heard < at + math.ceil((words - at) / 2):
        return replace(state, planned=None)
    return replace(state, asked=state.planned, planned=None)


def _called(domain: Domain, state: State, call: FunctionCall) -> State:
    form = domain.tools.by_name.get(call.name)
    state = replace(state, calling=(call.name, call.arguments))
    if form is None or (state.task is not None and state.task.tool == call.name):
        return state
    return replace(
        state, tasks=(*state.tasks, Task(call.name, recorded(form, call.arguments), confirmed=True))
    )
