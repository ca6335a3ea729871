"""Trades whose forms hold many kinds of values: a hotel, a vet, a car hire, a library. For what is told in one sentence (values.list)."""

from __future__ import annotations

from typing import Any

from tests.engine.brains.form.trades import Trade, tool


def _one(kind: str, title: str, description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, "title": title, "description": description, **more}


def _date(title: str, description: str = "") -> dict[str, Any]:
    return _one("string", title, description, format="date")


def _time(title: str, description: str = "") -> dict[str, Any]:
    return _one("string", title, description, format="time")


_ROOM = {"type": "string", "enum": ["single", "double", "twin", "suite"], "title": "Room type"}

HOTEL = Trade(
    "You answer the phone for the Lakeside Hotel. Breakfast is from seven until ten.",
    (
        tool(
            "reserve_room",
            "Reserve a room.",
            ("check_in", "check_out", "guests", "room_type", "guest_name"),
            check_in=_date("Check-in", "The day of arrival"),
            check_out=_date("Check-out", "The day of departure"),
            guests=_one("integer", "Guests", "How many people stay", minimum=1, maximum=6),
            room_type=_ROOM,
            guest_name=_one("string", "Guest name", "Who stays"),
            phone=_one("string", "Phone", "A number to call back"),
            breakfast=_one("boolean", "Breakfast", "Whether breakfast is wanted"),
            arrival_time=_time("Arrival time", "When they arrive, if they say so"),
            requests=_one("string", "Requests", "A quiet room, a cot, a pet, if mentioned"),
        ),
        tool(
            "extend_stay",
            "Extend a guest's stay.",
            ("room_number", "nights"),
            room_number=_one("integer", "Room number", "The number on the door", minimum=100, maximum=599),
            nights=_one("integer", "Nights", "How many nights more", minimum=1, maximum=14),
        ),
    ),
)

VET = Trade(
    "You are the receptionist of Willow Vets. We are open from eight in the morning until six in the evening on weekdays.",
    (
        tool(
            "book_visit",
            "Book a visit for an animal.",
            ("pet_name", "species", "reason", "date", "time", "owner_name", "phone"),
            pet_name=_one("string", "Pet name", "What the animal is called"),
            species={"type": "string", "enum": ["dog", "cat", "rabbit", "bird"], "title": "Species"},
            reason=_one("string", "Reason", "Why the animal comes"),
            date=_date("Date", "The day of the visit"),
            time=_time("Time", "The time of the visit"),
            owner_name=_one("string", "Owner name", "Who brings the animal"),
            phone=_one("string", "Phone", "A number to call back"),
            age_years=_one("number", "Age", "How old the animal is, in years", minimum=0, maximum=40),
            insured=_one("boolean", "Insured", "Whether the animal is insured"),
            vet={"type": "string", "enum": ["Dr Lang", "Dr Osei"], "title": "Vet"},
        ),
        tool(
            "order_food",
            "Order diet food for an animal.",
            ("product", "bags"),
            product={"type": "string", "enum": ["kidney_diet", "puppy_diet", "light_diet"]},
            bags=_one("integer", "Bags", "How many bags", minimum=1, maximum=12),
            weight_kg=_one("number", "Weight", "The animal's weight in kilograms", maximum=90),
            deliver=_one("boolean", "Deliver", "Whether it shall be delivered"),
        ),
    ),
)

HIRE = Trade(
    "You take bookings for Coast Car Hire. The office is open from seven in the morning until eight in the evening.",
    (
        tool(
            "hire_car",
            "Hire a car.",
            ("category", "pickup_date", "pickup_time", "return_date", "driver_name"),
            category={"type": "string", "enum": ["small", "estate", "van", "convertible"]},
            pickup_date=_date("Pick-up date", "The day it is picked up"),
            pickup_time=_time("Pick-up time", "When it is picked up"),
            return_date=_date("Return date", "The day it comes back"),
            driver_name=_one("string", "Driver name", "Who drives"),
            driver_age=_one("integer", "Driver age", "How old the driver is", minimum=18, maximum=99),
            child_seats=_one("integer", "Child seats", "How many child seats", minimum=0, maximum=3),
            automatic=_one("boolean", "Automatic", "Whether it must be an automatic"),
            email=_one("string", "Email", "", format="email"),
        ),
        tool(
            "report_breakdown",
            "Report that a hired car has broken down.",
            ("booking_code", "location", "phone"),
            booking_code=_one(
                "string", "Booking code", "Three letters and four digits", pattern="^[A-Z]{3}[0-9]{4}$"
            ),
            location=_one("string", "Location", "Where the car is"),
            phone=_one("string", "Phone", "A number to call back"),
            drivable=_one("boolean", "Drivable", "Whether it can still be driven"),
            passengers=_one("integer", "Passengers", "How many people are in the car", minimum=1, maximum=9),
        ),
    ),
)

LIBRARY = Trade(
    "You answer for the town library. It is open from ten in the morning until six in the evening, except on Sundays.",
    (
        tool(
            "renew_loan",
            "Renew the loan of a book.",
            ("card_number",),
            card_number=_one("string", "Card number", "Eight digits", pattern="^[0-9]{8}$"),
            until=_date("Until", "Until when it shall be kept"),
            title=_one("string", "Title", "The book, if mentioned"),
        ),
        tool(
            "reserve_study_room",
            "Reserve a study room.",
            ("date", "start_time", "end_time", "people"),
            date=_date("Date"),
            start_time=_time("Start time", "From when"),
            end_time=_time("End time", "Until when"),
            people=_one("integer", "People", "How many people come", minimum=1, maximum=10),
            projector=_one("boolean", "Projector", "Whether a projector is needed"),
            card_number=_one("string", "Card number", "Eight digits", pattern="^[0-9]{8}$"),
        ),
        tool(
            "change_study_room",
            "Change the reservation of a study room.",
            ("card_number",),
            card_number=_one("string", "Card number", "Eight digits", pattern="^[0-9]{8}$"),
            current_date=_date("Present date", "The day it is reserved for"),
            new_date=_date("New date"),
            new_start_time=_time("New start time"),
            new_people=_one("integer", "New people", "How many people come now", minimum=1, maximum=10),
        ),
        tool(
            "register_reader",
            "Register a new reader.",
            ("full_name", "date_of_birth", "email"),
            full_name=_one("string", "Full name"),
            date_of_birth=_date("Date of birth"),
            email=_one("string", "Email", "", format="email"),
            phone=_one("string", "Phone"),
            newsletter=_one("boolean", "Newsletter", "Whether the newsletter is wanted"),
        ),
    ),
)

MORE_TRADES = {"hotel": HOTEL, "vet": VET, "hire": HIRE, "library": LIBRARY}
