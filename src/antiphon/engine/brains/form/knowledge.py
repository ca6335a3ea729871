"""What the instructions know: sentences that answer questions, the business's name, its hours.

A question is answered by the sentence that is nearest to it: in its words, by stem and by synonym ("park" finds "garage"), and in its
meaning (meaning.py). Either alone is deceived, words by chance, meaning by what is merely of the same trade; together they seldom are.
Sentences that tell the agent how to behave ("Never …", "If the caller …") are not answers.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.brains.form.kinds.base import Context
from antiphon.engine.brains.form.kinds.time import Time
from antiphon.engine.brains.form.lexicon import FILLERS, WEEKDAYS
from antiphon.engine.brains.form.meaning import Meaning, shared
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.themes import GROUPS, STOP
from antiphon.engine.brains.form.tokens import Heard, Token, hear, stem

_ASKING: dict[str, tuple[str, ...]] = {
    "where": ("address", "located", "street"),
    "when": ("hours", "open"),
    "who": ("owner", "chef"),
    "much": ("price", "cost"),
}
_FITTING = (
    (
        re.compile(r"\bwhen\b|\bwhat time\b|\bhours\b|\bhow late\b|\buntil\b"),
        re.compile(r"\d:\d\d|\bnoon\b|\b[ap]\.?m\b|o'clock|\b(?:evening|morning)\b|\d+ ?(?:am|pm|-)", re.I),
    ),
    (
        re.compile(r"\bhow much\b|\bcosts?\b|\bprices?\b|\bexpensive\b|\bcharge\b"),
        re.compile(r"\b(?:euros?|dollars?|pounds?|cents?|free)\b|[€$£]", re.I),
    ),
    (re.compile(r"\bhow long\b"), re.compile(r"\b(?:minutes?|hours?|days?|weeks?)\b", re.I)),
)
_PLACE = re.compile(r"\b(?:street|road|lane|avenue|square|address|located|floor|you find us)\b", re.I)
"""What a question asks for, and what a sentence that tells it looks like."""
_DIRECTIVE = re.compile(
    r"^(?:you (?!find|will find|reach|(?:can|may)(?: also)? (?:park|find|pay|bring|reach|order|buy|cancel|change|come|get|take|sit|"
    r"enter|use|leave|book)\b)|you're|your (?:job|task|role|goal|name|answers|replies|tone)|be |always|never|do not|don't|keep|use |"
    r"speak|answer|ask|confirm|greet|if (?:the|a) (?:caller|user|customer|guest|patient)|if (?:asked|someone|they|you|unsure|in doubt)|"
    r"when (?:the|a|you|someone|asked)|try|make sure|remember|call |say|tell|offer|respond|reply|stay|avoid|help|politely|only |"
    r"before (?:you|calling|booking)|after (?:you|calling|booking)|once |note that you|start|begin|end |repeat|read back|collect|take |"
    r"today|the (?:caller|user|customer) )",
    re.IGNORECASE,
)
"""Sentences with which instructions tell the agent what to do."""
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


@dataclass(frozen=True)
class Answer:
    """Facts found for a question, with how near they are to it: from 0.43 on rather an answer than not, from 0.6 on surely."""

    text: str
    score: float


_REMEMBERED = 500
"""Questions whose answers are kept: each is looked up several times in a turn."""


_NEAR_DAYS = {"today": 0, "now": 0, "tonight": 0, "tomorrow": 1}
"""Days ahead: "are you open today?" asks about a weekday."""
_WORDS = 0.5
"""What a full cover in words counts beside the cosine of the meanings."""


class Knowledge:
    """The facts of one set of instructions.

    Args:
        instructions: the session's.
        meaning: the sentences' vectors; the process's own if not given.
    """

    def __init__(self, instructions: str, meaning: Meaning | None = None) -> None:
        self.instructions = instructions
        self.facts = tuple(_facts(instructions))
        self._meaning = meaning or shared()
        parts = [(index, part) for index, fact in enumerate(self.facts) for part in _parts(fact)]
        self._vectors = self._meaning.vectors([part for _, part in parts])
        self._of = np.array([index for index, _ in parts], dtype=np.intp)
        self._known: dict[tuple[tuple[Token, ...], date | None], Answer | None] = {}
        self.business = _business(instructions)
        counts = Counter(word for fact in self.facts for word in fact.words)
        self._rarity = {word: 1 + math.log(len(self.facts) / n) for word, n in counts.items()}
        self._top = max(self._rarity.values(), default=1.0)
        self.open_hours = _hours(self.facts)

    def answer(self, question: Heard, today: date | None = None) -> Answer | None:
        """The best sentence for a question, or None if none shares a telling word with it.

        Args:
            question: the words.
            today: the day of the call: "are you open today?" asks about its weekday.
        """
        key = (question.tokens, today)
        if key not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[key] = self._find(question, today)
        return self._known[key]

    def _find(self, question: Heard, today: date | None) -> Answer | None:
        wanted = _wanted(question)
        for word, ahead in _NEAR_DAYS.items():
            if today is not None and word in question.norms:
                wanted.pop(stem(word), None)
                wanted[stem(WEEKDAYS[(today.weekday() + ahead) % 7])] = 0.7
        if not self.facts:
            return None
        near = self._nearness(question, today)
        concepts = _concepts(wanted)
        said = " ".join(question.norms)
        where_only = question.has("where") and wanted.keys() <= {stem(w) for w in _ASKING["where"]}
        scored = []
        for index, fact in enumerate(self.facts):
            score = self._score(fact, wanted, concepts)
            fits = (ask.search(said) and tell.search(fact.text) for ask, tell in _FITTING)
            if score and (any(fits) or (where_only and _PLACE.search(fact.text))):
                score += 0.3 if question.has("what", "time") or question.has("how", "late") else 0.1
            scored.append((_WORDS * score + near[index], -index))
        score, at = max(scored)
        return Answer(self._with_siblings(self.facts[-at], question), score) if score > 0 else None

    def _nearness(self, question: Heard, today: date | None) -> NDArray[np.float32]:
        """The cosine of a question's meaning with each fact's (of a fact in parts, the nearest)."""
        words = asked_plainly(question)
        for word, ahead in _NEAR_DAYS.items():
            if today is not None and word in question.norms:
                day = WEEKDAYS[(today.weekday() + ahead) % 7].capitalize()
                words = re.sub(rf"\b{word}\b", f"on {day}", words, flags=re.IGNORECASE)
        near = np.zeros(len(self.facts), np.float32)
        np.maximum.at(near, self._of, self._vectors @ self._meaning.vectors([words])[0])
        return near

    def _score(self, fact: Fact, wanted: dict[str, float], concepts: list[list[str]]) -> float:
        """How much of a question's concepts a fact covers, with a little more for its first words."""
        got = total = 0.0
        for words in concepts:
            weight = max(self._weight(w) * wanted[w] for w in words)
            total += weight
            hits = [wanted[w] * (0.5 if w in fact.proper else 1.0) for w in words if w in fact.words]
            if hits:
                got += weight * max(hits) + 0.02 * any(w in fact.label for w in words) + 0.001 * len(hits)
            elif any(GROUPS.get(w, set()) & fact.groups for w in words):
                got += weight * 0.8 * max(wanted[w] for w in words)
        return got / total if total else 0.0

    def _weight(self, word: str) -> float:
        """Rare words tell most; words that no fact and no theme has, half as much."""
        known = word in self._rarity or word in GROUPS
        return self._rarity.get(word, self._top) * (1.0 if known else 0.5)

    def telling(self, question: Heard) -> set[str]:
        """The stems of a question that facts may be found by."""
        return {
            w
            for w in _wanted(question).keys() & set(question.stems)
            if any(w in f.words or GROUPS.get(w, set()) & f.groups for f in self.facts)
        }

    def _with_siblings(self, fact: Fact, question: Heard) -> str:
        """A fact of a list under a heading that the question names is told with its neighbours (three at most)."""
        if not fact.heading:
            return fact.text
        heading = {s for s in hear(fact.heading).stems}
        asked = set(_wanted(question))
        own = fact.words - heading
        if (
            asked & own
            or not asked & heading
            and not any(GROUPS.get(a, set()) & _group_of(heading) for a in asked)
        ):
            return fact.text
        family = [f.text for f in self.facts if f.heading == fact.heading][:4]
        return f"{fact.heading}: " + " ".join(family) if len(family) > 1 else fact.text


