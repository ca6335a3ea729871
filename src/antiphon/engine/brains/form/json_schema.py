"""JSON Schema as pydantic, LiveKit and OpenAI's strict mode write it: references, null branches, what a value is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

KindName = Literal["enum", "boolean", "number", "date", "time", "email", "phone", "name", "code", "text"]

_PHONE = re.compile(r"phone|mobile|telephone|\btel\b|cell|callback", re.IGNORECASE)
_NAME = re.compile(
    r"(?:^|_)(?:name|surname|firstname|lastname|fullname)$|^(?:customer|guest|caller|client|"
    r"patient|recipient|sender|person)$"
)
_CODE = re.compile(r"(?:^|_)(?:id|code|reference|ref|number|no|postcode|zip|plate|pin|sku)$|reference|_code")
_DATE = re.compile(r"(?:^|_)(?:date|day)$|^(?:check_?in|check_?out|birthday|dob)$")
_TIME = re.compile(r"(?:^|_)(?:time|hour)$")
_TEXTUAL_NAME = re.compile(r"\bname of (?:the )?(?:person|guest|caller|customer|client|patient)|\b(?:person|guest|"
    r"customer|caller|patient)'?s? name", re.IGNORECASE)  # fmt: skip


def words_of(name: str) -> list[str]:
    """For example "partySize", "party_size" → ["party", "size"]."""
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def resolve(root: Mapping[str, Any], raw: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Follows `$ref` and `allOf`, and takes the branch that is not null.

    Returns:
        The schema that describes the value, and whether null is allowed.
    """
    nullable = False
    schema: dict[str, Any] = dict(raw)
    for _ in range(8):  # a schema may be nested, never endless
        if "$ref" in schema:
            target: Any = root
            for part in str(schema.pop("$ref")).lstrip("#/").split("/"):
                target = target.get(part, {})
            schema = {**target, **schema}
        elif "allOf" in schema:
            parts = schema.pop("allOf")
            for part in parts:
                schema = {**part, **schema}
        elif "anyOf" in schema or "oneOf" in schema:
            branches: Sequence[Mapping[str, Any]] = schema.pop("anyOf", None) or schema.pop("oneOf")
            nullable = nullable or any(b.get("type") == "null" for b in branches)
            real = [b for b in branches if b.get("type") != "null"]
            schema = {**(real[0] if real else {}), **schema}
        else:
            break
    kinds = schema.get("type")
    if isinstance(kinds, list):
        nullable = nullable or "null" in kinds
        schema["type"] = next((k for k in kinds if k != "null"), "string")
    if isinstance(schema.get("enum"), list) and None in schema["enum"]:
        nullable = True
        schema["enum"] = [v for v in schema["enum"] if v is not None]
    return schema, nullable


def kind_of(name: str, title: str, description: str, schema: Mapping[str, Any]) -> KindName:
    """Which extractor reads a value with this schema."""
    if schema.get("enum"):
        return "enum"
    match schema.get("type"):
        case "boolean":
            return "boolean"
        case "integer" | "number":
            return "number"
    snake = "_".join(words_of(name))
    match schema.get("format"):
        case "date":
            return "date"
        case "time":
            return "time"
        case "email" | "idn-email":
            return "email"
        case "phone" | "tel":
            return "phone"
    about = f"{snake} {title}"
    if re.search(r"e[-_ ]?mail", about):
        return "email"
    if _PHONE.search(about):
        return "phone"
    if _NAME.search(snake) or _TEXTUAL_NAME.search(description):
        return "name"
    if _DATE.search(snake) or re.search(r"YYYY-MM-DD", description):
        return "date"
    if _TIME.search(snake) or re.search(r"HH:MM", description):
        return "time"
    if _CODE.search(snake) or (schema.get("pattern") and schema.get("maxLength", 20) <= 20):
        return "code"
    if re.search(r"\bphone\b", description, re.IGNORECASE):
        return "phone"
    return "text"
