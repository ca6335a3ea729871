"""Integers and numbers: "four", "a couple", "party of six", "2.5 kilos", and "for people" (which was "four people")."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.company import altogether, couples, summed
from antiphon.engine.brains.form.kinds.phone import digit_runs
from antiphon.engine.brains.form.kinds.repairs import turned
from antiphon.engine.brains.form.kinds.units import ALL_UNITS, PEOPLE, is_people, unit_of, units
from antiphon.engine.brains.form.lexicon import TWINS, listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard, stem

_BEFORE_TIME = frozenset(["at", "around", "by", "from", "until", "till", "past", "to", "about"])
_MONTHS_DAYS = frozenset(
    listed("january february march april june july august september october november december")
)
_FOREIGN = frozenset(["pm", "am", "o'clock"])
_FLUFF = frozenset(
    listed(
        "um uh er just only maybe it's its it is of us we are we're there'll there be will make that please "
        "so well about around okay yes say like the a in total number is for no sorry actually i said"
    )
)
"""Words around a number that was misheard."""


_WE_ARE = re.compile(
    r"\b(?:we'd be|we'll be|we are|we're|we would be|we will be|there'll be|there will be|there are|there's|party is|make it)$"
)
_NO_PLURALS = frozenset(listed("yes thanks pass this is as was has does its always perhaps us"))
_I = frozenset(listed("i i'd i'm i'll"))
_JOINS = frozenset(["of", "the", "in", "a", "on", "per"])
_CLOCK = frozenset(["early", "late", "earlier", "later", "sooner", "o'clock"])
_LIMIT = re.compile(r"\b(?:at most|maximum|max|limit|the most)\b", re.IGNORECASE)
_LIMITS = frozenset(listed("under below most than maximum limit up exceed"))
_PART_OF = frozenset(["including", "incl", "which", "whom"])
_LONG = 100
"""From this maximum on, a number may be said digit by digit."""


def is_day_of_month(slot: Slot) -> bool:
    """Whether it is a number from 1 to 28 or 31 that is said as "the third"."""
    return bool(re.search(r"\bday of (?:the )?month\b", f"{slot.title} {slot.description}", re.IGNORECASE))


class Number:
    """The kind `number`."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Numbers, each as strong as the words around it make it this slot's."""
        found = [c for i in range(len(heard)) if (c := self._at(heard, i, slot, context))]
        found = _corrected(heard, found)
        if is_people(slot):
            found = altogether(heard, found) or summed(heard, found) + couples(heard)
        elif slot.maximum is None or slot.maximum >= _LONG:
            runs = _digit_by_digit(heard, slot, context)
            found = runs + [c for c in found if not any(c.overlaps(run) for run in runs)]
        if is_day_of_month(slot):
            found += [
                Candidate(int(t.number), i, i + 1, 0.85, f"the {t.norm}")
                for i, t in enumerate(heard.tokens)
                if t.ordinal and t.number and 1 <= t.number <= 31
            ]
        if context.asked and not found:
            found += self._sounds(heard, slot)
        elif not any(c.strength >= 0.5 for c in found):
            found += [c for c in self._sounds(heard, slot) if c.strength > 0.6]
        return [self._checked(c, slot) for c in found]

    def _at(self, heard: Heard, i: int, slot: Slot, context: Context) -> Candidate | None:
        token = heard.tokens[i]
        before = heard.norms[i - 1] if i else ""
        value: float | None = None
        first, last = i, i + 1
        if token.number is not None and not token.ordinal:
            value = token.number
            if before in {"that", "this", "the", "which", "another"} and token.text.lower() == "one":
                return None
            if (
                token.text.lower() == "one"
                and (heard.starts(last, "of") or heard.starts(last, "is"))
                and not context.asked
            ):
                return None
            if heard.starts(last, "and", "a", "half"):
                value, last = value + 0.5, last + 3
            elif heard.starts(last, "dozen"):
                value, last = value * 12, last + 1
        elif token.norm == "couple":
            value, last = 2, i + (2 if heard.starts(last, "of") else 1)
        elif token.norm == "dozen":
            value = 6 if before == "a" and i > 1 and heard.norms[i - 2] == "half" else 12
        elif token.norm == "half" and heard.starts(last, "a") and not heard.starts(last + 1, "dozen"):
            return None
        elif token.norm in {"myself", "alone"} and is_people(slot):
            return Candidate(1, i, i + 1, 0.9, f"'{token.text}': one person")
        elif token.norm in {"single", "double"} and is_people(slot) and context.asked:
            return Candidate(1 if token.norm == "single" else 2, i, i + 1, 0.6, token.norm)
        if token.norm in {"no", "without"} and not slot.minimum and not is_people(slot):
            things = heard.stems[last : last + 2]
            if set(slot.title_stems) <= set(things) and not token.stop:
                return Candidate(0, i, last + len(slot.title_stems), 0.85, heard.said(i, last + 2))
        if value is None:
            return None
        if is_people(slot) and (more := _more(heard, slot, context.current, value, first, last)):
            return more if more.value else None
        return self._judged(heard, slot, context, value, first, last)

    def _judged(
        self, heard: Heard, slot: Slot, context: Context, value: float, first: int, last: int
    ) -> Candidate:
        norms = heard.norms
        own = units(slot)
        before = norms[first - 1] if first else ""
        after = norms[last] if last < len(norms) else ""
        if after in own and _cents(heard, last) is not None:  # "sixty-five euros fifty"
            return Candidate(
                value + (_cents(heard, last) or 0) / 100, first, last + 2, 0.95, heard.said(first, last + 2)
            )
        if is_people(slot) and before in _PART_OF:
            return Candidate(value, first, last, 0.1, f"'{before} {heard.said(first, last)}': a part of them")
        if after in {"of", "more", "whole"} and last + 1 < len(norms):
            after, skip = norms[last + 1], 2
        else:
            skip = 1
        number = int(value) if value == int(value) else value
        said = heard.said(first, last)
        if is_people(slot) and before == "with" and after in PEOPLE and _I & set(norms[:first]):
            return Candidate(number + 1, first, last + 1, 0.96, f"I with {said} {after}")
        if after in own:
            return Candidate(number, first, last + skip, 0.95, f"'{said}' before '{after}'")
        if (
            is_people(slot)
            and before == "of"
            and first > 1
            and norms[first - 2] in {"party", "group", "table", "family"}
        ):
            return Candidate(number, first - 2, last, 0.95, f"'{norms[first - 2]} of {said}'")
        if first > 0 and stem(before) in slot.title_stems and before not in _JOINS:
            return Candidate(number, first - 1, last, 0.9, f"after '{before}'")
        if first > 1 and before in {"is", "of", "to"} and stem(norms[first - 2]) in slot.title_stems:
            return Candidate(number, first - 2, last, 0.9, f"after '{norms[first - 2]} {before}'")
        strength, why = 0.45, "a number"
        if slot.whole and "." in heard.norms[first]:
            return Candidate(number, first, last, 0.1, "not whole: a time?")
        if context.asked:
            strength, why = 0.85, "a number, as asked"
        if is_people(slot) and _WE_ARE.search(" ".join(norms[max(0, first - 4) : first])):
            strength, why = max(strength, 0.85), f"'{before} {said}'"
        if _LIMIT.search(f"{slot.title} {slot.description}") and _LIMITS & set(
            norms[max(0, first - 3) : first]
        ):
            strength, why = max(strength, 0.85), f"'{before} {said}'"
        if before in {"so", "makes", "making"} and is_people(slot):
            strength, why = max(strength, 0.7), f"'{before} {said}'"
        if before == "for" and is_people(slot):
            strength, why = max(strength, 0.75), f"'for {said}'"
        things = (
            not heard.tokens[last - 1].stop
            and after.endswith("s")
            and after not in own
            and after not in _NO_PLURALS
        )
        if things and (not context.asked or slot.maximum is None or slot.maximum >= _LONG):
            return Candidate(number, first, last, 0.6 if context.asked else 0.3, f"'{said} {after}'")
        neighbour = any(0 <= k < len(norms) and heard.tokens[k].number is not None for k in (first - 1, last))
        if neighbour and not heard.tokens[first].stop:
            strength, why = strength - 0.4, why + ", beside another number"
        if after in _FOREIGN or after in _MONTHS_DAYS or (after in ALL_UNITS and after not in own):
            strength, why = 0.1, f"belongs to '{after}'"
        elif before in _MONTHS_DAYS:
            strength, why = 0.1, f"belongs to '{before}'"
        elif before in _BEFORE_TIME and not context.asked and is_people(slot):
            strength, why = 0.2, f"after '{before}'"
        if before == "at" and is_people(slot):
            strength = min(strength, 0.45)
        if is_people(slot) and _CLOCK & set(norms) and before in {"it", "that"} and not context.asked:
            strength = min(strength, 0.45)  # "that's too early, make it eight"
        return Candidate(number, first, last, strength, why)

    def _sounds(self, heard: Heard, slot: Slot) -> list[Candidate]:
        """For example "for people", "for for people", or a lone "For." as the answer."""
        norms = heard.norms
        own = units(slot)
        for i, word in enumerate(norms):
            if word in TWINS and i + 1 < len(norms) and norms[i + 1] in own:
                return [
                    Candidate(TWINS[word], i, i + 2, 0.7, f"'{word} {norms[i + 1]}' sounds like a number")
                ]
        for i, word in enumerate(norms[:-1]):
            if is_people(slot) and word == "for" and norms[i + 1] in {"to", "too", "for", "won"}:
                return [
                    Candidate(
                        TWINS[norms[i + 1]],
                        i + 1,
                        i + 2,
                        0.62,
                        f"'{word} {norms[i + 1]}' sounds like a number",
                    )
                ]
        rest = [i for i, word in enumerate(norms) if word not in _FLUFF or word == "for"]
        if rest and all(norms[i] in TWINS for i in rest):
            return [Candidate(TWINS[norms[rest[-1]]], rest[-1], rest[-1] + 1, 0.6, "sounds like a number")]
        return []

    def _checked(self, found: Candidate, slot: Slot) -> Candidate:
        doubt = None
        if slot.minimum is not None and found.value < slot.minimum:
            doubt = Doubt("low")
        elif slot.maximum is not None and found.value > slot.maximum:
            doubt = Doubt("high")
        elif slot.whole and found.value != int(found.value):
            doubt = Doubt("choice", (int(found.value), int(found.value) + 1))
        if doubt is None:
            return found
        return Candidate(found.value, found.first, found.last, found.strength, found.why, doubt)

    def say(self, value: Any, slot: Slot) -> str:
        """For example "4 people", "2.5 kilograms", "3"."""
        if is_people(slot):
            return f"{value} person" if value == 1 else f"{value} people"
        unit = unit_of(slot)
        return f"{value} {unit}" if unit else str(value)

    def question(self, slot: Slot) -> str:
        """For example "For how many people?", "What is the weight in kilograms?"."""
        if is_people(slot):
            return "For how many people?"
        description = slot.description
        if match := re.match(
            r"(?:the )?(?:total )?(?:number|count|amount) of ([\w ]+)", description, re.IGNORECASE
        ):
            return f"How many {match.group(1).strip()}?"
        if re.match(r"how (?:many|much|long|big|heavy|far|old)\b", description, re.IGNORECASE):
            return f"{description[0].upper()}{description[1:]}?"
        return ""

    def hint(self, slot: Slot) -> str:
        """The range, if there is one."""
        low, high = slot.minimum, slot.maximum
        if low is not None and high is not None:
            return f"A number from {low:g} to {high:g}, please."
        return "Just a number, please."


