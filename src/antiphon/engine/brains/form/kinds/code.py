"""Codes: references and identifiers of letters and digits: "A B 1 2", "AB-12", "four seven one"."""

from __future__ import annotations

import re
from typing import Any

from antiphon.engine.brains.form.kinds import pattern
from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.phone import digit_runs
from antiphon.engine.brains.form.kinds.spelling import letter_runs
from antiphon.engine.brains.form.lexicon import COMMON
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard, stem


class Code:
    """The kind `code`. Values are strings of capital letters and digits."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """By the schema's pattern if it is one of characters; otherwise runs of letters and digits, strongest after the slot's title."""
        rule = pattern.elements(str(slot.schema.get("pattern") or ""))
        if rule is not None:
            return self._by_pattern(heard, slot, context, rule)
        return self._by_look(heard, slot, context)

    def _by_pattern(
        self, heard: Heard, slot: Slot, context: Context, rule: tuple[pattern.Element, ...]
    ) -> list[Candidate]:
        before = context.partial if context.asked else ""
        found = pattern.read(heard, rule)
        if before and not any(r.whole for r in found):
            found = pattern.read(heard, rule, before) or found
        out = []
        for one in found:
            if one.whole:
                named = _named(heard, slot, one.first)
                strength = 0.98 if named or context.asked else 0.95 if one.cost < 0.2 else 0.6
                if one.value.isdigit() and not named and not context.asked:
                    strength = 0.75  # any number of that many digits
                out.append(
                    Candidate(one.value, one.first, one.last, strength, "letters and digits, as the pattern")
                )
            elif context.asked and one.cost < 0.5:
                out.append(Candidate(one.value, one.first, one.last, 0.7, "its beginning", Doubt("short")))
        if not out and context.asked:
            out = [
                Candidate(code.upper(), first, last, 0.55, "does not fit the pattern", Doubt("pattern"))
                for code, first, last in _letter_digit_runs(heard)
                if len(code) > 1
            ]
        return out

    def _by_look(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        rule = slot.schema.get("pattern")
        found: list[Candidate] = []
        for code, first, last in _letter_digit_runs(heard):
            if not any(c.isdigit() for c in code) and not context.asked:
                continue
            value: Any = code.upper()
            fits = bool(rule and re.search(rule, value))
            if rule and not fits:
                doubt = Doubt("pattern") if context.asked else None
                found.append(Candidate(value, first, last, 0.4, "does not fit the pattern", doubt))
                continue
            jumbled = bool(re.search(r"[A-Z].*\d", value))
            named = _named(heard, slot, first)
            strength = 0.97 if fits else 0.95 if named else 0.9 if context.asked else 0.75 if jumbled else 0.3
            found.append(Candidate(value, first, last, strength, "letters and digits"))
        return found

    def say(self, value: Any, slot: Slot) -> str:
        """Letter by letter."""
        return spelled(str(value))

    def question(self, slot: Slot) -> str:
        """For example "What is the tracking number?"."""
        title = slot.title.replace(" id", " number").replace("no ", "number ")
        return f"What is the {title}?"

    def hint(self, slot: Slot) -> str:
        """How to say it."""
        return "You can say it letter by letter and digit by digit."


def _named(heard: Heard, slot: Slot, first: int) -> bool:
    """Whether the slot's title stands before the code."""
    before = {stem(w.removesuffix("'s")) for w in heard.norms[max(0, first - 3) : first]}
    return bool(before & (set(slot.title_stems) | {"number", "refer", "code", "id"}))


def spelled(code: str) -> str:
    """For example "AB12" → "A B 1 2"."""
    return " ".join(c for c in code if c.isalnum())


def _letter_digit_runs(heard: Heard) -> list[tuple[str, int, int]]:
    pieces = [(letters, first, last) for letters, first, last in letter_runs(heard)]
    pieces += [(digits.strip("+"), first, last) for digits, first, last in digit_runs(heard)]
    covered = {k for _, first, last in pieces for k in range(first, last)}
    for i, token in enumerate(heard.tokens):
        if i in covered:
            continue
        plain = token.norm.replace("-", "")
        prefix = (
            len(plain) <= 3 and plain.isalpha() and plain not in COMMON and i + 1 in covered
        )  # "ab 12 34"
        if prefix or (
            re.search(r"\d", plain)
            and re.search(r"[a-z]", plain)
            and not token.ordinal
            or (len(token.norm) == 1 and token.norm not in {"a", "i"})
        ):
            pieces.append((plain, i, i + 1))
    pieces.sort(key=lambda p: p[1])
    runs: list[tuple[str, int, int]] = []
    for code, first, last in pieces:
        if runs and runs[-1][2] == first and not heard.tokens[first - 1].stop.strip(","):
            runs[-1] = (runs[-1][0] + code, runs[-1][1], last)
        else:
            runs.append((code, first, last))
    return runs
