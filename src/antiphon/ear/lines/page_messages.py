"""The page's messages as a caller's program sends and gets them; the server's stamps on this machine's clock. Sans-I/O."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from antiphon.clock import Monotonic
from antiphon.ear.line import OnMessage

OTHER_CLOCK_MS = 50.0
"""A server whose clock is off by more runs on another machine; less is what the question itself took."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class PageMessages:
    """One call's messages.

    Args:
        tell: takes the ear's.
        send: sends a text.
        clock: monotonic ms.
    """

    def __init__(self, tell: OnMessage, send: Callable[[str], None], clock: Monotonic) -> None:
        self._tell = tell
        self._send = send
        self._clock = clock
        self._shift_ms = 0.0
        self._numbers = itertools.count(1)
        self._ended = False

    def ask_clock(self) -> None:
        """Asks for the server's time, by which its stamps are read."""
        self._put({"topic": "antiphon.clock", "id": "ear", "sent_ms": self._clock()})

    def type_text(self, text: str) -> None:
        """Sends typed text."""
        self._put({"topic": "lk.chat", "id": f"ear-{next(self._numbers)}", "text": text})

    def end(self, reason: str) -> None:
        """The line is gone; told unless the server told of the end already."""
        self._message({"topic": "antiphon.ended", "reason": reason})

    def received(self, text: str | bytes) -> None:
        """Takes a message; one that is none is told as a problem."""
        try:
            message = _decode(text)
            if message["topic"] == "antiphon.clock":
                now_ms = self._clock()
                shift_ms = (message["sent_ms"] + now_ms) / 2 - message["server_ms"]
                self._shift_ms = shift_ms if abs(shift_ms) > OTHER_CLOCK_MS else 0.0
                return
            if message["topic"] == "antiphon.turn" and self._shift_ms:
                stamps: Mapping[str, float] = message["stamps"]
                message["stamps"] = {hop: at + self._shift_ms for hop, at in stamps.items()}
            self._message(message)
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            self.problem("bad_message", f"A message cannot be understood ({type(error).__name__}: {error}).")

    def problem(self, code: str, message: str) -> None:
        """Tells of a problem of the line."""
        self._tell({"topic": "antiphon.problem", "code": code, "message": message, "fatal": False})

    def _message(self, message: Mapping[str, Any]) -> None:
        if message["topic"] == "antiphon.ended":
            if self._ended:
                return
            self._ended = True
        self._tell(message)

    def _put(self, message: Mapping[str, Any]) -> None:
        self._send(msgspec.json.encode(message).decode())
