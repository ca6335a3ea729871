"""Dates: "thursday", "next friday", "the twenty fifth", "december 3rd", "in two weeks", "the day after".

A weekday is the next such day after today; instead of another date, it is the one in that date's week. "Next friday" is the coming
one, unless that is today or tomorrow. A day without a year is the next one that is not
past. "12/3" is read as month and day, unless that cannot be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.kinds.days import add_months, dated, next_day_of_month, next_such
from antiphon.engine.brains.form.kinds.part_of_date import narrowed
from antiphon.engine.brains.form.kinds.several_days import after, in_one_month
from antiphon.engine.brains.form.lexicon import MONTH, MONTHS, WEEKDAY, WEEKDAYS
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard

_HOLIDAYS = {
    ("christmas", "eve"): (12, 24),
    ("christmas", "day"): (12, 25),
    ("christmas",): (12, 25),
    ("boxing", "day"): (12, 26),
    ("new", "year's", "eve"): (12, 31),
    ("new", "years", "eve"): (12, 31),
    ("new", "year's", "day"): (1, 1),
    ("new", "years", "day"): (1, 1),
    ("valentine's", "day"): (2, 14),
    ("valentines", "day"): (2, 14),
    ("valentine's",): (2, 14),
    ("halloween",): (10, 31),
}
_NO_DAYS = frozenset(
    ["one", "one's", "1", "time", "floor", "option", "week", "weekend", "half", "choice", "month"]
)
"""After "the second": it is no day of the month."""
_FAR = 500
"""More weeks or days ahead than this is no date that anybody means."""
_LENGTHS = tuple((word,) for word in ("day", "days", "night", "nights", "week", "weeks", "hours", "months"))
_BORN = re.compile(r"\bbirth|\bborn\b|\bdob\b", re.IGNORECASE)
_SPANS = {"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14, "fortnights": 14}

Found = tuple[date | None, int, int, float, str, Doubt | None]


def ordinal(n: int) -> str:
    """1 → "1st"."""
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def spoken_date(day: date) -> str:
    """For example "Thursday the 26th of November"."""
    return f"{WEEKDAYS[day.weekday()].capitalize()} the {ordinal(day.day)} of {MONTHS[day.month - 1].capitalize()}"


class Date:
    """The kind `date`. Values are `datetime.date`; the schema gets ISO text."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Every date; the longest reading at each place."""
        today = context.now.date()
        start = context.after if isinstance(context.after, date) else None
        found: list[Candidate] = []
        i = 0
        while i < len(heard):
            best: Found | None = None
            base = found[-1].value if found and found[-1].value else context.current
            for reading in self._readings(heard, i, today, context, base):
                if best is None or reading[2] > best[2]:
                    best = reading
            if best is None:
                i += 1
                continue
            day, first, last, strength, why, doubt = best
            if is_past(slot):
                day, last, doubt = _with_year(heard, day, last, today)
                dated = doubt is None and day is not None and day.year < today.year
                strength = strength if context.asked or dated else 0.45
            elif may_be_past(slot):
                if day is not None and day > today and _plain_weekday(heard.norms[first:last]):
                    day -= timedelta(7)  # "read on Sunday"
            elif day is not None and day < today and doubt is None:
                told = len(heard) > 4 and {"yesterday", "last"} & set(
                    heard.norms[first:last]
                )  # "he swallowed a sock yesterday"
                doubt, strength = Doubt("past"), strength if context.asked else 0.3 if told else 0.7
            found.append(Candidate(day, first, last, strength, why, doubt))
            i = last
        found = narrowed(heard, in_one_month(heard, found, today, context.current), today, context)
        return [after(heard, c, start) for c in found] if start else found

    def _readings(self, heard: Heard, i: int, today: date, context: Context, base: Any) -> Iterator[Found]:
        """All readings that begin at token i; `base` is the day that "the day after" counts from."""
        norms = heard.norms
        word = norms[i]
        nxt = norms[i + 1] if i + 1 < len(norms) else ""
        if word in {"today", "tonight"}:
            yield today, i, i + 1, 0.95, word, None
        elif word in {"tomorrow", "tomorow", "tommorow", "tomorrow's"}:
            yield today + timedelta(1), i, i + 1, 0.95, word, None
        elif word == "this" and nxt in {"morning", "afternoon", "evening", "night"}:
            yield today, i, i + 2, 0.9, f"this {nxt}", None
        elif word == "yesterday":
            yield today - timedelta(1), i, i + 1, 0.95, word, None
        elif word == "last" and nxt in WEEKDAY:
            back = (today.weekday() - WEEKDAY[nxt]) % 7 or 7
            yield today - timedelta(back), i, i + 2, 0.97, f"last {nxt}", None
        elif word in {"this", "next", "coming", "following", "on"}:
            yield from self._weekday_with(heard, i, today)
        if word in WEEKDAY or (word == "sat" and i and norms[i - 1] in {"on", "this", "next", "for"}):
            yield from self._weekday(heard, i, today, context.current)
        if word in MONTH and not (word == "may" and not self._beside_day(heard, i)):
            yield from self._month_first(heard, i, today)
        yield from self._day_first(heard, i, today, context)
        if word == "in" or (word in {"a", "one"} and nxt in _SPANS) or heard.tokens[i].whole is not None:
            yield from self._ahead(heard, i, today)
        yield from self._relative(heard, i, today, base)
        yield from self._from_another(heard, i, today, context)
        yield from self._digits(heard, i, today)
        for words, (month, day) in _HOLIDAYS.items():
            if heard.starts(i, *words):
                yield next_such(today, month, day), i, i + len(words), 0.95, " ".join(words), None

    def _weekday_with(self, heard: Heard, i: int, today: date) -> Iterator[Found]:
        norms = heard.norms
        word, nxt = norms[i], norms[i + 1] if i + 1 < len(norms) else ""
        if nxt in WEEKDAY or nxt == "sat":
            number = 5 if nxt == "sat" else WEEKDAY[nxt]
            ahead = (number - today.weekday()) % 7
            if word in {"next", "following"} and ahead <= 1:
                ahead += 7
            elif word in {"on", "coming"} and ahead == 0:
                ahead = 7
            day = today + timedelta(ahead)
            yield from self._with_ordinal(heard, i, i + 2, day, today)
            if heard.starts(i + 2, "week"):
                yield day + timedelta(7), i, i + 3, 0.95, f"{word} {nxt} week", None
        elif nxt == "weekend" or (word in {"next", "this"} and nxt == "week"):
            saturday = today + timedelta((5 - today.weekday()) % 7)
            if nxt == "weekend":
                if word == "next" and saturday - today <= timedelta(6) and today.weekday() < 5:
                    saturday += timedelta(7)
                yield None, i, i + 2, 0.8, "a weekend", Doubt("choice", (saturday, saturday + timedelta(1)))
            elif not any(n in WEEKDAY for n in norms):
                yield None, i, i + 2, 0.6, f"{word} week: which day?", Doubt("part")

    def _weekday(self, heard: Heard, i: int, today: date, current: Any) -> Iterator[Found]:
        word = heard.norms[i]
        number = 5 if word == "sat" else WEEKDAY[word]
        day = today + timedelta((number - today.weekday()) % 7 or 7)
        if isinstance(current, date) and current > today:
            near = current + timedelta(number - current.weekday())
            day = near if near > today else day
        yield from self._with_ordinal(heard, i, i + 1, day, today)
        for words, days in (
            (("next", "week"), 0 if day.isocalendar().week != today.isocalendar().week else 7),
            (("week",), 7),
            (("after", "next"), 7),
            (("in", "two", "weeks"), 7),
        ):
            if heard.starts(i + 1, *words):
                yield day + timedelta(days), i, i + 1 + len(words), 0.95, f"{word} {' '.join(words)}", None

    def _with_ordinal(self, heard: Heard, first: int, at: int, day: date, today: date) -> Iterator[Found]:
        """A weekday, alone or with "the 26th (of november)" or "december 3rd" after it."""
        yield day, first, at, 0.95, heard.said(first, at), None
        start = at + 1 if heard.starts(at, "the") else at
        for exact, _, last, _, _, _ in (
            *self._month_first(heard, start, today),
            *self._ordinal(heard, start, today),
        ):
            if exact is not None:
                yield exact, first, last, 0.97, heard.said(first, last), None

    def _month_first(self, heard: Heard, i: int, today: date) -> Iterator[Found]:
        """For example "december 3rd", "december the third", "dec 3 2026"."""
        if i >= len(heard) or heard.norms[i] not in MONTH:
            return
        at = i + 1
        if heard.starts(at, "the"):
            at += 1
        if at < len(heard) and (day := _day_number(heard, at)) is not None:
            year, last = _year(heard, at + 1)
            yield dated(today, MONTH[heard.norms[i]], day, year), i, last, 0.97, heard.said(i, last), None

    def _ordinal(self, heard: Heard, i: int, today: date) -> Iterator[Found]:
        """For example "26th", "26th of november", "3 december"."""
        if i >= len(heard) or (day := _day_number(heard, i)) is None:
            return
        at = i + 1
        if heard.starts(at, "of"):
            at += 1
        numbered = at + (heard.starts(at, "the") and at > i + 1)  # "the fourth of the seventh"
        if (
            numbered > i + 1
            and numbered < len(heard)
            and heard.tokens[numbered].ordinal
            and (month := _day_number(heard, numbered))
            and month <= 12
        ):
            year, last = _year(heard, numbered + 1)
            yield dated(today, month, day, year), i, last, 0.97, heard.said(i, last), None
        elif at < len(heard) and heard.norms[at] in MONTH:
            year, last = _year(heard, at + 1)
            yield dated(today, MONTH[heard.norms[at]], day, year), i, last, 0.97, heard.said(i, last), None
        elif heard.tokens[i].ordinal and not heard.starts(i + 1, "thing"):
            later = heard.starts(at, "next", "month") or heard.starts(i + 2, "next", "month")
            yield next_day_of_month(today, day, later), i, i + 1, 0.6, heard.said(i, i + 1), None

    def _day_first(self, heard: Heard, i: int, today: date, context: Context) -> Iterator[Found]:
        start = i + 1 if heard.norms[i] == "the" else i
        for day, _, last, strength, why, doubt in self._ordinal(heard, start, today):
            after = heard.norms[last] if last < len(heard) else ""
            if strength < 0.9 and (after in _NO_DAYS or not (start > i or context.asked)):
                continue
            yield day, i, last, 0.85 if start > i or strength > 0.9 else strength, why, doubt
        token = heard.tokens[i]
        if (
            context.asked
            and token.whole is not None
            and 1 <= token.whole <= 31
            and not token.ordinal
            and len(token.text) < 12
            and heard.norms[i + 1 : i + 2] not in _LENGTHS
        ):
            yield (
                next_day_of_month(today, token.whole, False),
                i,
                i + 1,
                0.55,
                "a day of the month, as asked",
                None,
            )

    def _ahead(self, heard: Heard, i: int, today: date) -> Iterator[Found]:
        """For example "in two weeks", "two weeks from today", "a week from friday", "in a fortnight"."""
        at = i + 1 if heard.norms[i] == "in" else i
        if at >= len(heard) or heard.norms[i - 1 : i] == ("for",):
            return  # "for a week from Saturday": how long
        count = heard.tokens[at].whole
        if heard.norms[at] in {"a", "an", "one"}:
            count = 1
        elif heard.starts(at, "couple"):
            count = 2
        if count is None or at + 1 >= len(heard) or count > _FAR:
            return
        unit_at = at + 1
        if heard.norms[unit_at] in {"couple"}:
            count, unit_at = 2, unit_at + 1
            if heard.starts(unit_at, "of"):
                unit_at += 1
        unit = heard.norms[unit_at] if unit_at < len(heard) else ""
        last = unit_at + 1
        if heard.starts(last, "time"):
            last += 1
        if unit in {"month", "months"}:
            base, explicit = add_months(today, count), True
        elif unit in {"week's", "weeks'"}:
            base, explicit = today + timedelta(7 * count), True
        elif unit in _SPANS:
            base, explicit = today + timedelta(_SPANS[unit] * count), True
        else:
            return
        if last < len(heard) and heard.norms[last] in {"from", "on", "after"}:
            anchor = heard.norms[last + 1] if last + 1 < len(heard) else ""
            if anchor in WEEKDAY:
                ahead = (WEEKDAY[anchor] - today.weekday()) % 7 or 7
                yield base + timedelta(ahead), i, last + 2, 0.95, heard.said(i, last + 2), None
                return
            if anchor in {"now", "today", "tomorrow"}:
                yield base + timedelta(anchor == "tomorrow"), i, last + 2, 0.95, heard.said(i, last + 2), None
                return
        if heard.norms[i] == "in" and explicit:
            yield base, i, last, 0.95, heard.said(i, last), None

    def _from_another(self, heard: Heard, i: int, today: date, context: Context) -> Iterator[Found]:
        """For example "the day before Christmas Eve", "two weeks after the fifth of May"."""
        at = i + (heard.norms[i] in {"the", "a", "an", "one"})
        count = heard.tokens[i].whole if at == i else 1
        at += at == i and count is not None
        unit = _SPANS.get(heard.norms[at], 0) if at < len(heard) else 0
        way = heard.norms[at + 1] if at + 1 < len(heard) else ""
        if not unit or way not in {"before", "after"} or at + 2 >= len(heard) or (count or 1) > _FAR:
            return
        days = unit * (count or 1) * (1 if way == "after" else -1)
        for day, _, last, strength, _, doubt in self._readings(heard, at + 2, today, context, None):
            if day is not None and doubt is None:
                yield day + timedelta(days), i, last, strength, heard.said(i, last), None

    def _relative(self, heard: Heard, i: int, today: date, base: Any) -> Iterator[Found]:
        """For example "the day after tomorrow", and relative to the value so far: "the day after", "a week later"."""
        start = i + heard.starts(i, "the")
        week = heard.starts(i, "a", "week") or heard.starts(i, "1", "week")
        if week and heard.norms[i + 2 : i + 3] in (("tomorrow",), ("today",)):
            yield (
                today + timedelta(7 + heard.starts(i + 2, "tomorrow")),
                i,
                i + 3,
                0.97,
                heard.said(i, i + 3),
                None,
            )
        if heard.norms[i] in {"tomorrow", "today"} and heard.starts(i + 1, "week"):
            yield (
                today + timedelta(7 + (heard.norms[i] == "tomorrow")),
                i,
                i + 2,
                0.97,
                heard.said(i, i + 2),
                None,
            )
        yield from _end_of(heard, i, today)
        yield from _nth_weekday(heard, i, today)
        if heard.starts(start, "day", "after", "tomorrow"):
            yield today + timedelta(2), i, start + 3, 0.97, "the day after tomorrow", None
            return
        now = base if isinstance(base, date) else None
        if now is None:
            return
        for words, days in (
            (("the", "day", "after"), 1), (("day", "after"), 1), (("the", "next", "day"), 1), (("the", "following", "day"), 1),
            (("a", "day", "later"), 1), (("1", "day", "later"), 1), (("the", "day", "before"), -1), (("day", "before"), -1),
            (("a", "day", "earlier"), -1), (("a", "week", "later"), 7), (("1", "week", "later"), 7), (("the", "week", "after"), 7),
            (("a", "week", "earlier"), -7), (("the", "one", "after"), 7), (("the", "1", "after"), 7), (("the", "following", "one"), 7),
            (("the", "following", "1"), 7), (("the", "following", "week"), 7), (("the", "week", "before"), -7),
        ):  # fmt: skip
            if heard.starts(i, *words):
                yield (
                    now + timedelta(days),
                    i,
                    i + len(words),
                    0.9,
                    f"{' '.join(words)} {now.isoformat()}",
                    None,
                )

    def _digits(self, heard: Heard, i: int, today: date) -> Iterator[Found]:
        text = heard.tokens[i].text
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            year, month, day = (int(x) for x in text.split("-"))
            yield dated(today, month, day, year), i, i + 1, 0.99, text, None
        elif match := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?", text):
            a, b, y = match.groups()
            if "." in text and y is None:
                return
            month, day = (int(a), int(b)) if int(a) <= 12 and "/" in text else (int(b), int(a))
            full = int(y) + (2000 if len(y) == 2 else 0) if y else None
            yield dated(today, month, day, full), i, i + 1, 0.95, text, None

    def _beside_day(self, heard: Heard, i: int) -> bool:
        """For example "may" is a month only beside a day or after "of", "in"."""
        before = heard.tokens[i - 1] if i else None
        return (
            i + 1 < len(heard) and _day_number(heard, i + 1 + heard.starts(i + 1, "the")) is not None
        ) or bool(before and (before.ordinal or before.norm == "of"))

    def say(self, value: Any, slot: Slot) -> str:
        """For example "Thursday the 26th of November", or "3rd of May 1985"."""
        if is_past(slot):
            return f"the {ordinal(value.day)} of {MONTHS[value.month - 1].capitalize()} {value.year}"
        return spoken_date(value)

    def question(self, slot: Slot) -> str:
        """For example "Which day would you like?"."""
        if is_past(slot) and _BORN.search(slot.title):
            return "What is the date of birth?"
        if slot.concept in {"date", "day"}:
            return (
                "Which day should it be?"
                if slot.role == "new"
                else "Which day is it on?"
                if slot.role == "old"
                else "Which day would you like?"
            )
        return ""

    def hint(self, slot: Slot) -> str:
        """An example."""
        if is_past(slot):
            return "With the year, please."
        return "You can say, for example, next Friday, or the 3rd of May."


