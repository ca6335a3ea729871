"""What a tool's output says: speech, and whether it went well.

The rules, for people who write tools:

* A sentence is spoken as it stands (dates, times and digits in words).
* JSON (or a Python dict's repr, as LiveKit writes dicts): `error`, or `ok`/`success` false, is an error, told with `message`, `reason`
  or `error`; `message`, `summary`, `text`, `spoken` or `say` is spoken; other objects are spoken as "name value"; a list by its number
  and first three.
* Text that reads like a refusal ("We are closed on Mondays.", "no table", "An error occurred") counts as an error: the task stays open, and
  the value that it names is asked for again.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from antiphon.engine.brains.form.json_schema import words_of
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.speakable import speakable

_SAYS = ("spoken", "say", "message", "summary", "text", "result", "answer", "description")
_FAULTS = re.compile(
    r"^there(?:'s| is| are|re) (?:no|not|nothing|nobody)\b|"
    r"^(?:error|failed|failure|invalid|exception|traceback|sorry|unfortunately|i'm afraid|"
        r"we're afraid|an (?:internal )?error|unknown function|the tool returned)\b|"
    r"\b(?:an error occurred|internal error|we are closed|we're closed|is closed|are closed|"
        r"closed (?:on|that)|fully booked|booked (?:out|up)|sold out|not available|unavailable|"
        r"no longer available|"
    r"no (?:free |such |matching |suitable )*(?:table|tables|booking|bookings|reservation|"
        r"appointment|appointments|slot|slots|room|rooms|parcel|record|match|matches|results?|"
        r"availability|space)\b(?! fee)|"
    r"not found|couldn't find|could not find|can't find|cannot find|did not find|didn't find|"
        r"do not have a|don't have a|nothing (?:is )?(?:free|available|under)|no one|nobody|"
    r"could not|couldn't|cannot (?:be|take|book|accept|do|seat|change|cancel|find)|can't (?:be|"
        r"take|book|accept|do|seat|change|cancel|find)|unable to|not possible|impossible|"
        r"already (?:taken|booked|passed|cancelled|canceled|exists)|in the past|"
    r"must be|has to be|too (?:many|large|late|early|heavy|big|far)|at most|at least|only (?:take|"
        r"seat|open|accept)|up to \d|not allowed|out of range|exceeds|invalid|does not exist|"
        r"doesn't exist|not valid|failed to|"
    r"(?:is|are) (?:full|taken)|have nothing|has nothing|nothing left|no more)\b",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """A tool's output, understood.

    Attributes:
        text: speakable; "" if the tool said nothing.
        ok: it did what it was called for.
        data: parsed JSON, or None.
        internal: the error tells a caller nothing ("An internal error occurred").
        facts: the text is only the names and values of an object, no sentence of the tool's.
    """

    text: str
    ok: bool
    data: Any = None
    internal: bool = False
    facts: bool = False


def read(output: str) -> Result:
    """Reads a tool's output."""
    bare = output.strip()
    if bare in {"", "None", "null", "ok", "OK", "Ok", "true", "True", "{}", "done", "Done", "success"}:
        return Result("", True)
    if bare in {"false", "False"}:
        return Result("", False)
    data = _parsed(bare)
    if isinstance(data, Mapping):
        return _of_object(data)
    if isinstance(data, list):
        return Result(speakable(_of_list(data)), bool(data), data)
    if isinstance(data, str):
        bare = data
    text = speakable(bare)
    internal = bool(
        re.match(
            r"(?:an internal error|error:?$|internal server error|traceback|unknown function|the tool returned)",
            bare,
            re.I,
        )
    )
    return Result("" if internal else text, not _FAULTS.search(bare), internal=internal)


def _parsed(text: str) -> Any:
    if text[:1] not in "{[\"'":
        return None
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _of_object(data: Mapping[str, Any]) -> Result:
    low = {str(k).lower(): v for k, v in data.items()}
    failed = (
        bool(low.get("error"))
        or low.get("ok") is False
        or low.get("success") is False
        or str(low.get("status", "")).lower() in {"error", "failed", "failure"}
    )
    failed = failed or low.get("available") is False or low.get("found") is False
    error = low.get("error")
    if isinstance(error, Mapping):
        error = error.get("message")
    said = next(
        (
            low[k]
            for k in ("spoken", "say", "message", "reason", "summary", "text")
            if isinstance(low.get(k), str) and low[k]
        ),
        None,
    )
    if failed:
        words = said if said else error if isinstance(error, str) else ""
        return Result(speakable(str(words)) if words else "", False, data)
    if said is None:
        said = next((low[k] for k in _SAYS if isinstance(low.get(k), str) and low[k]), None)
    if said:
        return Result(speakable(str(said)), not _FAULTS.search(str(said)), data)
    lists = [value for value in data.values() if isinstance(value, list) and value]
    if len(data) == 1 and lists:
        return Result(speakable(_of_list(lists[0])), True, data, facts=True)
    told = _fields(data)
    return Result(speakable(told[:1].upper() + told[1:]) if told else "", True, data, facts=True)


_UNITS = frozenset(
    listed(
        "pounds euros dollars cents pence percent kilograms kg grams metres meters kilometres km miles minutes hours days weeks "
        "months years degrees people items points"
    )
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{2}:\d{2}(?::\d{2})?")
_OBVIOUS = frozenset(["date", "day", "time", "when", "start", "name", "text", "value"])
"""Keys that go without saying beside their value."""


def _fields(data: Mapping[str, Any]) -> str:
    """An object's names and values in their order; yes for true, units behind their numbers."""
    return ", ".join(part for key, value in data.items() if (part := _field(words_of(str(key)), value)))


def _field(words: list[str], value: Any) -> str:
    name = " ".join(words)
    if value is None or value == "" or name in {"ok", "success", "id"} or name.endswith(" id"):
        return ""
    match value:
        case bool():
            return f"{name}: {'yes' if value else 'no'}"
        case list():
            return f"{name}: {', '.join(_item(v) for v in value[:3])}" if value else f"{name}: none"
        case Mapping():
            return _fields(value)
        case int() | float() if words and words[-1] in _UNITS:
            return f"{' '.join(words[:-1])} {value} {words[-1]}".strip()
        case str() if _MOMENT.fullmatch(value) and words and words[-1] in _OBVIOUS:
            return value if len(words) == 1 else f"{name} {value}"
    return str(value) if name == "name" else f"{name} {value}"


def _item(value: Any) -> str:
    return _fields(value).rstrip(".") if isinstance(value, Mapping) else str(value)


def _of_list(data: list[Any]) -> str:
    if not data:
        return "I found nothing"
    if len(data) == 1:
        return f"I found one: {_item(data[0])}"
    shown = data[:3]
    listed = "; ".join(
        f"{word} one, {_item(v)}" if isinstance(v, Mapping) else _item(v)
        for word, v in zip(("the first", "the second", "the third"), shown, strict=False)
    )
    more = f"; and {len(data) - 3} more" if len(data) > 3 else ""
    return f"I found {len(data)}: {listed}{more}"
