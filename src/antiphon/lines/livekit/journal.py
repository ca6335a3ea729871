"""The running calls of this machine's workers, noted outside of their processes: one JSON file a call.

When a process dies, its calls stand here with what was said in them (workers/rescue.py). A call's file goes with its end. The files hold
callers' words: they are readable by their owner only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass
class Entry:
    """A running call.

    Attributes:
        call_id: the call's id; it stays when another process takes it over.
        pid: the process that has it.
        room: the room's name.
        identity: the agent's in the room.
        agent_name: what it was sent for by.
        metadata: the job's.
        rescues: how often it was taken over.
        conversation: `ChatContext.to_dict()` of what was said.
    """

    call_id: str
    pid: int = 0
    room: str = ""
    identity: str = ""
    agent_name: str = ""
    metadata: str = ""
    rescues: int = 0
    conversation: dict[str, Any] = field(default_factory=lambda: {"items": []})


class Journal:
    """The folder of the running calls.

    Args:
        folder: made when the first call is noted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._next: dict[str, Entry] = {}

    def note(self, entry: Entry) -> None:
        """Writes a call down soon, in the event loop's thread pool. Of several in quick succession the last is written."""
        self._next[entry.call_id] = entry
        if entry.call_id not in self._writing:
            self._writing[entry.call_id] = asyncio.create_task(self._keep_writing(entry.call_id))

    async def remove(self, call_id: str) -> None:
        """The call is over."""
        self._next.pop(call_id, None)
        if (task := self._writing.get(call_id)) is not None:
            await asyncio.gather(task, return_exceptions=True)
        self._path(call_id).unlink(missing_ok=True)

    def read(self, call_id: str) -> Entry | None:
        """A call, or None if it is not there or cannot be read."""
        return self._read(self._path(call_id))

    def of_process(self, pid: int) -> Iterator[Entry]:
        """The calls that a process had."""
        for entry in self.all():
            if entry.pid == pid:
                yield entry

    def all(self) -> Iterator[Entry]:
        """All calls."""
        for path in sorted(self._folder.glob("*.json")):
            if (entry := self._read(path)) is not None:
                yield entry

    def write(self, entry: Entry) -> None:
        """Writes a call down at once.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(entry.call_id)
        unfinished = path.with_suffix(".part")
        with open(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as out:
            json.dump(asdict(entry), out)
        unfinished.replace(path)

    async def _keep_writing(self, call_id: str) -> None:
        try:
            while (entry := self._next.pop(call_id, None)) is not None:
                await asyncio.to_thread(self.write, entry)
        except OSError as error:  # a full disk must not end calls
            log.error("call %s cannot be noted for whoever would take it over: %s", call_id, error)
        finally:
            del self._writing[call_id]

    def _read(self, path: Path) -> Entry | None:
        try:
            return Entry(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            log.warning("%s cannot be read: %s", path, error)
            return None

    def _path(self, call_id: str) -> Path:
        return self._folder / f"{call_id}.json"
