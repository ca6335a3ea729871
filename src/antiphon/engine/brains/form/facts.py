"""The facts in the instructions: sentences that can be spoken, whose they are, when it is open.

Instructions tell the agent how to behave and callers what is so, often in one breath. A sentence counts as a fact unless it orders the
agent about: "Never give advice", "If the caller is angry, stay calm". "If you smell gas, open the windows" is for the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from antiphon.engine.brains.form.kinds.base import Context
from antiphon.engine.brains.form.kinds.time import Time
from antiphon.engine.brains.form.lexicon import WEEKDAY
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.themes import GROUPS, STOP
from antiphon.engine.brains.form.tokens import hear, stem

_SPEECH = (
    r"(?:say|tell|ask|offer|answer|reply|respond|explain|apologi[sz]e|promise|give|make|invent|mention|discuss|reveal|speak|use|call|guess|"
    r"confirm|repeat|read|talk|transfer|end|thank|interrupt|pretend|argue|assume|quote|share|stay|keep|look|check|book|politely|suggest|"
    r"help|assist|be)"
)
"""What an agent does; a caller is not ordered to do these."""
_DIRECTIVE = re.compile(
    rf"^(?:you (?!find|will find|reach|(?:can|may|need|must|pay|get|have)\b)|you (?:can|may|must)(?: only| also)? {_SPEECH}\b|"
    r"you have (?:access|tools?)\b|you're|your (?:job|task|role|goal|name|answers|replies|tone)|be |always|never|keep|use |"
    r"speak|answer|ask|confirm|greet|(?:if|when) (?:asked|unsure|in doubt)\b|"
    r"(?:if|when) (?:the|a) (?:caller|user|customer|guest|patient)\b|try|make sure|remember|call |say|tell|offer|respond|reply|stay|"
    rf"avoid|help|politely|only {_SPEECH}\b|"
    r"before (?:you|calling|booking)|after (?:you|calling|booking)|once |note that you|start|begin|end |repeat|read back|collect|take |"
    r"today|the (?:caller|user|customer) (?:should|must|may|can|will|wants?|needs?|is|has|gives?|says?|asks?)\b)",
    re.IGNORECASE,
)
"""Sentences with which instructions tell the agent what to do."""
_ORDER = re.compile(rf"^(?:please )?(?:do not|don't) {_SPEECH}\b", re.IGNORECASE)
"""What an agent shall not do is speech; a caller shall not touch a switch."""
_CONDITION = re.compile(
    r"^(?:if|when|should) (?:you (?:(?:don't|do not) (?:know|understand)|are (?:asked|unsure|not sure))\b|"
    r"(?:they|he|she|someone|somebody|anyone|people|callers)\b)|"
    rf"^(?:if|when)\b[^,]*, (?:please )?(?:then )?(?:do not |don't |never |always )?{_SPEECH}\b(?! (?:us|in|0|\d|one|off))",
    re.IGNORECASE,
)
"""A condition under which the agent shall do something."""
_ABOUT_AGENT = re.compile(
    r"\b(?:the caller|the user|callers?|tools?|function|respond|reply in|your answers|read back|pretend|invent)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<!\b[ap]\.m\.)(?<!\b[A-Z]\.)(?<!\bSt\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\be\.g\.)(?<=[.!?])\s+(?=[A-Z0-9\"'])|"
    r"(?<=[ap]\.m\.)\s+(?=[A-Z](?!-))"
)
_ROLE = re.compile(
    r"\b(?:you are|you're|you work|you answer|this is|welcome to|assistant|desk|receptionist|"
        r"agent|host|phone|calls?)\b[^.]*?\b(?:for|of|at|to|is|from|answer)\s+(?:the\s+|a\s+|an\s+)?"
    r"(?P<name>(?:[A-Z][\w'’&-]*|\"[^\"]+\")(?:\s+(?:[A-Z0-9][\w'’&-]*|of|and|&|the|la|le|de|del|"
        r"da|di|do|du|am|an|zum|zur)(?=\s+[A-Z]|\b))*)"
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A sentence that can be spoken as an answer.

    Attributes:
        words: its stems and those of its heading.
        groups: the themes of these.
        label: the stems that it begins with, its heading's among them.
        proper: stems that stand in it only as names ("Park Street").
    """

    text: str
    words: frozenset[str]
    groups: frozenset[int]
    heading: str = ""
    label: frozenset[str] = frozenset()
    proper: frozenset[str] = frozenset()


_BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
_ONE_BREATH = 35
"""Words of a list's item that are told together."""


def is_order(sentence: str) -> bool:
    """Whether a sentence tells the agent what to do."""
    return any(
        (
            _DIRECTIVE.match(sentence),
            _ABOUT_AGENT.search(sentence),
            _ORDER.match(sentence),
            _CONDITION.match(sentence),
        )
    )


