"""The booking book: SQLite, for many calls in many threads and processes at once.

A booking holds a table for two hours, as eight rows of `slots`, whose primary key is (table, day, quarter of an hour): two
bookings of one table at one time cannot both be stored, whatever the code above does. Every operation is one
transaction that begins with the write lock, so what was found free is still free when it is taken. Nothing is ever deleted:
`history` keeps every change, with what was before and after, and who made it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from antiphon.clock import CivilClock
from antiphon.desk.names import LIKE, alike
from antiphon.errors import AntiphonError

QUARTER_MIN = 15
STAY_QUARTERS = 8
"""Two hours."""

BUSY_TIMEOUT_S = 15.0
"""How long an operation waits for others' transactions, each of which takes a few milliseconds."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (id INTEGER PRIMARY KEY, seats INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bookings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, people INTEGER NOT NULL CHECK (people > 0),
    day TEXT NOT NULL, time TEXT NOT NULL, table_id INTEGER NOT NULL REFERENCES tables (id),
    phone TEXT NOT NULL, wishes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled'))
);
CREATE INDEX IF NOT EXISTS bookings_by_day ON bookings (day, status);
CREATE TABLE IF NOT EXISTS slots (
    table_id INTEGER NOT NULL REFERENCES tables (id), day TEXT NOT NULL, quarter INTEGER NOT NULL,
    booking_id INTEGER NOT NULL REFERENCES bookings (id), PRIMARY KEY (table_id, day, quarter)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, booking_id INTEGER NOT NULL REFERENCES bookings (id),
    at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL CHECK (what IN ('booked', 'changed', 'cancelled')),
    before TEXT, after TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it stands. `id` 0 and `table_id` 0: not stored yet."""

    name: str
    people: int
    day: date
    time: time
    phone: str = ""
    wishes: str = ""
    status: str = "booked"
    table_id: int = 0
    id: int = 0


class NoTable(AntiphonError):
    """No table is free for so many at that time."""

    code = "no_table"


class Book:
    """One process's access to the book; threads may share it, each operation has a connection of its own.

    Args:
        path: of the database; made if it is not there.
        tables: seats of each table; used when the database is made, and when it has tables with other seats and no
            bookings yet.
        clock: civil time, for the history and for "from now on".
    """

    def __init__(self, path: Path, tables: Sequence[int], clock: CivilClock) -> None:
        self._path = path
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._transaction() as db:
            present = [seats for (seats,) in db.execute("SELECT seats FROM tables ORDER BY id")]
            used = db.execute("SELECT 1 FROM bookings LIMIT 1").fetchone()
            if present != list(tables) and not used:
                db.execute("DELETE FROM tables")
                db.executemany("INSERT INTO tables (id, seats) VALUES (?, ?)", enumerate(tables, start=1))
            largest = db.execute("SELECT MAX(seats) FROM tables").fetchone()[0]
        self.largest: int = largest or 0

    def free(self, day: date, people: int) -> list[int]:
        """The quarters of the day (0 to 95) at which a table for so many is free for a whole stay."""
        with self._transaction() as db:
            return [quarter for quarter in range(96) if _smallest(db, day, quarter, people) is not None]

    def book(self, booking: Booking, who: str) -> Booking:
        """Stores a booking at the smallest table that fits.

        A booking that stands already, under the very same name at the same time for as many, is not made twice: a call
        that was repeated after a lost connection changes nothing.

        Raises:
            NoTable: none is free.
        """
        with self._transaction() as db:
            for known in _booked(db, booking.day):
                if (known.name.casefold(), known.time, known.people) == (
                    booking.name.casefold(),
                    booking.time,
                    booking.people,
                ):
                    return known
            table_id = _smallest(db, booking.day, quarter_of(booking.time), booking.people)
            if table_id is None:
                raise NoTable("no table is free")
            row = db.execute(
                "INSERT INTO bookings (name, people, day, time, table_id, phone, wishes, status) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'booked')",
                (
                    booking.name,
                    booking.people,
                    booking.day.isoformat(),
                    _clock_text(booking.time),
                    table_id,
                    booking.phone,
                    booking.wishes,
                ),
            )
            stored = replace(booking, id=int(row.lastrowid or 0), table_id=table_id)
            _hold(db, stored)
            self._keep(db, "booked", None, stored, who)
            return stored

    def find(self, name: str, day: date | None = None) -> list[Booking]:
        """Bookings from today on under a name, or under those that sound most like it; earliest first."""
        with self._transaction() as db:
            return self._named(db, name, day)

    def change(
        self,
        booking: Booking,
        who: str,
        *,
        day: date | None = None,
        at: time | None = None,
        people: int | None = None,
    ) -> Booking:
        """Moves a booking to another day, time or number of people; what is not given stays.

        Raises:
            NoTable: none is free; the booking stands as it was.
            LookupError: it was changed or cancelled meanwhile.
        """
        with self._transaction() as db:
            now = self._current(db, booking)
            wanted = replace(now, day=day or now.day, time=at or now.time, people=people or now.people)
            if wanted == now:
                return now
            db.execute("DELETE FROM slots WHERE booking_id = ?", (now.id,))
            table_id = _smallest(db, wanted.day, quarter_of(wanted.time), wanted.people)
            if table_id is None:
                raise NoTable(
                    "no table is free"
                )  # the transaction is taken back, and with it the release of the table
            wanted = replace(wanted, table_id=table_id)
            db.execute(
                "UPDATE bookings SET people = ?, day = ?, time = ?, table_id = ? WHERE id = ?",
                (wanted.people, wanted.day.isoformat(), _clock_text(wanted.time), table_id, wanted.id),
            )
            _hold(db, wanted)
            self._keep(db, "changed", now, wanted, who)
            return wanted

    def cancel(self, booking: Booking, who: str) -> Booking:
        """Cancels a booking; its table is free again.

        Raises:
            LookupError: it was changed or cancelled meanwhile.
        """
        with self._transaction() as db:
            now = self._current(db, booking)
            cancelled = replace(now, status="cancelled")
            db.execute("UPDATE bookings SET status = 'cancelled' WHERE id = ?", (now.id,))
            db.execute("DELETE FROM slots WHERE booking_id = ?", (now.id,))
            self._keep(db, "cancelled", now, cancelled, who)
            return cancelled

    def now(self) -> datetime:
        """The civil moment by which the book goes."""
        return self._clock()

    def _named(self, db: sqlite3.Connection, name: str, day: date | None) -> list[Booking]:
        today = self._clock().date()
        rows = db.execute(
            f"{_SELECT} WHERE status = 'booked' AND day >= ? ORDER BY day, time, id", (today.isoformat(),)
        )
        scored = [(alike(name, booking.name), booking) for booking in map(_booking, rows)]
        scored = [
            (score, booking)
            for score, booking in scored
            if score >= LIKE and (day is None or booking.day == day)
        ]
        best = max((score for score, _ in scored), default=0.0)
        return [booking for score, booking in scored if score >= best - 0.06]

    def _current(self, db: sqlite3.Connection, booking: Booking) -> Booking:
        row = db.execute(f"{_SELECT} WHERE id = ?", (booking.id,)).fetchone()
        if row is None or _booking(row) != booking:
            raise LookupError(booking.id)
        return _booking(row)

    def _keep(
        self, db: sqlite3.Connection, what: str, before: Booking | None, after: Booking, who: str
    ) -> None:
        texts = [json.dumps(asdict(b), default=str) if b is not None else None for b in (before, after)]
        db.execute(
            "INSERT INTO history (booking_id, at, who, what, before, after) VALUES (?, ?, ?, ?, ?, ?)",
            (after.id, self._clock().isoformat(timespec="seconds"), who, what, *texts),
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that has the write lock from its beginning; an exception takes it back."""
        db = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("BEGIN IMMEDIATE")
            if db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'history'").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        finally:
            db.close()


_SELECT = "SELECT name, people, day, time, phone, wishes, status, table_id, id FROM bookings"


def quarter_of(moment: time) -> int:
    """The quarter of the day in which a time lies, 0 to 95."""
    return (moment.hour * 60 + moment.minute) // QUARTER_MIN


def time_of(quarter: int) -> time:
    """The time at which a quarter of the day begins."""
    return (datetime.min + timedelta(minutes=quarter * QUARTER_MIN)).time()


def _smallest(db: sqlite3.Connection, day: date, quarter: int, people: int) -> int | None:
    row = db.execute(
        "SELECT id FROM tables WHERE seats >= ? AND NOT EXISTS (SELECT 1 FROM slots WHERE table_id = tables.id "
        "AND day = ? AND quarter >= ? AND quarter < ?) ORDER BY seats, id LIMIT 1",
        (people, day.isoformat(), quarter, quarter + STAY_QUARTERS),
    ).fetchone()
    return None if row is None else int(row[0])


def _hold(db: sqlite3.Connection, booking: Booking) -> None:
    first = quarter_of(booking.time)
    db.executemany(
        "INSERT INTO slots (table_id, day, quarter, booking_id) VALUES (?, ?, ?, ?)",
        [
            (booking.table_id, booking.day.isoformat(), quarter, booking.id)
            for quarter in range(first, first + STAY_QUARTERS)
        ],
    )


def _booked(db: sqlite3.Connection, day: date) -> list[Booking]:
    rows = db.execute(f"{_SELECT} WHERE status = 'booked' AND day = ?", (day.isoformat(),))
    return [_booking(row) for row in rows]


def _booking(row: tuple[str, int, str, str, str, str, str, int, int]) -> Booking:
    name, people, day, at, phone, wishes, status, table_id, booking_id = row
    return Booking(
        name,
        people,
        date.fromisoformat(day),
        time.fromisoformat(at),
        phone,
        wishes,
        status,
        table_id,
        booking_id,
    )


def _clock_text(moment: time) -> str:
    return f"{moment:%H:%M}"
