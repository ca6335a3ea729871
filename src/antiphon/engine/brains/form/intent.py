"""Which tool the caller wants, or none: a linear model over what speaks for each tool.

What speaks for a tool: its verb's class and its nouns in the words (signals.py), the meaning of the words (likeness.py), the values in them
(fits.py). What speaks for none: a question, a fact that answers it. The weights are fitted by `scripts/fit_intent.py` to requests and
answers in three trades; they name no word and no tool, so they hold for other trades.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from antiphon.engine.brains.form.fits import Fits
from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.likeness import Likeness
from antiphon.engine.brains.form.meaning import Meaning, shared
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.signals import NONE_SIGNALS, SIGNALS, Signals, none_signals
from antiphon.engine.brains.form.sound import sound
from antiphon.engine.brains.form.tokens import Heard, Token, stem

WANTED = 0.0
"""Score from which a tool counts as wanted: it is as likely as that none is."""
SURE = 1.0
"""Score from which it is wanted although something else is being done."""
_REMEMBERED = 500
"""Clauses whose wishes are kept: each is looked at several times in a turn."""

WEIGHTS: dict[str, float] = {
    "verb class": 1.49,
    "other class": -0.42,
    "own verb": 0.99,
    "noun": 2.82,
    "near noun": 1.54,
    "described": 2.03,
    "listed": 1.70,
    "wanted": 1.21,
    "existing, made anew": -0.24,
    "existing": 0.93,
    "free?": 0.29,
    "where?": 0.00,
    "asked, tells": 1.19,
    "asked, does": -0.81,
    "told, tells": -0.93,
    "near": 2.48,
    "near without values": 2.25,
    "near an option": -0.04,
    "nearer": 1.38,
    "nearer without values": 1.47,
    "nearer an option": -0.04,
    "code": -0.35,
    "option": 1.42,
    "values": 2.15,
    "strange values": -1.27,
}
"""Of each signal, by name."""
NONE_WEIGHTS: dict[str, float] = {
    "always": 4.96,
    "question": -0.38,
    "open question": -0.09,
    "fact": 0.31,
    "fact asked for": 1.11,
    "short": 1.86,
    "act": 1.49,
    "supposes": 1.61,
}
"""Of what speaks for no tool."""


@dataclass(frozen=True)
class Wish:
    """A tool that may be wanted.

    Attributes:
        score: log-odds of this tool against none.
        why: the signals that spoke for it most.
        explicit: a verb of the tool's own class was said.
    """

    form: Form
    score: float
    why: str
    explicit: bool


class Tools:
    """The session's tools, ready to be recognised.

    Args:
        forms: the tools.
        knowledge: what the instructions answer.
        meaning: makes vectors; the process's own if not given.
    """

    def __init__(self, forms: tuple[Form, ...], knowledge: Knowledge, meaning: Meaning | None = None) -> None:
        self.forms = forms
        self.by_name = {f.name: f for f in forms}
        self._knowledge = knowledge
        self._known: OrderedDict[tuple[Token, ...], list[Wish]] = OrderedDict()
        self._signals = Signals(forms)
        self._likeness = Likeness(forms, meaning or shared())
        self._fits = Fits(forms)
        self.vocabulary = (
            {stem(w) for f in forms for w in (f.verb, *f.nouns)}
            | {w for f in forms for s in f.slots for w in s.title_stems}
            | {"chang", "cancel", "book", "make", "move"}
        )
        self._weights = np.array([WEIGHTS.get(name, 0.0) for name in SIGNALS], np.float32)
        self._none_weights = np.array([NONE_WEIGHTS.get(name, 0.0) for name in NONE_SIGNALS], np.float32)

    def wishes(self, heard: Heard) -> list[Wish]:
        """All tools by score, best first."""
        known = self._known.get(heard.tokens)
        if known is None:
            known = self._known[heard.tokens] = self._wishes(heard)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def signals(self, heard: Heard) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What speaks for each tool, shape (tools, signals), and what for none."""
        near, fit = self._likeness.of(heard), self._fits.of(heard)
        table = np.concatenate([self._signals.of(heard), near, near - near.mean(axis=0), fit], axis=1)
        fact = self._knowledge.answer(heard)
        return table, none_signals(heard, fact.score if fact else 0.0)

    def _wishes(self, heard: Heard) -> list[Wish]:
        if not self.forms or not heard.tokens:
            return []
        table, against = self.signals(heard)
        scores = table @ self._weights - float(against @ self._none_weights)
        verb = SIGNALS.index("verb class")
        out = [
            Wish(form, round(float(score), 2), self._why(row), bool(row[verb]))
            for form, score, row in zip(self.forms, scores, table, strict=True)
        ]
        return sorted(out, key=lambda w: -w.score)

    def _why(self, row: NDArray[np.float32]) -> str:
        parts = row * self._weights
        return ", ".join(
            f"{SIGNALS[i]} {parts[i]:+.1f}" for i in np.argsort(-np.abs(parts))[:4] if abs(parts[i]) > 0.2
        )

    def by_sound(self, heard: Heard) -> Wish | None:
        """A tool whose verb and noun sound like the words: "can so my book ain't" is "cancel my booking"."""
        best: Wish | None = None
        joined = [(i, n, "".join(heard.norms[i : i + n])) for n in (1, 2) for i in range(len(heard) - n + 1)]
        for form in self.forms:
            targets = [form.verb, *(n for n in form.nouns if len(n) > 3)]
            if len(targets) < 2:
                continue
            scores = []
            for target in targets[:2]:
                key = sound(target)
                scores.append(
                    max((_near(word, target, key) for _, _, word in joined if len(word) > 2), default=0.0)
                )
            score = sum(scores) / len(scores)
            if min(scores) >= 62 and score >= 70 and (best is None or score > best.score):
                best = Wish(form, score, f"sounds like '{form.verb} {form.nouns[0]}'", True)
        return best


def _near(word: str, target: str, key: str) -> float:
    return max(fuzz.ratio(word, target), 0.6 * fuzz.ratio(sound(word), key) + 0.4 * fuzz.ratio(word, target))
