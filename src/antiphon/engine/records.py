"""The record of a call: JSON lines of its events, decisions and the brain's notes, without audio.

One file for each session in `engine.record_dir`, readable by its owner only. A thread writes, so that no disk stalls a
call; if the disk is too slow, lines are dropped and counted, never waited for.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from antiphon import wire

log = logging.getLogger(__name__)

MAX_WAITING = 20_000
"""Lines that may wait for the disk, of all calls together (about 10 MB)."""

_encoder = msgspec.json.Encoder(enc_hook=str)


class CallRecord:
    """One call's file. Made by `Records.open`."""

    def __init__(self, records: Records, name: str) -> None:
        self._records = records
        self._name = name

    def write(self, topic: str, at_ms: float, detail: object) -> None:
        """Adds a line. Never blocks and never raises for what the disk does.

        Args:
            topic: what the line is about.
            at_ms: monotonic milliseconds.
            detail: anything that JSON can hold; other values are written as their `str`.
        """
        try:
            line = _encoder.encode({"topic": topic, "at_ms": round(at_ms, 3), "detail": detail})
        except (TypeError, ValueError, RecursionError) as error:
            line = _encoder.encode({"topic": topic, "at_ms": round(at_ms, 3), "unwritable": str(error)})
        self._records.put(self._name, line)

    def event(self, direction: str, event: wire.ClientEvent | wire.ServerEvent, at_ms: float) -> None:
        """Adds an event, without its audio; events that are nothing but audio are left out."""
        if not isinstance(event, wire.InputAudioBufferAppend | wire.ResponseOutputAudioDelta):
            self.write(direction, at_ms, without_audio(event))

    def close(self) -> None:
        """Closes the file after what was written."""
        self._records.put(self._name, None)


class Records:
    """Writes the records of all calls of an engine, in one thread.

    Args:
        directory: where the files are kept; it is made if it is not there.
        dropped: told of each line that was dropped because the disk is too slow.

    Raises:
        OSError: the directory cannot be made or written to.
    """

    def __init__(self, directory: Path, *, dropped: Callable[[], object] = lambda: None) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(f"engine.record_dir: {directory} cannot be written to")
        self._directory = directory
        self._dropped = dropped
        self._queue: queue.Queue[tuple[str, bytes | None]] = queue.Queue(MAX_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="antiphon-records", daemon=True)
        self._thread.start()

    def open(self, session_id: str, began: datetime) -> CallRecord:
        """A record for one call. `began` is civil time; it stands in the file's name and first line."""
        name = f"{began:%Y%m%dT%H%M%S}-{session_id}.jsonl"
        record = CallRecord(self, name)
        self.put(
            name, _encoder.encode({"topic": "call", "session_id": session_id, "began": began.isoformat()})
        )
        return record

    def put(self, name: str, line: bytes | None) -> None:
        """Hands a line (None: the end) to the writing thread, or drops it."""
        try:
            self._queue.put_nowait((name, line))
        except queue.Full:
            self._dropped()

    def close(self, timeout_s: float = 2.0) -> None:
        """Writes what waits, at most for `timeout_s`, and ends the thread. Blocking: call it off the event loop."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _write_all(self) -> None:
        files: dict[str, BinaryIO] = {}
        try:
            while not (self._stop.is_set() and self._queue.empty()):
                try:
                    name, line = self._queue.get(timeout=0.2)
                except queue.Empty:
                    for file in files.values():
                        _quietly(file.flush)
                    continue
                _quietly(lambda: self._write(files, name, line))  # noqa: B023 — run at once
        finally:
            for file in files.values():
                _quietly(file.close)

    def _write(self, files: dict[str, BinaryIO], name: str, line: bytes | None) -> None:
        if line is None:
            if (file := files.pop(name, None)) is not None:
                file.close()
            return
        if name not in files:
            descriptor = os.open(self._directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            files[name] = os.fdopen(descriptor, "wb", buffering=64 * 1024)
        files[name].write(line + b"\n")


def without_audio(event: wire.ClientEvent | wire.ServerEvent) -> wire.ClientEvent | wire.ServerEvent:
    """The event with the audio of its items' content left out."""
    item = getattr(event, "item", None)
    if not isinstance(item, wire.MessageItem) or not any(part.audio for part in item.content):
        return event
    content = [msgspec.structs.replace(part, audio=wire.UNSET) for part in item.content]
    return msgspec.structs.replace(event, item=msgspec.structs.replace(item, content=content))


def _quietly(action: Callable[[], object]) -> None:
    try:
        action()
    except OSError as error:  # a full disk must not end a call
        log.error("a call's record cannot be written: %s", error)
