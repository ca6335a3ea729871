"""Dates, times and numbers as a person says them on the phone."""

from __future__ import annotations

from datetime import date, time, timedelta

_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    "twenty",
)

_ORDINAL_ENDS = {1: "st", 2: "nd", 3: "rd"}


def say_number(number: int) -> str:
    """A number: "four" up to twenty, digits above."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def say_date(day: date) -> str:
    """A date in full: "Thursday, November 26th, 2026"."""
    return f"{day:%A}, {day:%B} {_ordinal(day.day)}, {day.year}"


def say_day(day: date, today: date) -> str:
    """A day: "today", "tomorrow", "Thursday" within a week, else "Thursday, December 3rd"."""
    if day == today:
        return "today"
    if day == today + timedelta(days=1):
        return "tomorrow"
    if today < day < today + timedelta(days=7):
        return f"{day:%A}"
    return f"{day:%A}, {day:%B} {_ordinal(day.day)}"


def on_day(day: date, today: date) -> str:
    """The same after a verb: "today", "tomorrow", "on Thursday"."""
    said = say_day(day, today)
    return said if said in ("today", "tomorrow") else f"on {said}"


def say_time(moment: time) -> str:
    """A time: "seven in the evening", "half past seven in the evening", "noon"."""
    hour, minute = moment.hour, moment.minute
    if minute > 30:
        hour += 1
    if minute == 0 and moment.hour % 12 == 0:
        return "noon" if moment.hour == 12 else "midnight"
    clock = say_number(hour % 12 or 12)
    match minute:
        case 0:
            said = clock
        case 15:
            said = f"a quarter past {clock}"
        case 30:
            said = f"half past {clock}"
        case 45:
            said = f"a quarter to {clock}"
        case _ if minute < 30:
            said = f"{say_number(minute)} past {clock}"
        case _:
            said = f"{say_number(60 - minute)} to {clock}"
    return f"{said} {_part(moment)}"


def _part(moment: time) -> str:
    if moment.hour < 5:
        return "at night"
    if moment.hour < 12:
        return "in the morning"
    return "in the afternoon" if moment.hour < 18 else "in the evening"


def _ordinal(number: int) -> str:
    end = "th" if 10 <= number % 100 <= 20 else _ORDINAL_ENDS.get(number % 10, "th")
    return f"{number}{end}"
