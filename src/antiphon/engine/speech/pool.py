"""Model workers as processes: requests wait in a queue, each worker does one at a time, one that dies is replaced.

A process, not a thread: what a model library does when it fails (abort, leak, hang) ends one request, never the engine;
and the GPL voices share no address space with it. A request whose worker died is repeated; the others do not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from antiphon.engine.speech import framing
from antiphon.engine.speech.parts import Urgency
from antiphon.engine.speech.worker_process import WorkerDied, WorkerProcess
from antiphon.errors import InferenceError, MissingPartError

log = logging.getLogger(__name__)

FIRST_STARTS = 3
"""Tries before `start` gives up: a worker may be killed from outside while it loads."""
PATIENCE = 3
"""Failed starts in a row after which waiting requests fail rather than wait on."""
BACK_OFF_S = (0.0, 0.1, 0.5, 2.0, 5.0)
"""Before the next start after so many failed ones in a row; none after a worker that was ready and died."""


@dataclass(slots=True, eq=False)
class _Job:
    urgency: Urgency
    order: int
    request: framing.Request
    last_resort: framing.Request | None
    answer: asyncio.Future[framing.Answer]
    attempts: int = 0

    @property
    def rank(self) -> tuple[bool, int]:
        """The least goes first. Asked for when a worker is free, since urgency changes."""
        return not self.urgency.final, self.order


class WorkerPool:
    """Processes that answer requests.

    Args:
        module: the worker's module, run with `python -m`.
        arguments: its command line.
        count: processes.
        deadline_s: a request that takes longer is counted as a hang: its worker is killed.
        attempts: how often a request is given to a worker before it fails.

    Attributes:
        description: what the workers say they are.
        restarts: workers replaced so far.
    """

    def __init__(
        self,
        module: str,
        arguments: list[str],
        *,
        count: int = 1,
        deadline_s: float = 10.0,
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
        self._slots: list[asyncio.Task[None]] = []
        self._workers: set[WorkerProcess] = set()
        self._refusal = ""
        self.description = ""
        self.restarts = 0

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that are ready, in no order."""
        return [worker.pid for worker in self._workers]

    @property
    def waiting(self) -> int:
        """Requests that no worker has taken yet."""
        return sum(not job.answer.done() for job in self._jobs)

    async def start(self) -> None:
        """Starts the workers and waits until all are warm.

        Raises:
            MissingPartError: a worker could not start; the message is its own.
        """
        ready = [asyncio.get_running_loop().create_future() for _ in range(self._count)]
        self._slots = [
            asyncio.create_task(self._serve(future), name=f"{self._module}-{index}")
            for index, future in enumerate(ready)
        ]
        try:
            await asyncio.gather(*ready)
        except BaseException:
            await self.close()
            raise

    async def ask(
        self,
        request: framing.Request,
        *,
        urgency: Urgency | None = None,
        last_resort: framing.Request | None = None,
    ) -> framing.Answer:
        """Has a request answered. Cancelling withdraws it; if a worker has it already, its answer is dropped.

        Args:
            request: what is asked.
            urgency: what is final goes before trials, as it is when a worker is free; None: final.
            last_resort: asked instead in the last attempt.

        Raises:
            InferenceError: the worker said that it failed, or died or hung `attempts` times.
        """
        if self._refusal:
            raise InferenceError(self._refusal, retryable=True)
        answer: asyncio.Future[framing.Answer] = asyncio.get_running_loop().create_future()
        self._jobs.append(_Job(urgency or Urgency(), next(self._order), request, last_resort, answer))
        async with self._wake:
            self._wake.notify_all()
        reply = await answer
        if isinstance(reply, framing.Failed):
            raise InferenceError(reply.message)
        return reply

    async def close(self) -> None:
        """Ends the workers; requests that wait fail."""
        self._refuse(f"{self._module} is closed")
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)

    async def _serve(self, ready: asyncio.Future[None]) -> None:
        """One slot: keeps a worker alive and hands it requests."""
        failed_starts = 0
        job: _Job | None = None
        while True:
            started = False
            try:
                async with self._worker() as worker:
                    started = True
                    self.description = worker.description
                    self._refusal, failed_starts = "", 0
                    if not ready.done():
                        ready.set_result(None)
                    while True:
                        job = job or await self._next_job(worker)
                        answer = await self._answer(worker, job)
                        if not job.answer.done():
                            job.answer.set_result(answer)
                        job = None
            except asyncio.CancelledError:
                if job is not None and not job.answer.done():
                    job.answer.set_exception(InferenceError(self._refusal or "withdrawn", retryable=True))
                raise
            except Exception as error:  # whatever it was: the slot must go on with another worker
                failed_starts += not started
                self.restarts += 1
                if not ready.done() and (
                    failed_starts >= FIRST_STARTS or isinstance(error, MissingPartError)
                ):
                    ready.set_exception(_cannot_start(self._module, error))
                    return
                log.warning("%s ended (%s); starting another", self._module, error or type(error).__name__)
                job = self._again(job, error)
                if failed_starts >= PATIENCE and not self._workers:
                    self._refuse(
                        f"{self._module} could not start, {failed_starts} times in a row: {error}", job
                    )
                    job = None
                await asyncio.sleep(BACK_OFF_S[min(failed_starts, len(BACK_OFF_S) - 1)])

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[WorkerProcess]:
        """A running worker, ended on leaving. Its death wakes who waits for jobs."""
        worker = await WorkerProcess.start(self._module, self._arguments)
        self._workers.add(worker)
        watch = asyncio.create_task(self._watch(worker))
        try:
            yield worker
        finally:
            self._workers.discard(worker)
            watch.cancel()
            await worker.stop()

    async def _watch(self, worker: WorkerProcess) -> None:
        await worker.ended()
        self._workers.discard(worker)
        async with self._wake:
            self._wake.notify_all()

    async def _next_job(self, worker: WorkerProcess) -> _Job:
        async with self._wake:
            while True:
                if worker not in self._workers:
                    raise WorkerDied(f"worker {worker.pid} has ended while idle")
                self._jobs = [job for job in self._jobs if not job.answer.done()]
                if self._jobs:
                    job = min(self._jobs, key=lambda job: job.rank)
                    self._jobs.remove(job)
                    return job
                await self._wake.wait()

    async def _answer(self, worker: WorkerProcess, job: _Job) -> framing.Answer:
        job.attempts += 1
        last = job.attempts == self._attempts and job.last_resort is not None
        request = job.last_resort if last and job.last_resort else job.request
        return await asyncio.wait_for(worker.exchange(request), self._deadline_s)

    def _again(self, job: _Job | None, error: Exception) -> _Job | None:
        """The job to do again with the next worker, if any."""
        if job is None or job.answer.done():
            return None
        if job.attempts < self._attempts:
            return job
        cause = "did not answer in time" if isinstance(error, TimeoutError) else "died"
        job.answer.set_exception(
            InferenceError(f"{self._module} {cause}, {job.attempts} times", retryable=True)
        )
        return None

    def _refuse(self, message: str, held: _Job | None = None) -> None:
        """Fails what waits, what a slot holds, and what is asked until a worker is ready again."""
        self._refusal = message
        for job in [*self._jobs, held] if held else self._jobs:
            if not job.answer.done():
                job.answer.set_exception(InferenceError(message, retryable=True))
        self._jobs.clear()


def _cannot_start(module: str, error: Exception) -> MissingPartError:
    if isinstance(error, MissingPartError):
        return error
    return MissingPartError(
        f"{module} could not start: {error}.",
        mend="See its message above; `antiphon doctor` checks the models.",
    )
