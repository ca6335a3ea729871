"""The front desk as a LiveKit agent: its instructions and its tools."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal

from livekit.agents import Agent, RunContext, ToolError, function_tool
from pydantic import Field

from antiphon.clock import CivilClock
from antiphon.desk.book import Book
from antiphon.desk.facts import instructions
from antiphon.desk.service import Desk, NotPossible
from antiphon.settings import DeskSettings

People = Annotated[int, Field(title="Party size", description="How many people come", ge=1, le=20)]
Day = Annotated[dt.date, Field(title="Day", description="The day of the visit")]
Time = Annotated[dt.time, Field(title="Time", description="The time of the visit")]
Name = Annotated[
    str, Field(title="Name", description="The name that the booking is under", min_length=1, max_length=60)
]
Seating = Literal["inside", "garden"]


class FrontDesk(Agent):
    """Answers the phone of The Copper Kettle.

    Args:
        desk: what it may book, and where.
        today: the day of the call, in the callers' zone.
    """

    def __init__(self, desk: Desk, today: dt.date) -> None:
        super().__init__(instructions=instructions(today))
        self._desk = desk

    @function_tool
    async def check_availability(
        self,
        people: People,
        date: Day,
        time: Annotated[dt.time | None, Field(title="Time", description="The time of the visit")] = None,
    ) -> str:
        """Look whether a table is free on a day. Changes nothing."""
        return await _answer(self._desk.check, date, time, people)

    @function_tool
    async def book_table(
        self,
        context: RunContext[Any],
        people: People,
        date: Day,
        time: Time,
        name: Annotated[
            str, Field(title="Name", description="The name for the booking", min_length=1, max_length=60)
        ],
        phone: Annotated[
            str | None,
            Field(
                title="Phone number", description="A number to call back, if one is offered", max_length=30
            ),
        ] = None,
        seating: Annotated[
            Seating | None, Field(title="Seating", description="Where they would like to sit, if they say so")
        ] = None,
        wishes: Annotated[
            str | None,
            Field(
                title="Wishes",
                description="Allergies, a high chair, a birthday, if mentioned",
                max_length=200,
            ),
        ] = None,
    ) -> str:
        """Book a table for two hours."""
        noted = ", ".join(wish for wish in (seating, wishes) if wish)
        return await _answer(
            lambda: self._desk.book(name, date, time, people, _who(context), phone=phone or "", wishes=noted)
        )

    @function_tool
    async def find_booking(
        self,
        name: Name,
        date: Annotated[dt.date | None, Field(title="Day", description="The day it is booked for")] = None,
    ) -> str:
        """Look up a booking that was made. Changes nothing."""
        return await _answer(self._desk.find, name, date)

    @function_tool
    async def change_booking(
        self,
        context: RunContext[Any],
        name: Name,
        new_date: Annotated[dt.date | None, Field(title="New day", description="The new day")] = None,
        new_time: Annotated[dt.time | None, Field(title="New time", description="The new time")] = None,
        new_people: Annotated[
            int | None, Field(title="New party size", description="How many people come now", ge=1, le=20)
        ] = None,
        current_date: Annotated[
            dt.date | None, Field(title="Present day", description="The day it is booked for at present")
        ] = None,
    ) -> str:
        """Change the day, the time or the party size of a booking."""
        return await _answer(
            lambda: self._desk.change(
                name, _who(context), booked=current_date, day=new_date, at=new_time, people=new_people
            )
        )

    @function_tool
    async def cancel_booking(
        self,
        context: RunContext[Any],
        name: Name,
        date: Annotated[dt.date | None, Field(title="Day", description="The day it is booked for")] = None,
    ) -> str:
        """Cancel a booking."""
        return await _answer(lambda: self._desk.cancel(name, date, _who(context)))


def desk_factory(settings: DeskSettings, clock: CivilClock) -> Callable[[], FrontDesk]:
    """Opens the book and returns what makes the agent of each call.

    Args:
        settings: where the book is, and which tables there are.
        clock: the callers' civil time and zone.

    Raises:
        sqlite3.Error: the book can't be opened.
    """
    desk = Desk(Book(settings.database, settings.tables, clock))
    return lambda: FrontDesk(desk, clock().date())


async def _answer(work: Callable[..., str], *arguments: Any) -> str:
    """Runs the desk's work in a thread; what is not possible becomes an error that the caller is told."""
    try:
        return await asyncio.to_thread(work, *arguments)
    except NotPossible as no:
        raise ToolError(str(no)) from None


def _who(context: RunContext[Any]) -> str:
    """Whose call it is, for the book's history."""
    try:
        return str(getattr(context.userdata, "call_id", "agent"))
    except ValueError:  # the session has no user data
        return "agent"
