"""Enums: the options' own words, near spellings, near sounds, and "the second one" as the answer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from antiphon.engine.brains.form.json_schema import words_of
from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.lexicon import COMMON, listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.sound import sound
from antiphon.engine.brains.form.tokens import Heard, hear

_NEAR = 84
"""Similarity (0…100) of spelling or sound at which a word is taken for an option."""


@lru_cache(maxsize=512)
def option_words(option: Any) -> tuple[str, ...]:
    """An option as it would be said: "next_day" → ("next", "day")."""
    return hear(" ".join(words_of(str(option))) if isinstance(option, str) else str(option)).norms


_NAMED = 5
"""Options that are named in the question itself."""
_LIKE = {
    "large": listed("big huge biggest largest"),
    "small": listed("little tiny smallest smaller"),
    "medium": listed("middle mid normal regular average"),
    "express": listed("fast quick fastest quickest urgent"),
    "standard": listed("normal regular ordinary usual"),
    "outside": listed("outdoors outdoor"),
    "inside": listed("indoors indoor"),
    "morning": listed("breakfast"),
    "afternoon": listed("lunch lunchtime"),
    "evening": listed("tonight dinner night"),
}
"""Everyday words for common options."""


class Enum:
    """The kind `enum`."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Options in the order they were said; by sound only when nothing matched by spelling."""
        found: list[Candidate] = []
        for option in slot.options:
            words = option_words(option)
            if not words:
                continue
            found += [
                Candidate(
                    option,
                    i,
                    i + len(words),
                    0.9 if len(words) > 1 or words[0] not in COMMON else 0.6,
                    "named",
                )
                for i in range(len(heard) - len(words) + 1)
                if self._same(heard, i, words)
                and not (isinstance(option, int | float) and not context.asked and _of_the_clock(heard, i))
            ]
        found += self._scattered(heard, slot) + _in_months(heard, slot)
        if found:
            return _longest(found)
        for option in slot.options:
            found += [
                Candidate(option, i, i + 1, 0.8 if context.asked else 0.5, f"'{word}' for '{option}'")
                for i, word in enumerate(heard.norms) if word in _LIKE.get(str(option).lower(), ())
            ]  # fmt: skip
        if found:
            return found
        found = self._partly(heard, slot, context)
        if not found and context.asked:
            found = self._by_order(heard, slot) or self._near(heard, slot, 0.75, True)
        elif not found:
            found = [c for c in self._near(heard, slot, 0.55, False) if len(str(c.value)) > 4]
        return found

    def _same(self, heard: Heard, i: int, words: tuple[str, ...]) -> bool:
        if heard.starts(i, *words):
            return True
        stems = hear(" ".join(words)).stems
        return heard.stems[i : i + len(words)] == stems

    def _scattered(self, heard: Heard, slot: Slot) -> list[Candidate]:
        """An option's words in another order, or apart: "change the oil" for "oil_change"."""
        found = []
        for option in slot.options:
            stems = hear(" ".join(option_words(option))).stems
            if len(stems) < 2:
                continue
            for i, mark in enumerate(heard.stems):
                window = heard.stems[i : i + len(stems) + 2]
                if mark in stems and window[: len(stems)] != stems and set(stems) <= set(window):
                    last = max(window.index(s) for s in stems) + 1
                    found.append(Candidate(option, i, i + last, 0.85, f"'{heard.said(i, i + last)}'"))
                    break
        return found

    def _partly(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """A word that only one option (or several: then it is a choice) has: "cleaning" for "teeth_cleaning"."""
        found = []
        for i, mark in enumerate(heard.stems):
            if heard.norms[i] in COMMON and not context.asked or len(mark) < 3:
                continue
            having = [o for o in slot.options if mark in hear(" ".join(option_words(o))).stems]
            if len(having) == 1:
                found.append(
                    Candidate(having[0], i, i + 1, 0.8, f"only '{having[0]}' has '{heard.norms[i]}'")
                )
            elif 1 < len(having) < len(slot.options):
                found.append(
                    Candidate(
                        having[0],
                        i,
                        i + 1,
                        0.5,
                        f"'{heard.norms[i]}' fits several",
                        Doubt("choice", tuple(having)),
                    )
                )
        return found

    def _by_order(self, heard: Heard, slot: Slot) -> list[Candidate]:
        for i, token in enumerate(heard.tokens):
            if token.ordinal and token.number and token.number <= len(slot.options):
                return [Candidate(slot.options[int(token.number) - 1], i, i + 1, 0.8, f"the {token.norm}")]
            if token.norm in {"last", "latter"}:
                return [Candidate(slot.options[-1], i, i + 1, 0.7, "the last")]
            if token.norm == "former":
                return [Candidate(slot.options[0], i, i + 1, 0.7, "the first")]
            if token.norm in {"whichever", "any"} or heard.starts(i, "don't", "mind"):
                return [Candidate(slot.options[0], i, i + 1, 0.55, "any: the first")]
        return []

    def _near(self, heard: Heard, slot: Slot, strength: float, asked: bool) -> list[Candidate]:
        best: tuple[float, Any, int, int] | None = None
        for option in slot.options:
            words = option_words(option)
            plain, key = "".join(words), sound("".join(words))
            for size in range(1, min(len(words) + 2, len(heard) + 1)):
                if size > 1 and not asked:
                    continue
                for i in range(len(heard) - size + 1):
                    if size == 1 and (heard.norms[i] in COMMON or (not asked and len(heard.norms[i]) < 5)):
                        continue
                    said = "".join(heard.norms[i : i + size])
                    score = max(
                        fuzz.ratio(said, plain), fuzz.ratio(sound(said), key) - 4 if len(key) > 2 else 0
                    )
                    if score >= _NEAR and (best is None or score > best[0]):
                        best = (score, option, i, i + size)
        if best is None:
            return []
        return [Candidate(best[1], best[2], best[3], strength, f"sounds like '{best[1]}' ({best[0]:.0f})")]

    def say(self, value: Any, slot: Slot) -> str:
        """The option's words; a name as it is written ("Joe")."""
        if not isinstance(value, str) or (" " in value and "_" not in value):
            return str(value)
        words = " ".join(words_of(value)) or value
        return value if value[:1].isupper() and value[1:].islower() else words

    def question(self, slot: Slot) -> str:
        """For example "Which size would you like: small, medium or large?"."""
        named = [self.say(o, slot) for o in slot.options]
        if len(named) > _NAMED:
            return f"Which {slot.title} would you like?"
        listed = " or ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
        return f"Which {slot.title} would you like: {listed}?"

    def hint(self, slot: Slot) -> str:
        """All options, if the question did not name them."""
        if len(slot.options) <= _NAMED:
            return ""
        named = [self.say(o, slot) for o in slot.options]
        return (
            f"It can be {', '.join(named[:-1])} or {named[-1]}."
            if len(named) > 1
            else f"It can be {named[0]}."
        )


def _of_the_clock(heard: Heard, at: int) -> bool:
    """Whether a number is rather a time than an option: "between eight and twelve"."""
    return bool({"between", "at", "until", "till", "past", "from"} & set(heard.norms[max(0, at - 3) : at]))


def _in_months(heard: Heard, slot: Slot) -> list[Candidate]:
    """For example "two years" for 24 months."""
    if "month" not in f"{slot.title} {slot.description}".lower():
        return []
    out = []
    for i, token in enumerate(heard.tokens[:-1]):
        count = 1 if token.norm in {"a", "one"} else token.whole
        if count and heard.norms[i + 1] in {"year", "years"} and count * 12 in slot.options:
            out.append(Candidate(count * 12, i, i + 2, 0.9, heard.said(i, i + 2)))
    return out


def _longest(found: list[Candidate]) -> list[Candidate]:
    """Drops what lies inside a longer match."""
    return [
        c for c in sorted(found, key=lambda c: c.first)
        if not any(o is not c and o.overlaps(c) and o.last - o.first > c.last - c.first for o in found)
    ]  # fmt: skip
