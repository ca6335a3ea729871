"""The kinds of values that can be filled in: one file each."""

from __future__ import annotations

from antiphon.engine.brains.form.json_schema import KindName
from antiphon.engine.brains.form.kinds.base import Candidate, Context, Doubt, Kind
from antiphon.engine.brains.form.kinds.boolean import Boolean
from antiphon.engine.brains.form.kinds.code import Code
from antiphon.engine.brains.form.kinds.date import Date
from antiphon.engine.brains.form.kinds.enum import Enum
from antiphon.engine.brains.form.kinds.name import Name
from antiphon.engine.brains.form.kinds.number import Number
from antiphon.engine.brains.form.kinds.phone import Phone
from antiphon.engine.brains.form.kinds.text import Email, Text
from antiphon.engine.brains.form.kinds.time import Time

KINDS: dict[KindName, Kind] = {
    "enum": Enum(),
    "boolean": Boolean(),
    "number": Number(),
    "date": Date(),
    "time": Time(),
    "email": Email(),
    "phone": Phone(),
    "name": Name(),
    "code": Code(),
    "text": Text(),
}

__all__ = ["KINDS", "Candidate", "Context", "Doubt", "Kind"]
