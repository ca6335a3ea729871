"""A desk on Monday, November 23rd, 2026, ten in the morning in Vienna."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from antiphon.desk.book import Book
from antiphon.desk.service import Desk

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Vienna"))
TABLES = (2, 2, 2, 4, 4, 4, 6, 8)


class Clock:
    """A civil clock that a test sets."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_book(tmp_path: Path, clock: Clock) -> Callable[[], Book]:
    return lambda: Book(tmp_path / "desk.sqlite3", TABLES, clock)


@pytest.fixture
def book(open_book: Callable[[], Book]) -> Book:
    return open_book()


@pytest.fixture
def desk(book: Book) -> Desk:
    return Desk(book)
