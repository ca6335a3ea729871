"""The worker pool with real processes that die, hang, fail and talk nonsense when told."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from antiphon.engine.speech import framing
from antiphon.engine.speech.parts import Urgency
from antiphon.engine.speech.pool import WorkerPool
from antiphon.errors import InferenceError, MissingPartError

MODULE = "tests.engine.speech.scripted_worker"


@asynccontextmanager
async def pool_of(*arguments: str, count: int = 1, deadline_s: float = 20.0) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(MODULE, list(arguments), count=count, deadline_s=deadline_s)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def ask(pool: WorkerPool, text: str, *, urgency: Urgency | None = None, last_resort: str = "") -> str:
    """What the worker says it was asked."""
    simple = framing.SpeakRequest(last_resort) if last_resort else None
    answer = await pool.ask(framing.SpeakRequest(text), urgency=urgency, last_resort=simple)
    assert isinstance(answer, framing.Spoken)
    return answer.words[0][0]


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - processes tell no event
        await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_answers_in_order_and_describes_itself() -> None:
    async with pool_of() as pool:
        assert pool.description == "scripted"
        assert await asyncio.gather(*(ask(pool, f"say {n}") for n in range(20))) == [
            f"say {n}" for n in range(20)
        ]


async def test_what_a_library_prints_does_not_disturb() -> None:
    async with pool_of("prints") as pool:
        assert await ask(pool, "hello") == "hello"


async def test_a_request_whose_worker_died_is_repeated_alone(tmp_path: Path) -> None:
    async with pool_of(count=2) as pool:
        answers = asyncio.gather(
            ask(pool, f"die until {tmp_path}/a"), *(ask(pool, f"say {n}") for n in range(10))
        )
        assert await answers == [f"die until {tmp_path}/a", *(f"say {n}" for n in range(10))]
        assert pool.restarts == 1


async def test_killed_while_it_works_the_request_is_answered_by_the_next() -> None:
    async with pool_of() as pool:
        first = pool.pids[0]
        slow = asyncio.create_task(ask(pool, "slow 0.2"))
        await until(lambda: pool.waiting == 0)
        os.kill(first, signal.SIGKILL)
        assert await slow == "slow 0.2"
        assert first not in pool.pids


async def test_killed_while_idle_another_is_ready_before_it_is_asked() -> None:
    async with pool_of() as pool:
        first = pool.pids[0]
        os.kill(first, signal.SIGKILL)
        await until(lambda: bool(pool.pids) and pool.pids != [first])
        assert await ask(pool, "hello") == "hello"


async def test_a_request_that_kills_every_worker_fails_and_the_pool_lives() -> None:
    async with pool_of() as pool:
        with pytest.raises(InferenceError, match="died, 3 times"):
            await ask(pool, "die")
        assert await ask(pool, "hello") == "hello"


async def test_the_last_attempt_takes_the_last_resort() -> None:
    async with pool_of() as pool:
        assert await ask(pool, "die", last_resort="something simpler") == "something simpler"


async def test_a_worker_that_hangs_is_killed_and_replaced() -> None:
    async with pool_of(deadline_s=0.3) as pool:
        first = pool.pids[0]
        assert await ask(pool, "hang", last_resort="go on") == "go on"
        assert not alive(first)


async def test_a_failure_is_told_and_its_worker_kept() -> None:
    async with pool_of() as pool:
        first = pool.pids
        with pytest.raises(InferenceError, match="ValueError: told to"):
            await ask(pool, "fail")
        assert await ask(pool, "hello") == "hello"
        assert pool.pids == first


async def test_a_worker_that_talks_nonsense_is_replaced() -> None:
    async with pool_of() as pool:
        with pytest.raises(InferenceError):
            await ask(pool, "nonsense")
        assert await ask(pool, "hello") == "hello"


async def test_cancelling_withdraws_what_waits_and_drops_what_runs() -> None:
    async with pool_of() as pool:
        running = asyncio.create_task(ask(pool, "slow 0.2"))
        await until(lambda: pool.waiting == 0)
        queued = asyncio.create_task(ask(pool, "die"))
        await until(lambda: pool.waiting == 1)
        queued.cancel()
        running.cancel()
        assert await ask(pool, "hello") == "hello"
        assert (
            pool.restarts == 0
        )  # "die" never reached a worker, and the answer of "slow" was not taken for "hello"'s


async def test_what_is_final_goes_before_trials_also_when_it_was_one_as_it_came() -> None:
    async with pool_of() as pool:
        order: list[str] = []

        async def note(text: str, urgency: Urgency | None) -> None:
            order.append(await ask(pool, text, urgency=urgency))

        trials = [Urgency(final=False) for _ in range(3)]
        asked = [asyncio.create_task(note("slow 0.2", None))]
        await until(lambda: pool.waiting == 0)
        for count, trial in enumerate(trials):
            asked.append(asyncio.create_task(note(f"trial {count}", trial)))
            await until(lambda count=count: pool.waiting == count + 1)  # type: ignore[misc]
        asked.append(asyncio.create_task(note("final", Urgency())))
        await until(lambda: pool.waiting == 4)
        trials[2].final = True  # its pause has become the turn's end
        await asyncio.gather(*asked)
        assert order == ["slow 0.2", "trial 2", "final", "trial 0", "trial 1"]


async def test_closing_ends_the_processes_and_fails_what_waits() -> None:
    async with pool_of(count=2) as pool:
        pids = pool.pids
        asked = [asyncio.create_task(ask(pool, "slow 5")) for _ in range(3)]
        await until(lambda: pool.waiting == 1)
        await pool.close()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [InferenceError] * 3
        assert not any(alive(pid) for pid in pids)
        with pytest.raises(InferenceError, match="closed"):
            await ask(pool, "hello")


async def test_says_why_it_cannot_start() -> None:
    with pytest.raises(MissingPartError, match="The model is not there"):
        await WorkerPool(MODULE, ["missing"]).start()
    with pytest.raises(MissingPartError, match="could not start"):
        await WorkerPool(MODULE, ["dies"]).start()
    with pytest.raises(MissingPartError, match="could not start"):
        await WorkerPool("antiphon.no_such_worker", []).start()


async def test_a_worker_killed_while_it_loads_is_started_again(tmp_path: Path) -> None:
    async with pool_of("dies once", f"{tmp_path}/once") as pool:
        assert await ask(pool, "hello") == "hello"


async def test_refuses_while_no_worker_can_start_and_serves_again_after(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.touch()
    async with pool_of("only while", str(here)) as pool:
        here.unlink()
        os.kill(pool.pids[0], signal.SIGKILL)
        with pytest.raises(InferenceError, match="in a row"):
            await ask(pool, "hello")
        here.touch()
        await until(lambda: bool(pool.pids))
        assert await ask(pool, "hello") == "hello"


ENGINE = f"""
import asyncio
from antiphon.engine.speech import framing
from antiphon.engine.speech.parts import Urgency
from antiphon.engine.speech.pool import WorkerPool

async def main():
    pool = WorkerPool({MODULE!r}, [], count=2)
    await pool.start()
    asyncio.create_task(pool.ask(framing.SpeakRequest("hang")))
    await asyncio.sleep(0.1)
    print(*pool.pids, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_workers_end_with_an_engine_that_is_killed_also_in_the_middle_of_work() -> None:
    engine = await asyncio.create_subprocess_exec(sys.executable, "-c", ENGINE, stdout=subprocess.PIPE)
    assert engine.stdout is not None
    pids = [int(pid) for pid in (await engine.stdout.readline()).split()]
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    engine.kill()
    await engine.wait()
    await until(lambda: not any(alive(pid) for pid in pids))


def test_the_same_under_uvloop_which_names_dead_pipes_otherwise(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool_of() as pool:
            os.kill(pool.pids[0], signal.SIGKILL)
            assert await ask(pool, "hello") == "hello"
            assert await ask(pool, f"die until {tmp_path}/a") == f"die until {tmp_path}/a"
            assert await ask(pool, "nonsense", last_resort="sense") == "sense"

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
