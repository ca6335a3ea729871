"""An event loop whose time jumps: a minute of waiting takes no time, and every run is the same."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jump(selectors.SelectSelector):
    """Never waits: what the loop would have waited for is added to its time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("nothing is left to wait for: the test would hang")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time. No I/O and no threads: they have no place in it."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def clock_ms() -> float:
    """The running virtual loop's time as Antiphon's monotonic clock."""
    return asyncio.get_running_loop().time() * 1000


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine in virtual time, and finds tasks that it left behind."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:

        async def checked() -> T:
            result = await main
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"left running: {left}"
            return result

        return runner.run(checked())
