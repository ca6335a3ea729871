"""Tools' schemas as forms: what pydantic, LiveKit and OpenAI's strict mode write."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.engine.brains.brain import Tool
from antiphon.engine.brains.form.json_schema import kind_of
from antiphon.engine.brains.form.schema import Form, form_of
from tests.engine.brains.form.trades import DENTIST, DEPOT, DESK, strict, tool


def form(trade: Any, name: str) -> Form:
    return next(form_of(t) for t in trade.tools if t.name == name)


def test_what_is_required_and_what_it_is() -> None:
    book = form(DESK, "book_table")
    kinds = {s.path: (s.kind, s.required) for s in book.slots}
    assert kinds == {
        "people": ("number", True),
        "date": ("date", True),
        "time": ("time", True),
        "name": ("name", True),
        "phone": ("phone", False),
        "seating": ("enum", False),
        "wishes": ("text", False),
    }


@pytest.mark.parametrize("trade", [DESK, DENTIST, DEPOT], ids=["desk", "dentist", "depot"])
def test_strict_mode_reads_the_same(trade: Any) -> None:
    for loose, tight in zip(trade.tools, strict(trade).tools, strict=True):
        one, other = form_of(loose), form_of(tight)
        assert [(s.path, s.kind, s.required, s.role) for s in one.slots] == [
            (s.path, s.kind, s.required, s.role) for s in other.slots
        ]


def test_strict_mode_wants_nulls_for_what_was_not_said() -> None:
    track = form(strict(DEPOT), "report_damage")
    arguments = track.arguments({"tracking_number": "AB1234", "what_happened": "wet"})
    assert arguments == {"tracking_number": "AB1234", "what_happened": "wet", "email": None}
    assert track.faults(arguments) == []


def test_references_nesting_and_constants_are_followed() -> None:
    schema = {
        "$defs": {
            "Place": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
                "required": ["city"],
            },
            "Size": {"enum": ["s", "m"], "type": "string"},
        },
        "type": "object",
        "properties": {
            "to": {"$ref": "#/$defs/Place"},
            "size": {"anyOf": [{"$ref": "#/$defs/Size"}, {"type": "null"}]},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
            "version": {"const": 1},
            "count": {"allOf": [{"type": "integer"}], "exclusiveMinimum": 0, "exclusiveMaximum": 10},
        },
        "required": ["to", "size", "count"],
    }
    read = form_of(Tool("send_it", "Send it.", schema))
    assert [(s.path, s.kind, s.required, s.many) for s in read.slots] == [
        ("to.city", "text", True, False),
        ("to.zip", "code", False, False),
        ("size", "enum", False, False),
        ("tags", "enum", False, True),
        ("count", "number", True, False),
    ]
    count = read.slot("count")
    assert count is not None and (count.minimum, count.maximum, count.whole) == (1, 9, True)
    assert read.arguments({"to.city": "Graz", "count": 2}) == {
        "to": {"city": "Graz"},
        "count": 2,
        "size": None,
    }


@pytest.mark.parametrize(
    ("name", "schema", "expected"),
    [
        ("when", {"type": "string", "format": "date"}, "date"),
        ("start_time", {"type": "string"}, "time"),
        ("check_in", {"type": "string"}, "date"),
        ("customerName", {"type": "string"}, "name"),
        ("mobile", {"type": "string"}, "phone"),
        ("e_mail", {"type": "string"}, "email"),
        ("booking_id", {"type": "string"}, "code"),
        ("notes", {"type": "string"}, "text"),
        ("insured", {"type": "boolean"}, "boolean"),
        ("party_size", {"type": "integer"}, "number"),
    ],
)
def test_a_kind_is_told_by_type_format_or_name(name: str, schema: dict[str, Any], expected: str) -> None:
    assert kind_of(name, name.replace("_", " "), "", schema) == expected


def test_a_changing_tool_knows_what_was_from_what_shall_be() -> None:
    roles = {s.path: (s.role, s.concept) for s in form(DESK, "change_booking").slots}
    assert roles["new_date"] == ("new", "date")
    assert roles["current_date"] == ("old", "date")
    assert roles["name"] == ("plain", "name")


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("get_hours", True),
        ("checkBalance", True),
        ("list_orders", True),
        ("book_table", False),
        ("frobnicate", False),
    ],
)
def test_only_reading_verbs_need_no_confirmation(name: str, reads: bool) -> None:
    assert form_of(tool(name, "")).reads is reads


def test_a_tool_without_parameters_and_an_odd_one_can_be_read() -> None:
    assert form_of(Tool("get_hours", "", {})).slots == ()
    odd = form_of(Tool("do", "", {"properties": {"x": {}}}))
    assert [s.path for s in odd.slots] == ["x"]