def _corrected(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """A bare number that corrects one said before it ("there's five of us, wait no, six"), or sums up ("six, with the baby seven")."""
    out: list[Candidate] = []
    for one in found:
        before = next((c for c in reversed(out) if c.last <= one.first and c.strength >= 0.7), None)
        lone = one.strength >= 0.3 and one.last - one.first == 1 and one.strength < 0.9
        if before is None or not lone or heard.norms[one.first - 1] in {"at", "on", "past", "to"}:
            out.append(one)
            continue
        near = heard.norms[max(before.last, one.first - 4) : one.first]
        if _sums(heard, before, one):
            out.remove(before)
        if turned(near) or before not in out:
            strength = max(one.strength, before.strength)
            one = replace(one, strength=strength, why=f"corrects {before.value}")
        out.append(one)
    return out


def _more(heard: Heard, slot: Slot, current: Any, count: float, first: int, last: int) -> Candidate | None:
    """For example "one more person", "two fewer": from the count so far; 0 if that is not known. None if nothing of the kind is said."""
    fewer = heard.norms[last : last + 1] in (("fewer",), ("less",)) or heard.norms[last + 1 : last + 2] in (
        ("fewer",),
        ("less",),
    )
    if not fewer and not heard.starts(last, "more"):
        return None
    if not isinstance(current, int):
        return Candidate(0, first, last + 1, 0.0, "more than is known") if slot.role == "new" else None
    value = current - int(count) if fewer else current + int(count)
    return Candidate(value, first, last + 1, 0.9, f"{heard.said(first, last + 1)} than {current}")


def _sums(heard: Heard, before: Candidate, after: Candidate) -> bool:
    """Whether the later number is the earlier with somebody added: "six, with the baby seven", "a couple with a kid, so three"."""
    between = heard.norms[before.last : after.first]
    return (
        bool(between)
        and before.value < after.value <= before.value + 3
        and (between[-1] in {"so", "makes", "making"} or (between[0] == "with" and 2 <= len(between) <= 4))
    )


def _digit_by_digit(heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
    """For example "four five one two" for a meter that shows 4512."""
    out = []
    for digits, first, last in digit_runs(heard):
        single = all(len(n) <= 2 or n in {"zero", "double", "triple"} for n in heard.norms[first:last])
        low, high = slot.minimum or 0, slot.maximum or 0
        fits = (
            last - first == 2 and low >= _LONG and low <= int(digits.strip("+")) <= high
        )  # "room four eleven"
        if (last - first >= 3 or fits) and digits.isdigit() and len(digits) <= 9 and single:
            near = {stem(w) for w in heard.norms[max(0, first - 4) : first]}
            named = bool(near & (set(slot.title_stems) | {"say", "show", "read", "stand", "stood"}))
            strength = 0.9 if context.asked or named else 0.7 if fits else 0.5
            out.append(Candidate(int(digits), first, last, strength, "digit by digit"))
    return out


def _cents(heard: Heard, at: int) -> int | None:
    """The fifty of "sixty-five euros fifty"; None if nothing of the kind follows the unit."""
    if heard.norms[at] not in {"euros", "euro", "pounds", "pound", "dollars", "dollar"} or at + 1 >= len(
        heard
    ):
        return None
    cents = heard.tokens[at + 1].whole
    after = heard.norms[at + 2] if at + 2 < len(heard) else ""
    return (
        cents
        if cents is not None and 10 <= cents < 100 and not heard.tokens[at].stop and after not in PEOPLE
        else None
    )
