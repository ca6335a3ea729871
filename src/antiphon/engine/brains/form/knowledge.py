"""What the instructions know: sentences that answer questions, the business's name, its hours.

A question is answered by the sentence that is nearest to it: in its words, by stem and by synonym ("park" finds "garage"), and in its
meaning (meaning.py). Either alone is deceived, words by chance, meaning by what is merely of the same trade; together they seldom are.
Sentences that tell the agent how to behave ("Never …", "If the caller …") are not answers.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.brains.form.facts import (
    Fact,
    agent_of,
    business_of,
    closed_days,
    facts_of,
    groups_of,
    hours_of,
    parts_of,
)
from antiphon.engine.brains.form.lexicon import FILLERS, WEEKDAYS
from antiphon.engine.brains.form.meaning import Meaning, shared
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
    (
        re.compile(r"\b(?:which|what) (?:day|date)\b"),
        re.compile(
            r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b\w+(?:th|st|nd|rd) (?:day )?of\b|\bevery\b",
            re.I,
        ),
    ),
    (re.compile(r"\bhow long\b"), re.compile(r"\b(?:minutes?|hours?|days?|weeks?)\b", re.I)),
)
_PLACE = re.compile(r"\b(?:street|road|lane|avenue|square|address|located|floor|you find us)\b", re.I)
"""What a question asks for, and what a sentence that tells it looks like."""


@dataclass(frozen=True)
class Answer:
    """Facts found for a question, with how near they are to it: from 0.43 on rather an answer than not, from 0.6 on surely."""

    text: str
    score: float
    near: float
    """The cosine of the meanings alone."""


_REMEMBERED = 500
"""Questions whose answers are kept: each is looked up several times in a turn."""


_NEAR_DAYS = {"today": 0, "now": 0, "tonight": 0, "tomorrow": 1}
"""Days ahead: "are you open today?" asks about a weekday."""
_OF_THE_TRADE = 0.5
"""What a hit of a word of the trade ("car" in a workshop) counts."""
_SHORT = 5
"""Words up to which a question may be about a whole list: "what are your prices?"."""
_IMPLIED = 0.3
"""What a cover counts of words that a question only implies ("how much is it?": a price)."""
_WORDS = 0.5
"""What a full cover in words counts beside the cosine of the meanings."""


class Knowledge:
    """The facts of one set of instructions.

    Args:
        instructions: the session's.
        meaning: the sentences' vectors; the process's own if not given.
        trade: stems that the tools' names and descriptions are full of: they tell one fact from another less than others do.
    """

    def __init__(
        self, instructions: str, meaning: Meaning | None = None, trade: frozenset[str] = frozenset()
    ) -> None:
        self.instructions = instructions
        self._trade = trade
        self.facts = tuple(facts_of(instructions))
        self._meaning = meaning or shared()
        parts = [(index, part) for index, fact in enumerate(self.facts) for part in parts_of(fact)]
        self._vectors = self._meaning.vectors([part for _, part in parts])
        self._of = np.array([index for index, _ in parts], dtype=np.intp)
        self._known: dict[tuple[tuple[Token, ...], date | None], Answer | None] = {}
        self.business = business_of(instructions)
        self.agent = agent_of(instructions)
        counts = Counter(word for fact in self.facts for word in fact.words)
        self._rarity = {word: 1 + math.log(len(self.facts) / n) for word, n in counts.items()}
        self._top = max(self._rarity.values(), default=1.0)
        self.open_hours = hours_of(self.facts)
        self.closed = closed_days(self.facts)
        """Weekday (Monday is 0) → the sentence that says that it is closed."""

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
        wanted = _wanted(question, self._rarity.keys())
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
        share = _WORDS if any(w in question.stems for w in wanted) else _IMPLIED
        scored = []
        for index, fact in enumerate(self.facts):
            score = self._score(fact, wanted, concepts)
            fits = (ask.search(said) and tell.search(fact.text) for ask, tell in _FITTING)
            if score and (any(fits) or (where_only and _PLACE.search(fact.text))):
                score += 0.3 if question.has("what", "time") or question.has("how", "late") else 0.1
            scored.append((share * score + near[index], -index))
        score, at = max(scored)
        if score <= 0:
            return None
        return Answer(self._with_siblings(self.facts[-at], question), float(score), float(near[-at]))

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
            hits = [
                wanted[w] * (0.5 if w in fact.proper else 1.0) * (_OF_THE_TRADE if w in self._trade else 1.0)
                for w in words
                if w in fact.words
            ]
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
            for w in _wanted(question, self._rarity.keys()).keys() & set(question.stems)
            if any(w in f.words or GROUPS.get(w, set()) & f.groups for f in self.facts)
        }

    def _with_siblings(self, fact: Fact, question: Heard) -> str:
        """A fact of a list under a heading that the question names is told with its neighbours (three at most)."""
        if not fact.heading or len(question) > _SHORT:
            return fact.text
        heading = {s for s in hear(fact.heading).stems}
        asked = set(_wanted(question, self._rarity.keys()))
        own = fact.words - heading
        if (
            asked & own
            or not asked & heading
            and not any(GROUPS.get(a, set()) & groups_of(heading) for a in asked)
        ):
            return fact.text
        family = [f.text for f in self.facts if f.heading == fact.heading][:4]
        return f"{fact.heading}: " + " ".join(family) if len(family) > 1 else fact.text


def asked_plainly(question: Heard) -> str:
    """The words without the fillers before them, for their meaning."""
    first = next((i for i, word in enumerate(question.norms) if word not in _BEFORE), 0)
    return question.said(first, len(question))


_BEFORE = FILLERS | frozenset(["also", "sorry", "yes", "no", "by", "the", "way"]) - {"like"}


def _wanted(question: Heard, told: Collection[str]) -> dict[str, float]:
    """The stems that a question is about, with their weights; `told` are the stems of the facts."""
    wanted = {mark: 1.0 for mark in question.stems if mark not in STOP and not mark.isdigit()}
    bare = not any(w in told or w in GROUPS for w in wanted)
    if bare and {"where", "where's"} & set(question.norms):
        wanted = {}
    for word, implied in _ASKING.items():
        if word in question.norms or word + "'s" in question.norms:
            if bare:
                wanted.update((stem(other), 1.0) for other in implied)
            elif word == "much":
                wanted.update(
                    (stem(other), 0.5)
                    for other in implied
                    if not GROUPS.get(stem(other), set()) & groups_of(set(wanted))
                )
    for what, measure in zip(question.norms, question.stems[1:], strict=False):
        if what in {"which", "what"} and measure in {"day", "date", "time"} and len(wanted) > 1:
            wanted.pop(measure, None)  # what is asked for, not about
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
