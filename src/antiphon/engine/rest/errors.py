"""Errors of HTTP in OpenAI's form: an error object that names the field."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from aiohttp import web

from antiphon.errors import AntiphonError

T = TypeVar("T")

_AT = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(.*?)`")


class ApiError(AntiphonError):
    """A request that is not answered.

    Attributes:
        param: the field at fault, "" if none.
        status: of HTTP.
    """

    code = "invalid_value"

    def __init__(self, message: str, *, param: str = "", code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        if code is not None:
            self.code = code


def error_json(
    status: int, code: str, message: str, headers: dict[str, str] | None = None, *, param: str = ""
) -> web.Response:
    """An error as OpenAI's API has it."""
    return web.json_response(
        {"error": error_object(status, code, message, param)}, status=status, headers=headers
    )


def error_object(status: int, code: str, message: str, param: str = "") -> dict[str, str | None]:
    """The error itself."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"type": kind, "code": code, "message": message, "param": param or None}


def read_json(body: bytes, kind: type[T]) -> T:
    """Reads a request's body.

    Raises:
        ApiError: it is not JSON, or a field is missing or wrong; names the field.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        words = str(error)
        at = _AT.search(words)
        path = at[1] if at else ""
        words = words[: at.start()] if at else words
        if missing := _MISSING.match(words):
            path = f"{path}.{missing[1]}".lstrip(".")
            raise ApiError(f"`{path}` is required.", param=path, code="missing_required_parameter") from error
        raise ApiError(
            f"`{path}`: {words}." if path else f"{words}.", param=path, code="invalid_type"
        ) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ApiError(f"The body is not JSON: {error}.", code="invalid_json") from error


def checked_model(model: str) -> None:
    """Any name is right: there is one model of each kind. An empty one is a mistake.

    Raises:
        ApiError: it is empty.
    """
    if not model.strip():
        raise ApiError(
            '`model` is empty; any name will do, such as "antiphon".',
            param="model",
            code="missing_required_parameter",
        )
