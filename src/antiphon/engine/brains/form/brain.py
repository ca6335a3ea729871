"""The offline default brain: fills in tools' forms in a talk, with no language model."""

from __future__ import annotations

import itertools
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import replace

from antiphon.engine.brains.brain import (
    BrainOutput,
    BrainRequest,
    CallTool,
    Expectation,
    Say,
    TurnEvidence,
)
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.evidence import completeness
from antiphon.engine.brains.form.expectation import expectation
from antiphon.engine.brains.form.greeting import instructed
from antiphon.engine.brains.form.history import Outputs, Said, follow, steps
from antiphon.engine.brains.form.history import Step as Past
from antiphon.engine.brains.form.intent import Tools, words_of_trade
from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.policy import absorb, hear_caller, nudge
from antiphon.engine.brains.form.schema import form_of
from antiphon.engine.brains.form.state import State
from antiphon.engine.brains.form.step import Reply
from antiphon.engine.conversation import Item
from antiphon.errors import BrainError

_DOMAINS = 64
"""Compiled sessions kept."""
_STATES = 512
"""Folded conversations kept: a call asks for its newest one or two."""


class FormBrain:
    """Answers from instructions and tools alone; see docs of `brains/brain.py` for the contract."""

    name = "form"
    judges_turns = True

    def __init__(self) -> None:
        self._domains: OrderedDict[tuple[str, str], Domain] = OrderedDict()
        self._serials = itertools.count()
        self._states: OrderedDict[tuple[int, tuple[Item, ...]], State] = OrderedDict()

    async def reply(self, request: BrainRequest) -> AsyncIterator[BrainOutput]:
        """Streams the answer; see `Brain.reply`."""
        try:
            domain = self._domain(request)
            state, last = self._fold(domain, request)
            heard = last.text if isinstance(last, Said) else None
            complete = None if heard is None else completeness(domain, state, heard, request.now)
            reply = self._reply(domain, state, last, request)
        except Exception as error:  # a rule that fails on some words must not leave the caller in silence
            raise BrainError(
                f"the form brain failed ({type(error).__name__})",
                spoken="I'm sorry, I lost my thread. Could you say that again?",
            ) from error
        if complete is not None:
            yield TurnEvidence(complete)
        for note in reply.notes:
            yield note
        for part in reply.parts[:-1]:
            yield Say(part)
        if reply.parts:
            yield Say(reply.parts[-1].rstrip())
        if reply.call is not None:
            yield CallTool(*reply.call)

    def expects(self, request: BrainRequest) -> Expectation:
        """What the open question, or the tools, make likely; see `Brain.expects`."""
        domain = self._domain(request)
        state, last = self._fold(domain, request)
        if last is not None:
            known = self._states.get((domain.serial, request.items))
            state = known or follow(domain, state, last, request.now)
        return expectation(domain, state)

    async def close(self) -> None:
        """Nothing is held but caches."""
        self._domains.clear()
        self._states.clear()

    def _reply(self, domain: Domain, state: State, last: Past | None, request: BrainRequest) -> Reply:
        ordered = instructed(domain, state, request, last)
        if ordered is not None:
            return ordered
        match last:
            case Said():
                step = hear_caller(domain, state, last.text, request.now)
            case Outputs():
                step = absorb(domain, state, last.texts, request.now)
            case _:
                return nudge(domain, state, request.now).reply
        if domain.may_call and not domain.forced:
            self._keep(domain, request.items, step.state)
        return step.reply

    def _domain(self, request: BrainRequest) -> Domain:
        tools = json.dumps([(t.name, t.description, t.parameters) for t in request.tools], default=dict)
        key = (request.instructions, tools)
        domain = self._domains.get(key)
        if domain is None:
            forms = tuple(form_of(tool) for tool in request.tools)
            knowledge = Knowledge(request.instructions, trade=words_of_trade(forms))
            domain = self._domains[key] = Domain(
                Tools(forms, knowledge), knowledge, serial=next(self._serials)
            )
            if len(self._domains) > _DOMAINS:
                self._domains.popitem(last=False)
        else:
            self._domains.move_to_end(key)
        if request.tool_choice == "none":
            return replace(domain, may_call=False)
        if request.tool_choice in domain.tools.by_name:
            return replace(domain, forced=request.tool_choice)
        if request.tool_choice == "required" and len(request.tools) == 1:
            return replace(domain, forced=request.tools[0].name)
        return domain

    def _fold(self, domain: Domain, request: BrainRequest) -> tuple[State, Past | None]:
        """The state before the last step, and that step, if it is one to be answered."""
        groups = list(steps(request.items))
        last: Past | None = None
        if groups and isinstance(groups[-1][0], Said | Outputs):
            last = groups.pop()[0]
        state = State()
        begin = 0
        for index in range(len(groups), 0, -1):
            key = (domain.serial, request.items[: groups[index - 1][1]])
            if (known := self._states.get(key)) is not None:
                self._states.move_to_end(key)
                state, begin = known, index
                break
        for step, end in groups[begin:]:
            state = follow(domain, state, step, request.now)
            self._keep(domain, request.items[:end], state)
        return state, last

    def _keep(self, domain: Domain, items: tuple[Item, ...], state: State) -> None:
        """Remembers what items come to (a call asks for its newest state again and again)."""
        self._states[(domain.serial, items)] = state
        if len(self._states) > _STATES:
            self._states.popitem(last=False)
