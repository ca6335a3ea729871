"""Text as a voice should get it: dates, times, ranges and numbers in words, no mark-up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time

from antiphon.engine.brains.form.kinds.date import spoken_date
from antiphon.engine.brains.form.kinds.phone import spoken_digits
from antiphon.engine.brains.form.kinds.time import spoken_time

_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday", "Thurs": "Thursday",
    "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_DAY = "|".join([*_DAYS, *_DAYS.values()])


def _date(match: re.Match[str]) -> str:
    try:
        return spoken_date(date.fromisoformat(match.group(1)))
    except ValueError:
        return match.group(0)


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match.group(1)), int(match.group(2))
    if hour == 24:
        hour = 0
    if hour > 24 or minute > 59:
        return match.group(0)
    return spoken_time(time(hour, minute))


def _day(name: str) -> str:
    return _DAYS.get(name, name)


def _digits(match: re.Match[str]) -> str:
    return spoken_digits(match.group(0)) if len(re.sub(r"\D", "", match.group(0))) >= 7 else match.group(0)


_By = str | Callable[[re.Match[str]], str]

_RULES: tuple[tuple[re.Pattern[str], _By], ...] = (
    (re.compile(r"(?<=[A-Za-z])_(?=[A-Za-z])"), " "),
    (re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}"), ""),
    (re.compile(r"^\s*[-•]\s*", re.MULTILINE), ""),
    (re.compile(r"\b(\d{4}-\d{2}-\d{2})(?=T\d{2}:)T?"), lambda m: _date(m) + " at "),
    (re.compile(r"\b(\d{4}-\d{2}-\d{2})\b"), _date),
    (re.compile(r"(?<=\d)\s*[-–—]\s*(?=\d{1,2}:\d{2})"), " to "),
    (re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?(?!\s*[ap]\.?m)(?:\s*(?:h|hrs?|o'clock)\b)?", re.IGNORECASE), _time),
    (re.compile(r"(?<=\d)(?::00)?\s*([ap])\.?m\b\.?", re.IGNORECASE), lambda m: f" {m.group(1).lower()}.m."),
    (re.compile(rf"\b({_DAY})\s*[-–—]\s*({_DAY})\b"), lambda m: f"{_day(m.group(1))} to {_day(m.group(2))}"),
    (re.compile(rf"\b({'|'.join(_DAYS)})\b\.?(?=\s|,|:|$)"), lambda m: _DAYS[m.group(1)]),
    (re.compile(r"(?<=[pa]\.m\.)\s*[-–—]\s*(?=\d|noon|midnight)"), " to "),
    (re.compile(r"\b\+?\d[\d ()/-]{6,}\d\b"), _digits),
    (re.compile(r"\s*&\s*"), " and "),
    (re.compile(r"€\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:€|EUR)"), lambda m: f"{m.group(1) or m.group(2)} euros"),
    (re.compile(r"\$\s*(\d+(?:\.\d+)?)"), lambda m: f"{m.group(1)} dollars"),
    (re.compile(r"\be\.g\.,?"), "for example"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"\.m\.\."), ".m."),
)  # fmt: skip


def speakable(text: str) -> str:
    """The text with dates, times, ranges and digits written as they are said; ends in a stop."""
    for pattern, by in _RULES:
        text = pattern.sub(by, text)
    text = text.strip(" -\n")
    if text and text[-1] not in ".!?":
        text = text.rstrip(",;:") + "."
    return text
