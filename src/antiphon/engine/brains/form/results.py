"""What a tool's output says: speech, and whether it went well.

The rules, for people who write tools:

* A sentence is spoken as it stands (dates, times and digits in words).
* JSON (or a Python dict's repr, as LiveKit writes dicts): `error`, or `ok`/`success` false, is an error, told with `message`, `reason` or `error`;
  `message`, `summary`, `text`, `spoken` or `say` is spoken; other objects are spoken as "name: value"; a list by its number and first three.
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

from antiphon.engine.brains.form.schema import Form, Slot, words_of
from antiphon.engine.brains.form.speakable import speakable
from antiphon.engine.brains.form.tokens import hear, stem

_SAYS = ("spoken", "say", "message", "summary", "text", "result", "answer", "description")
_FAULTS = re.compile(
    r"^(?:error|failed|failure|invalid|exception|traceback|sorry|unfortunately|i'm afraid|we're afraid|an (?:internal )?error|unknown function|the tool returned)\b|"
    r"\b(?:an error occurred|internal error|we are closed|we're closed|is closed|are closed|closed (?:on|that)|fully booked|booked (?:out|up)|sold out|not available|unavailable|no longer available|"
    r"no (?:free |such |matching |suitable )*(?:table|tables|booking|bookings|reservation|appointment|appointments|slot|slots|room|rooms|parcel|record|match|matches|results?|availability|space)\b(?! fee)|"
    r"not found|couldn't find|could not find|can't find|cannot find|did not find|didn't find|do not have a|don't have a|nothing (?:is )?(?:free|available|under)|no one|nobody|"
    r"could not|couldn't|cannot (?:be|take|book|accept|do|seat|change|cancel|find)|can't (?:be|take|book|accept|do|seat|change|cancel|find)|unable to|not possible|impossible|already (?:taken|booked|passed|cancelled|canceled|exists)|in the past|"
    r"must be|has to be|too (?:many|large|late|early|heavy|big|far)|at most|at least|only (?:take|seat|open|accept)|up to \d|not allowed|out of range|exceeds|invalid|does not exist|doesn't exist|not valid|failed to|"
    r"(?:is|are) (?:full|taken)|have nothing|has nothing|nothing left|no more)\b",
    re.IGNORECASE,
)  # fmt: skip
_CLUES = {
    "date": re.compile(r"\b(?:mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|day|date|closed|in the past|that day|holiday|ahead|months?)\b", re.I),
    "time": re.compile(r"\b(?:o'clock|time|times|noon|midnight|kitchen|seating|seatings|between|earlier|later|open (?:from|until|at)|half past|quarter|evening|morning|afternoon|[ap]\.m\.|[ap]m)\b|\d{1,2}:\d{2}", re.I),
    "name": re.compile(r"\b(?:name|under|booking (?:for|under)|find|found|spell)\b", re.I),
    "phone": re.compile(r"\b(?:phone|number|digits)\b", re.I),
    "email": re.compile(r"\be-?mail\b", re.I),
    "code": re.compile(r"\b(?:reference|code|number|id)\b", re.I),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """A tool's output, understood.

    Attributes:
        text: speakable; "" if the tool said nothing.
        ok: it did what it was called for.
        data: parsed JSON, or None.
        internal: the error tells a caller nothing ("An internal error occurred").
    """

    text: str
    ok: bool
    data: Any = None
    internal: bool = False


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
    text = speakable(str(said)) if said else speakable(_fields(data))
    return Result(text, not (said and _FAULTS.search(str(said))), data)


def _fields(data: Mapping[str, Any]) -> str:
    parts = []
    for key, value in data.items():
        words = " ".join(words_of(str(key)))
        if value is None or words in {"ok", "success", "id"} or words.endswith(" id"):
            continue
        if isinstance(value, bool):
            parts.append(f"{words}: {'yes' if value else 'no'}")
        elif isinstance(value, list):
            parts.append(f"{words}: {', '.join(_item(v) for v in value[:3])}" if value else f"{words}: none")
        elif isinstance(value, Mapping):
            parts.append(_fields(value))
        else:
            parts.append(f"{words} {value}")
    return ", ".join(parts)


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


def culprit(result: Result, form: Form, values: Mapping[str, Any], original: str) -> Slot | None:
    """The slot whose value an error is about: the one that its words name, else the time, else the date."""
    filled = [s for s in form.slots if s.path in values]
    marks = set(hear(original).stems)
    scores: list[tuple[float, int, Slot]] = []
    for index, slot in enumerate(filled):
        score = 0.0
        if any(t in marks for t in slot.title_stems):
            score += 2.0
        clue = _CLUES.get(slot.kind)
        if clue:
            score += 1.0 * len(set(m.group(0).lower() for m in clue.finditer(original)))
        if slot.kind == "number" and (
            slot.cues & marks or (stem("people") in marks and "people" in slot.description.lower())
        ):
            score += 1.0
            if re.search(r"\bup to \d|at most|largest|too (?:many|large)|maximum", original, re.I):
                score += 2.0
        if slot.kind == "number" and "part" in marks | {m[:4] for m in marks} and "party" in slot.name:
            score += 1.0
        if slot.kind == "name" and re.search(
            r"\b(?:no|not|couldn't|can't|cannot|could not)\b.*\b(?:booking|reservation|appointment|record|find|found|under)\b",
            original,
            re.I,
        ):
            score += 2.0
        if slot.kind == "date" and re.search(r"\bclosed\b", original, re.I):
            score += 1.0
        if slot.kind == "time" and re.search(
            r"\b(?:booked|full|free|available|taken|no table)\b", original, re.I
        ):
            score += 0.6
        if slot.kind == "code" and re.search(r"\b(?:not found|no (?:such )?|find|unknown)\b", original, re.I):
            score += 1.0
        if slot.kind == "enum" and {stem(w) for w in str(values.get(slot.path, "")).lower().split()} & marks:
            score += 1.0
        if score:
            scores.append((score, -index, slot))
    return max(scores, key=lambda s: (s[0], s[1]))[2] if scores else None
