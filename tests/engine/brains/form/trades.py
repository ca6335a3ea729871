"""Three trades to try the brain on: a restaurant's desk, a dentist's, a parcel depot. Schemas as LiveKit sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.engine.brains.brain import Tool

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Vienna"))
"""A Monday."""


@dataclass(frozen=True)
class Trade:
    """A session's instructions and tools."""

    instructions: str
    tools: tuple[Tool, ...]


def tool(called: str, description: str, required: tuple[str, ...] = (), /, **properties: Any) -> Tool:
    """A tool with pydantic's kind of schema; what is not required may be null."""
    given = {
        key: schema if key in required or "default" in schema else _optional(schema)
        for key, schema in properties.items()
    }
    return Tool(
        called,
        description,
        {"type": "object", "properties": given, "required": list(required), "title": f"{called}Args"},
    )


def _optional(schema: Mapping[str, Any]) -> dict[str, Any]:
    outer = {k: v for k, v in schema.items() if k in {"title", "description"}}
    inner = {k: v for k, v in schema.items() if k not in outer}
    return {**outer, "anyOf": [inner, {"type": "null"}], "default": None}


def strict(trade: Trade) -> Trade:
    """The same tools as OpenAI's strict mode has them: everything required, optional values null, no defaults, no titles."""
    return Trade(trade.instructions, tuple(_strict(t) for t in trade.tools))