def _end_of(heard: Heard, i: int, today: date) -> Iterator[Found]:
    """For example "the last day of the year", "the end of the month", "the first of next month"."""
    start = i + heard.starts(i, "the")
    if heard.starts(start, "last", "day", "of"):
        at = start + 3
    elif heard.starts(start, "end", "of"):
        at = start + 2
    else:
        return
    at += heard.norms[at : at + 1] in (("the",), ("this",))
    word = heard.norms[at] if at < len(heard) else ""
    if word == "year":
        yield date(today.year, 12, 31), i, at + 1, 0.95, heard.said(i, at + 1), None
    elif word == "month":
        yield add_months(today.replace(day=1), 1) - timedelta(1), i, at + 1, 0.95, heard.said(i, at + 1), None
    elif word in MONTH:
        first = next_such(today, MONTH[word], 1) or today
        if today.month == MONTH[word]:
            first = today.replace(day=1)
        yield add_months(first, 1) - timedelta(1), i, at + 1, 0.95, heard.said(i, at + 1), None


def _nth_weekday(heard: Heard, i: int, today: date) -> Iterator[Found]:
    """For example "the first Saturday in December", "the last Friday of the month"."""
    start = i + heard.starts(i, "the")
    if (
        start + 3 >= len(heard)
        or heard.norms[start + 1] not in WEEKDAY
        or heard.norms[start + 2] not in {"in", "of"}
    ):
        return
    token = heard.tokens[start]
    place = int(token.number) if token.ordinal and token.number else -1 if token.norm == "last" else 0
    at = start + 3 + (heard.norms[start + 3] in {"the", "this"})
    word = heard.norms[at] if at < len(heard) else ""
    if not place or place > 5 or not (word in MONTH or word == "month"):
        return
    month = MONTH.get(word, today.month)
    first = date(today.year + (month < today.month), month, 1)
    days = [first + timedelta(k) for k in range(31) if (first + timedelta(k)).month == month]
    days = [day for day in days if day.weekday() == WEEKDAY[heard.norms[start + 1]]]
    if -len(days) <= place - (place > 0) < len(days):
        yield days[place - (place > 0)], i, at + 1, 0.97, heard.said(i, at + 1), None


