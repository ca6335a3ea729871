"""From when until when: two slots of a form that are the beginning and the end of one span, and which moments are meant for which.

"From the fourth to the seventh", "arriving on Friday and leaving on Sunday", "between two and four", "on Friday for two nights". A moment
is marked by the word before it, or by the nearest word that tells of arriving or leaving; what nothing marks goes by the order in which
it is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from antiphon.engine.brains.form.kinds import KINDS, Candidate, Context
from antiphon.engine.brains.form.kinds.date import is_past
from antiphon.engine.brains.form.kinds.repairs import LEAST, denied, settle, turned
from antiphon.engine.brains.form.kinds.time import length_at
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.schema import Form, Slot
from antiphon.engine.brains.form.tokens import Heard, stem

Side = Literal["begin", "end"]
_ENDS = frozenset(
    stem(w)
    for w in listed(
        "end until till return returned back departure leave leaving checkout finish last due drop over"
    )
)
_BEGINS = frozenset(
    stem(w)
    for w in listed(
        "start starting from begin beginning since arrival arrive arriving come checkin pick pickup collect first"
    )
)
"""Stems that tell of the end and of the beginning of a span, in a slot's words as in a caller's."""
_INTO = frozenset(listed("to until till til through thru"))
_NEAR = 6
"""Words before a moment that may mark it."""
_DAYS = {"night": 1, "nights": 1, "day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14}
_LONGER = frozenset(["longer", "more", "extra"])
_AWAY = frozenset(listed("later ago before after earlier time from"))


@dataclass(frozen=True, slots=True)
class Span:
    """Two slots of one kind: where something begins and where it ends."""

    begin: Slot
    end: Slot


@lru_cache(maxsize=256)
def spans_of(form: Form) -> tuple[Span, ...]:
    """The spans among a form's dates and among its times."""
    out = []
    for kind in ("date", "time"):
        pair = [
            s
            for s in form.slots
            if s.kind == kind and s.role == "plain" and not (kind == "date" and is_past(s))
        ]
        if len(pair) == 2 and (end := _end(*pair)) is not None:
            out.append(Span(pair[0] if end is pair[1] else pair[1], end))
    return tuple(out)


def _end(one: Slot, other: Slot) -> Slot | None:
    """Which of two slots is the end; of "departure" and "return" it is the later one."""
    ends = [bool(_words(slot) & _ENDS) or _outward(slot) for slot in (one, other)]
    if ends[1] and (not ends[0] or bool(_words(one) & (_BEGINS | _ENDS))):
        return other
    return one if ends[0] else None


def _words(slot: Slot) -> set[str]:
    return {stem(w) for w in re.findall(r"[a-z]+", f"{slot.title} {slot.description}".lower())}


def _outward(slot: Slot) -> bool:
    return bool(re.search(r"\b(?:check|move)[- ]out\b|\bto\b", f"{slot.title} {slot.name.replace('_', ' ')}"))


def found_in(
    span: Span, heard: Heard, context: Callable[[Slot], Context]
) -> list[tuple[Slot, Context, list[Candidate]]]:
    """What the words give to the beginning and to the end."""
    of_begin, of_end = context(span.begin), context(span.end)
    kind = KINDS[span.begin.kind]
    slot, about = (span.end, of_end) if of_end.asked else (span.begin, of_begin)
    found = kind.find(heard, slot, about)
    gone = [c for c in found if denied(heard, c)] if len(found) > 1 else []
    moments = sorted((c for c in found if c not in gone and c.strength >= LEAST), key=lambda c: c.first)
    sides = _sides(heard, moments, gone, span, of_begin, of_end)
    begins = settle(heard, [c for c, side in zip(moments, sides, strict=True) if side == "begin"])
    from_when = next((c.value for c in begins if c.doubt is None), of_begin.current)
    of_end = replace(of_end, after=from_when if isinstance(from_when, date | time) else None)
    places = {c.first for c, side in zip(moments, sides, strict=True) if side == "end"}
    ends = [c for c in kind.find(heard, span.end, of_end) if c.first in places] if places else []
    if not ends and of_end.after is not None:
        ends = lengths(heard, of_end)
    return [(span.begin, of_begin, begins), (span.end, of_end, settle(heard, ends))]


