"""Logging for the commands: quiet by default, and no key ever in a line.

A caller's words are logged at debug only (each room keeps to that); so other people's libraries, which know no such rule,
stay at warning unless debug is asked for.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping

LEVELS = ("debug", "info", "warning", "error")

_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_OPENAI_KEY = re.compile(r"sk-[A-Za-z0-9_-]{12,}")
_MIN_SECRET_LENGTH = 8  # "local" and "secret" are dummies, and words that a line may well hold
_HIDDEN = "[hidden]"


def secrets_in(environment: Mapping[str, str]) -> frozenset[str]:
    """The values of variables whose names say that they are secret."""
    return frozenset(
        value
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and len(value) >= _MIN_SECRET_LENGTH
    )


class HideSecrets(logging.Formatter):
    """A formatter that replaces secrets in the finished line, tracebacks included."""

    def __init__(self, form: str, datefmt: str | None = None, *, secrets: Iterable[str] = ()) -> None:
        super().__init__(form, datefmt)
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return _OPENAI_KEY.sub(_HIDDEN, line)


def set_up(level: str = "warning", *, secrets: Iterable[str] = ()) -> None:
    """Sends log lines to stderr.

    Args:
        level: one of LEVELS, for Antiphon's own loggers.
        secrets: values to hide, beside those of the environment.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        HideSecrets(
            "%(asctime)s %(levelname)-7s %(name)s: %(message)s",
            "%H:%M:%S",
            secrets={*secrets_in(os.environ), *secrets},
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    logging.getLogger("antiphon").setLevel(level.upper())
