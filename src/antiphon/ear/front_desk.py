"""Who answers at a bare Realtime address, where a scenario names nobody: the front desk that the built-in scenarios call.

The desk's own facts, and tools that do nothing but say that all went well: the conversation is measured, not a book.
"""

from __future__ import annotations

import datetime as dt

from antiphon.desk.facts import instructions
from antiphon.ear.scenario import Agent, Tool

_DAY = {"type": "string", "format": "date", "title": "Day", "description": "The day of the visit"}
_TIME = {"type": "string", "format": "time", "title": "Time", "description": "The time of the visit"}
_PEOPLE = {
    "type": "integer",
    "minimum": 1,
    "maximum": 20,
    "title": "Party size",
    "description": "How many people come",
}
_NAME = {"type": "string", "title": "Name", "description": "The name for the booking"}


def front_desk(today: dt.date | None = None) -> Agent:
    """The agent, on a day (today, if none is given)."""
    return Agent(
        instructions=instructions(today or dt.date.today()),
        tools=(
            Tool(
                name="check_availability",
                description="Look whether a table is free on a day. Changes nothing.",
                parameters={
                    "type": "object",
                    "properties": {"people": _PEOPLE, "date": _DAY, "time": _TIME},
                    "required": ["people", "date"],
                },
                returns="There is a table free then.",
            ),
            Tool(
                name="book_table",
                description="Book a table for two hours.",
                parameters={
                    "type": "object",
                    "properties": {"people": _PEOPLE, "date": _DAY, "time": _TIME, "name": _NAME},
                    "required": ["people", "date", "time", "name"],
                },
                returns="The table is booked.",
            ),
        ),
    )