def facts_of(instructions: str) -> list[Fact]:
    """The sentences that can be spoken as answers, in order; an item of a list as one."""
    facts: list[Fact] = []
    heading = ""
    for line in instructions.splitlines():
        bare = line.strip()
        if not bare:
            continue
        if re.match(r"^#+\s*\S", bare) or re.fullmatch(r"[*_]*[^.!?:]{2,40}:[*_]*", bare):
            heading = re.sub(r"[#*_:]", "", bare).strip()
            continue
        text = _BULLET.sub("", bare)
        listed = text != bare
        kept: list[str] = []
        for sentence in _SENTENCE.split(text):
            sentence = sentence.strip()
            if len(sentence) >= 4 and not is_order(sentence):
                kept.append(sentence)
        if listed and len(" ".join(kept).split()) <= _ONE_BREATH:
            kept = [" ".join(kept)] if kept else []
        facts += [_fact(sentence, heading) for sentence in kept]
    return facts


def _fact(sentence: str, heading: str) -> Fact:
    heard = hear(sentence)
    plain = {stem(t.norm) for i, t in enumerate(heard.tokens) if not t.capital or i == 0}
    proper = set(heard.stems) - plain
    first = sentence.split(":")[0] if ":" in sentence[:40] else " ".join(sentence.split()[:3])
    label = set(hear(f"{first} {heading}").stems)
    marks = {s for s in (*heard.stems, *hear(heading).stems) if s not in STOP}
    return Fact(
        sentence, frozenset(marks), groups_of(marks - proper), heading, frozenset(label), frozenset(proper)
    )


def business_of(instructions: str) -> str:
    """The name of the house that the agent speaks for; "" if the instructions do not tell."""
    match = _ROLE.search(instructions)
    if not match:
        return ""
    name = match.group("name").strip("\"' ")
    return "" if name in {"You", "The", "A", "If", "Your", "Be"} else name


_AGENT = re.compile(
    r"\b(?:You are|You're|Your name is|You answer as) (?P<name>[A-Z][a-z]+)(?=[,.]|\s+(?:and|from|of|at)\b)"
)


def agent_of(instructions: str) -> str:
    """The name that the agent goes by ("You are Nora, …"); "" if it has none."""
    match = _AGENT.search(instructions)
    return match.group("name") if match else ""


def hours_of(facts: tuple[Fact, ...]) -> tuple[tuple[time, time], ...]:
    """Time ranges in sentences about opening: "Tuesday to Sunday, 12:00 to 22:00"."""
    found: list[tuple[time, time]] = []
    opening = {stem("open"), stem("hours"), stem("close"), stem("appointments"), stem("serve")}
    slot = Slot(path="t", name="t", title="time", description="", kind="time", schema={})
    for fact in facts:
        if not fact.words & opening:
            continue
        text = re.sub(r"\s*[–—-]\s*(?=\d|noon|midnight)", " to ", fact.text)
        heard = hear(text)
        context = Context(datetime(2000, 1, 3), asked=True)
        times = [c for c in Time().find(heard, slot, context) if c.strength >= 0.8]
        for a, b in zip(times, times[1:], strict=False):
            between = heard.norms[a.last : b.first]
            if between in (("to",), ("until",), ("till",), ("and",), ("through",)):
                start, end = a.value, b.value
                if (
                    heard.norms[a.last - 1] not in {"am", "pm"}
                    and start.hour < 12
                    and end.hour > 12
                    and heard.norms[b.last - 1] == "pm"
                    and ":" not in fact.text
                ):
                    later = start.replace(hour=start.hour + 12) if start.hour + 12 < end.hour else start
                    start = later if start.hour < 6 else start
                if end <= start and end.hour < 12 and heard.norms[b.last - 1] not in {"am", "midnight"}:
                    end = end.replace(hour=end.hour + 12)  # "from eight in the morning until half past five"
                found.append((start, end))
    return tuple(found)


_CLOSED = re.compile(r"\bwe(?:'re| are)(?: always)? closed\b|\bclosed on\b|^closed\b", re.IGNORECASE)


def closed_days(facts: tuple[Fact, ...]) -> dict[int, str]:
    """Weekdays on which all is closed, each with the sentence that says so: "We are closed on Mondays."."""
    out: dict[int, str] = {}
    for fact in facts:
        for part in re.split(r",? (?:and|but) |(?<=[.;])\s+|, ", fact.text):
            if not _CLOSED.search(part):
                continue
            days = [WEEKDAY[w] for w in hear(part).norms if w in WEEKDAY]
            if not days and "weekend" in part.lower():
                days = [5, 6]
            for day in days:
                said = part if part == fact.text else f"{part[0].upper()}{part[1:].rstrip('.')}."
                out.setdefault(day, said)
    return out


def parts_of(fact: Fact) -> list[str]:
    """A fact as it stands under its heading, and, if it says several things, each of them."""
    parts = re.split(
        r"[;:]\s+|,?\s+(?:and|but) (?=(?:we|you|it|there|they|the|two)\b)|, (?=with\b)", fact.text
    )
    whole = f"{fact.heading}: {fact.text}" if fact.heading else fact.text
    return [whole, *(p for p in parts if len(parts) > 1 and len(p.split()) > 2)]


def groups_of(words: frozenset[str] | set[str]) -> frozenset[int]:
    """The themes of some stems."""
    return frozenset(g for w in words for g in GROUPS.get(w, ()))
