"""An energy supplier's line: instructions as Markdown lists, numbers with limits, Literal numbers, an e-mail, a nested address."""

from __future__ import annotations

from typing import Any

from tests.engine.brains.form.trades import Trade, tool

ACCOUNT: dict[str, Any] = {
    "type": "string",
    "title": "Account Number",
    "description": "Six digits, printed at the top of every bill",
    "pattern": "^[0-9]{6}$",
}
FUEL: dict[str, Any] = {"type": "string", "enum": ["electricity", "gas"]}

ENERGY = Trade(
    """You answer the phone for Brightwater Energy, a supplier of electricity and gas.
Be kind and brief. Never guess a figure. If you don't know something, say so.

# Emergencies
- If you smell gas, open the windows, leave the house and call 128 from outside. Do not touch any switch.
- Our emergency engineers are on duty around the clock.

# Contact
- This line is open Monday to Friday 7:00-20:00 and Saturday 9:00-14:00.
- The customer office is at 40 Canal Street and is open on Tuesdays and Thursdays from 10:00 to 16:00.

# Bills
- Bills are sent on the fifth of every month.
- A bill on paper costs 1.50 euros; a bill by e-mail is free.
- You can pay by direct debit, by card or by bank transfer.
- Whoever pays late gets a reminder after fourteen days, which costs 5 euros.
- If you can't pay a bill at once, it can be spread over six months without interest.
- A credit of more than 50 euros is paid back within ten working days.

# Meters
- Only the black figures of a meter count, not the red ones.
- The meter number stands below the bar code.
- Smart meters send their reading every night by themselves.
- A smart meter costs nothing, and fitting it takes about an hour.
- Somebody over eighteen must be at home when the engineer comes.
- Every engineer carries a card with a photo.

# Tariffs
- All our electricity comes from wind, water and sun.
- Night rates hold from ten in the evening to six in the morning.
- A new contract can be revoked within fourteen days.
- For power from your own solar panels we pay 9 cents a kilowatt hour.

# Moving
- Please tell us two weeks before you move.
- The final bill comes within six weeks.""",
    (
        tool(
            "submit_meter_reading",
            "Hand in a meter reading.",
            ("fuel", "meter_number", "reading"),
            fuel={**FUEL, "description": "Which meter it is"},
            meter_number={
                "type": "string",
                "title": "Meter Number",
                "description": "Two letters and five digits",
                "pattern": "^[A-Z]{2}[0-9]{5}$",
            },
            reading={
                "type": "integer",
                "title": "Reading",
                "description": "What the meter shows",
                "minimum": 0,
                "maximum": 999999,
            },
            reading_date={
                "type": "string",
                "format": "date",
                "title": "Reading Date",
                "description": "The day it was read, if not today",
            },
        ),
        tool(
            "book_engineer",
            "Book an engineer's visit.",
            ("account_number", "reason", "date", "window"),
            account_number=ACCOUNT,
            reason={
                "type": "string",
                "enum": ["smart_meter", "faulty_meter", "safety_check", "new_connection"],
                "title": "Reason",
                "description": "What the engineer comes for",
            },
            date={"type": "string", "format": "date"},
            window={
                "type": "string",
                "enum": ["morning", "afternoon", "evening"],
                "title": "Window",
                "description": "Which part of the day",
            },
            access_notes={
                "type": "string",
                "description": "How to get in, dogs, which bell, if mentioned",
                "maxLength": 200,
            },
        ),
        tool(
            "get_balance",
            "Tell what an account owes or is owed, and when it is due.",
            ("account_number",),
            account_number=ACCOUNT,
        ),
        tool("list_tariffs", "List the tariffs and their prices.", (), fuel=FUEL),
        tool(
            "change_tariff",
            "Change the tariff of an account.",
            ("account_number", "tariff"),
            account_number=ACCOUNT,
            tariff={"type": "string", "enum": ["flex", "green_fix", "night_saver", "family"]},
            term_months={"type": "integer", "enum": [12, 24], "description": "For how many months"},
            start_date={"type": "string", "format": "date", "description": "From when on, if they say so"},
        ),
        tool(
            "set_monthly_payment",
            "Set how much is paid every month, and on which day.",
            ("account_number", "amount", "day_of_month"),
            account_number=ACCOUNT,
            amount={"type": "number", "description": "Euros a month", "minimum": 20, "maximum": 900},
            day_of_month={
                "type": "integer",
                "title": "Day Of Month",
                "description": "On which day of the month",
                "minimum": 1,
                "maximum": 28,
            },
        ),
        tool(
            "report_outage",
            "Report that the power is off.",
            ("postcode", "since", "whole_street"),
            postcode={"type": "string", "title": "Postcode", "pattern": "^[0-9]{4}$"},
            since={"type": "string", "format": "time", "title": "Since", "description": "Since what time"},
            whole_street={
                "type": "boolean",
                "title": "Whole Street",
                "description": "Whether the neighbours are without power too",
            },
            medical_device={
                "type": "boolean",
                "title": "Medical Device",
                "description": "Whether somebody depends on a medical device",
                "default": False,
            },
        ),
        tool(
            "update_contact",
            "Change the email address or the phone number of an account.",
            ("account_number",),
            account_number=ACCOUNT,
            email={"type": "string", "format": "email", "title": "Email"},
            phone={"type": "string", "title": "Phone", "maxLength": 30},
        ),
        tool(
            "move_house",
            "Take an account along to a new home.",
            ("account_number", "moving_date", "new_address"),
            account_number=ACCOUNT,
            moving_date={"type": "string", "format": "date", "title": "Moving Date"},
            new_address={
                "type": "object",
                "title": "New Address",
                "properties": {
                    "street": {"type": "string", "title": "Street", "description": "Street and number"},
                    "city": {"type": "string", "title": "City"},
                    "postcode": {"type": "string", "title": "Postcode", "pattern": "^[0-9]{4}$"},
                },
                "required": ["street", "city", "postcode"],
            },
            final_reading={
                "type": "integer",
                "title": "Final Reading",
                "description": "What the old meter shows, if known",
                "minimum": 0,
                "maximum": 999999,
            },
        ),
    ),
)
