"""Fresh identifiers, in OpenAI's style: a prefix and random hexadecimal digits."""

from __future__ import annotations

import os


def new_id(prefix: str) -> str:
    """A fresh id such as "item_9f2c41d0a7be6635": unguessable, and within `call_id`'s 32 characters."""
    return f"{prefix}_{os.urandom(8).hex()}"


def new_event_id() -> str:
    """A fresh id of a server event."""
    return new_id("event")
