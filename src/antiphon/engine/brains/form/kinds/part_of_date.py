"""Weeks and months named without a day ("the week after next", "early December"), and the day that is said beside or after them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.days import add_months, next_such
from antiphon.engine.brains.form.kinds.several_days import bare_day, bare_weekday
from antiphon.engine.brains.form.lexicon import MONTH, listed
from antiphon.engine.brains.form.tokens import Heard

_BEFORE_MONTH = frozenset(
    listed(
        "in early mid late of until till through for sometime during from next this by end beginning middle since starting"
    )
)
_FROM = frozenset(listed("from starting since beginning start"))
_WEEKEND = timedelta(2)
_THIRDS = {
    "early": (1, 10),
    "beginning": (1, 10),
    "mid": (11, 20),
    "middle": (11, 20),
    "late": (21, 31),
    "end": (21, 31),
}


@dataclass(frozen=True, slots=True)
class Part:
    """Days that were named as a whole, both ends included, and the words that named them."""

    start: date
    end: date
    first: int
    last: int
    starts_there: bool = False
    """It was said that something starts with it: "from January on"."""


def narrowed(heard: Heard, found: list[Candidate], today: date, context: Context) -> list[Candidate]:
    """Days put into the week or month that is named beside them, or was named before; a week or a month alone is in doubt."""
    parts = [
        p
        for p in _parts(heard, today, context.asked)
        if p.starts_there or not any(_exact(heard, c, p) for c in found)
    ]
    held = context.partial.split("/") if context.asked else []
    if len(held) == 2 and not parts:
        before = Part(date.fromisoformat(held[0]), date.fromisoformat(held[1]), -1, -1)
        return [_within(heard, c, before) for c in found]
    if not parts:
        return found
    part = parts[-1]
    days = [c for c in found if c.last <= part.first or c.first >= part.last]
    bare = [c for c in days if bare_day(heard, c) or bare_weekday(heard, c)]
    if bare:
        return [_within(heard, c, part) if c in bare else c for c in days]
    if days:
        return found
    said = heard.said(part.first, part.last)
    if part.starts_there and part.start >= today:
        return [Candidate(part.start, part.first, part.last, 0.8, said)]
    whole = [c for c in found if c.value is not None]  # "in two weeks" is a day as well
    if whole or part.end - part.start == _WEEKEND:
        return found
    doubt = Doubt("part", (part.start, part.end))
    strength = 0.75 if context.asked else 0.66
    return [Candidate(None, part.first, part.last, strength, f"{said}: which day?", doubt)]


def _parts(heard: Heard, today: date, asked: bool) -> list[Part]:
    found: list[Part] = []
    for i in range(len(heard)):
        part = _week(heard, i, today) or _month(heard, i, today, asked)
        if part is not None and not (found and found[-1].last > part.first):
            found.append(part)
    return found


def _week(heard: Heard, i: int, today: date) -> Part | None:
    """For example "next week", "the week after next", "in two weeks", "the second week of December"."""
    monday = today - timedelta(today.weekday())
    if heard.norms[i + 1 : i + 2] == ("weekend",):
        friday = monday + timedelta(4 + 7 * (heard.norms[i] == "next" and today.weekday() < 5))
        return Part(friday, friday + _WEEKEND, i, i + 2)
    for words, ahead in (
        (("week", "after", "next"), 2), (("next", "week"), 1), (("following", "week"), 1), (("this", "week"), 0),
        (("in", "a", "week"), 1), (("in", "a", "fortnight"), 2),
    ):  # fmt: skip
        if heard.starts(i, *words):
            start = monday + timedelta(7 * ahead)
            return Part(start, start + timedelta(6), i, i + len(words))
    count = heard.tokens[i + 1].whole if heard.norms[i] == "in" and i + 1 < len(heard) else None
    if count and 1 < count < 20 and heard.norms[i + 2 : i + 3] in (("weeks",), ("weeks'",)):
        last = i + 3 + heard.starts(i + 3, "time")
        start = monday + timedelta(7 * count)
        return Part(start, start + timedelta(6), i, last)
    token = heard.tokens[i]
    if heard.starts(i + 1, "week", "of") or heard.starts(i + 1, "week", "in"):
        place = int(token.number) if token.ordinal and token.number else 5 if token.norm == "last" else 0
        at = i + 3 + heard.starts(i + 3, "the")
        month = MONTH.get(heard.norms[at]) if at < len(heard) else None
        if place and month and (first := next_such(today, month, 28)) is not None:
            first = first.replace(day=1)
            start = first - timedelta(first.weekday()) + timedelta(7 * (place - (first.weekday() < 5)))
            return Part(start, start + timedelta(6), i, at + 1)
    return None


def _month(heard: Heard, i: int, today: date, asked: bool) -> Part | None:
    """For example "in January", "sometime next month", "mid December"."""
    word = heard.norms[i]
    before = heard.norms[i - 1] if i else ""
    if word == "month" and before in {"next", "this"}:
        start = add_months(today.replace(day=1), before == "next")
    elif word in MONTH and (before in _BEFORE_MONTH or (asked and len(heard) < 4 and word != "may")):
        start = (
            today.replace(day=1) if MONTH[word] == today.month else next_such(today, MONTH[word], 1) or today
        )
    else:
        return None
    low, high = 1, 31
    first = i
    for k in range(max(0, i - 4), i):
        if heard.norms[k] in _THIRDS and heard.norms[k] != "end":
            (low, high), first = _THIRDS[heard.norms[k]], k
    end = min(add_months(start, 1) - timedelta(1), start + timedelta(high - 1))
    near = set(heard.norms[max(0, i - 2) : i])
    return Part(
        start + timedelta(low - 1), end, first, i + 1, bool(near & _FROM) or heard.starts(i + 1, "on")
    )


def _within(heard: Heard, found: Candidate, part: Part) -> Candidate:
    """A bare weekday or day of the month as the day of that week or month."""
    if found.value is None:
        return found
    days = (part.start + timedelta(k) for k in range((part.end - part.start).days + 1))
    if bare_weekday(heard, found):
        day = next((d for d in days if d.weekday() == found.value.weekday()), None)
    elif bare_day(heard, found):
        day = next((d for d in days if d.day == found.value.day), None)
    else:
        return found
    return found if day is None else replace(found, value=day, strength=max(found.strength, 0.9), doubt=None)


def _exact(heard: Heard, found: Candidate, part: Part) -> bool:
    """Whether a whole day has the words: "the third of December"; "in two weeks" may be a week as well."""
    overlaps = found.first < part.last and part.first < found.last
    return (
        overlaps and found.value is not None and not (found.first == part.first and found.last <= part.last)
    )
