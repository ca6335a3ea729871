"""Second thoughts in one breath: "not thursday, friday", "four, no, five", "eight rather than seven", "thursday or friday"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from antiphon.engine.brains.form.kinds.base import Candidate, Doubt
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.tokens import Heard

LEAST = 0.4
"""Strength from which a candidate counts at all; a lone number is taken from here if exactly one number is still missing."""
TURNS = frozenset(
    listed("no sorry actually wait rather correction mean meant nope scratch oops make instead")
)
"""Words between two values that put the later in the earlier one's place."""
_DROPS = tuple(
    tuple(words.split())
    for words in (
        "not",
        "instead of",
        "rather than",
        "isn't",
        "not on",
        "not at",
        "not for",
        "instead of on",
        "not the",
    )
)
_SO = frozenset(["so", "then", "therefore"])
_BECAUSE = frozenset(["because", "cause"])


def turned(between: Sequence[str]) -> bool:
    """Whether words between two values say that the later one is meant: "four, no, five", "six, well, seven"."""
    well = any(w == "well" and between[k - 1 : k] != ("as",) for k, w in enumerate(between))
    return well or bool(TURNS & set(between))


def settle(heard: Heard, found: list[Candidate], within: int = 99) -> list[Candidate]:
    """Drops values that were denied or corrected in the same breath; joins "a or b" to a choice.

    Args:
        heard: the words.
        found: the values found in them for one slot.
        within: so many words may lie between a value and the one that corrects it.
    """
    kept = [c for c in found if not denied(heard, c)] if len(found) > 1 else found
    strong = [c for c in kept if c.strength >= LEAST] or kept
    for later in strong:
        for earlier in strong:
            if earlier.last <= later.first:
                between = heard.norms[earlier.last : later.first]
                if "than" in between or "of" in between:
                    continue  # "rather than eight": the later one is denied
                if turned(between) and len(between) <= within:
                    kept = [c for c in kept if c is not earlier]
    if kept and isinstance(kept[0].value, date | int):
        kept = _meant(heard, kept)
    ordered = sorted((c for c in kept if c.strength >= LEAST), key=lambda c: c.first)
    for a, b in zip(ordered, ordered[1:], strict=False):
        between = heard.norms[a.last : b.first]
        if "or" in between and len(between) <= 3 and a.value != b.value and not (a.doubt or b.doubt):
            both = replace(
                a, last=b.last, doubt=Doubt("choice", (a.value, b.value)), why=f"{a.why} or {b.why}"
            )
            kept = [both if c is a else c for c in kept if c is not b]
    return kept


def denied(heard: Heard, candidate: Candidate) -> bool:
    """Whether a value is named only to say that it is not meant: "not thursday"."""
    before = heard.norms[: candidate.first]
    return any(before[-len(words) :] == words for words in _DROPS)


def _meant(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """Of two values, the one that is drawn as a conclusion: "he flies home on Sunday, so it has to be Saturday"."""
    strong = sorted((c for c in found if c.strength >= LEAST), key=lambda c: c.first)
    for a, b in zip(strong, strong[1:], strict=False):
        between = set(heard.norms[a.last : b.first])
        if between & _SO and b.first - a.last > 1:
            meant = replace(b, strength=max(a.strength, b.strength))
            return [meant if c is b else c for c in found if c is not a]
        if between & _BECAUSE:
            return [c for c in found if c is not b]
    return found
