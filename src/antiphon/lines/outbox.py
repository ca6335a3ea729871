"""Messages that wait for the page, bounded: what is out of date is dropped, what counts is kept in order. Sans-I/O."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from antiphon.errors import LineError

HIGH_WATER_BYTES = 65_536
"""Nothing more is handed to the data channel while this much of it has not left."""

MAX_WAITING = 512
"""Messages. A page that has taken none of so many is lost: a talkative call makes a few a second."""

REMEMBERED = 64
"""Messages that are sent again to a page that lost its connection: the talk of its last half minute."""

SHOWN_ONCE = ("antiphon.clock", "antiphon.problem", "antiphon.recovered")
"""Topics that a page would show a second time, or that are of now only."""


class Outbox:
    """What is to be told to a page whose channel may not be open yet, or may be slow.

    While a message waits, a newer one about the same thing takes its place: the whole text of a transcript segment,
    the agent's state, the clock.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, Any]] = {}
        self._count = 0
        self._left: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.replaced = 0
        """How many messages were out of date before they could leave."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: dict[str, Any]) -> None:
        """Adds a message.

        Raises:
            LineError: more are waiting than a living page leaves.
        """
        key = self._key(message)
        if key in self._waiting:
            self.replaced += 1
            # A segment keeps its place, since the page shows segments in the order in which they came; a state is of now.
            if message["topic"] != "lk.transcription":
                del self._waiting[key]
        elif len(self._waiting) >= MAX_WAITING:
            raise LineError(f"the page has not taken {MAX_WAITING} messages")
        self._waiting[key] = message

    def next(self, unsent_bytes: int) -> str | None:
        """The next message as text, if there is one and the channel has room."""
        if not self._waiting or unsent_bytes >= HIGH_WATER_BYTES:
            return None
        message = self._waiting.pop(next(iter(self._waiting)))
        self._left.append(message)
        return msgspec.json.encode(message, enc_hook=str).decode()  # a number that JSON lacks becomes null

    def recall(self) -> None:
        """Puts the latest messages before those that wait: their connection broke, and nobody knows which arrived.

        A page puts most of them in the place of what it has. Those that it would show a second time stay away.
        """
        again = [m for m in self._left if m["topic"] not in SHOWN_ONCE]
        self._left.clear()
        waiting = list(self._waiting.values())
        self._waiting.clear()
        for message in again + waiting:
            self.put(message)

    def _key(self, message: dict[str, Any]) -> str:
        match message["topic"]:
            case "lk.transcription":
                return f"segment {message['attributes']['lk.segment_id']}"
            case "lk.agent.state" | "antiphon.clock" as topic:
                return str(topic)
            case _:
                self._count += 1
                return f"message {self._count}"
