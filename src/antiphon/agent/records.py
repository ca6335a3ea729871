"""The record of a call: what was said and heard, which tools ran, how long each answer took. One JSON file a call."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from antiphon.agent.events import (
    CallEvent,
    Cut,
    Ended,
    Problem,
    ToolEnded,
    ToolStarted,
    Transcript,
    TurnTimed,
)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class CallRecord:
    """Collects a call's events; times are milliseconds since the call's beginning.

    Attributes:
        call_id: the call's id, and the file's name.
        line: how the caller came in ("browser", "file").
        began: civil time with its zone, ISO 8601.
        began_ms: the same moment on the monotonic clock.
    """

    call_id: str
    line: str
    began: str
    began_ms: float
    dropped_audio_ms: float = 0.0
    _segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    _tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    _turns: list[dict[str, Any]] = field(default_factory=list)
    _problems: list[dict[str, Any]] = field(default_factory=list)
    _ended: dict[str, Any] = field(default_factory=dict)

    def add(self, event: CallEvent, now_ms: float) -> None:
        """Notes an event."""
        at_ms = round(now_ms - self.began_ms, 1)
        match event:
            case Transcript(segment_id, speaker, text, _, typed):
                segment = self._segments.setdefault(segment_id, {"at_ms": at_ms, "speaker": speaker})
                segment["text"] = text
                if typed:
                    segment["typed"] = True
            case Cut(segment_id, heard, unheard):
                segment = self._segments.setdefault(segment_id, {"at_ms": at_ms, "speaker": "agent"})
                segment["text"] = heard
                segment["unheard"] = unheard
            case ToolStarted(call_id, name, arguments):
                self._tools[call_id] = {"at_ms": at_ms, "name": name, "arguments": dict(arguments)}
            case ToolEnded(call_id, name, output, is_error, took_ms):
                tool = self._tools.setdefault(call_id, {"at_ms": at_ms, "name": name})
                tool.update(output=output, is_error=is_error, took_ms=round(took_ms, 1))
            case TurnTimed(segment_id, user_segment_id, stamps, details):
                self._turns.append(
                    {
                        "segment": segment_id,
                        "answers": user_segment_id,
                        "stamps_ms": {hop: round(ms - self.began_ms, 1) for hop, ms in stamps.items()},
                        "details": dict(details),
                    }
                )
            case Problem(code, message, fatal):
                self._problems.append({"at_ms": at_ms, "code": code, "message": message, "fatal": fatal})
            case Ended(reason):
                self._ended = {"at_ms": at_ms, "reason": reason}
            case _:
                pass

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values. The transcript holds, of what the agent said, what was heard."""
        return {
            "call_id": self.call_id,
            "line": self.line,
            "began": self.began,
            "transcript": [
                {"segment": segment_id, **segment}
                for segment_id, segment in self._segments.items()
                if segment["text"] or segment.get("unheard")
            ],
            "tools": [{"call_id": call_id, **tool} for call_id, tool in self._tools.items()],
            "turns": self._turns,
            "problems": self._problems,
            "dropped_audio_ms": self.dropped_audio_ms,
            "ended": self._ended,
        }

    async def save(self, directory: Path) -> Path | None:
        """Writes `<call id>.json`; a failure is logged, never raised: a full disk must not end calls."""
        path = directory / f"{self.call_id}.json"
        try:
            await asyncio.to_thread(self._write, path)
        except OSError as error:
            logger.error("the record of call %s could not be written: %s", self.call_id, error)
            return None
        return path

    def _write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(self.as_dict(), indent=1, default=str), encoding="utf-8")
        unfinished.replace(path)
