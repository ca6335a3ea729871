"""The supervisor against real processes; every one that a test starts is gone when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from antiphon.child import MAX_WAIT_S, STEADY_S, how_it_ended, wait_before_start
from antiphon.errors import PortInUseError
from antiphon.supervisor import EngineFailed, EngineProcess, claim_port, is_ready

SMALL_ENGINE = str(Path(__file__).with_name("small_engine.py"))


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(condition: Callable[[], bool], *, what: str) -> None:
    """Waits for a condition; the limit is only there so that a failure is told."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"never came: {what}")


def worker_of(port: int) -> int:
    """The pid of the small engine's worker."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return int(answer.read())


@asynccontextmanager
async def engine(
    port: int, how: str = "serve", said: list[str] | None = None
) -> AsyncIterator[EngineProcess]:
    """A supervised small engine, spawned."""
    process = EngineProcess(
        [sys.executable, SMALL_ENGINE, str(port), how],
        env=dict(os.environ),
        host="127.0.0.1",
        port=port,
        say=(said if said is not None else []).append,
    )
    process.spawn()
    try:
        yield process
    finally:
        process.kill()


async def test_an_engine_is_waited_for_and_ended_with_its_worker(port: int) -> None:
    async with engine(port) as process:
        await process.wait_ready()
        assert process.ready
        worker, pid = worker_of(port), process.pid
        await process.stop()
        await until(lambda: not alive(worker) and not alive(pid), what="the end of engine and worker")
        assert not is_ready("127.0.0.1", port)


async def test_an_engine_that_ignores_sigterm_is_killed_with_its_worker(port: int) -> None:
    async with engine(port, "stubborn") as process:
        await process.wait_ready()
        worker, pid = worker_of(port), process.pid
        await process.stop()
        await until(lambda: not alive(worker) and not alive(pid), what="the end of engine and worker")


async def test_an_engine_that_fails_at_start_is_told_with_its_exit_code(port: int) -> None:
    async with engine(port, "fail") as process:
        with pytest.raises(EngineFailed) as failed:
            await process.wait_ready()
        assert failed.value.exit_code == 3


async def test_an_engine_that_fails_interrupts_what_the_parent_does_meanwhile(port: int) -> None:
    async with engine(port, "fail") as process:
        finished = False
        with pytest.raises(EngineFailed), process.noticed():
            for _ in range(1000):  # an import that takes long
                time.sleep(0.02)  # noqa: ASYNC251 - as an import does, it keeps the main thread
            finished = True
        assert not finished
        assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL


async def test_an_engine_that_is_killed_comes_back_and_its_worker_goes(port: int) -> None:
    said: list[str] = []
    async with engine(port, said=said) as process:
        await process.wait_ready()
        keeping = asyncio.create_task(process.keep())
        first, worker = process.pid, worker_of(port)
        os.kill(first, signal.SIGKILL)
        await until(lambda: process.ready and process.pid != first, what="another engine")
        await until(lambda: not alive(worker), what="the end of the first engine's worker")
        await until(lambda: len(said) == 2, what="both sentences")
        assert "killed by SIGKILL" in said[0]
        assert "back" in said[1]
        await process.stop()
        await asyncio.wait_for(keeping, 5)  # a wanted end starts nothing


@pytest.mark.parametrize("how", ["serve", "stubborn"])
async def test_an_engine_ends_with_a_parent_that_is_killed(port: int, how: str, tmp_path: Path) -> None:
    """The parent gets SIGKILL, so only the lifeline can tell."""
    parent = tmp_path / "parent.py"
    parent.write_text(
        textwrap.dedent(
            f"""
            import asyncio, os
            from antiphon.supervisor import EngineProcess
            engine = EngineProcess({[sys.executable, SMALL_ENGINE, str(port), how]!r}, env=dict(os.environ),
                                   host="127.0.0.1", port={port}, say=print)
            engine.spawn()
            asyncio.run(engine.wait_ready())
            print(engine.pid, flush=True)
            asyncio.run(engine.keep())
            """
        )
    )
    process = await asyncio.create_subprocess_exec(sys.executable, str(parent), stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    worker = worker_of(port)
    process.kill()
    await process.wait()
    await until(lambda: not alive(pid) and not alive(worker), what="the end of engine and worker")


def test_a_port_in_use_is_told_with_the_option_that_changes_it(port: int) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(PortInUseError) as refused:
            claim_port("127.0.0.1", port, "The page", "--port")
    assert str(port) in refused.value.message
    assert "--port" in refused.value.mend
    claim_port("127.0.0.1", port, "The page", "--port")  # and a free one is left free
    claim_port("127.0.0.1", port, "The page", "--port")


def test_an_engine_that_dies_at_once_waits_longer_each_time() -> None:
    waits = [wait_before_start(1.0, deaths) for deaths in range(12)]
    assert waits[0] == 0.0, "the first time at once: calls are waiting"
    assert waits[1:5] == [0.5, 1.0, 2.0, 4.0]
    assert max(waits) == MAX_WAIT_S
    assert wait_before_start(STEADY_S, 7) == 0.0


def test_an_end_is_told_in_words() -> None:
    assert how_it_ended(3) == "exit code 3"
    assert how_it_ended(-9) == "killed by SIGKILL"
    assert how_it_ended(-999) == "killed by signal 999"
