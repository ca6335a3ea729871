"""Arithmetic with days."""

from __future__ import annotations

import calendar
from datetime import date


def dated(today: date, month: int, day: int, year: int | None) -> date | None:
    """That day; without a year the next such day. None if there is none."""
    if year is None:
        return next_such(today, month, day)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_such(today: date, month: int, day: int) -> date | None:
    """The next such day that is not past."""
    for year in range(today.year, today.year + 5):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def next_day_of_month(today: date, day: int, skip_month: bool) -> date | None:
    """The next day with this number, from next month on if `skip_month`."""
    month = date(today.year, today.month, 1)
    if skip_month:
        month = add_months(month, 1)
    for _ in range(4):
        if day <= calendar.monthrange(month.year, month.month)[1]:
            found = month.replace(day=day)
            if found >= today:
                return found
        month = add_months(month, 1)
    return None


def add_months(day: date, count: int) -> date:
    """The same day so many months later, or the last of that month."""
    months = day.month - 1 + count
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
