"""Tools as forms: each argument of a tool's JSON Schema becomes a slot.

Understood: `type` integer, number, boolean, string, array, object (nested: slots "address.street"); `enum`, `const`, `format` (date, time,
date-time, email, phone), `minimum`/`maximum` and exclusive ones, `pattern`, `minLength`/`maxLength`, `default`, `title`, `description`;
`$ref`, `allOf`, and `anyOf`/`oneOf`/type lists with null, as pydantic and OpenAI's strict mode write optional values.
An argument is optional if it is not in `required`, may be null, or has a default. Optional ones are not asked for, unless their
description says "ask".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from jsonschema import Draft202012Validator

from antiphon.engine.brains.brain import Tool
from antiphon.engine.brains.form import lexicon
from antiphon.engine.brains.form.json_schema import KindName, kind_of, resolve, words_of
from antiphon.engine.brains.form.lexicon import listed
from antiphon.engine.brains.form.tokens import hear, stem

Action = Literal["create", "change", "cancel", "read", "send", "other"]

_ROLE = re.compile(r"^(?:(new|updated|changed|to|target)_(.+)|(.+)_(?:new|to)$)")
_OLD = re.compile(r"^(?:(old|current|existing|original|previous|from)_(.+)|(.+)_(?:old|from)$)")
_UNIT_WORDS = frozenset({"kg", "cm", "mm", "eur", "usd", "minutes", "hours", "pct"})


@dataclass(frozen=True)
class Slot:
    """One value that a tool takes.

    Attributes:
        path: where it goes in the arguments, dotted for nested objects.
        title: words for it, lower case ("party size").
        description: the schema's, without a final stop.
        kind: which extractor reads it.
        required: it must be given; asked for when missing.
        ask: optional, but the description wants it asked.
        role: "new" or "old" when the tool has both, or says so; else "plain".
        concept: what the value is, whatever its role: "date" for `new_date`.
        options: allowed values of an enum.
        hints: stems of its description that the tool's own name and description do not have.
        many: the argument is an array of such values.
        whole: only whole numbers.
    """

    path: str
    name: str
    title: str
    description: str
    kind: KindName
    schema: Mapping[str, Any] = field(hash=False, compare=False)
    required: bool = True
    ask: bool = False
    role: Literal["plain", "new", "old"] = "plain"
    concept: str = ""
    options: tuple[Any, ...] = ()
    hints: frozenset[str] = frozenset()
    many: bool = False
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None

    @cached_property
    def cues(self) -> frozenset[str]:
        """Stems of the words of its title and description."""
        words = hear(f"{self.title} {self.description}").tokens
        return frozenset(stem(t.norm) for t in words if t.norm not in _STOP_CUES)

    @cached_property
    def title_stems(self) -> tuple[str, ...]:
        """Stems of its title's words."""
        return tuple(stem(word) for word in self.title.split())


_STOP_CUES = frozenset(
    listed(
        "the a an of for to in on at is be if or and with as by it its this that how many what whether number "
        "from"
    )
)


@dataclass(frozen=True)
class Form:
    """A tool, as a form to fill in."""

    name: str
    description: str
    slots: tuple[Slot, ...]
    action: Action
    verb: str
    nouns: tuple[str, ...]
    reads: bool
    schema: Mapping[str, Any] = field(hash=False, compare=False, repr=False)

    @cached_property
    def validator(self) -> Draft202012Validator:
        """Checks whole arguments before a call."""
        return Draft202012Validator(self.schema)

    def slot(self, path: str) -> Slot | None:
        """The slot with this path."""
        return next((s for s in self.slots if s.path == path), None)

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Slot values as the tool's arguments: nested, nulls where strict mode demands every key."""
        out: dict[str, Any] = {}
        for path, value in values.items():
            place = out
            *parents, last = path.split(".")
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = value
        properties = self.schema.get("properties", {})
        for key in self.schema.get("required", ()):
            if key not in out and key in properties:
                out[key] = properties[key].get("default")
        return out

    def faults(self, arguments: Mapping[str, Any]) -> list[str]:
        """What jsonschema finds wrong with these arguments: dotted paths with its message."""
        return [
            f"{'.'.join(str(p) for p in error.path)}: {error.message}"
            for error in self.validator.iter_errors(arguments)
        ]


