"""Did a tool do what it was called for, and if not, which value is to blame? Read from the tool's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from antiphon.engine.brains.form.results import Result
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.tokens import hear, stem

_CLUES = {
    "date": (
        (
            re.compile(
                r"\bclosed\b|\b(?:which|what|other|another|that|the) day\b|\bdate\b|\bin the past\b|"
                r"\bhas passed\b|\bmonths? ahead\b|\bholiday|\bdays?\b",
                re.I,
            ),
            1.6,
        ),
        (re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.I), 0.5),
    ),
    "time": (
        (
            re.compile(
                r"\b(?:what|which|other|another|that|the) time\b|\bkitchen\b|\bseat guests\b|\btoo (?:late|"
                r"early)\b|\bopen (?:from|until|at)\b",
                re.I,
            ),
            1.6,
        ),
        (
            re.compile(
                r"o'clock|\b(?:noon|midnight|half past|quarter|evening|morning|afternoon|earlier|later)\b|[ap]\.m\.|\d:\d\d",
                re.I,
            ),
            0.7,
        ),
        (
            re.compile(
                r"\b(?:booked|full|taken|no (?:free )?(?:table|slot|room)|not (?:free|available)|unavailable)\b",
                re.I,
            ),
            0.8,
        ),
    ),
    "name": (
        (re.compile(r"\bname\b|\bspell", re.I), 1.6),
        (
            re.compile(
                r"\bno (?:such )?(?:booking|reservation|appointments?|records?)\b|\b(?:can't|cannot|couldn't|could not|did not|"
                r"didn't) find\b|"
                r"\bnot found\b|\b(?:nothing|nobody|no one) under\b",
                re.I,
            ),
            1.4,
        ),
    ),
    "number": (
        (
            re.compile(
                r"\bhow many\b|\bup to \w+ (?:people|guests|persons)|\blargest\b|\btoo (?:many|large|big|"
                r"heavy)\b|\bat most\b|\bmaximum\b|\bparties\b|\bseats \w+\b",
                re.I,
            ),
            2.4,
        ),
    ),
    "phone": ((re.compile(r"\bphone\b|\bdigits\b", re.I), 1.6),),
    "email": ((re.compile(r"\be-?mail\b", re.I), 1.6),),
    "code": (
        (re.compile(r"\b(?:reference|code|number)\b", re.I), 1.0),
        (re.compile(r"\bnot found\b|\bno such\b|\bfind\b|\bunknown\b|\binvalid\b", re.I), 1.0),
    ),
}
"""Words in an error that point at a kind of value, with their weight."""
OFFERS = re.compile(
    r"\b(?:there (?:is|are) (?:one|two|three|a|still)|could offer|would suit|"
    r"would be possible|is possible|instead|is free|are free|we have|"
    r"is available|are available|next (?:free|available)|earliest|at the earliest)\b",
    re.I,
)
"""Words with which an error offers something else."""
_DONE = re.compile(
    r"\b(?:done|confirmed|success\w*|completed?|saved|noted|reserved|scheduled|moved|added|"
    r"updated|created|registered|arranged|thank you|all set|will be|"
    r"reference (?:number|code)?|look forward)\b",
    re.IGNORECASE,
)
"""Words with which a tool says that it did what it should."""


def went_well(result: Result, form: Form, values: Mapping[str, Any]) -> bool:
    """Whether a tool did what it was called for.

    A refusal need not use any word that is known here: words of a tool that changes something, which neither say that it is done nor use
    its verb, but name one of the values, are taken for one.
    """
    if result.text.endswith("?") and (not form.reads or culprit(form, values, result.text)):
        return False  # it asks for another value
    if not result.ok or not result.text or form.reads or isinstance(result.data, Mapping):
        return result.ok
    if _DONE.search(result.text) or stem(form.verb) in hear(result.text).stems:
        return True
    return culprit(form, values, result.text, least=1.6) is None


def own_question(text: str) -> tuple[str, str]:
    """A tool's words, and the question in which they end ("" if they do not)."""
    if not text.endswith("?"):
        return text, ""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
    return " ".join(sentences[:-1]), sentences[-1]


def culprit(form: Form, values: Mapping[str, Any], text: str, least: float = 0.0) -> Slot | None:
    """The slot whose value an error is about: what the tool itself asks for, else what its words name."""
    statement, question = own_question(text)
    if question:
        asked = [s for s in form.slots if s.role != "old" or s.path in values]
        best = _most_named(asked, values, question, bonus=0.3)
        if best is not None:
            return best
    return _most_named(
        [s for s in form.slots if s.path in values], values, statement or text, bonus=0.0, least=least
    )


def _most_named(
    slots: Sequence[Slot], values: Mapping[str, Any], text: str, bonus: float, least: float = 0.0
) -> Slot | None:
    marks = set(hear(text).stems)
    scores: list[tuple[float, int, Slot]] = []
    for index, slot in enumerate(slots):
        score = sum(weight for pattern, weight in _CLUES.get(slot.kind, ()) if pattern.search(text))
        if set(slot.title_stems) & marks:
            score += 1.5
        if slot.kind == "number" and (slot.cues & marks):
            score += 0.5
        if (
            slot.kind == "enum"
            and {stem(w) for w in str(values.get(slot.path, "")).lower().split("_")} & marks
        ):
            score += 1.0
        if score and score >= least:
            scores.append((score + bonus * (slot.path in values), -index, slot))
    return max(scores, key=lambda s: (s[0], s[1]))[2] if scores else None
