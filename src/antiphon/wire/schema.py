"""What the wire's types allow, asked by path: to find unknown fields, and to say what would be right."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from msgspec import inspect

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]")


@cache
def node_of(tp: Any) -> inspect.Type:
    """The description of a type."""
    return inspect.type_info(tp)


@cache
def _fields(struct: type) -> dict[str, inspect.Type]:
    node = node_of(struct)
    assert isinstance(node, inspect.StructType)
    return {field.encode_name: field.type for field in node.fields}


def structs(node: inspect.Type) -> list[inspect.StructType]:
    """The structs that a value of this type may be."""
    if isinstance(node, inspect.StructType):
        return [node]
    if isinstance(node, inspect.UnionType):
        return [member for member in node.types if isinstance(member, inspect.StructType)]
    return []


def tags(node: inspect.Type) -> list[str]:
    """The values of the field that tells a union's structs apart."""
    return [str(struct.tag) for struct in structs(node) if struct.tag is not None]


def struct_for(node: inspect.Type, value: dict[str, Any]) -> inspect.StructType | None:
    """The struct that this JSON object is read as, or None."""
    for struct in structs(node):
        if struct.tag_field is None or value.get(struct.tag_field) == struct.tag:
            return struct
    return None


def literals(node: inspect.Type) -> list[Any]:
    """The values that are listed for this type."""
    if isinstance(node, inspect.LiteralType):
        return list(node.values)
    if isinstance(node, inspect.UnionType):
        return [value for member in node.types for value in literals(member)]
    return []


def _items(node: inspect.Type) -> inspect.Type | None:
    if isinstance(node, inspect.ListType):
        return node.item_type
    if isinstance(node, inspect.UnionType):
        return next((member.item_type for member in node.types if isinstance(member, inspect.ListType)), None)
    return None


def fields_of(struct: inspect.StructType) -> dict[str, inspect.Type]:
    """Wire name → type of a struct's fields, its tag left out."""
    return _fields(struct.cls)


def unknown(node: inspect.Type, value: Any, path: str) -> list[str]:
    """Dotted names of the fields in `value` that its type does not have. A value of a wrong type has none."""
    if isinstance(value, list):
        item = _items(node)
        if item is None:
            return []
        return [name for index, part in enumerate(value) for name in unknown(item, part, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    struct = struct_for(node, value)
    if struct is None:
        return []
    known = fields_of(struct)
    found: list[str] = []
    for name, part in value.items():
        where = f"{path}.{name}" if path else name
        if name in known:
            found += unknown(known[name], part, where)
        elif name != struct.tag_field:
            found.append(where)
    return found


def at(node: inspect.Type, value: Any, path: str) -> tuple[inspect.Type | None, Any]:
    """The type that is expected at a dotted path, and what stands there in `value` (None if nothing does)."""
    here: inspect.Type | None = node
    for name, index in _STEP.findall(path):
        if here is None:
            return None, None
        if index:
            here = _items(here)
            inside = isinstance(value, list) and index.isdigit() and int(index) < len(value)
            value = value[int(index)] if inside else None
        else:
            struct = struct_for(here, value) if isinstance(value, dict) else None
            here = fields_of(struct).get(name) if struct is not None else None
            value = value.get(name) if isinstance(value, dict) else None
    return here, value
