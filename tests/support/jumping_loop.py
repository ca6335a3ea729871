"""An event loop whose time jumps whenever nobody has anything to do, with real sockets.

Twenty minutes of waiting take no time, while client and server of one test talk over the loopback as ever. What both ends do is done
in this one loop, so "nothing to do" is known: no callback is due, no socket is readable, no thread that the loop started is running.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")
T = TypeVar("T")

GRACE_S = 0.0001
"""How long the kernel may take to carry bytes from one end of a loopback connection to the other before time jumps. (It does so
while they are sent, as a rule. Shorter than the milliseconds that a selector can wait.)"""


class _Jump(selectors.DefaultSelector):
    """Waits for sockets only as long as the kernel may need, and adds the rest to the loop's time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or (timeout > 0 and self.threads):
            return super().select(None)  # a thread's or a process's end wakes the loop
        events = super().select(0)
        if not events and timeout > 0:
            time.sleep(GRACE_S)
            events = super().select(0)
            if not events:
                self.now += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time, for tests whose two ends of each connection run in it."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As ever; time stands still until the thread is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jump.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._jump.threads -= 1
