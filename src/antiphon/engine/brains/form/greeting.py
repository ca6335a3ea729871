"""Replies that the application orders by `response_instructions`: a greeting, a literal sentence, a thing to tell."""

from __future__ import annotations

import re

from antiphon.engine.brains.brain import BrainRequest
from antiphon.engine.brains.form import phrasing
from antiphon.engine.brains.form.domain import Domain
from antiphon.engine.brains.form.history import Outputs, Said
from antiphon.engine.brains.form.history import Step as Past
from antiphon.engine.brains.form.speakable import speakable
from antiphon.engine.brains.form.state import Question, State
from antiphon.engine.brains.form.step import Reply, Step

_LITERAL = re.compile(
    r"[\"“](?P<words>[^\"”]{2,})[\"”]|\bsay(?:ing)?(?: exactly)?:\s*(?P<rest>.+)$", re.IGNORECASE | re.DOTALL
)
_GREET = re.compile(r"\b(?:greet|welcome|say hello|introduce yourself|salute)\b", re.IGNORECASE)
_BYE = re.compile(r"\b(?:say goodbye|goodbye|farewell|end the call)\b", re.IGNORECASE)
_TELL = re.compile(
    r"\b(?:tell|inform|let|remind|say to|explain to)\s+(?:the\s+)?(?:caller|user|customer|guest|"
    r"them|him|her|people|patient|client)\s+(?:know\s+)?(?:that\s+)?(?P<rest>[^.]+)|"
    r"^\s*say(?:\s+that)?\s+(?P<say>[^.]+)",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\b(?:still there|silent|quiet|away|idle|no response|nudge|hasn't (?:said|spoken)|has not (?:said|spoken))\b",
    re.IGNORECASE,
)


def instructed(domain: Domain, state: State, request: BrainRequest, last: Past | None) -> Reply | None:
    """What `response_instructions` order; None if they order nothing that stands apart from the talk."""
    order = request.response_instructions.strip()
    step = Step(domain, state, request.now)
    if not order:
        if last is not None or request.items:
            return None
        _greet(step)
    elif match := _LITERAL.search(order):
        step.say((match.group("words") or match.group("rest")).strip())
    elif isinstance(last, Said | Outputs):
        return None
    elif _GREET.search(order):
        _greet(step)
    elif _BYE.search(order):
        step.say(phrasing.fixed("bye", 1))
    elif _STILL.search(order):
        step.say("Are you still there?")
    elif match := _TELL.search(order):
        words = (match.group("rest") or match.group("say")).strip()
        step.say(speakable(words[0].upper() + words[1:]))
    else:
        return None
    return step.reply


def _greet(step: Step) -> None:
    name = step.domain.knowledge.business
    step.say(f"Hello, and welcome to {name}!" if name else "Hello!")
    step.ask(Question("else"), "How can I help you?")
