"""Model workers as processes: requests in a queue, one at a time each; a worker that dies or hangs is replaced.

A process, not a thread: what a model library does when it fails (abort, leak, hang) ends one request, never the engine; and the GPL voices
share no address space with it. A request whose worker died is repeated; the others do not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import os
import signal
import sys
from dataclasses import dataclass, field

import msgspec

from antiphon.engine.speech import framing
from antiphon.errors import InferenceError, MissingPartError

log = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
"""Loading a model takes a second or two; on a machine that swaps, much longer."""

RESTARTS_IN_A_ROW = 5
"""A worker that dies so often without answering anything is given up."""

READ_LIMIT = framing.MAX_BYTES


@dataclass(order=True)
class _Job:
    priority: int
    order: int
    request: framing.Request = field(compare=False)
    answer: asyncio.Future[framing.Answer] = field(compare=False)
    attempts: int = field(default=0, compare=False)


class WorkerPool:
    """Processes that answer requests.

    Args:
        module: the worker's module, run with `python -m`.
        arguments: its command line.
        count: processes.
        deadline_s: a request that takes longer is counted as a hang: its worker is killed.
        attempts: how often a request is given to a worker before it fails.
    """

    def __init__(
        self,
        module: str,
        arguments: list[str],
        *,
        count: int = 1,
        deadline_s: float = 20.0,
        attempts: int = 3,
    ) -> None:
        self._module = module
        self._arguments = arguments
        self._count = count
        self._deadline_s = deadline_s
        self._attempts = attempts
        self._jobs: list[_Job] = []
        self._order = itertools.count()
        self._wake = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._closed = False
        self._broken: str | None = None
        self.description = ""
        self.restarts = 0

    @property
    def pids(self) -> list[int]:
        """The workers' process ids, in no order."""
        return [process.pid for process in self._processes.values()]

    @property
    def waiting(self) -> int:
        """Requests that no worker has taken yet."""
        return sum(not job.answer.done() for job in self._jobs)

    async def start(self) -> None:
        """Starts the workers and waits until all are warm.

        Raises:
            MissingPartError: a worker could not start; the message is its own.
        """
        ready: list[asyncio.Future[None]] = []
        for index in range(self._count):
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            ready.append(future)
            self._tasks.append(
                asyncio.create_task(self._serve(index, future), name=f"{self._module}-{index}")
            )
        try:
            await asyncio.gather(*ready)
        except BaseException:
            await self.close()
            raise

    async def ask(self, request: framing.Request, *, priority: int = 0) -> framing.Answer:
        """Has a request answered. Cancelling withdraws it, unless a worker has it already.

        Args:
            request: what is asked.
            priority: lower goes first.

        Raises:
            InferenceError: the worker said that it failed, or died or hung `attempts` times.
        """
        if self._closed or self._broken is not None:
            raise InferenceError(self._broken or "the pool is closed")
        job = _Job(priority, next(self._order), request, asyncio.get_running_loop().create_future())
        heapq.heappush(self._jobs, job)
        async with self._wake:
            self._wake.notify()
        answer = await job.answer
        if isinstance(answer, framing.Failed):
            raise InferenceError(answer.message)
        return answer

    async def close(self) -> None:
        """Ends the workers; requests that wait fail."""
        self._closed = True
        for process in self._processes.values():
            _kill(process)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail_waiting("the pool is closed")

    async def _serve(self, index: int, ready: asyncio.Future[None]) -> None:
        failures = 0
        job: _Job | None = None
        while not self._closed:
            try:
                process = await self._spawn(index)
                if not ready.done():
                    ready.set_result(None)
                while True:
                    job = job or await self._next_job()
                    answer = await asyncio.wait_for(self._exchange(process, job.request), self._deadline_s)
                    failures = 0
                    if not job.answer.done():
                        job.answer.set_result(answer)
                    job = None
            except (TimeoutError, ConnectionError, EOFError, msgspec.DecodeError, MissingPartError) as error:
                if self._closed:
                    return
                failures += 1
                self.restarts += 1
                job = self._retry(job, error)
                if not ready.done() and isinstance(error, MissingPartError):
                    ready.set_exception(error)
                    return
                if failures >= RESTARTS_IN_A_ROW:
                    self._broken = f"{self._module} died {failures} times in a row: {error}"
                    log.error("%s", self._broken)
                    self._fail_waiting(self._broken)
                    return
                log.warning("%s ended (%s); starting another", self._module, type(error).__name__)
            finally:
                if (process_now := self._processes.pop(index, None)) is not None:
                    _kill(process_now)
                    with contextlib.suppress(ProcessLookupError):
                        await asyncio.shield(process_now.wait())

    def _retry(self, job: _Job | None, error: Exception) -> _Job | None:
        """The job to do again with the next worker, if any."""
        if job is None or job.answer.done():
            return None
        job.attempts += 1
        if job.attempts < self._attempts:
            return job
        job.answer.set_exception(InferenceError(f"the worker failed {job.attempts} times: {error!r}"))
        return None

    async def _next_job(self) -> _Job:
        async with self._wake:
            while True:
                while self._jobs:
                    job = heapq.heappop(self._jobs)
                    if not job.answer.done():
                        return job
                await self._wake.wait()

    async def _spawn(self, index: int) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=READ_LIMIT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self._processes[index] = process
        try:
            hello = await asyncio.wait_for(_read(process), START_TIMEOUT_S)
        except asyncio.IncompleteReadError as error:
            raise MissingPartError(
                f"{self._module} ended while starting (exit code {await process.wait()}).",
                mend="See its message above; `antiphon doctor` checks the models.",
            ) from error
        if isinstance(hello, framing.Failed):
            raise MissingPartError(hello.message)
        if isinstance(hello, framing.Ready):
            self.description = hello.description
        return process

    async def _exchange(
        self, process: asyncio.subprocess.Process, request: framing.Request
    ) -> framing.Answer:
        assert process.stdin is not None
        try:
            process.stdin.write(framing.pack(request))
            await process.stdin.drain()
        except RuntimeError as error:  # uvloop's word for a pipe whose other end has died
            raise ConnectionResetError(f"worker {process.pid} has ended") from error
        return await _read(process)

    def _fail_waiting(self, message: str) -> None:
        while self._jobs:
            job = heapq.heappop(self._jobs)
            if not job.answer.done():
                job.answer.set_exception(InferenceError(message))


async def _read(process: asyncio.subprocess.Process) -> framing.Answer:
    assert process.stdout is not None
    head = await process.stdout.readexactly(framing.LENGTH.size)
    return framing.unpack_answer(await process.stdout.readexactly(framing.LENGTH.unpack(head)[0]))


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
