"""Several worker processes of one machine: started side by side, replaced when they die, drained together.

A process that dies takes only its own calls with it, and those get a new agent (rescue.py).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from livekit import api
from prometheus_client import multiprocess

from antiphon.child import STEADY_S, Child, how_it_ended, wait_before_start
from antiphon.errors import AntiphonError
from antiphon.lines.livekit.journal import Journal
from antiphon.settings import Settings
from antiphon.workers.access import Access
from antiphon.workers.health import serve_health
from antiphon.workers.rescue import Rescue
from antiphon.workers.server import READY, journal_folder

log = logging.getLogger(__name__)

HANGS_S = 5.0
"""A process whose event loop has said nothing for so long (a tool that blocks it) is killed, so that its other calls go on elsewhere."""

HURRY_S = 15.0
"""After the last call should have been ended with a word, processes that are still there are killed."""


class WorkerFailed(AntiphonError):
    """A worker ended before any was ready. What it wrote to stderr has said why."""

    code = "worker_failed"


class Worker(Child):
    """One worker process and its successors.

    Args:
        command: what it runs.
        env: its environment.
        metrics_dir: what its processes count is kept in folders there.

    Attributes:
        ready: whether the present one is registered with the LiveKit server.
    """

    def __init__(self, command: Sequence[str], env: dict[str, str], metrics_dir: Path) -> None:
        super().__init__(command, env=env)
        self.ready = False
        self._metrics_dir = metrics_dir

    def spawn(self) -> None:
        """Starts a process. Its counts get a folder of their own: LiveKit's worker empties it when it starts."""
        self._env["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(dir=self._metrics_dir)
        super().spawn()

    def forget(self) -> None:
        """The present process has ended: what it counted stays, what it was doing does not."""
        self.ready = False
        self.sweep()
        folder = self._env["PROMETHEUS_MULTIPROC_DIR"]
        multiprocess.mark_process_dead(self.pid, folder)  # type: ignore[no-untyped-call]

    async def listen(self, on_ready: Callable[[], None]) -> None:
        """Hears what it says: that it is registered with the LiveKit server, and every second that it is alive."""
        lines = self.lines()
        while True:
            try:
                async with asyncio.timeout(HANGS_S if self.ready else None):
                    line = await anext(lines)
            except StopAsyncIteration:
                return
            except TimeoutError:
                log.error("worker %d does nothing any more: it is killed", self.pid)
                self.signal(signal.SIGKILL)
                return
            if line == READY:
                self.ready = True
                on_ready()


class Fleet:
    """The worker processes.

    Args:
        settings: `livekit` and `agent` matter.
        access: the LiveKit server's address and keys.
        command: what a worker process runs; it finds in its environment that it is one.
        say: told in plain words what happens.
        env: more for its environment.
    """

    def __init__(
        self,
        settings: Settings,
        access: Access,
        command: Sequence[str],
        say: Callable[[str], None],
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._env = dict(env or {})
        self._settings = settings
        self._access = access
        self._command = list(command)
        self._say = say
        self._journal = Journal(journal_folder(settings))
        self._workers: list[Worker] = []
        self._some_ready = asyncio.Event()
        self._ever_ready = False
        self._stopping = False
        self._hurry = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether calls can be taken."""
        return not self._stopping and any(worker.ready for worker in self._workers)

    def end(self) -> None:
        """The first time: no new calls, the running ones go on. The second: those are ended with a word. The third: at once."""
        if self._hurry.is_set():
            for worker in self._workers:
                worker.kill()
        elif self._stopping:
            self._hurry.set()
        self._stopping = True
        for worker in self._workers:
            worker.signal(signal.SIGTERM)

    async def run(self) -> None:
        """Keeps the processes until `end`, and then until their calls have ended.

        Raises:
            WorkerFailed: the first of them ended before any was ready.
        """
        counts = shares(self._settings)
        with tempfile.TemporaryDirectory(prefix="antiphon-metrics-") as folder:
            metrics_dir = Path(folder)
            for count in counts:
                self._workers.append(Worker(self._command, self._environment(count), metrics_dir))
            async with (
                api.LiveKitAPI(self._access.url, self._access.key, self._access.secret) as livekit,
                serve_health(self._settings.livekit.port, lambda: self.ready, metrics_dir),
            ):
                rescue = Rescue(livekit, self._journal, self.wait_ready)
                try:
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._orphans(rescue))
                        for worker in self._workers:
                            tasks.create_task(self._keep(worker, rescue))
                except ExceptionGroup as group:
                    raise group.exceptions[0] from None
                finally:
                    for worker in self._workers:
                        worker.kill()

    async def _keep(self, worker: Worker, rescue: Rescue) -> None:
        """Starts a new process whenever the present one ends, until the fleet ends."""
        quick_deaths = 0
        rescues: set[asyncio.Task[None]] = set()
        while not self._stopping:
            worker.spawn()
            pid = worker.pid
            listening = asyncio.create_task(worker.listen(self._note_ready))
            code = await self._ended(worker)
            listening.cancel()
            worker.forget()
            self._note_ready()
            if self._stopping:
                break
            if not self._ever_ready and quick_deaths == 0:
                self._check_first(code)
            wait_s = wait_before_start(worker.lived_s, quick_deaths)
            quick_deaths = 0 if worker.lived_s >= STEADY_S else quick_deaths + 1
            self._say(f"A worker ended ({how_it_ended(code)}). Starting another …")
            task = asyncio.create_task(rescue.process_died(pid))
            rescues.add(task)
            task.add_done_callback(rescues.discard)
            await asyncio.sleep(wait_s)
        for task in rescues:
            task.cancel()

    async def _ended(self, worker: Worker) -> int:
        """Waits for a process; kills it if it is still there when its calls have long been ended."""
        ended = asyncio.create_task(worker.ended())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({ended, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not ended.done():
            await asyncio.wait({ended}, timeout=HURRY_S)
            if not ended.done():
                worker.kill()
        return await ended

    async def _orphans(self, rescue: Rescue) -> None:
        """Calls of a fleet that was killed as a whole: their processes are gone, their callers may wait."""
        pids = {entry.pid for entry in self._journal.all()}
        for pid in pids:
            if not _alive(pid):
                await rescue.process_died(pid)

    async def wait_ready(self) -> None:
        """Waits until a worker can take calls."""
        while not any(worker.ready for worker in self._workers):
            self._some_ready.clear()
            await self._some_ready.wait()

    def _note_ready(self) -> None:
        if any(worker.ready for worker in self._workers):
            if not self._some_ready.is_set():
                self._say(f"✓ Taking calls from {self._access.url}")
            self._some_ready.set()
            self._ever_ready = True
        else:
            self._some_ready.clear()

    def _check_first(self, code: int) -> None:
        raise WorkerFailed(
            f"A worker ended while it started ({how_it_ended(code)}).",
            mend="What it wrote above says why; `--log-level debug` shows more.",
        )

    def _environment(self, calls: int) -> dict[str, str]:
        return {
            **os.environ,
            **self._env,
            "LIVEKIT_URL": self._access.url,
            "LIVEKIT_API_KEY": self._access.key,
            "LIVEKIT_API_SECRET": self._access.secret,
            "ANTIPHON_AGENT__MAX_CALLS": str(calls),
            "ANTIPHON_LIVEKIT__PORT": "0",
            "ANTIPHON_LIVEKIT__JOURNAL_DIR": str(journal_folder(self._settings)),
        }


def shares(settings: Settings) -> list[int]:
    """How many calls each process may have; one number a process. Together they are never more than `livekit.max_calls`."""
    livekit, each = settings.livekit, settings.agent.max_calls
    processes = livekit.processes or max(2, (os.cpu_count() or 1) // 2)
    if not livekit.max_calls:
        return [each] * processes
    processes = min(processes, livekit.max_calls)
    base, more = divmod(livekit.max_calls, processes)
    return [min(each, base + (number < more)) for number in range(processes)]


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