def _strict(one: Tool) -> Tool:
    properties: dict[str, Any] = {}
    for key, schema in one.parameters["properties"].items():
        slim = {k: v for k, v in schema.items() if k not in {"default", "title"}}
        if "anyOf" in slim:
            inner = slim.pop("anyOf")[0]
            slim = {**inner, **slim, "type": [inner.get("type", "string"), "null"]}
            if "enum" in slim:
                slim["enum"] = [*slim["enum"], None]
        elif "default" in schema:
            slim["type"] = [slim.get("type", "string"), "null"]
            if "enum" in slim:
                slim["enum"] = [*slim["enum"], None]
        properties[key] = slim
    return Tool(
        one.name,
        one.description,
        {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
    )


def _date(title: str, description: str) -> dict[str, Any]:
    return {"type": "string", "format": "date", "title": title, "description": description}


def _time(title: str, description: str) -> dict[str, Any]:
    return {"type": "string", "format": "time", "title": title, "description": description}


def _text(title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, "description": description, **more}


_PEOPLE = {
    "type": "integer",
    "title": "Party size",
    "description": "How many people come",
    "minimum": 1,
    "maximum": 8,
}
_NAME = _text("Name", "The name that the booking is under", minLength=1, maxLength=60)

DESK = Trade(
    """You are Nora, at the front desk of The Copper Kettle, a family restaurant.
You speak in one or two short sentences, because this is a phone call.
You never say that something is booked unless a tool has said so.
Today is Monday, November 23rd, 2026.
We are open from Tuesday to Sunday, from noon to ten in the evening.
We are closed on Mondays.
We seat guests from noon until eight in the evening.
The kitchen takes its last orders at half past nine in the evening.
Our address is twelve Mill Lane, next to the old bridge.
It is a ten-minute walk from the station to the restaurant.
There is free parking behind the house, with room for ten cars.
Half of our dishes are vegetarian, and two are always vegan.
Gluten-free dishes are marked on the menu.
A main course costs between fourteen and twenty-six euros.
Children are very welcome, and there are high chairs and a children's menu.
Dogs are welcome in the garden and in the front room.
The entrance has no steps, and there is a toilet for wheelchair users.
We take cards, cash and payment by phone.
Every table has free wi-fi.
We do not deliver, but every dish can be taken away.
A table is kept for two hours, and we hold it for fifteen minutes if you are late.
A booking can be changed or cancelled free of charge at any time.
There is no dress code: come as you are.""",
    (
        tool(
            "check_availability",
            "Look whether a table is free on a day. Changes nothing.",
            ("people", "date"),
            people=_PEOPLE,
            date=_date("Day", "The day of the visit"),
            time=_time("Time", "The time of the visit"),
        ),
        tool(
            "book_table",
            "Book a table for two hours.",
            ("people", "date", "time", "name"),
            people=_PEOPLE,
            date=_date("Day", "The day of the visit"),
            time=_time("Time", "The time of the visit"),
            name=_text("Name", "The name for the booking", minLength=1, maxLength=60),
            phone=_text("Phone number", "A number to call back, if one is offered", maxLength=30),
            seating={
                "type": "string",
                "enum": ["inside", "garden"],
                "title": "Seating",
                "description": "Where they would like to sit, if they say so",
            },
            wishes=_text("Wishes", "Allergies, a high chair, a birthday, if mentioned", maxLength=200),
        ),
        tool(
            "find_booking",
            "Look up a booking that was made. Changes nothing.",
            ("name",),
            name=_NAME,
            date=_date("Day", "The day it is booked for"),
        ),
        tool(
            "change_booking",
            "Change the day, the time or the party size of a booking.",
            ("name",),
            name=_NAME,
            new_date=_date("New day", "The new day"),
            new_time=_time("New time", "The new time"),
            new_people={**_PEOPLE, "title": "New party size", "description": "How many people come now"},
            current_date=_date("Present day", "The day it is booked for at present"),
        ),
        tool(
            "cancel_booking",
            "Cancel a booking.",
            ("name",),
            name=_NAME,
            date=_date("Day", "The day it is booked for"),
        ),
    ),
)

DENTIST = Trade(
    """You are the receptionist of Bright Smiles Dental Practice.
Keep your answers short. Never give medical advice. If the caller is in pain, offer the earliest appointment.

# Practice
- Opening hours: Monday to Thursday 8:00-18:00, Friday 8:00-14:00. Closed on weekends.
- Address: 5 Park Street, second floor; there is a lift.
- Parking: the garage next door, first hour free.
- Emergencies: in urgent cases outside opening hours call 555-0199.

# Prices
- A check-up costs 60 euros.
- Teeth cleaning costs 90 euros and is not covered by public insurance.
- Whitening costs 250 euros.

# Dentists
Dr. Baker and Dr. Chen work here. Dr. Chen also treats children.""",
    (
        tool(
            "book_appointment",
            "Book an appointment at the dentist.",
            ("patient_name", "date_of_birth", "treatment", "date", "time", "new_patient"),
            patient_name=_text("Patient Name", "Full name of the patient"),
            date_of_birth=_date("Date Of Birth", "Date of birth of the patient"),
            treatment={
                "enum": ["check_up", "cleaning", "filling", "whitening", "toothache"],
                "type": "string",
                "title": "Treatment",
            },
            date=_date("Date", "Day of the appointment"),
            time=_time("Time", "Time of the appointment"),
            new_patient={
                "type": "boolean",
                "title": "New Patient",
                "description": "Whether you are a new patient",
            },
            phone=_text("Phone", "Phone number, ask for it"),
        ),
        tool(
            "list_appointments",
            "List the patient's appointments.",
            ("patient_name",),
            patient_name=_text("Patient Name", "Full name of the patient"),
        ),
        tool(
            "reschedule_appointment",
            "Move an appointment to another day or time.",
            ("patient_name", "new_date", "new_time"),
            patient_name=_text("Patient Name", "Full name of the patient"),
            new_date=_date("New Date", "New day"),
            new_time=_time("New Time", "New time"),
        ),
        tool(
            "cancel_appointment",
            "Cancel an appointment.",
            ("patient_name", "date"),
            patient_name=_text("Patient Name", "Full name of the patient"),
            date=_date("Date", "Day of the appointment"),
            reason=_text("Reason", "Reason for cancelling"),
        ),
    ),
)

DEPOT = Trade(
    """You answer calls for Swift Parcels, a parcel depot.
The depot is open every day from 6 a.m. to 10 p.m.
You find us at 88 Harbour Road.
Parcels are kept for seven days. After that they go back to the sender.
A small parcel costs 5 euros, a medium one 8 euros and a large one 14 euros.
Express delivery arrives the next day before noon and costs 6 euros more.
We do not carry animals, food or dangerous goods.""",
    (
        tool(
            "track_parcel",
            "Tell where a parcel is.",
            ("tracking_number",),
            tracking_number=_text("Tracking Number", "Tracking number", pattern="^[A-Z]{2}[0-9]{4}$"),
        ),
        tool(
            "send_parcel",
            "Arrange for a parcel to be collected and sent.",
            ("size", "weight_kg", "fragile", "recipient_name", "address"),
            size={
                "type": "string",
                "enum": ["small", "medium", "large"],
                "title": "Size",
                "description": "Size of the parcel",
            },
            weight_kg={
                "type": "number",
                "title": "Weight Kg",
                "description": "Weight in kilograms",
                "exclusiveMinimum": 0,
                "maximum": 31.5,
            },
            fragile={"type": "boolean", "title": "Fragile", "description": "Whether the parcel is fragile"},
            recipient_name=_text("Recipient Name", "Name of the recipient"),
            address={
                "type": "object",
                "title": "Address",
                "properties": {
                    "street": _text("Street", "Street and house number"),
                    "city": _text("City", "City"),
                    "postcode": _text("Postcode", "Postcode"),
                },
                "required": ["street", "city"],
            },
            service={"type": "string", "enum": ["standard", "express", "same_day"], "default": "standard"},
            insured_value={
                "type": "integer",
                "title": "Insured Value",
                "description": "Value to insure in euros",
                "minimum": 1,
            },
        ),
        tool(
            "redirect_parcel",
            "Send a parcel that is on its way to another place.",
            ("tracking_number", "place"),
            tracking_number=_text("Tracking Number", "Tracking number", pattern="^[A-Z]{2}[0-9]{4}$"),
            place={"type": "string", "enum": ["neighbour", "parcel_shop", "depot"], "title": "Place"},
        ),
        tool(
            "report_damage",
            "Report a damaged parcel.",
            ("tracking_number", "what_happened"),
            tracking_number=_text("Tracking Number", "Tracking number", pattern="^[A-Z]{2}[0-9]{4}$"),
            what_happened=_text("What Happened", "What is damaged"),
            email=_text("Email", "Email for the answer", format="email"),
        ),
    ),
)

COFFEE = Trade(
    "You are the assistant of Bean There, a coffee shop. We open at 7 a.m. every day. Oat milk costs 50 cents more.",
    (
        tool(
            "order_coffee",
            "Order a coffee.",
            ("drink", "size"),
            drink={"type": "string", "enum": ["espresso", "cappuccino", "flat_white", "latte"]},
            size={"type": "string", "enum": ["small", "medium", "large"]},
            milk={"type": "string", "enum": ["whole", "oat", "soy"]},
            sugar={"type": "integer", "minimum": 0, "maximum": 5, "description": "Number of sugars"},
            extras={"type": "array", "items": {"type": "string", "enum": ["cinnamon", "cream", "syrup"]}},
        ),
        tool(
            "get_order_status",
            "Tell the status of an order.",
            ("order_number",),
            order_number={"type": "integer"},
        ),
    ),
)

TAXI = Trade(
    "You take orders for City Cabs. We drive day and night.",
    (
        tool(
            "order_taxi",
            "Order a taxi.",
            ("pickup_address", "destination", "time"),
            pickup_address={"type": "string", "description": "Where to pick you up"},
            destination={"type": "string", "description": "Where you want to go"},
            time={"type": "string", "format": "time", "description": "When to pick you up"},
        ),
        tool(
            "get_fare",
            "Estimate the fare.",
            ("destination",),
            destination={"type": "string", "description": "Where you want to go"},
        ),
    ),
)

TRADES = {
    "coffee": COFFEE,
    "taxi": TAXI,
    "desk": DESK,
    "desk-strict": strict(DESK),
    "dentist": DENTIST,
    "depot": DEPOT,
    "depot-strict": strict(DEPOT),
}
