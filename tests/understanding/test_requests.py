"""The parser of the request files, and that the files ask only for what their trade's tools can take."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.engine.brains.form.trades import Trade
from tests.understanding.calls import Call, Exact, Words, parse
from tests.understanding.requests import CONFIRM, WHAT, Request, load, read
from tests.understanding.trades import TRADES

FILES = sorted(Path(__file__).parent.glob("*.txt"))

GOOD = """
# a comment
== workshop-001 (correction)
C: I need my brakes looked at
? plate: B D five one S M R
? contact.name: Berg
? contact.name: Anna Berg
? confirm: no, make that ten
T: book_service services=["brakes","tyres"] plate=BD51SMR date=2026-11-27|2026-12-04 time="10:00" notes~="grinding noise"
R: {"ok": true, "reference": "A12"}
A: A12 | reference
A: Friday
A!: Cancelled
C: and cancel it
? plate: same one
T: cancel_appointment plate=BD51SMR
R!: It is too late.

== workshop-002 (question)
C: where are you?
A: station road
"""


def test_reads_turns_calls_and_what_is_to_be_heard() -> None:
    one, two = read("x.txt", GOOD)
    assert (one.id, one.tag, one.trade, one.file, one.line) == (
        "workshop-001",
        "correction",
        "workshop",
        "x.txt",
        3,
    )
    first, second = one.turns
    assert first.says == "I need my brakes looked at"
    assert first.heard == [("a12", "reference"), ("friday",)]
    assert first.unheard == ["cancelled"]
    [call] = first.calls
    assert call.tool == "book_service"
    assert call.arguments == {
        "services": Exact((["brakes", "tyres"],)),
        "plate": Exact(("BD51SMR",)),
        "date": Exact(("2026-11-27", "2026-12-04")),
        "time": Exact(("10:00",)),
        "notes": Words(("grinding noise",)),
    }
    assert (call.result, call.failed) == ('{"ok": true, "reference": "A12"}', False)
    [other] = second.calls
    assert (other.tool, other.result, other.failed) == ("cancel_appointment", "It is too late.", True)
    assert one.calls == [call, other]
    assert (two.calls, two.turns[0].heard) == ([], [("station road",)])


def test_answers_hold_on_until_a_later_turn_has_its_own() -> None:
    one, _ = read("x.txt", GOOD)
    first, second = one.turns
    assert first.answers == {
        "plate": ("B D five one S M R",),
        "contact.name": ("Berg", "Anna Berg"),
        CONFIRM: ("no, make that ten",),
    }
    assert second.answers == {"plate": ("same one",), "contact.name": ("Berg", "Anna Berg")}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("C: hello", 1, "a request begins with a line like"),
        ("== workshop (single)\nC: hi", 1, "is no head"),
        ("== workshop-001 (quick)\nC: hi", 1, "'quick' is no tag; there are single"),
        ("== workshop-001 (single)\nA: hi", 2, "first line is a C: line"),
        ("== workshop-001 (single)\nC: hi\nB: hi", 3, "is no line"),
        ("== workshop-001 (single)\nC:", 2, "is no line"),
        ("== workshop-001 (single)\nC: hi\nA: a | | b", 3, "with | between alternatives"),
        ("== workshop-001 (single)\nC: hi\nR: done", 3, "follows its T: line"),
        ("== workshop-001 (single)\nC: hi\nT: a b=1\nA: done", 4, "a in line 3 needs its R: or R!: line"),
        ("== workshop-001 (single)\nC: hi\nT: a b=1", 1, "needs its R: or R!: line"),
        ("== workshop-001 (single)\nC: hi", 1, "expects nothing"),
        ("== workshop-001 (single)", 1, "needs a C: line"),
        ("== workshop-001 (single)\n== workshop-002 (single)\nC: hi\nA: hi", 2, "needs a C: line"),
        ("== workshop-001 (single)\nC: hi\nT: a-b c=1", 3, "is no tool's name"),
        ("== workshop-001 (single)\nC: hi\nT: a b", 3, "'b' is no argument"),
        ("== workshop-001 (single)\nC: hi\nT: a b=", 3, "b= needs a value"),
        ("== workshop-001 (single)\nC: hi\nT: a b=1 b=2", 3, "b is given twice"),
        ("== workshop-001 (single)\nC: hi\nT: a b=two words", 3, "'words' is no argument"),
        ('== workshop-001 (single)\nC: hi\nT: a b=["x"', 3, "does not begin with JSON"),
        ('== workshop-001 (single)\nC: hi\nT: a b="x"y', 3, "follows its value"),
        ("== workshop-001 (single)\nC: hi\nT: a b~=3", 3, "b~= takes words"),
    ],
)
def test_tells_file_line_and_what_would_be_right(text: str, line: int, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^x\.txt:{line}: ") as raised:
        list(read("x.txt", text))
    assert message in str(raised.value)


def test_refuses_an_id_twice_even_in_two_files(tmp_path: Path) -> None:
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    for path in (one, other):
        path.write_text("== desk-001 (smalltalk)\nC: hello\nA: kettle\n")
    with pytest.raises(ValueError, match=r"b\.txt:1: desk-001 is at a\.txt:1 already"):
        load([one, other])


@pytest.mark.parametrize(
    ("wanted", "got", "met"),
    [
        ('a="10:00"', "10:00:00", True),
        ('a="10:00"', "10:00:30", False),
        ("a=2026-11-27|2026-12-04", "2026-12-04", True),
        ("a=2026-11-27|2026-12-04", "2026-11-28", False),
        ('a="Anna Meyer"', "anna meyer", True),
        ('a="Anna Meyer"', "Anna Mayer", False),
        ('a="0664 12 34"', "0664-1234", True),
        ("a=5", 5.0, True),
        ("a=5", "5", False),
        ("a=1", True, False),
        ("a=true", True, True),
        ('a=["brakes","tyres"]', ["tyres", "brakes"], True),
        ('a=["brakes","tyres"]', ["tyres"], False),
        ('a~="nut allergy"', "An allergy against nuts", True),
        ('a~="nut allergy"', "an allergy", False),
        ('a~="high chair"|highchair', "One highchair", True),
        ("a~=nuts", None, False),
    ],
)
def test_what_counts_as_equal(wanted: str, got: Any, met: bool) -> None:
    assert parse(1, f"tool {wanted}").arguments["a"].met_by(got) is met


def test_a_tool_that_only_reads_is_known_by_its_first_word() -> None:
    assert parse(1, "list_tariffs").reads_only
    assert not parse(1, "book_list").reads_only


# The files that are there


REQUESTS = load(FILES)


@pytest.mark.parametrize("trade", TRADES)
def test_trade_is_asked_something(trade: str) -> None:
    assert Counter(request.trade for request in REQUESTS)[trade] >= 4


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_asks_only_for_what_the_tools_can_take(request_: Request) -> None:
    assert request_.trade in TRADES, f"{request_.file}:{request_.line}: there are {', '.join(TRADES)}"
    trade = TRADES[request_.trade]
    for turn in request_.turns:
        unknown = set(turn.answers) - _paths(trade) - {CONFIRM, WHAT}
        assert not unknown, f"{request_.file}:{turn.line}: no tool of {request_.trade} takes {unknown}"
        for call in turn.calls:
            _fits(request_, call, trade)


_FORMATS = jsonschema.FormatChecker(["date", "email"])


@_FORMATS.checks("time", raises=ValueError)
def _is_time(text: object) -> bool:
    return isinstance(text, str) and dt.time.fromisoformat(text) is not None


def _paths(trade: Trade) -> set[str]:
    """Dotted paths of all arguments."""
    found = set()
    for tool in trade.tools:
        for name, schema in tool.parameters["properties"].items():
            found |= {name} | {f"{name}.{inner}" for inner in schema.get("properties", {})}
    return found


def _fits(request: Request, call: Call, trade: Trade) -> None:
    """The expected arguments, with each alternative in turn, are valid for the tool's schema."""
    where = f"{request.file}:{call.line}"
    tool = next((tool for tool in trade.tools if tool.name == call.tool), None)
    assert tool is not None, f"{where}: {request.trade} has no tool {call.tool}"
    schema = {**tool.parameters, "additionalProperties": False}
    validator = jsonschema.Draft202012Validator(schema, format_checker=_FORMATS)
    paths, values = list(call.arguments), [wanted.values for wanted in call.arguments.values()]
    for chosen in itertools.product(*values):
        arguments: dict[str, Any] = {}
        for path, value in zip(paths, chosen, strict=True):
            outer, _, inner = path.rpartition(".")
            (arguments.setdefault(outer, {}) if outer else arguments)[inner] = value
        wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(arguments)]
        assert not wrong, f"{where}: {call.tool}: {wrong}"
