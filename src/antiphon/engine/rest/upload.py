"""A form with a file (multipart/form-data), read with limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from antiphon.engine.rest.errors import ApiError

MAX_FILE_BYTES = 25 * 1024 * 1024
"""As OpenAI's."""
MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100


@dataclass(slots=True)
class Form:
    """What was sent.

    Attributes:
        file: its bytes; None: there was none.
        fields: every other field's values, in order; the brackets of lists ("include[]") are left off.
    """

    file: bytes | None = None
    fields: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def text(self, name: str, default: str = "") -> str:
        """A field's value; the last one if it was sent twice."""
        values = self.fields.get(name)
        return values[-1] if values else default


async def read_form(request: web.Request) -> Form:
    """Reads a request's form.

    Raises:
        ApiError: it is none, or too large; names the field.
    """
    if request.content_type != "multipart/form-data":
        raise ApiError(
            f"The body must be multipart/form-data, not {request.content_type}.",
            code="invalid_content_type",
            status=415,
        )
    form = Form()
    count = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            count += 1
            if not isinstance(part, BodyPartReader) or count > MAX_FIELDS:
                raise ApiError("The form has too many parts, or nested ones.", code="invalid_form")
            name = (part.name or "").removesuffix("[]")
            if name == "file":
                form.file = await _read(part, name, MAX_FILE_BYTES)
            else:
                value = await _read(part, name, MAX_FIELD_BYTES)
                form.fields[name].append(value.decode(errors="replace"))
    except ValueError as error:  # of aiohttp's reader
        raise ApiError(f"The form cannot be read: {error}.", code="invalid_form") from error
    return form


async def _read(part: BodyPartReader, name: str, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(256 * 1024):
        data += chunk
        if len(data) > limit:
            raise ApiError(
                f"`{name}` has more than {limit // 1024} KiB.", param=name, code="too_large", status=413
            )
    return bytes(data)