def _sides(
    heard: Heard,
    moments: list[Candidate],
    gone: list[Candidate],
    span: Span,
    of_begin: Context,
    of_end: Context,
) -> list[Side]:
    """For each moment, whether it begins or ends; a second thought ("until Friday, no, Saturday") is for the same side as the first."""
    groups: list[tuple[Side | None, list[Candidate]]] = []
    for at, moment in enumerate(moments):
        side = _marked(heard, moments, at, span)
        between = heard.norms[moments[at - 1].last : moment.first] if at else ()
        if side is None and ("or" in between or turned(between)):
            groups[-1][1].append(moment)
        else:
            groups.append((side, [moment]))
    taken = {side for side, _ in groups if side}
    unmarked = sum(side is None for side, _ in groups)
    sides: list[Side] = []
    for side, group in groups:
        if side is None and unmarked == 1:
            side = _alone(group[-1], gone, of_begin, of_end, taken)
        elif side is None:
            side = "end" if "begin" in taken or "begin" in sides else "begin"
        sides += [side] * len(group)
    return sides


def _alone(
    moment: Candidate, gone: list[Candidate], of_begin: Context, of_end: Context, taken: set[Side]
) -> Side:
    """For which side a moment is that nothing marks: what is not said yet, what was asked for, what is missing, what was denied."""
    if len(taken) == 1:
        return "end" if "begin" in taken else "begin"
    if of_begin.asked or of_end.asked:
        return "begin" if of_begin.asked else "end"
    if of_begin.current is None or of_end.current is None:
        return "begin" if of_begin.current is None else "end"
    if any(c.value == of_end.current for c in gone):
        return "end"
    later = moment.value is not None and moment.value > of_end.current
    return "end" if later and all(c.value != of_begin.current for c in gone) else "begin"


def _marked(heard: Heard, moments: list[Candidate], at: int, span: Span) -> Side | None:
    """What the words before a moment say of it, the nearest first."""
    moment = moments[at]
    least = moments[at - 1].last if at else 0
    own = {"begin": span.begin.cues - span.end.cues, "end": span.end.cues - span.begin.cues}
    if heard.norms[moment.first : moment.first + 1] == ("from",):
        return "begin"
    for k in range(moment.first - 1, max(least, moment.first - _NEAR) - 1, -1):
        word, mark = heard.norms[k], heard.stems[k]
        if k == moment.first - 1 and word in _INTO:
            return "end"
        if word == "between":
            return "begin"
        if (
            word == "and"
            and at
            and heard.norms[moments[at - 1].first - 1 : moments[at - 1].first] == ("between",)
        ):
            return "end"
        if mark in own["end"] or mark in _ENDS or (word == "out" and k and heard.stems[k - 1] == "check"):
            return "end"
        if mark in own["begin"] or mark in _BEGINS or (word == "in" and k and heard.stems[k - 1] == "check"):
            return "begin"
    return None


def lengths(heard: Heard, about: Context) -> list[Candidate]:
    """The end from the beginning and how long it lasts: "for two nights", "three days", "for an hour and a half"."""
    found = []
    for at in range(len(heard)):
        before = heard.norms[at - 1] if at else ""
        if before in {"in", "by"}:
            continue
        until = before != "for" and not about.asked
        value: date | time | None = None
        if isinstance(about.after, time):
            minutes, last = length_at(heard, at)
            if minutes:
                value = (datetime.combine(date(2000, 1, 1), about.after) + timedelta(minutes=minutes)).time()
        else:
            count = 1 if heard.norms[at] in {"a", "an", "one"} else heard.tokens[at].whole
            unit = heard.norms[at + 1] if at + 1 < len(heard) else ""
            last = at + 2
            if count and count < 100 and unit in _DAYS and isinstance(about.after, date):
                value = about.after + timedelta(count * _DAYS[unit])
        held = about.current
        longer = value and last < len(heard) and heard.norms[last] in _LONGER
        if longer and isinstance(held, date) and isinstance(value, date) and isinstance(about.after, date):
            value = held + (value - about.after)
            last += 1
        away = last < len(heard) and until and heard.norms[last] in _AWAY if value else False
        if value is not None and not away:
            found.append(Candidate(value, at, last, 0.9, f"{heard.said(at, last)} from {about.after}"))
            break
    return found
