"""LiveKit's events about tools, as the line is told them: when each run begins, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from livekit.agents import FunctionToolsExecutedEvent, ToolExecutionUpdatedEvent

from antiphon.agent.events import CallEvent, ToolEnded, ToolStarted
from antiphon.clock import Monotonic


class ToolWatch:
    """Follows a call's tools.

    Args:
        clock: milliseconds, monotonic.
    """

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._running: dict[str, tuple[str, float]] = {}
        """call_id → name, start."""
        self._ran: set[str] = set()

    def updated(self, event: ToolExecutionUpdatedEvent) -> Iterator[CallEvent]:
        """A run began or ended."""
        update = event.update
        if update.type == "tool_call_started":
            call = update.function_call
            self._running[call.call_id] = (call.name, self._clock())
            self._ran.add(call.call_id)
            yield ToolStarted(call.call_id, call.name, _arguments(call.arguments))
        elif update.type == "tool_call_ended":
            now_ms = self._clock()
            name, began_ms = self._running.pop(update.call_id, ("", now_ms))
            is_error = update.status != "done"
            output = update.message or (update.status if is_error else "")
            yield ToolEnded(update.call_id, name, output, is_error, now_ms - began_ms)

    def executed(self, event: FunctionToolsExecutedEvent) -> Iterator[CallEvent]:
        """A call of a tool that is not there, or with arguments that are no JSON, never ran: only this event tells of it."""
        for call, output in event.zipped():
            if call.call_id not in self._ran:
                yield ToolStarted(call.call_id, call.name, _arguments(call.arguments))
                yield ToolEnded(call.call_id, call.name, output.output, output.is_error, 0.0)


def _arguments(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {"": text}
    return value if isinstance(value, dict) else {"": value}
