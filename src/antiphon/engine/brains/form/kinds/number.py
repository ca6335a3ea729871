"""Integers and numbers: "four", "a couple", "party of six", "2.5 kilos", and "for people" (which was "four people")."""

from __future__ import annotations

import re
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.phone import digit_runs
from antiphon.engine.brains.form.lexicon import TWINS, listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard, stem

_PEOPLE = frozenset(
    listed(
        "people person persons guests guest adults adult us pax diners heads seats seat covers customers "
        "friends folks men women kids children members participants passengers travellers travelers attendees"
    )
)
_UNITS = {
    "weight": "kg kgs kilo kilos kilogram kilograms kilogramme gram grams g pound pounds lb lbs ounce "
    "ounces tonne tonnes ton tons",
    "length": "cm centimetre centimetres centimeter centimeters metre metres meter meters m mm inch inches foot feet",
    "night": "night nights",
    "day": "day days",
    "hour": "hour hours",
    "minute": "minute minutes",
    "mile": "mile miles kilometre kilometres kilometer kilometers",
    "price": "dollar dollars euro euros pound pounds cent cents bucks",
    "percent": "percent",
}
_ALL_UNITS = (
    frozenset(" ".join(_UNITS.values()).split()) | _PEOPLE | {"moment", "second", "sec", "time", "times"}
)
_LENGTHS = frozenset(["length", "width", "height", "depth", "size", "distance"])
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
_LONG = 100
"""From this maximum on, a number may be said digit by digit."""


def is_day_of_month(slot: Slot) -> bool:
    """Whether it is a number from 1 to 28 or 31 that is said as "the third"."""
    return bool(re.search(r"\bday of (?:the )?month\b", f"{slot.title} {slot.description}", re.IGNORECASE))


def is_people(slot: Slot) -> bool:
    """Whether the number counts people."""
    words = set(re.findall(r"[a-z]+", f"{slot.title} {slot.description}".lower()))
    return bool(words & _PEOPLE) or bool(words & {"party"})


def units(slot: Slot) -> frozenset[str]:
    """Words that may follow this slot's number."""
    words = set(re.findall(r"[a-z]+", f"{slot.title} {slot.description}".lower()))
    out: set[str] = set(_PEOPLE) if is_people(slot) else set()
    stems = {stem(w) for w in words}
    for measure, names in _UNITS.items():
        listed = set(names.split())
        if (
            measure in stems
            or (listed - {"meter", "meters"}) & words
            or (measure == "length" and words & _LENGTHS)
        ):
            out |= listed
    if match := re.match(
        r"(\w+s) (?:a|per|each|on|of|in)\b", slot.description.lower()
    ):  # "Miles on the clock", "Euros a month"
        out |= {match.group(1), match.group(1)[:-1]}
    out |= {
        w
        for w in words
        if stem(w) in slot.title_stems and w not in {"number", "of", "size", "count", "total"}
    }
    return frozenset(out)


class Number:
    """The kind `number`."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Numbers, each as strong as the words around it make it this slot's."""
        found = [c for i in range(len(heard)) if (c := self._at(heard, i, slot, context))]
        found = _corrected(heard, found)
        if is_people(slot):
            found = _altogether(heard, found) or _summed(heard, found) + _couples(heard)
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
        if value is None:
            return None
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
        if after in {"of", "more", "whole"} and last + 1 < len(norms):
            after, skip = norms[last + 1], 2
        else:
            skip = 1
        number = int(value) if value == int(value) else value
        said = heard.said(first, last)
        if is_people(slot) and before == "with" and after in _PEOPLE and _I & set(norms[:first]):
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
        if before == "for" and is_people(slot):
            strength, why = max(strength, 0.75), f"'for {said}'"
        things = after.endswith("s") and after not in own and after not in _NO_PLURALS
        if things and (not context.asked or slot.maximum is None or slot.maximum >= _LONG):
            return Candidate(number, first, last, 0.6 if context.asked else 0.3, f"'{said} {after}'")
        neighbour = any(0 <= k < len(norms) and heard.tokens[k].number is not None for k in (first - 1, last))
        if neighbour and not heard.tokens[first].stop:
            strength, why = strength - 0.4, why + ", beside another number"
        if after in _FOREIGN or after in _MONTHS_DAYS or (after in _ALL_UNITS and after not in own):
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


_TURNING = frozenset(listed("no sorry wait actually rather meant mean make"))


