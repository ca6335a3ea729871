"""Replies that the application orders by `response_instructions`: a greeting, a literal sentence, a thing to tell."""

from __future__ import annotations

import re

from antiphon.engine.brains.brain import BrainRequest
from antiphon.engine.brains.form import phrasing
from antiphon.engine.brains.form.history import Said, Step
from antiphon.engine.brains.form.policy import Talk
from antiphon.engine.brains.form.speakable import speakable
from antiphon.engine.brains.form.state import Question

_LITERAL = re.compile(
    r"[\"“](?P<words>[^\"”]{2,})[\"”]|\bsay(?:ing)?(?: exactly)?:\s*(?P<rest>.+)$", re.IGNORECASE | re.DOTALL
)
_GREET = re.compile(r"\b(?:greet|welcome|say hello|introduce yourself|salute)\b", re.IGNORECASE)
_BYE = re.compile(r"\b(?:say goodbye|goodbye|farewell|end the call)\b", re.IGNORECASE)
_TELL = re.compile(
    r"\b(?:tell|inform|let|remind|say to|explain to)\s+(?:the\s+)?(?:caller|user|customer|guest|them|him|her|people|patient|client)\s+(?:know\s+)?(?:that\s+)?(?P<rest>[^.]+)|^\s*say(?:\s+that)?\s+(?P<say>[^.]+)",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\b(?:still there|silent|quiet|away|idle|no response|nudge|hasn't (?:said|spoken)|has not (?:said|spoken))\b",
    re.IGNORECASE,
)


def instructed(talk: Talk, request: BrainRequest, last: Step | None) -> bool:
    """Says what `response_instructions` order. False if they order nothing that stands apart from the talk."""
    order = request.response_instructions.strip()
    if isinstance(last, Said) and order and not _LITERAL.search(order):
        return False
    if not order:
        if last is None and not request.items:
            _greet(talk)
            return True
        return False
    if match := _LITERAL.search(order):
        talk._say((match.group("words") or match.group("rest")).strip())
    elif _GREET.search(order):
        _greet(talk)
    elif _BYE.search(order):
        talk._say(phrasing.fixed("bye", 1))
    elif _STILL.search(order):
        talk._say("Are you still there?")
    elif match := _TELL.search(order):
        words = (match.group("rest") or match.group("say")).strip()
        talk._say(speakable(words[0].upper() + words[1:]))
    else:
        return False
    talk._finish()
    return True


def _greet(talk: Talk) -> None:
    name = talk.domain.knowledge.business
    talk._say(f"Hello, and welcome to {name}!" if name else "Hello!")
    talk._ask(Question("else"), "How can I help you?")