def asked_plainly(question: Heard) -> str:
    """The words without the fillers before them, for their meaning."""
    first = next((i for i, word in enumerate(question.norms) if word not in _BEFORE), 0)
    return question.said(first, len(question))


_BEFORE = FILLERS | frozenset(["also", "sorry", "yes", "no", "by", "the", "way"]) - {"like"}


def _parts(fact: Fact) -> list[str]:
    """A fact as it stands under its heading, and, if it says several things, each of them."""
    parts = re.split(
        r"[;:]\s+|,?\s+(?:and|but) (?=(?:we|you|it|there|they|the|two)\b)|, (?=with\b)", fact.text
    )
    whole = f"{fact.heading}: {fact.text}" if fact.heading else fact.text
    return [whole, *(p for p in parts if len(parts) > 1 and len(p.split()) > 2)]


def _group_of(words: frozenset[str] | set[str]) -> frozenset[int]:
    return frozenset(g for w in words for g in GROUPS.get(w, ()))


def _wanted(question: Heard) -> dict[str, float]:
    wanted = {mark: 1.0 for mark in question.stems if mark not in STOP and not mark.isdigit()}
    bare = not wanted
    for word, implied in _ASKING.items():
        if word in question.norms or word + "'s" in question.norms:
            if bare:
                wanted.update((stem(other), 1.0) for other in implied)
            elif word == "much":
                wanted.update(
                    (stem(other), 0.5)
                    for other in implied
                    if not GROUPS.get(stem(other), set()) & _group_of(set(wanted))
                )
    for how, measure in zip(question.norms, question.stems[1:], strict=False):
        if how == "how" and measure in wanted and len(wanted) > 1:
            wanted[measure] = 0.4  # "how big is the garden" asks about the garden
    return wanted