def is_past(slot: Slot) -> bool:
    """Whether the date lies in the past by its nature: a birthday."""
    return bool(_BORN.search(f"{slot.title} {slot.description}"))


_WAS = re.compile(
    r"\b(?:was|were|happened|since|bought|purchased|issued|delivered|arrived|occurred|reading|taken)\b",
    re.IGNORECASE,
)


def _plain_weekday(words: Sequence[str]) -> bool:
    return bool(words) and words[-1] in WEEKDAY and set(words[:-1]) <= {"on"}


def may_be_past(slot: Slot) -> bool:
    """Whether the date may lie in the past: "the day it was read"."""
    return bool(_WAS.search(f"{slot.title} {slot.description}"))


def _with_year(
    heard: Heard, day: date | None, last: int, today: date
) -> tuple[date | None, int, Doubt | None]:
    """A past date needs its year: "1985", "nineteen eighty five", "85"."""
    if day is None:
        return None, last, Doubt("part")
    at = last + (last < len(heard) and heard.norms[last] in {"in", "of"})
    first = heard.tokens[at].whole if at < len(heard) else None
    second = heard.tokens[at + 1].whole if at + 1 < len(heard) else None
    year = None
    if first is not None and 1900 <= first <= today.year:
        year, last = first, at + 1
    elif first in {19, 20} and second is not None and 0 <= second < 100:
        year, last = (first or 0) * 100 + second, at + 2
    elif first is not None and 21 <= first < 100:
        year, last = _full_year(first, today), at + 1
    elif (before := _year_before(heard, today)) is not None:
        year = before
    elif day.year <= today.year and day <= today:
        return day, last, None
    if year is None:
        return day, last, Doubt("year")
    try:
        return day.replace(year=year), last, None
    except ValueError:
        return None, last, Doubt("part")


def _full_year(two_digits: int, today: date) -> int:
    return two_digits + (1900 if two_digits > today.year % 100 else 2000)


def _year_before(heard: Heard, today: date) -> int | None:
    """A year that is said before the day: "in eighty-five, on the twelfth of June"."""
    for i, token in enumerate(heard.tokens[1:], 1):
        if heard.norms[i - 1] in {"in", "year"} and (year := token.whole) is not None:
            if 1900 <= year <= today.year:
                return year
            if 21 <= year < 100:
                return _full_year(year, today)
    return None


def _day_number(heard: Heard, i: int) -> int | None:
    if i >= len(heard):
        return None
    token = heard.tokens[i]
    if token.number is None or token.number != int(token.number) or not 1 <= token.number <= 31:
        return None
    if not token.ordinal and i + 1 < len(heard) and heard.norms[i + 1] in {"am", "pm", "o'clock", "people"}:
        return None
    return int(token.number)


def _year(heard: Heard, i: int) -> tuple[int | None, int]:
    if i < len(heard) and (year := heard.tokens[i].whole) is not None and 1900 <= year < 2100:
        return year, i + 1
    return None, i
