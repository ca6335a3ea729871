"""What a number counts: people, or a measure, by the words of its slot."""

from __future__ import annotations

import re

from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import stem

PEOPLE = frozenset(
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
ALL_UNITS = (
    frozenset(" ".join(_UNITS.values()).split()) | PEOPLE | {"moment", "second", "sec", "time", "times"}
)
_SEATS = frozenset(["seat", "seats", "covers", "heads"])
_LENGTHS = frozenset(["length", "width", "height", "depth", "size", "distance"])


def is_people(slot: Slot) -> bool:
    """Whether the number counts people."""
    words = set(re.findall(r"[a-z]+", f"{slot.title} {slot.description}".lower()))
    if words & _SEATS and len(set(slot.title.split()) - {"number", "of"}) > 1:
        words -= _SEATS  # "child seats" are no people
    return bool(words & PEOPLE) or bool(words & {"party"})


def units(slot: Slot) -> frozenset[str]:
    """Words that may follow this slot's number."""
    words = set(re.findall(r"[a-z]+", f"{slot.title} {slot.description}".lower()))
    out: set[str] = set(PEOPLE) if is_people(slot) else set()
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
