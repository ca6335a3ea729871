"""Which value goes into which slot: candidates of all slots compete for the words, the surest first.

Second thoughts are settled before (repairs.py), and which of two moments begins and which ends (spans.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from antiphon.engine.brains.form import leftovers
from antiphon.engine.brains.form.clauses import clauses_of
from antiphon.engine.brains.form.kinds import KINDS, Candidate, Context
from antiphon.engine.brains.form.kinds.repairs import LEAST, settle
from antiphon.engine.brains.form.lexicon import FILLERS, listed
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.spans import found_in, spans_of
from antiphon.engine.brains.form.tokens import Heard

_TAKEN = 0.5
"""Strength from which a candidate is taken."""
_TELLS_OF_THEN = re.compile(
    r"^(?!.*\b(?:can|could|would|please|like to|need to)\b).*\b(?:was|were|had|been|broke|fell|ate|got|went|came|began|started|since|"
    r"ago|yesterday|[a-z]{2,}ed)\b"
)
"""An answer in free text that tells what happened, and wishes for nothing: its days and numbers belong to it."""
_AROUND = frozenset(listed("sometime in on at the for it would be about i we can could come by some time"))
"""Words around a value that are no text of their own."""
_CLAIMS = 0.9
"""Strength from which a value keeps its words from other slots, although its own has a value already."""
_NAMES_APART = 5
"""Words between a name and the one that corrects it; farther away it is the name of somebody else."""
_TELLS = 4
"""Words from which an utterance may tell more than it was asked."""
_LARGE = 60
"""From here on a number is no time, day or count of people, so that it may stand alone in a long sentence."""
_CORRECTS = frozenset(listed("no sorry actually make change meant mean instead rather"))
_BOOKED = frozenset(listed("booking reservation appointment table order visit"))
_CHANGES = frozenset(listed("change move reschedule modify shift postpone switch update push"))


@dataclass(frozen=True, slots=True)
class Assigned:
    """A slot and what was heard for it."""

    slot: Slot
    candidate: Candidate
    said: str


def assign(
    heard: Heard,
    form: Form,
    context: Callable[[Slot], Context],
    filled: Collection[str],
    *,
    by_meaning: Literal["", "near", "all"] = "",
) -> list[Assigned]:
    """Gives the words of an utterance to a form's slots.

    Args:
        heard: the utterance.
        form: the tool to fill.
        context: what each slot's extractor may know.
        filled: paths that have a value already.
        by_meaning: words that are left may go to free text and to yes-or-no slots: "near" in meaning, or "all" that a slot for
            anything takes (some milliseconds).
    """
    pool: list[tuple[float, Slot, Candidate]] = []
    weak: list[tuple[Slot, Candidate]] = []
    corrects = len(heard) <= 8 and bool(_CORRECTS & set(heard.norms))
    numbers = [s for s in form.slots if s.kind == "number"]
    missing_numbers = (
        numbers
        if corrects and len(numbers) == 1 and (numbers[0].required or numbers[0].path in filled)
        else [
            s
            for s in form.slots
            if s.kind == "number" and s.path not in filled and (s.required or s.role == "new")
        ]
    )
    for slot, about, found in _found(heard, form, context):
        for candidate in found:
            judged = _by_role(heard, form, slot, candidate, filled)
            if judged is None:
                continue
            large = isinstance(candidate.value, int | float) and candidate.value >= _LARGE
            able = [s for s in missing_numbers if slot.kind == "number" and _in_range(s, candidate.value)]
            lone = able == [slot] and (len(heard) <= 12 or large)
            floor = LEAST if lone else _TAKEN
            if judged.strength < floor:
                weak.append((slot, judged))
                continue
            score = judged.strength + 0.08 * about.asked + 0.02 * (slot.required and slot.path not in filled)
            pool.append((score, slot, judged))
    pool = [
        (score, slot, c)
        for score, slot, c in pool
        if not (
            c.doubt is not None
            and c.strength < 0.9
            and c.doubt.why in {"low", "high"}
            and any(
                s is not slot and o.doubt is None and o.overlaps(c)
                for s, o in [*weak, *((s, o) for _, s, o in pool)]
            )
        )
    ]
    if any(slot.kind == "text" and context(slot).asked for _, slot, _ in pool) and _TELLS_OF_THEN.search(
        " ".join(heard.norms)
    ):
        pool = [
            entry for entry in pool if entry[1].kind not in {"date", "time", "number"}
        ]  # "it broke down on Monday"
    pool.sort(key=lambda entry: (-entry[0], -(entry[2].last - entry[2].first)))
    taken: list[Assigned] = []
    spoken_for: list[
        Candidate
    ] = []  # "… and the other meter is E K four four five five six": these digits are no reading
    for _, slot, candidate in pool:
        if any(t.candidate.overlaps(candidate) for t in taken):
            continue
        if candidate.strength < _CLAIMS and any(c.overlaps(candidate) for c in spoken_for):
            continue
        same = [t for t in taken if t.slot.path == slot.path]
        if same and not slot.many:
            if candidate.strength >= _CLAIMS:
                spoken_for.append(candidate)
            continue
        taken.append(Assigned(slot, candidate, heard.said(candidate.first, candidate.last)))
    taken = _rest_for_text(heard, form, context, taken)
    return _by_meaning(heard, form, taken, filled, anything=by_meaning == "all") if by_meaning else taken


def _found(
    heard: Heard, form: Form, context: Callable[[Slot], Context]
) -> Iterator[tuple[Slot, Context, list[Candidate]]]:
    """What was heard for each slot; beginning and end of a span together."""
    spans = spans_of(form)
    for span in spans:
        yield from found_in(span, heard, context)
    paired = {slot.path for span in spans for slot in (span.begin, span.end)}
    for slot in form.slots:
        if slot.path not in paired:
            about = context(slot)
            within = _NAMES_APART if slot.kind == "name" else 99
            yield slot, about, settle(heard, KINDS[slot.kind].find(heard, slot, about), within)


def _in_range(slot: Slot, value: Any) -> bool:
    low = slot.minimum is None or value >= slot.minimum
    return low and (slot.maximum is None or value <= slot.maximum)


def _by_role(
    heard: Heard, form: Form, slot: Slot, candidate: Candidate, filled: Collection[str]
) -> Candidate | None:
    """In a changing tool: "from" marks what was, "to" what shall be."""
    if form.action != "change":
        return candidate
    twins = [s for s in form.slots if s.concept == slot.concept and s.path != slot.path]
    near = heard.norms[max(0, candidate.first - 2) : candidate.first + 1]
    to = bool({"to", "into"} & set(near[:-1] if len(near) > 1 else ())) or "make" in heard.norms
    was = not to and ("from" in near or _belongs_to_the_booking(heard, candidate))
    if slot.role == "new":
        if was:
            return None
        return replace(
            candidate, strength=candidate.strength + (0.05 if to or twins and twins[0].path in filled else 0)
        )
    if slot.role == "old" and twins:
        if to:
            return None
        return replace(
            candidate, strength=candidate.strength + (0.06 if was else -0.1 if slot.path in filled else 0)
        )
    return candidate


def _belongs_to_the_booking(heard: Heard, candidate: Candidate) -> bool:
    """For example "my booking on thursday", and "I have a table for thursday and want to change it"."""
    at = candidate.first
    if at and heard.norms[at] in {"on", "for", "at"}:
        at += 1
    before = heard.norms[max(0, at - 7) : at]
    has = {"have", "had", "we've", "i've", "there's"} & set(before)
    if _BOOKED & set(before[-3:] if not has else before) and not _CHANGES & set(before):
        return True
    later = heard.norms[candidate.last :]
    verbs = [i for i, word in enumerate(later) if word in _CHANGES]
    return bool(verbs) and bool(
        {"have", "had", "booked", "made", "is", "was"} & set(heard.norms[: candidate.first])
    )


def _rest_for_text(
    heard: Heard, form: Form, context: Callable[[Slot], Context], taken: list[Assigned]
) -> list[Assigned]:
    """Free text that was asked for gets the words that no surer value took."""
    asked = next((s for s in form.slots if s.kind == "text" and context(s).asked), None)
    if asked is None or any(t.slot.path == asked.path for t in taken):
        return taken
    used = {k for t in taken for k in range(t.candidate.first, t.candidate.last)}
    rest = [k for k in range(len(heard)) if k not in used and heard.norms[k] not in FILLERS]
    if not rest or (taken and {heard.norms[k] for k in rest} <= _AROUND):
        return taken
    whole = _untouched(heard, used)
    rest = [k for k in rest if k in whole] or rest  # "a check-up, and I'd like to come on Friday"
    first, last = rest[0], rest[-1] + 1
    text: Any = heard.said(first, last)
    return [*taken, Assigned(asked, Candidate(text, first, last, 0.5, "the rest of the answer"), text)]


def _untouched(heard: Heard, used: set[int]) -> set[int]:
    """The words of the clauses from which nothing was taken."""
    out: set[int] = set()
    first = 0
    for clause in clauses_of(heard):
        words = set(range(first, first + len(clause)))
        first += len(clause)
        if not words & used:
            out |= words
    return out


def _by_meaning(
    heard: Heard, form: Form, taken: list[Assigned], filled: Collection[str], *, anything: bool
) -> list[Assigned]:
    """Words that are left, for optional text and for yes-or-no slots, if they mean what these are about."""
    if len(heard) < _TELLS:
        return taken
    have = {t.slot.path for t in taken} | set(filled)
    texts = [s for s in form.slots if s.kind == "text" and not s.required and s.path not in have]
    booleans = [s for s in form.slots if s.kind == "boolean" and s.path not in have]
    if not texts and not booleans:
        return taken
    used = {k for t in taken for k in range(t.candidate.first, t.candidate.last)}
    made = leftovers.of_make(heard, texts, used)
    used |= {k for _, c in made for k in range(c.first, c.last)}
    texts = [s for s in texts if all(s is not other for other, _ in made)]
    options = {k for t in taken if t.slot.kind == "enum" for k in range(t.candidate.first, t.candidate.last)}
    told = leftovers.told_of(heard, options, used)
    left = leftovers.phrases(heard, used - told, form, told)
    found = made + leftovers.of_boolean(heard, booleans, [p for p in left if not p.of_the_tool], form)
    gone = {c.first for _, c in found}
    found += leftovers.of_text(texts, [p for p in left if p.first not in gone], form if anything else None)
    return [*taken, *(Assigned(slot, c, heard.said(c.first, c.last)) for slot, c in found)]