def _concepts(wanted: dict[str, float]) -> list[list[str]]:
    """A question's words, those of one theme together: "opening hours" asks for one thing."""
    concepts: list[tuple[set[int], list[str]]] = []
    for word in wanted:
        themes = GROUPS.get(word, set())
        for known, words in concepts:
            if themes & known:
                known &= themes
                words.append(word)
                break
        else:
            concepts.append((set(themes), [word]))
    return [words for _, words in concepts]


def _facts(instructions: str) -> list[Fact]:
    facts: list[Fact] = []
    heading = ""
    for line in instructions.splitlines():
        bare = line.strip()
        if not bare:
            continue
        if re.match(r"^#+\s*\S", bare) or re.fullmatch(r"[*_]*[^.!?:]{2,40}:[*_]*", bare):
            heading = re.sub(r"[#*_:]", "", bare).strip()
            continue
        text = re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", bare)
        for sentence in _SENTENCE.split(text):
            sentence = sentence.strip()
            if len(sentence) < 4 or _DIRECTIVE.match(sentence) or _ABOUT_AGENT.search(sentence):
                continue
            facts.append(_fact(sentence, heading))
    return facts


def _fact(sentence: str, heading: str) -> Fact:
    heard = hear(sentence)
    plain = {stem(t.norm) for i, t in enumerate(heard.tokens) if not t.capital or i == 0}
    proper = set(heard.stems) - plain
    first = sentence.split(":")[0] if ":" in sentence[:40] else " ".join(sentence.split()[:3])
    label = set(hear(f"{first} {heading}").stems)
    marks = {s for s in (*heard.stems, *hear(heading).stems) if s not in STOP}
    return Fact(
        sentence, frozenset(marks), _group_of(marks - proper), heading, frozenset(label), frozenset(proper)
    )


def _business(instructions: str) -> str:
    match = _ROLE.search(instructions)
    if not match:
        return ""
    name = match.group("name").strip("\"' ")
    return "" if name in {"You", "The", "A", "If", "Your", "Be"} else name


def _hours(facts: tuple[Fact, ...]) -> tuple[tuple[time, time], ...]:
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
                found.append((start, end))
    return tuple(found)
