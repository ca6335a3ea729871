"""A process that belongs to this one: started, waited for, ended with all that it started itself.

It leads a process group of its own, with its workers in it, so that one signal reaches them all and Ctrl-C in the terminal reaches only
the parent, which ends everything in order. A pair of sockets, the lifeline, ties it to the parent: only the parent holds the other end,
so that even a parent that is killed outright is noticed (`follow_parent`, `drain_without_parent`). By the same way the child can say that
it is ready (`tell_parent`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

STOP_S = 1.0
"""What an engine gets to close its calls. With the page's closing it must stay within the 2 s that Ctrl-C may take."""
STEADY_S = 10.0
"""A process that lived this long is started anew at once; one that dies sooner waits longer each time."""
MAX_WAIT_S = 10.0

LIFELINE = "_ANTIPHON_LIFELINE"
"""The environment variable with the lifeline's file descriptor, for processes with a command line of somebody else's."""


def wait_before_start(lived_s: float, quick_deaths: int) -> float:
    """Seconds to wait before a process that lived `lived_s` is started anew.

    Args:
        lived_s: how long it lived.
        quick_deaths: how many before it, in a row, lived shorter than STEADY_S.
    """
    if lived_s >= STEADY_S or quick_deaths == 0:
        return 0.0
    return min(0.5 * 2.0 ** (quick_deaths - 1), MAX_WAIT_S)


def how_it_ended(returncode: int) -> str:
    """A return code in words: "exit code 3", "killed by SIGKILL"."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"killed by signal {-returncode}"


def follow_parent(lifeline: int) -> None:
    """Ends this process and its group when the parent has gone. Called in the child, with its end of the lifeline."""

    def end() -> None:
        # The whole group: an engine that ends at once must not leave its workers behind.
        os.killpg(0, signal.SIGTERM)
        time.sleep(STOP_S)
        os.killpg(0, signal.SIGKILL)

    _when_parent_is_gone(lifeline, end)


def drain_without_parent(lifeline: int) -> None:
    """Asks this process to end, as SIGTERM does, when the parent has gone; what it has begun may go on."""
    _when_parent_is_gone(lifeline, lambda: os.kill(os.getpid(), signal.SIGTERM))


def tell_parent(lifeline: int, line: str) -> None:
    """Says a line to the parent, which gets it from `Child.lines`. Harmless if the parent has gone, or does not listen: it never waits."""
    with contextlib.suppress(OSError), socket.fromfd(lifeline, socket.AF_UNIX, socket.SOCK_STREAM) as said:
        said.send(f"{line}\n".encode(), socket.MSG_DONTWAIT)


def _when_parent_is_gone(lifeline: int, act: Callable[[], None]) -> None:
    os.set_inheritable(lifeline, False)

    def wait() -> None:
        # The parent says nothing: read returns when it is gone.
        with contextlib.suppress(OSError):
            os.read(lifeline, 1)
        act()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


class Child:
    """A child process and its successors.

    Args:
        command: what to run.
        env: its environment; the lifeline is added.
        quiet: what it writes to stdout is thrown away.
    """

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], quiet: bool = False) -> None:
        self._command = list(command)
        self._quiet = quiet
        self._env = dict(env)
        self._child: subprocess.Popen[bytes] | None = None
        self._lifeline: socket.socket | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int:
        """The process id of the present one; 0 if none."""
        return self._child.pid if self._child else 0

    @property
    def lived_s(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started_at

    def spawn(self) -> None:
        """Starts it and returns at once, so that the caller can do something useful meanwhile."""
        self._lifeline, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                self._command_with(theirs.fileno()),
                env={**self._env, LIFELINE: str(theirs.fileno())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if self._quiet else None,
                pass_fds=(theirs.fileno(),),
                process_group=0,
            )
        self._started_at = time.monotonic()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal. Harmless if it has ended."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)

    async def lines(self) -> AsyncIterator[str]:
        """What the present one says with `tell_parent`, until it ends."""
        assert self._lifeline is not None, "spawn comes first"
        reader, writer = await asyncio.open_connection(sock=self._lifeline.dup())
        try:
            while line := await reader.readline():
                yield line.decode().rstrip("\n")
        finally:
            writer.close()

    async def ended(self) -> int:
        """The return code, once there is one."""
        child = self._child
        assert child is not None, "spawn comes first"
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def wait() -> None:
            child.wait()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        # A daemon thread: asyncio's own would hold up the loop's end until the child has ended.
        threading.Thread(target=wait, name="child-wait", daemon=True).start()
        await ended.wait()
        return child.wait()

    def kill(self) -> None:
        """Ends its whole group at once. Harmless if it has ended."""
        self.sweep()
        if self._child is not None:
            self._child.wait()

    def sweep(self) -> None:
        """Kills what is left of the group (workers outlive a leader that was killed) and lets the lifeline go."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None

    def _command_with(self, lifeline: int) -> list[str]:
        """The command; `lifeline` is the child's end of it."""
        return self._command