def form_of(tool: Tool) -> Form:
    """Reads a tool's schema."""
    schema = tool.parameters or {"type": "object", "properties": {}}
    words = words_of(tool.name) or [tool.name]
    verb = words[0]
    action: Action = next((a for a, verbs in lexicon.ACTIONS.items() if verb in verbs), "other")  # type: ignore[misc]
    reads = verb in lexicon.READING
    if reads:
        action = "read"
    slots = tuple(_slots(schema, schema, "", True, tool.name))
    own = {*hear(tool.description).stems, *(stem(w) for w in words)}
    slots = tuple(replace(s, hints=frozenset(c for c in s.cues if len(c) > 3) - own) for s in slots)
    return Form(
        name=tool.name,
        description=_clean(tool.description),
        slots=_with_roles(slots, action),
        action=action,
        verb=verb,
        nouns=tuple(words[1:]),
        reads=reads,
        schema=_standing(schema),
    )


def _standing(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A plain copy (a Mapping from the wire may not be a dict, which jsonschema wants)."""
    copy: dict[str, Any] = json.loads(json.dumps(schema, default=dict))
    return copy


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())


def _slots(
    root: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, required: bool, tool: str
) -> list[Slot]:
    found: list[Slot] = []
    needed = set(schema.get("required", ()))
    for name, raw in (schema.get("properties") or {}).items():
        branch, nullable = resolve(root, raw)
        must = required and name in needed and not nullable and "default" not in raw
        path = f"{prefix}{name}"
        if branch.get("type") == "object" and branch.get("properties"):
            found += _slots(root, branch, f"{path}.", must, tool)
            continue
        if "const" in branch:
            continue
        found.append(_slot(root, path, name, raw, branch, must))
    return found


def _slot(
    root: Mapping[str, Any],
    path: str,
    name: str,
    raw: Mapping[str, Any],
    branch: Mapping[str, Any],
    must: bool,
) -> Slot:
    many = branch.get("type") == "array"
    item: Mapping[str, Any] = branch
    if many:
        item, _ = resolve(root, branch.get("items") or {"type": "string"})
    description = _clean(raw.get("description") or branch.get("description")).rstrip(".")
    title = " ".join(w for w in words_of(name) if w not in _UNIT_WORDS) or name
    given = raw.get("title") or branch.get("title")
    if (
        given
        and words_of(given.replace(" ", "_")) != words_of(name)
        and "$ref" not in raw
        and "enum" not in branch
    ):
        title = " ".join(w for w in given.lower().split() if w not in _UNIT_WORDS) or given.lower()
    low, high = item.get("minimum"), item.get("maximum")
    step = 1 if item.get("type") == "integer" else 0
    if low is None and item.get("exclusiveMinimum") is not None:
        low = item["exclusiveMinimum"] + step
    if high is None and item.get("exclusiveMaximum") is not None:
        high = item["exclusiveMaximum"] - step
    ask = bool(re.search(r"\bask\b", description, re.IGNORECASE)) and not re.search(
        r"\b(?:not|never|don't) ask\b", description, re.I
    )
    return Slot(
        path=path,
        name=name,
        title=title,
        description=re.sub(r"[;,.(]?\s*\(?\bask\b[^.;)]*\)?", "", description, flags=re.IGNORECASE).strip(),
        kind=kind_of(name, title, description, item),
        schema=item,
        required=must,
        ask=ask,
        concept=_singular("_".join(words_of(name))) if many else "_".join(words_of(name)),
        options=tuple(item.get("enum") or ()),
        many=many,
        whole=item.get("type") == "integer",
        minimum=low,
        maximum=high,
    )


_IDENTIFYING = frozenset({"name", "code", "phone", "email"})
"""Kinds of values that say whose, not what."""


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _with_roles(slots: tuple[Slot, ...], action: Action) -> tuple[Slot, ...]:
    """Marks the slots of a changing tool that take what shall be, and what was.

    What is optional is what may be changed, unless something required says it already ("change_tariff(account, tariff, term?)").
    """
    said = any(s.required and s.kind not in _IDENTIFYING for s in slots)
    out: list[Slot] = []
    for slot in slots:
        snake = "_".join(words_of(slot.name))
        if action != "change":
            out.append(slot)
            continue
        new, old = _ROLE.match(snake), _OLD.match(snake)
        role: Literal["plain", "new", "old"] = "plain"
        concept = snake
        if new:
            role, concept = "new", new.group(2) or new.group(3)
        elif old:
            role, concept = "old", old.group(2) or old.group(3)
        elif re.search(r"\bnew\b|\bchange[ds]?\b", slot.description, re.I) or not (slot.required or said):
            role = "new"
        out.append(_retitled(slot, role, concept))
    new_concepts = {s.concept for s in out if s.role == "new"}
    return tuple(
        replace(s, role="old") if s.role == "plain" and s.concept in new_concepts else s for s in out
    )


def _retitled(slot: Slot, role: Literal["plain", "new", "old"], concept: str) -> Slot:
    title = slot.title if role == "plain" else concept.replace("_", " ")
    return replace(slot, role=role, concept=concept, title=title)
