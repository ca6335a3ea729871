"""Which tools the values in an utterance fit: a number plate, an estimate's number, "brakes", a phone number, a day and a time.

A value that only one tool takes says much; one that all take says nothing; one that a tool has no place for speaks against it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from antiphon.engine.brains.form.kinds import KINDS, Candidate, Context
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.tokens import Heard, stem

_CONTEXT = Context(datetime(2000, 1, 3))
_SURE = 0.75
_NAMED = 0.85
"""An option's own words, not only one of them."""

Key = tuple[str, str]


class Fits:
    """The tools' places for values.

    Args:
        forms: the tools.
    """

    def __init__(self, forms: Sequence[Form]) -> None:
        self._slots: dict[Key, Slot] = {}
        self._nouns = {stem(noun) for form in forms for noun in form.nouns}
        takes: list[set[Key]] = []
        self._required: list[set[Key]] = []
        for form in forms:
            keys = {_key(slot): slot for slot in form.slots if slot.kind not in {"text", "boolean", "name"}}
            self._slots |= keys
            takes.append(set(keys))
            self._required.append({_key(s) for s in form.slots if s.required and _key(s) in keys})
        self._takes = takes
        self._rarity = {
            key: math.log((1 + len(forms)) / sum(key in t for t in takes)) / math.log(1 + max(len(forms), 1))
            for key in self._slots
        }

    def of(self, heard: Heard) -> NDArray[np.float32]:
        """For each tool what the values say; shape (tools, 5).

        Columns: how telling the codes are that it takes, and the options; the share of its required values that were said; how many
        of its values beyond one; how many values it has no place for.
        """
        found: dict[Key, list[tuple[int, int]]] = {}
        for key, slot in self._slots.items():
            spans = [
                (c.first, c.last)
                for c in KINDS[slot.kind].find(heard, slot, _CONTEXT)
                if c.strength >= (self._least(heard, c) if slot.kind == "enum" else _SURE) and c.doubt is None
            ]
            if spans:
                found[key] = spans
        codes = {key for key in found if key[0] == "code"}
        for key in list(found):  # the digits of a code are no number and no phone number
            if key[0] not in {"code", "enum"} and all(
                any(a < last and first < b for code in codes for a, b in found[code])
                for first, last in found[key]
            ):
                del found[key]
        out = np.zeros((len(self._takes), 5), np.float32)
        for index, (takes, required) in enumerate(zip(self._takes, self._required, strict=True)):
            mine = takes & set(found)
            covered = {span for key in mine for span in found[key]}
            strange = {key for key in found if key not in takes and not set(found[key]) & covered}
            out[index] = (
                sum(self._rarity[key] for key in mine if key[0] == "code"),
                sum(self._rarity[key] for key in mine if key[0] == "enum"),
                len(mine & required) / max(len(required), 2),
                max(0, len(mine) - 1),
                min(len(strange), 3),
            )
        return out

    def _least(self, heard: Heard, found: Candidate) -> float:
        """An option's own words tell; one of them only if it is no tool's noun ("faulty", not "meter")."""
        return _NAMED if set(heard.stems[found.first : found.last]) & self._nouns else _SURE


def _key(slot: Slot) -> Key:
    """Slots with one key take the same values."""
    match slot.kind:
        case "enum":
            return "enum", repr(slot.options)
        case "code":
            return "code", str(slot.schema.get("pattern") or slot.concept)
        case "number":
            return "number", slot.concept
    return slot.kind, ""
