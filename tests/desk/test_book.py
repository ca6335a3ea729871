"""The booking book: never two bookings at one table, whoever asks at once; and every change kept."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from pathlib import Path

import pytest

from antiphon.desk.book import STAY_QUARTERS, Book, Booking, NoTable, quarter_of
from tests.desk.conftest import TABLES, Clock

THURSDAY = date(2026, 11, 26)
SEVEN = time(19, 0)


def table_for(people: int, name: str = "Smith", at: time = SEVEN, day: date = THURSDAY) -> Booking:
    return Booking(name, people, day, at)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as db:
        return list(db.execute(sql))


def assert_no_double_booking(path: Path) -> None:
    """Counts from the bookings themselves, not from the slots that are to prevent it."""
    by_table: dict[tuple[object, object], list[int]] = {}
    for table_id, day, at, people in rows(
        path, "SELECT table_id, day, time, people FROM bookings WHERE status = 'booked'"
    ):
        assert isinstance(table_id, int) and isinstance(people, int)
        assert people <= TABLES[table_id - 1]
        by_table.setdefault((table_id, day), []).append(quarter_of(time.fromisoformat(str(at))))
    for starts in by_table.values():
        starts.sort()
        assert all(b - a >= STAY_QUARTERS for a, b in zip(starts, starts[1:], strict=False)), starts


def test_the_smallest_table_that_fits_is_taken(book: Book) -> None:
    assert TABLES[book.book(table_for(3, "A"), "t").table_id - 1] == 4
    assert TABLES[book.book(table_for(1, "B"), "t").table_id - 1] == 2
    assert TABLES[book.book(table_for(7, "C"), "t").table_id - 1] == 8
    with pytest.raises(NoTable):
        book.book(table_for(7, "D"), "t")


def test_a_table_is_taken_for_two_hours_and_no_longer(book: Book) -> None:
    book.book(table_for(8, "A"), "t")
    with pytest.raises(NoTable):
        book.book(table_for(8, "B", at=time(20, 45)), "t")
    with pytest.raises(NoTable):
        book.book(table_for(8, "B", at=time(17, 15)), "t")
    assert book.book(table_for(8, "B", at=time(17, 0)), "t").id
    assert book.book(table_for(8, "C", at=time(21, 0)), "t").id


def test_a_call_that_is_repeated_books_once(book: Book, tmp_path: Path) -> None:
    first = book.book(table_for(4), "t")
    assert book.book(table_for(4, "SMITH"), "t") == first
    assert len(rows(tmp_path / "desk.sqlite3", "SELECT * FROM history")) == 1


def test_a_change_keeps_the_booking_if_there_is_no_table(book: Book) -> None:
    book.book(table_for(8, "Other", at=time(13, 0)), "t")
    mine = book.book(table_for(8), "t")
    with pytest.raises(NoTable):
        book.change(mine, "t", at=time(14, 0))
    assert book.find("Smith") == [mine]
    with pytest.raises(NoTable):  # and its table is still held
        book.book(table_for(8, "Third"), "t")


def test_a_booking_may_move_onto_its_own_time(book: Book) -> None:
    mine = book.book(table_for(8), "t")
    moved = book.change(mine, "t", at=time(19, 30))
    assert (moved.table_id, moved.time) == (mine.table_id, time(19, 30))


def test_a_booking_that_changed_meanwhile_is_not_changed_blindly(book: Book) -> None:
    stale = book.book(table_for(4), "t")
    book.change(stale, "other call", people=2)
    with pytest.raises(LookupError):
        book.cancel(stale, "t")


def test_a_cancelled_table_is_free_again_and_nothing_is_deleted(book: Book, tmp_path: Path) -> None:
    mine = book.book(table_for(8), "call_1")
    mine = book.change(mine, "call_2", people=7)
    book.cancel(mine, "call_3")
    assert book.find("Smith") == []
    assert book.book(table_for(8, "Jones"), "call_4").id
    history = rows(
        tmp_path / "desk.sqlite3",
        "SELECT who, what, before, after, at FROM history WHERE booking_id = 1 ORDER BY id",
    )
    assert [(who, what) for who, what, *_ in history] == [
        ("call_1", "booked"),
        ("call_2", "changed"),
        ("call_3", "cancelled"),
    ]
    assert history[0][2] is None
    assert json.loads(str(history[1][2]))["people"] == 8 and json.loads(str(history[1][3]))["people"] == 7
    assert json.loads(str(history[2][3]))["status"] == "cancelled"
    assert history[0][4] == "2026-11-23T10:00:00+01:00"


def test_names_are_found_by_sound_but_the_very_name_comes_first(book: Book, clock: Clock) -> None:
    smyth = book.book(table_for(2, "Anna Smyth"), "t")
    assert book.find("anna SMITH") == [smyth]
    smith = book.book(table_for(2, "Anna Smith"), "t")
    assert book.find("Anna Smith") == [smith]
    assert book.find("Zhang") == []
    assert book.find("Smith", THURSDAY.replace(day=27)) == []
    clock.now = clock.now.replace(day=27)
    assert book.find("Smith") == []  # what was yesterday is over


def test_the_database_itself_refuses_a_second_booking(book: Book, tmp_path: Path) -> None:
    mine = book.book(table_for(8), "t")
    with sqlite3.connect(tmp_path / "desk.sqlite3") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO slots VALUES (?, ?, ?, ?)",
            (mine.table_id, THURSDAY.isoformat(), quarter_of(SEVEN) + 3, mine.id),
        )


def test_tables_may_be_set_anew_only_before_the_first_booking(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "desk.sqlite3"
    Book(path, (2, 2), clock)
    book = Book(path, (2, 10), clock)
    assert book.largest == 10
    book.book(table_for(9), "t")
    assert Book(path, (2,), clock).largest == 10


def test_threads_that_book_at_once_never_share_a_table(open_book: Callable[[], Book], tmp_path: Path) -> None:
    book = open_book()

    def one(caller: int) -> bool:
        try:
            booked = book.book(
                table_for(2 + caller % 3, f"Caller {caller}", time(18 + caller % 2, 0)), f"c{caller}"
            )
            if caller % 4 == 0:
                book.change(booked, f"c{caller}", at=time(20, 0))
            elif caller % 5 == 0:
                book.cancel(booked, f"c{caller}")
        except NoTable:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(one, range(64)))
    assert any(done) and not all(done)
    assert_no_double_booking(tmp_path / "desk.sqlite3")


def _book_in_a_process(path: str, number: int, start: object) -> None:
    book = Book(Path(path), TABLES, Clock())
    start.wait()  # type: ignore[attr-defined]
    for caller in range(6):
        try:
            book.book(table_for(2, f"P{number} C{caller}"), f"p{number}")
        except NoTable:
            return


def test_processes_that_book_at_once_fill_the_house_exactly(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    context = multiprocessing.get_context("fork")
    start = context.Event()
    workers = [context.Process(target=_book_in_a_process, args=(str(path), n, start)) for n in range(6)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert rows(path, "SELECT COUNT(*) FROM bookings") == [(len(TABLES),)]
    assert_no_double_booking(path)
