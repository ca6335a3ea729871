"""One model worker as the engine sees it: a process that answers one request after the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence

import msgspec

from antiphon.engine.speech import framing
from antiphon.errors import InferenceError, MissingPartError

START_TIMEOUT_S = 60.0
"""Loading a model takes a second or two; on a machine that swaps, much longer."""


class WorkerDied(InferenceError):
    """The process ended, or spoke nonsense, before it answered."""

    code = "worker_died"


class WorkerProcess:
    """A running worker. Made by `start`; one exchange at a time.

    Attributes:
        description: what it says it is, for people.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.description = ""

    @classmethod
    async def start(cls, module: str, arguments: Sequence[str]) -> WorkerProcess:
        """Starts `python -m module arguments…` and waits until it is warm.

        Raises:
            MissingPartError: it says that something it needs is not there.
            WorkerDied: it ended, or was not ready in time, without saying why.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=framing.MAX_BYTES,
            # One computing thread each unless a model is told otherwise: more would fight over the cores.
            env={**os.environ, "OMP_NUM_THREADS": "1", framing.PARENT: str(os.getpid())},
            # Ctrl-C in the terminal is for the engine, which ends its workers itself.
            start_new_session=True,
        )
        worker = cls(process)
        try:
            hello = await asyncio.wait_for(worker._read(), START_TIMEOUT_S)
            if isinstance(hello, framing.Failed):
                raise MissingPartError(hello.message)
            if not isinstance(hello, framing.Ready):
                raise WorkerDied(f"{module} began with {type(hello).__name__}")
        except TimeoutError as error:
            await worker.stop()
            raise WorkerDied(f"{module} was not ready after {START_TIMEOUT_S:g} s") from error
        except BaseException:
            await worker.stop()
            raise
        worker.description = hello.description
        return worker

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def exchange(self, request: framing.Request) -> framing.Answer:
        """Sends a request and waits for its answer.

        Raises:
            WorkerDied: it ended first; start another.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(framing.pack(request))
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:  # RuntimeError: uvloop's word for a dead pipe
            raise WorkerDied(f"worker {self.pid} has ended") from error
        return await self._read()

    async def ended(self) -> int:
        """Waits until the process has ended; returns its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Kills the process, if it still runs, and reaps it. Also when cancelled meanwhile."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.shield(self._process.wait())

    async def _read(self) -> framing.Answer:
        assert self._process.stdout is not None
        try:
            head = await self._process.stdout.readexactly(framing.LENGTH.size)
            return framing.unpack_answer(await self._process.stdout.readexactly(framing.body_bytes(head)))
        except (EOFError, ConnectionError) as error:
            raise WorkerDied(f"worker {self.pid} has ended") from error
        except (msgspec.DecodeError, ValueError) as error:
            raise WorkerDied(f"worker {self.pid} speaks nonsense: {error}") from error
