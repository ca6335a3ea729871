"""Which tool the caller wants, or none: a linear model over what speaks for each tool.

What speaks for a tool: its verb's class and its nouns in the words (signals.py), the meaning of the words (likeness.py), the values in them
(fits.py). What speaks for none: a question, a fact that answers it. The weights are fitted by `scripts/fit_intent.py` to requests and
answers in three trades; they name no word and no tool, so they hold for other trades.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.brains.form.fits import Fits
from antiphon.engine.brains.form.knowledge import Knowledge
from antiphon.engine.brains.form.likeness import Likeness
from antiphon.engine.brains.form.meaning import Meaning, shared
from antiphon.engine.brains.form.schema import Form
from antiphon.engine.brains.form.signals import NONE_SIGNALS, SIGNALS, Signals, none_signals
from antiphon.engine.brains.form.themes import STOP
from antiphon.engine.brains.form.tokens import Heard, Token, hear, stem

WANTED = 0.0
"""Score from which a tool counts as wanted: it is as likely as that none is."""
SURE = 1.0
"""Score from which it is wanted although something else is being done."""
_MISHEARD = 1.5
_REMEMBERED = 500
"""Clauses whose wishes are kept: each is looked at several times in a turn."""

WEIGHTS: dict[str, float] = {
    "verb class": 1.76,
    "other class": -0.06,
    "own verb": 0.00,
    "noun": 1.54,
    "near noun": 1.34,
    "described": 1.08,
    "listed": 1.16,
    "wanted": 1.52,
    "existing, made anew": -0.39,
    "existing": 1.72,
    "free?": 0.92,
    "free, asked": 0.92,
    "where?": 1.03,
    "asked, tells": 1.49,
    "asked, does": -1.22,
    "told, tells": -0.83,
    "sounds": 2.75,
    "near": 3.72,
    "near without values": 4.01,
    "near an option": -0.15,
    "nearer": 1.06,
    "nearer without values": 1.47,
    "nearer an option": 0.05,
    "code": 0.32,
    "option": 2.42,
    "values": 1.74,
    "many values": 2.19,
    "strange values": -1.52,
}
"""Of each signal, by name."""
NONE_WEIGHTS: dict[str, float] = {
    "always": 5.42,
    "question": -0.49,
    "open question": -0.67,
    "fact": 1.53,
    "fact asked for": 1.59,
    "short": 1.83,
    "act": 1.52,
    "supposes": 1.69,
}
"""Of what speaks for no tool."""


@dataclass(frozen=True)
class Wish:
    """A tool that may be wanted.

    Attributes:
        score: log-odds of this tool against none.
        why: the signals that spoke for it most.
        explicit: a verb of the tool's own class was said.
        near: the cosine of the meanings alone.
    """

    form: Form
    score: float
    why: str
    explicit: bool
    near: float = 0.0


def words_of_trade(forms: tuple[Form, ...]) -> frozenset[str]:
    """Stems of the nouns that two or more tools speak of."""
    counts = Counter(w for f in forms for w in {stem(n) for n in f.nouns} | set(hear(f.description).stems))
    return frozenset(w for w, n in counts.items() if n > 1 and w not in STOP)


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
        verb, sounds, near = (SIGNALS.index(name) for name in ("verb class", "sounds", "near"))
        if not table[:, verb].any():  # what a verb may have been decides where none was heard
            scores = scores + _MISHEARD * table[:, sounds]
        out = [
            Wish(form, round(float(score), 2), self._why(row), bool(row[verb]), float(row[near]))
            for form, score, row in zip(self.forms, scores, table, strict=True)
        ]
        return sorted(out, key=lambda w: -w.score)

    def _why(self, row: NDArray[np.float32]) -> str:
        parts = row * self._weights
        return ", ".join(
            f"{SIGNALS[i]} {parts[i]:+.1f}" for i in np.argsort(-np.abs(parts))[:4] if abs(parts[i]) > 0.2
        )
