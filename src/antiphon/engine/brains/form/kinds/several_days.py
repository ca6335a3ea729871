"""Several days in one sentence lean on each other: "from the 28th of December to the 2nd", "the 21st or the 22nd of January"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate
from antiphon.engine.brains.form.kinds.days import next_day_of_month, next_such
from antiphon.engine.brains.form.lexicon import MONTH, WEEKDAY, listed
from antiphon.engine.brains.form.tokens import Heard

_UNTIL = frozenset(listed("to until till til through thru"))
_THAT_IS = frozenset(listed("a that's which is it's"))
_BESIDE = (
    _THAT_IS
    | _UNTIL
    | frozenset(listed("and or the no not sorry wait actually i mean on rather make it that"))
)


def in_one_month(heard: Heard, found: list[Candidate], today: date, current: Any = None) -> list[Candidate]:
    """Gives a bare "the seventh" the month of the day beside it, or of the value so far; a weekday after "until" the week before it."""
    out = list(found)
    if (
        len(found) == 1
        and isinstance(current, date)
        and current >= today
        and bare_day(heard, found[0])
        and found[0].value
    ):
        return [_with(found[0], _in_month_of(current, found[0].value.day, today))]
    for at, (a, b) in enumerate(pairwise(found)):
        between = set(heard.norms[a.last : b.first])
        if a.value is None or b.value is None or not between <= _BESIDE:
            continue
        a = out[at]
        told = has_month(heard, a) or bare_day(heard, a)
        if told and bare_weekday(heard, b) and between <= _THAT_IS and a.value.weekday() == b.value.weekday():
            out[at + 1] = replace(a, first=b.first, last=b.last)  # "the seventeenth, a Thursday"
            continue
        if bare_day(heard, a) and has_month(heard, b):
            out[at] = _with(a, _in_month_of(b.value, a.value.day, today))
        elif bare_day(heard, b) and (between & _UNTIL or has_month(heard, a)):
            until = next_day_of_month(a.value, b.value.day, skip_month=False)
            out[at + 1] = _with(b, until if between & _UNTIL else _in_month_of(a.value, b.value.day, today))
        elif between & _UNTIL:
            out[at + 1] = after(heard, b, a.value)
    return out


def after(heard: Heard, found: Candidate, start: date | None) -> Candidate:
    """The end of a span that begins on a day: the next such weekday, or day of a month, after it."""
    if start is None or found.value is None:
        return found
    if bare_weekday(heard, found):
        return _with(found, start + timedelta((found.value.weekday() - start.weekday()) % 7 or 7))
    if bare_day(heard, found):
        return _with(found, next_day_of_month(start, found.value.day, skip_month=False))
    if has_month(heard, found) and found.value < start:
        return _with(found, next_such(start, found.value.month, found.value.day))
    return found


def bare_day(heard: Heard, found: Candidate) -> bool:
    """Whether only the day's number was said: "on the seventh"."""
    words = [k for k in range(found.first, found.last) if heard.norms[k] not in {"on", "the", "from"}]
    return len(words) == 1 and heard.tokens[words[0]].number is not None


def bare_weekday(heard: Heard, found: Candidate) -> bool:
    """Whether only the weekday was said: "on Tuesday"."""
    words = set(heard.norms[found.first : found.last])
    return bool(words & set(WEEKDAY)) and words <= {*WEEKDAY, "on", "the"}


def has_month(heard: Heard, found: Candidate) -> bool:
    """Whether the day was said with its month."""
    return any(word in MONTH for word in heard.norms[found.first : found.last])


def _in_month_of(other: date, day: int, today: date) -> date | None:
    try:
        there = other.replace(day=day)
    except ValueError:
        return None
    return there if there >= today else next_day_of_month(today, day, skip_month=False)


def _with(found: Candidate, day: date | None) -> Candidate:
    return found if day is None else replace(found, value=day, doubt=None)
