"""Times: "seven", "7.30pm", "730 pm", "half past seven", "quarter to eight", "nineteen thirty", "noon".

"At seven" is in the evening or in the morning? In this order: am/pm or "in the evening" said; a 24-hour time; the half that lies within the
hours that the instructions name, if only one does; if both do, it is asked. With no hours known: 7 to 11 in the morning, else after noon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt
from antiphon.engine.brains.form.lexicon import FILLERS, STREETS, TWINS
from antiphon.engine.brains.form.schema import Slot
from antiphon.engine.brains.form.tokens import Heard

_DAYPARTS = {
    "morning": "am",
    "afternoon": "pm",
    "evening": "pm",
    "night": "pm",
    "tonight": "pm",
    "lunchtime": "pm",
    "dinner": "pm",
    "noon": "pm",
}
_CUES = frozenset(
    [
        "at",
        "around",
        "about",
        "by",
        "approximately",
        "roughly",
        "until",
        "till",
        "from",
        "since",
        "after",
        "before",
        "between",
    ]
)
_QUARTERS = {"quarter": 15, "half": 30}
_LENGTHS = frozenset(
    ["hour", "hours", "minute", "minutes", "day", "days", "night", "nights", "week", "weeks", "years"]
)
"""After a number: how long something lasts."""


def spoken_time(value: time) -> str:
    """For example "7:30 p.m.", "noon"."""
    if value.minute == 0 and value.hour in {0, 12}:
        return "noon" if value.hour else "midnight"
    hour = value.hour % 12 or 12
    half = "a.m." if value.hour < 12 else "p.m."
    return f"{hour}:{value.minute:02d} {half}" if value.minute else f"{hour} {half}"


Reading = tuple[int, int, int, int, float, bool]
"""(hour, minute, first, last, strength, whether the 24-hour clock is certain)."""


class Time:
    """The kind `time`. Values are `datetime.time`; the schema gets "HH:MM"."""

    def find(self, heard: Heard, slot: Slot, context: Context) -> list[Candidate]:
        """Every time; the longest reading at each place."""
        found: list[Candidate] = []
        i = 0
        while i < len(heard):
            readings = [r for r in self._readings(heard, i, context) if 0 <= r[0] <= 24 and 0 <= r[1] < 60]
            if not readings:
                i += 1
                continue
            best = max(readings, key=lambda r: (r[3], r[4]))
            if best[4] < 0.3:
                i += 1
                continue
            found.append(_in_the_past(self._settled(heard, best, context), slot, context.now))
            i = best[3]
        if not found and isinstance(context.current, time) and heard.has("same", "time"):
            at = heard.norms.index("same")
            found.append(Candidate(context.current, at, at + 2, 0.9, "the same time"))
        return found or (self._by_sound(heard, context) if context.asked else [])

    def _by_sound(self, heard: Heard, context: Context) -> list[Candidate]:
        """A lone "ate" as the answer is eight."""
        rest = [
            i
            for i, word in enumerate(heard.norms)
            if word not in FILLERS and word not in {"at", "pm", "o'clock"}
        ]
        if len(rest) != 1 or heard.norms[rest[0]] not in TWINS:
            return []
        at = rest[0]
        return [self._settled(heard, (TWINS[heard.norms[at]], 0, at, at + 1, 0.6, False), context)]

    def _readings(self, heard: Heard, i: int, context: Context) -> Iterator[Reading]:
        norms = heard.norms
        word = norms[i]
        if word in {"noon", "midday"}:
            yield 12, 0, i, i + 1, 0.95, True
        elif word == "midnight":
            yield 0, 0, i, i + 1, 0.95, True
        elif word == "now" and context.asked:
            yield context.now.hour, context.now.minute, i, i + 1, 0.7, True
        elif word == "in":
            yield from self._ahead(heard, i, context.now)
        yield from self._past_and_to(heard, i, context)
        yield from self._moved(heard, i, context.current)
        if heard.tokens[i].ordinal:
            return
        cue = (norms[i - 1] if i else "") in _CUES or _ends_between(heard, i) or context.asked
        if match := re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::\d{2})?", word):
            hour, minute = int(match.group(1)), int(match.group(2))
            certain = hour >= 13 or word.startswith("0")
            sure = ":" in word or cue or self._meridiem(heard, i + 1)[0]
            yield hour, minute, i, i + 1, 0.95 if sure else 0.55, certain
            return
        value = heard.tokens[i].whole
        if value is None:
            if (
                word in {"oh", "o", "zero"}
                and i + 1 < len(heard)
                and (v := heard.tokens[i + 1].whole) is not None
                and 1 <= v <= 9
            ):
                yield from self._with_minutes(
                    heard, i, i + 2, v, 0.8 if context.asked else 0.4, heard.starts(i + 2, "hundred")
                )
            return
        if 100 <= value <= 2359 and re.fullmatch(r"\d{3,4}", word) and value % 100 < 60:
            certain = self._meridiem(heard, i + 1)[0] != ""
            strength = 0.95 if certain else 0.85 if cue and len(norms) <= 6 else 0.6 if cue else 0.0
            if heard.starts(i + 1, "hours"):
                strength = 0.95
            yield value // 100, value % 100, i, i + 1, strength, value >= 1300
            return
        if value > 24:
            return
        before = norms[i - 1] if i else ""
        moved = before in {"it", "that"} and bool({"early", "late", "earlier", "later"} & set(norms))
        strength = (
            0.85
            if before in _CUES or moved or _ends_between(heard, i) or _until(heard, i)
            else 0.8
            if context.asked
            else 0.6
            if before == "to"
            else 0.2
        )
        after = heard.norms[i + 1] if i + 1 < len(heard) else ""
        if _house_number(heard, i) or (after in _LENGTHS and not (value > 12 and after == "hours")):
            strength = 0.1
        elif before == "for" and after in {"this", "in"}:
            strength = min(strength, 0.4)  # "for two this evening": people
        elif self._meridiem(heard, i + 1)[1] > i + 1:  # "p.m.", "o'clock", "in the evening"
            strength = 0.95
        elif i + 1 < len(heard) and norms[i + 1] in {"people", "persons", "guests", "adults", "of"}:
            strength = 0.1
        elif before == "at" and heard.starts(i + 1, "the"):
            strength = 0.5
        following = heard.tokens[i + 1] if i + 1 < len(heard) else None
        if (
            following is not None
            and not heard.tokens[i].stop
            and len(following.norm) == 1
            and following.norm.isdigit()
        ):
            strength = min(strength, 0.3)  # "at one one two oh": digits
        if (
            i > 0
            and heard.tokens[i - 1].number is not None
            and not heard.tokens[i - 1].stop
            and strength > 0.5
            and not context.asked
        ):
            strength = 0.4
        yield from self._with_minutes(heard, i, i + 1, value, strength, False)

    def _with_minutes(
        self, heard: Heard, first: int, at: int, hour: int, strength: float, zero: bool
    ) -> Iterator[Reading]:
        """For example "seven", "seven thirty", "seven oh five", "nineteen hundred"."""
        yield hour, 0, first, at, strength, hour >= 13 or zero
        if at >= len(heard) or heard.tokens[at - 1].stop in {".", "?", "!"}:
            return
        minute, last = heard.tokens[at].whole, at + 1
        if heard.norms[at] in {"oh", "o"} and last < len(heard) and heard.tokens[last].whole is not None:
            minute, last = heard.tokens[last].whole, last + 1
            fits = minute is not None and minute < 10
        elif heard.starts(at, "hundred"):
            minute, fits = 0, True
        else:
            fits = minute is not None and 10 <= minute < 60 and len(heard.tokens[at].norm) == 2
        if heard.tokens[at - 1].stop and minute is not None and minute % 15:
            fits = False  # "not ten, eleven"
        if (
            fits
            and minute is not None
            and not (last < len(heard) and heard.norms[last] in {"people", "guests", "persons"})
        ):
            yield hour, minute, first, last, max(strength, 0.85), hour >= 13 or zero

    def _past_and_to(self, heard: Heard, i: int, context: Context) -> Iterator[Reading]:
        """For example "half past seven", "half seven", "a quarter to eight", "twenty past six"."""
        norms = heard.norms
        minutes = _QUARTERS.get(norms[i]) or heard.tokens[i].whole
        if minutes is None or minutes >= 60:
            return
        at = i + 1
        if heard.starts(at, "minutes"):
            at += 1
        if at >= len(heard):
            return
        word = norms[at]
        after = word in {"past", "after"}
        before = word in {"to", "before", "till", "of"} and (
            norms[i] == "quarter" or minutes in {5, 10, 20, 25}
        )
        if (
            norms[i] == "half"
            and heard.tokens[at].whole is not None
            and 1 <= (heard.tokens[at].whole or 0) <= 12
        ):
            yield heard.tokens[at].whole or 0, 30, i, at + 1, 0.9, False
            return
        if not (after or before) or at + 1 > len(heard):
            return
        if at + 1 == len(heard):
            if after and norms[i] in _QUARTERS and isinstance(context.current, time):
                yield context.current.hour, minutes, i, at + 1, 0.7, True
            return
        hour = {"noon": 12, "midday": 12, "midnight": 24}.get(norms[at + 1]) or heard.tokens[at + 1].whole
        if (
            hour is None
            or not 1 <= hour <= 24
            or (word in {"to", "of"} and norms[i] != "quarter" and not heard.tokens[at + 1].norm)
        ):
            return
        if before:
            hour, minutes = (hour - 1 or 12) if hour <= 12 else hour - 1, 60 - minutes
        yield hour, minutes, i, at + 2, 0.95 if norms[i] in _QUARTERS or after else 0.8, hour >= 13

    def _ahead(self, heard: Heard, i: int, now: datetime) -> Iterator[Reading]:
        """For example "in an hour", "in half an hour", "in 20 minutes": to the next five minutes."""
        minutes, last = length_at(heard, i + 1)
        if minutes:
            then = now + timedelta(minutes=minutes)
            then += timedelta(minutes=-then.minute % 5)
            yield then.hour, then.minute, i, last, 0.95, True

    def _moved(self, heard: Heard, i: int, current: Any) -> Iterator[Reading]:
        """For example "half an hour later", "an hour earlier", "back by 15 minutes": from the time so far."""
        if not isinstance(current, time):
            return
        minutes, last = length_at(heard, i)
        words = set(heard.norms)
        follows = heard.norms[last] if last < len(heard) else ""
        later = follows == "later" or (
            heard.norms[i - 1 : i] == ("by",) and bool({"back", "later", "push"} & words)
        )
        earlier = follows in {"earlier", "sooner"} or (
            heard.norms[i - 1 : i] == ("by",) and bool({"forward", "earlier"} & words)
        )
        if minutes and (later or earlier):
            then = datetime(2000, 1, 2, current.hour, current.minute) + timedelta(
                minutes=minutes if later else -minutes
            )
            yield then.hour, then.minute, i, last + (follows in {"later", "earlier", "sooner"}), 0.93, True

    def _meridiem(self, heard: Heard, at: int) -> tuple[str, int]:
        """For example "am" or "pm" said from token `at` on ("" if not), and the token after it."""
        norms = heard.norms
        if at < len(norms) and norms[at] in {"o'clock", "oclock", "ish", "sharp", "hours"}:
            at += 1
        if at < len(norms) and norms[at] in {"am", "pm"}:
            return norms[at], at + 1
        for words in (("in", "the"), ("at",), ("this",), ("tomorrow",), ()):
            here = at + len(words)
            if heard.starts(at, *words) and here < len(norms) and norms[here] in _DAYPARTS:
                if not words and norms[here] not in {"tonight", "tomorrow"}:
                    continue
                return _DAYPARTS[norms[here]], at if words == ("tomorrow",) or norms[
                    here
                ] == "tonight" else here + 1
        return "", at

    def _settled(self, heard: Heard, reading: Reading, context: Context) -> Candidate:
        hour, minute, first, last, strength, certain = reading
        hour = 0 if hour == 24 else hour
        half, end = self._meridiem(heard, last)
        said = heard.said(first, max(end, last))
        if half and 1 <= hour <= 12:
            value = time(hour % 12 + (12 if half == "pm" else 0), minute)
            return Candidate(value, first, max(end, last), max(strength, 0.95), said)
        last = (
            max(end, last)
            if end > last and heard.norms[end - 1] in {"o'clock", "oclock", "ish", "sharp", "hours"}
            else last
        )
        if certain or hour == 0 or hour > 12:
            return Candidate(time(hour, minute), first, last, strength, said)
        early, late = time(hour % 12, minute), time(hour % 12 + 12, minute)
        wanted = _half_of_day(heard) or context.daypart
        if (
            wanted and not _half_of_day(heard) and context.open_hours
        ):  # said before, of something else perhaps
            then = early if _DAYPARTS.get(wanted, wanted) == "am" else late
            wanted = wanted if _within(then, context.open_hours) else ""
        if wanted:
            value = early if _DAYPARTS.get(wanted, wanted) == "am" else late
            return Candidate(value, first, last, strength, f"{said}, in the {wanted}")
        fits = [t for t in (early, late) if _within(t, context.open_hours)]
        if context.open_hours and len(fits) == 1:
            return Candidate(fits[0], first, last, strength, f"{said}, within the hours")
        if len(fits) == 2:
            return Candidate(
                late, first, last, strength, f"{said}: morning or evening?", Doubt("choice", (early, late))
            )
        value = early if 7 <= hour <= 11 else late
        return Candidate(value, first, last, strength, f"{said}, by the usual rule")

    def say(self, value: Any, slot: Slot) -> str:
        """For example "7:30 p.m."."""
        return spoken_time(value)

    def question(self, slot: Slot) -> str:
        """For example "What time would you like?"."""
        if slot.concept == "time":
            return (
                "What time should it be?"
                if slot.role == "new"
                else "What time is it at?"
                if slot.role == "old"
                else "What time would you like?"
            )
        return ""

    def hint(self, slot: Slot) -> str:
        """An example."""
        return "You can say, for example, half past seven."


_SINCE = re.compile(r"\b(?:since|happened|started|began|occurred|was)\b", re.IGNORECASE)


def _in_the_past(found: Candidate, slot: Slot, now: datetime) -> Candidate:
    """Of morning and evening, the later one that is past already, where the slot tells of what was: "since eight"."""
    if (
        found.doubt is None
        or found.doubt.why != "choice"
        or not _SINCE.search(f"{slot.title} {slot.description}")
    ):
        return found
    past = [t for t in found.doubt.options if t <= now.time().replace(tzinfo=None)]
    return replace(
        found,
        value=max(past or found.doubt.options),
        doubt=None,
        why=f"{found.why.split(':')[0]}, before now",
    )


def _until(heard: Heard, i: int) -> bool:
    """Whether a number begins a span: "three to five in the afternoon", "ten until twelve"."""
    if heard.norms[i + 1 : i + 2] not in (("to",), ("until",), ("till",)) or i + 2 >= len(heard):
        return False
    end = heard.tokens[i + 2].whole
    return (
        end is not None
        and end <= 24
        and heard.norms[i + 3 : i + 4] in ((), ("in",), ("o'clock",), ("pm",), ("am",), ("on",))
    )


def _ends_between(heard: Heard, i: int) -> bool:
    """Whether a number stands after "between … and"."""
    return heard.norms[i - 1 : i] == ("and",) and "between" in heard.norms[max(0, i - 6) : i - 1]


def _house_number(heard: Heard, i: int) -> bool:
    """For example "12 Main Street"."""
    return any(word in STREETS for word in heard.norms[i + 2 : i + 4]) and not heard.tokens[i].stop


def length_at(heard: Heard, i: int) -> tuple[int, int]:
    """A length of time that begins at token i, in minutes (0 if there is none), and the token after it."""
    if heard.starts(i, "an", "hour") or heard.starts(i, "1", "hour"):
        return (90, i + 5) if heard.starts(i + 2, "and", "a", "half") else (60, i + 2)
    if heard.starts(i, "half", "an", "hour"):
        return 30, i + 3
    if heard.starts(i, "a", "half", "hour") or heard.starts(i, "quarter", "of", "an", "hour"):
        return (30, i + 3) if heard.norms[i] == "a" else (15, i + 4)
    if (
        i + 1 < len(heard)
        and (count := heard.tokens[i].whole)
        and count <= 600
        and heard.norms[i + 1] in {"hours", "minutes"}
    ):
        return count * (60 if heard.norms[i + 1] == "hours" else 1), i + 2
    return 0, i


def daypart(heard: Heard) -> str:
    """The part of the day that is named without a time: "in the evening" → "evening", or ""."""
    return _half_of_day(heard)


def _half_of_day(heard: Heard) -> str:
    for i, word in enumerate(heard.norms):
        if word in {"morning", "afternoon", "evening", "tonight", "lunchtime"} and not (
            i and heard.norms[i - 1] == "good"
        ):
            return {"tonight": "evening", "lunchtime": "afternoon"}.get(word, word)
    return ""


def _within(moment: time, hours: tuple[tuple[time, time], ...]) -> bool:
    return any(a <= moment <= b if a <= b else (moment >= a or moment <= b) for a, b in hours)
