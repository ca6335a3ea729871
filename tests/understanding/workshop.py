"""A car workshop: instructions in prose, an array of choices, a nested contact, a number plate with a pattern."""

from __future__ import annotations

from typing import Any

from tests.engine.brains.form.trades import Trade, tool

SERVICES = ["oil_change", "tyres", "brakes", "inspection", "air_conditioning", "battery", "diagnosis"]

PLATE: dict[str, Any] = {
    "type": "string",
    "title": "Number plate",
    "description": "The car's number plate, without spaces",
    "pattern": "^[A-Z]{2}[0-9]{2}[A-Z]{3}$",
}

WORKSHOP = Trade(
    """You are Sam, and you answer the phone at Harper's Garage, an independent car workshop. You are friendly and brief. \
You never say what is wrong with a car: that is for the mechanics to find out. You promise no price and no time that a tool \
or these notes do not give.

On weekdays we are open from eight in the morning until half past five. On Saturdays we are open from nine until one, and on \
Sundays we are closed. You find us at 14 Station Road, behind the fire station. Bus number seven stops right in front of the gate.

You can drop your car off from half past seven, and for earlier birds there is a key box beside the gate. If you can't make it \
before we close, we leave your key at the petrol station next door, which is open until eleven at night. Please bring the \
registration document and, for work on the wheels, the key for the locking wheel nuts.

A courtesy car costs nothing, but you pay for the fuel, and drivers must be at least twenty-one years old. The waiting room \
has coffee, wi-fi and a corner with toys.

We work on every make, and on electric cars too. We do not repair motorcycles, nor vans above three and a half tonnes. We do \
not do bodywork or paint. An hour of labour costs seventy-eight pounds. All our repairs carry a guarantee of twelve months or \
twelve thousand miles. We never start a repair that you have not approved. Old parts are kept for a week, in case you would \
like to see them.

You can pay by card, in cash or by bank transfer, and for bills above five hundred pounds we offer three instalments. We store \
your other set of tyres for thirty pounds a season. An inspection certificate is valid for one year. If you break down, our \
towing partner comes day and night: call 0800 555 019. An appointment can be cancelled free of charge until the day before; \
after that it costs twenty-five pounds.""",
    (
        tool(
            "book_service",
            "Book a car in for work.",
            ("services", "plate", "date", "time", "contact"),
            services={
                "type": "array",
                "title": "Services",
                "description": "What is to be done",
                "items": {"type": "string", "enum": SERVICES},
                "minItems": 1,
            },
            plate=PLATE,
            date={
                "type": "string",
                "format": "date",
                "title": "Day",
                "description": "The day the car comes in",
            },
            time={"type": "string", "format": "time", "title": "Time", "description": "When it comes in"},
            contact={
                "type": "object",
                "title": "Contact",
                "description": "Who brings the car",
                "properties": {
                    "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 60},
                    "phone": {"type": "string", "title": "Phone number", "maxLength": 30},
                },
                "required": ["name", "phone"],
            },
            car={"type": "string", "description": "Make and model, if mentioned", "maxLength": 60},
            courtesy_car={
                "type": "boolean",
                "title": "Courtesy car",
                "description": "Whether a courtesy car is wanted",
                "default": False,
            },
            mileage={"type": "integer", "description": "Miles on the clock", "minimum": 0, "maximum": 999999},
            notes={
                "type": "string",
                "title": "Notes",
                "description": "What the mechanic should know, if mentioned",
                "maxLength": 200,
            },
        ),
        tool(
            "list_free_slots",
            "Look which times are free on a day. Changes nothing.",
            ("date",),
            date={"type": "string", "format": "date", "title": "Day"},
            not_before={
                "type": "string",
                "format": "time",
                "title": "Not before",
                "description": "The earliest time that suits",
            },
        ),
        tool(
            "get_repair_status",
            "Tell how far the work on a car is, and when it is ready.",
            ("plate",),
            plate=PLATE,
        ),
        tool(
            "get_price",
            "Tell what a service costs.",
            ("service",),
            service={"type": "string", "enum": SERVICES, "title": "Service"},
        ),
        tool(
            "move_appointment",
            "Move a car's appointment to another day and time.",
            ("plate", "new_date", "new_time"),
            plate=PLATE,
            new_date={"type": "string", "format": "date", "title": "New day"},
            new_time={"type": "string", "format": "time", "title": "New time"},
        ),
        tool(
            "cancel_appointment",
            "Cancel a car's appointment.",
            ("plate",),
            plate=PLATE,
            reason={"type": "string", "description": "Why, if they say so", "maxLength": 200},
        ),
        tool(
            "approve_repair",
            "Accept or turn down the estimate for a repair.",
            ("estimate_number", "accepted"),
            estimate_number={
                "type": "string",
                "title": "Estimate number",
                "description": "The number of the estimate: E and three digits",
                "pattern": "^E[0-9]{3}$",
            },
            accepted={
                "type": "boolean",
                "title": "Accepted",
                "description": "Whether the repair shall be done",
            },
            at_most={
                "type": "number",
                "title": "At most",
                "description": "The most that it may cost, in pounds, if they set a limit",
                "exclusiveMinimum": 0,
            },
        ),
        tool(
            "leave_message",
            "Leave a message for a mechanic or for the office.",
            ("message", "phone"),
            message={
                "type": "string",
                "title": "Message",
                "description": "What they should know",
                "maxLength": 400,
            },
            phone={"type": "string", "title": "Phone number", "description": "A number to call back"},
            recipient={"type": "string", "enum": ["Joe", "Priya", "Ahmed", "office"], "title": "Recipient"},
        ),
    ),
)