def _corrected(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """A bare number that corrects one said before it: "there's five of us, wait no, six"."""
    out = []
    for one in found:
        before = [c for c in found if c.last <= one.first and c.strength >= 0.7]
        near = set(heard.norms[max(0, one.first - 3) : one.first])
        bare = 0.3 <= one.strength < 0.7 and one.last - one.first == 1
        if (
            bare
            and near & _TURNING
            and before
            and heard.norms[one.first - 1] not in {"at", "on", "past", "to"}
        ):
            one = Candidate(
                one.value, one.first, one.last, before[-1].strength, f"corrects {before[-1].value}", one.doubt
            )
        out.append(one)
    return out


def _altogether(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """For example "two adults and the little one, so three altogether": the sum that was said."""
    for one in found:
        after = heard.norms[one.last : one.last + 2]
        if after[:1] in (("altogether",), ("total",)) or after in (
            ("in", "total"),
            ("in", "all"),
            ("all", "together"),
        ):
            return [
                Candidate(
                    one.value,
                    one.first,
                    one.last,
                    0.98,
                    f"'{heard.said(one.first, one.last)} altogether'",
                    one.doubt,
                )
            ]
    return []


def _summed(heard: Heard, found: list[Candidate]) -> list[Candidate]:
    """For example "six of us plus two kids", "two adults and three children": one count of people."""
    counts = sorted((c for c in found if c.strength >= 0.9 or "people" in c.why), key=lambda c: c.first)
    for a, b in zip(counts, counts[1:], strict=False):
        between = set(heard.norms[a.last : b.first])
        if between and between <= {"plus", "and", "with", "also"} and a.last <= b.first:
            both = Candidate(a.value + b.value, a.first, b.last, 0.96, f"{a.why} and {b.why}")
            return [both, *(c for c in found if c is not a and c is not b)]
    return found


def _digit_by_digit(heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
    """For example "four five one two" for a meter that shows 4512."""
    out = []
    for digits, first, last in digit_runs(heard):
        single = all(len(n) <= 2 or n in {"zero", "double", "triple"} for n in heard.norms[first:last])
        if last - first >= 3 and digits.isdigit() and len(digits) <= 9 and single:
            near = {stem(w) for w in heard.norms[max(0, first - 4) : first]}
            named = bool(near & (set(slot.title_stems) | {"say", "show", "read", "stand", "stood"}))
            strength = 0.9 if context.asked or named else 0.5
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
        if cents is not None and 10 <= cents < 100 and not heard.tokens[at].stop and after not in _PEOPLE
        else None
    )


_ONE_OF = frozenset(listed("my our a the his her"))
_ME = frozenset(["me", "i", "myself"])
_NOBODY = frozenset(listed("name number time day table phone booking reservation place car way"))


def _couples(heard: Heard) -> list[Candidate]:
    """For example "my wife and me", "me, my husband and our three kids", "just me"."""
    found = []
    i = 0
    while i < len(heard):
        count, items, mine, at = 0, 0, False, i
        while (step := _one_of_company(heard, at)) is not None:
            count, items, at = count + step[0], items + 1, step[1]
            mine = mine or step[2]
            if heard.norms[at : at + 1] in (("and",), ("plus",), ("with",)):
                at += 1
            elif heard.tokens[at - 1].stop != ",":
                break
        if items >= 2 and mine:
            found.append(Candidate(count, i, at, 0.97, f"{count} people: '{heard.said(i, at)}'"))
            i = at
            continue
        if heard.starts(i, "just", "me") or heard.starts(i, "only", "me"):
            found.append(Candidate(1, i, i + 2, 0.8, "one person"))
        i += 1
    return found


def _one_of_company(heard: Heard, at: int) -> tuple[int, int, bool] | None:
    """(how many, the token after, whether it is the speaker) of "me", "my husband", "our three kids", "two friends"."""
    if at >= len(heard):
        return None
    word = heard.norms[at]
    if word in _ME:
        return 1, at + 1, True
    own = word in _ONE_OF
    start = at + 1 if own else at
    if start >= len(heard):
        return None
    number = heard.tokens[start].whole
    noun = heard.norms[start + 1] if start + 1 < len(heard) else ""
    if (
        number is not None
        and number < 30
        and (noun in _PEOPLE or (noun.endswith("s") and noun.isalpha() and noun not in _ALL_UNITS))
    ):
        return number, start + 2, False
    plain = heard.norms[start]
    if (
        own
        and number is None
        and plain.isalpha()
        and plain not in _NOBODY
        and not plain.endswith(("ing", "s"))
    ):
        return 1, start + 1, False
    return None


def unit_of(slot: Slot) -> str:
    """The unit to speak: "kilograms" for "weight in kilograms", "nights" for "number of nights"."""
    if match := re.search(r"\bin (kilograms|kilos|kg|grams|centimet(?:re|er)s|cm|met(?:re|er)s|minutes|hours|days|"
        r"nights|euros|dollars|pounds)\b",
                          slot.description, re.IGNORECASE):  # fmt: skip
        return {"kg": "kilograms", "cm": "centimetres"}.get(match.group(1).lower(), match.group(1).lower())
    if match := re.search(r"(?:_|\b)(kg|cm|minutes|hours|days|nights)$", slot.name.lower()):
        return {"kg": "kilograms", "cm": "centimetres"}.get(match.group(1), match.group(1))
    if match := re.match(r"(?:the )?number of (\w+)", slot.description, re.IGNORECASE):
        return match.group(1).lower()
    return ""
