"""Spoken letters and digits read by a JSON Schema `pattern`: what was said counts as far as the pattern lets it.

"Y E sixteen O R D", "why E 16, ord" and "ye16 o r d" are all YE16ORD where the pattern is `^[A-Z]{2}[0-9]{2}[A-Z]{3}$`; in `^[0-9]{6}$` an
"oh" is a zero and "to" a two. Patterns of characters, sets and counts are understood (number plates, references, postcodes),
alternatives and look-arounds are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from antiphon.engine.brains.form.kinds.phone import mended_runs
from antiphon.engine.brains.form.kinds.spelling import NATO
from antiphon.engine.brains.form.lexicon import COMMON, listed
from antiphon.engine.brains.form.tokens import Heard

_LETTER_NAMES = {
    "a": "eh hey", "b": "be bee bea", "c": "see sea cee", "d": "dee", "e": "ee", "f": "eff", "g": "gee", "h": "aitch age haitch",
    "i": "eye", "j": "jay", "k": "kay", "l": "el ell", "m": "em am", "n": "en and an", "o": "oh owe", "p": "pea pee", "q": "queue cue",
    "r": "are ar our", "s": "ess as", "t": "tea tee", "u": "you ewe", "v": "vee", "x": "ex", "y": "why", "z": "zed zee said",
}  # fmt: skip
_DIGIT_NAMES = {"0": "oh o nought nil zero", "1": "won", "2": "to too", "4": "for", "8": "ate"}
_SOUNDS: dict[str, list[str]] = {}
for _sign, _names in (*_LETTER_NAMES.items(), *_DIGIT_NAMES.items()):
    for _name in _names.split():
        _SOUNDS.setdefault(_name, []).append(_sign.upper())
_SKIPPED = frozenset(listed("uh um er then and dash hyphen space capital stroke slash point dot so"))
_REPEAT = {"double": 2, "triple": 3, "treble": 3}
_DIGITS = frozenset("0123456789")
_MOST = 24
"""Tokens that a code may take."""

Element = tuple[frozenset[str], int, int]
"""(characters, least, most)."""


@dataclass(frozen=True, slots=True)
class Read:
    """A value that fits the pattern, or its beginning.

    Attributes:
        value: the code, in capital letters.
        first, last: its tokens, half open.
        cost: 0.0 if every token says what it seems to say; more for each that only sounds so.
        whole: it fits the pattern; otherwise it is a beginning that the words end in.
    """

    value: str
    first: int
    last: int
    cost: float
    whole: bool


@lru_cache(maxsize=256)
def elements(pattern: str) -> tuple[Element, ...] | None:
    """A pattern as a row of characters; None if it is of another kind."""
    body = pattern.removeprefix("^").removesuffix("$")
    out: list[Element] = []
    for match in re.finditer(
        r"(?P<set>\[(?P<inner>[^\]^]+)\])|(?P<digit>\\d)|(?P<plain>[\w -])|(?P<other>.)", _unrolled(body)
    ):
        if match.group("other"):
            return None
        if match.group("set"):
            signs = _expanded(match.group("inner"))
        elif match.group("digit"):
            signs = frozenset("0123456789")
        else:
            signs = frozenset(match.group("plain").upper())
        out.append((signs, 1, 1))
    return tuple(out) or None


def _unrolled(body: str) -> str:
    """Counts written out: `[A-Z]{2}` → `[A-Z][A-Z]`. Counts that vary stay, and make the pattern one of another kind."""
    return re.sub(r"(\[[^\]]+\]|\\d|\w)\{(\d{1,2})\}", lambda m: m.group(1) * int(m.group(2)), body)


def _expanded(inner: str) -> frozenset[str]:
    signs: set[str] = set()
    for match in re.finditer(r"(\w)-(\w)|\\d|([\w -])", inner):
        if match.group(1):
            signs |= {chr(c) for c in range(ord(match.group(1)), ord(match.group(2)) + 1)}
        else:
            signs |= set("0123456789") if match.group() == "\\d" else {match.group()}
    return frozenset(sign.upper() for sign in signs)


def read(heard: Heard, pattern: Sequence[Element], before: str = "") -> list[Read]:
    """All places where words fit a pattern, the best reading at each; also a beginning in which the words end.

    Args:
        heard: the words.
        pattern: from `elements`.
        before: what was said of it in the turn before.
    """
    found: list[Read] = []
    if not before and all(signs <= _DIGITS for signs, _, _ in pattern):
        runs_heard = mended_runs(heard)
        whole = [r for r in runs_heard if len(r[0]) == len(pattern)]
        runs = [Read(digits, first, last, 0.0, whole=True) for digits, first, last in whole]
        if runs or any(len(r[0]) > len(pattern) for r in runs_heard):
            return runs
    at = 0
    while at < len(heard):
        best = min(
            (r for r in _from(heard, at, pattern, before)),
            key=lambda r: (not r.whole, r.cost, -(r.last - r.first)),
            default=None,
        )
        if best is None or best.cost > 1.2:
            at += 1
            continue
        found.append(best)
        at = best.last
    return found


def _from(heard: Heard, first: int, pattern: Sequence[Element], before: str) -> Iterator[Read]:
    todo = [(first, before, 0.0)]
    seen: set[tuple[int, str]] = set()
    while todo:
        at, value, cost = todo.pop()
        if (at, value) in seen or at - first > _MOST:
            continue
        seen.add((at, value))
        if len(value) == len(pattern):
            yield Read(value, first, at, cost, whole=True)
            continue
        if at >= len(heard):
            if len(value) >= 2 and value != before:
                yield Read(value, first, at, cost, whole=False)
            continue
        for signs, last, price in _signs(heard, at, started=at > first or bool(before)):
            longer = value + signs
            if len(longer) <= len(pattern) and all(
                sign in pattern[len(value) + k][0] for k, sign in enumerate(signs)
            ):
                todo.append((last, longer, cost + price))


def _signs(heard: Heard, at: int, *, started: bool) -> Iterator[tuple[str, int, float]]:
    """What the token at a place may add, with the place after it and the price of the reading."""
    token = heard.tokens[at]
    word = token.norm
    if started and word in _SKIPPED:
        yield "", at + 1, 0.05
    if word in _REPEAT and at + 1 < len(heard):
        for signs, last, price in _signs(heard, at + 1, started=True):
            if len(signs) == 1:
                yield signs * _REPEAT[word], last, price
        return
    plain = re.sub(r"[^a-z0-9]", "", word)
    if token.ordinal:
        return
    if len(plain) == 1:
        yield plain.upper(), _after_example(heard, at, plain), 0.0
        if plain == "o":
            yield "0", at + 1, 0.0
    elif plain.isdigit():
        yield plain, at + 1, 0.0
    elif plain.isalnum() and len(plain) <= 10:
        jumbled = any(sign.isdigit() for sign in plain) or token.text.isupper()
        if jumbled or (len(plain) <= 4 and word not in COMMON):
            yield plain.upper(), at + 1, 0.0 if jumbled else 0.2
        elif started and len(plain) <= 3:
            yield plain.upper(), at + 1, 0.4  # "O R" is written "or"
    if word in NATO:
        yield NATO[word].upper(), at + 1, 0.0
    for sign in _SOUNDS.get(word, ()):
        yield sign, at + 1, 0.0 if word in {"oh", "zero"} else 0.25


def _after_example(heard: Heard, at: int, letter: str) -> int:
    """The place after "B for bravo", "B as in bravo"."""
    for words in (("for",), ("as", "in"), ("like",)):
        word = at + 1 + len(words)
        example = heard.norms[word] if heard.starts(at + 1, *words) and word < len(heard) else ""
        if len(example) > 1 and example.startswith(letter):
            return word + 1
    return at + 1
