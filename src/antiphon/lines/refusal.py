"""Errors as the page's server answers them: JSON that names what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP error.

    Attributes:
        status: HTTP status.
        code: short stable identifier for programs.
        message: for people.
        field: the field or header at fault; "" if none.
    """

    status: int
    code: str
    message: str
    field: str = ""


def refuse(refusal: Refusal, headers: dict[str, str] | None = None) -> web.Response:
    """The answer: `{"error": {"code", "message", "field"}}`."""
    error = {"code": refusal.code, "message": refusal.message}
    if refusal.field:
        error["field"] = refusal.field
    return web.json_response({"error": error}, status=refusal.status, headers=headers)
