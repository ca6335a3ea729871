"""The engine as a child process of `antiphon up`: started, watched, started anew when it dies, ended with all its workers.

The engine leads a process group of its own, with its workers in it, so that one signal reaches them all and Ctrl-C in the terminal
reaches only the parent, which ends everything in order. A pipe, the lifeline, ties it to the parent: only the parent holds the
writing end, so that even a parent that is killed outright is noticed (`follow_parent`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType

from antiphon.errors import AntiphonError, PortInUseError, SettingsError
from antiphon.exposure import machine_addresses

STOP_S = 1.0
"""What an engine gets to close its calls. With the page's closing it must stay within the 2 s that Ctrl-C may take."""
START_S = 60.0
"""A cold disk and two busy cores may need long for the models; beyond this something is wrong."""
STEADY_S = 10.0
"""An engine that lived this long is started anew at once; one that dies sooner waits longer each time."""
MAX_WAIT_S = 10.0
_POLL_S = 0.05


def ending_signals() -> list[signal.Signals]:
    """What ends a command: Ctrl-C, SIGTERM, and a closed terminal unless it is to be ignored (`nohup`)."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return numbers


class EngineFailed(AntiphonError):
    """The engine ended before it was ready. What it wrote to stderr has said why.

    Attributes:
        exit_code: the engine's, or 1 if a signal ended it.
    """

    code = "engine_failed"

    def __init__(self, message: str, *, exit_code: int = 1, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.exit_code = exit_code


class _EngineEnded(BaseException):
    """Raised in the main thread by SIGCHLD; a BaseException so that no library's `except Exception` takes it."""


def wait_before_start(lived_s: float, quick_deaths: int) -> float:
    """Seconds to wait before an engine that lived `lived_s` is started anew.

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


def claim_port(host: str, port: int, what: str, option: str) -> None:
    """Makes sure that `host:port` can be listened on, before anything heavy is loaded.

    Raises:
        PortInUseError: another program listens there, or it may not be used.
        SettingsError: the host is no address of this machine.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise _no_address(what, host) from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)  # two sockets may be bound with SO_REUSEADDR; only one may listen
        except PermissionError as error:
            raise PortInUseError(
                f"{what} may not listen on {host}:{port}: ports below 1024 are the system's.",
                mend=f"Choose another with {option}.",
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise _no_address(what, host) from error
            raise PortInUseError(
                f"{what} cannot listen on {host}:{port}: {error.strerror}.",
                mend=f"If another Antiphon runs there, use it or end it; else choose another port with {option}.",
            ) from error


def _no_address(what: str, host: str) -> SettingsError:
    here = ", ".join(["127.0.0.1", *machine_addresses()])
    return SettingsError(
        f"{what} cannot listen on {host!r}: that is no address of this machine.",
        mend=f"This machine has {here}; 0.0.0.0 means all of them.",
    )


def is_ready(host: str, port: int, timeout_s: float = 1.0, *, tls: bool = False) -> bool:
    """Whether `GET /readyz` there answers 200. Over TLS no certificate is asked for: nothing secret is sent."""
    try:
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(socket.create_connection((host, port), timeout=timeout_s))
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                connection = stack.enter_context(context.wrap_socket(connection))
            connection.sendall(f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


def follow_parent(lifeline: int) -> None:
    """Ends this process and its group when the parent has gone. Called in the engine, with the pipe's reading end."""
    os.set_inheritable(lifeline, False)

    def wait() -> None:
        # Nothing is ever written: read returns when the last writer, the parent, is gone.
        with contextlib.suppress(OSError):
            os.read(lifeline, 1)
        # The whole group: an engine that ends at once must not leave its workers behind.
        os.killpg(0, signal.SIGTERM)
        time.sleep(STOP_S)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


class EngineProcess:
    """The engine process and its successors.

    Args:
        command: what to run; `--lifeline FD` is appended.
        env: the environment of the child.
        host, port: where it will listen.
        say: told in plain words what happens.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        host: str,
        port: int,
        say: Callable[[str], None],
    ) -> None:
        self._command = list(command)
        self._env = dict(env)
        self._host = host
        self._port = port
        self._say = say
        self._child: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._started_at = 0.0
        self._ready = False
        self._stopping = False

    @property
    def pid(self) -> int:
        """The process id of the present engine; 0 if none."""
        return self._child.pid if self._child else 0

    @property
    def ready(self) -> bool:
        """Whether the present engine has answered that it is ready."""
        return self._ready

    def spawn(self) -> None:
        """Starts the engine and returns at once, so that the caller can do something useful meanwhile."""
        reading, self._lifeline = os.pipe()
        try:
            self._child = subprocess.Popen(
                [*self._command, "--lifeline", str(reading)],
                env=self._env,
                stdin=subprocess.DEVNULL,
                pass_fds=(reading,),
                process_group=0,
            )
        finally:
            os.close(reading)
        self._started_at = time.monotonic()
        self._ready = False

    @contextlib.contextmanager
    def noticed(self) -> Iterator[None]:
        """While the block works in the main thread (imports), an engine that ends interrupts it.

        Raises:
            EngineFailed: it ended.
        """

        def on_child(_signal: int, _frame: FrameType | None) -> None:
            if self._child is not None and self._child.poll() is not None:
                raise _EngineEnded

        before = signal.signal(signal.SIGCHLD, on_child)
        try:
            self._fail_if_ended()  # it may have ended before the handler stood
            yield
        except _EngineEnded:
            pass
        finally:
            signal.signal(signal.SIGCHLD, before)
        self._fail_if_ended()

    async def wait_ready(self) -> float:
        """Waits until the engine answers; returns the seconds since it was started.

        Raises:
            EngineFailed: it ended, or did not answer in time.
        """
        while not await asyncio.to_thread(is_ready, self._host, self._port):
            self._fail_if_ended()
            if time.monotonic() - self._started_at > START_S:
                raise EngineFailed(
                    f"The engine did not become ready within {START_S:.0f} s.",
                    mend="`antiphon serve --log-level info` shows how far it comes.",
                )
            await asyncio.sleep(_POLL_S)
        self._fail_if_ended()
        self._ready = True
        return time.monotonic() - self._started_at

    async def keep(self) -> None:
        """Starts a new engine whenever the present one ends. Runs until cancelled."""
        quick_deaths = 0
        while True:
            returncode = await self._ended()
            if self._stopping:
                return
            lived_s = time.monotonic() - self._started_at
            wait_s = wait_before_start(lived_s, quick_deaths)
            quick_deaths = 0 if lived_s >= STEADY_S else quick_deaths + 1
            again = "Starting it again" + (f" in {wait_s:.1f} s" if wait_s else "")
            self._say(f"The engine ended ({how_it_ended(returncode)}). {again} …")
            self._sweep()
            await asyncio.sleep(wait_s)
            self.spawn()
            try:
                took_s = await self.wait_ready()
            except EngineFailed:
                continue  # `_ended` returns at once, and the next wait is longer
            self._say(f"✓ The engine is back after {took_s:.1f} s; calls reconnect with their history.")

    async def stop(self) -> None:
        """Ends the engine and every worker of it within STOP_S and a little."""
        self._stopping = True
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended(), STOP_S)
        self.kill()

    def kill(self) -> None:
        """Ends the engine's whole group at once. Harmless if it has ended."""
        self._stopping = True
        self._sweep()
        if self._child is not None:
            self._child.wait()

    def _sweep(self) -> None:
        """Kills what is left of the group (workers outlive an engine that was killed) and lets the lifeline go."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    async def _ended(self) -> int:
        """The return code, once there is one."""
        child = self._child
        assert child is not None, "spawn comes first"
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def wait() -> None:
            child.wait()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        # A daemon thread: asyncio's own would hold up the loop's end until the engine has ended.
        threading.Thread(target=wait, name="engine-wait", daemon=True).start()
        await ended.wait()
        self._ready = False
        return child.wait()

    def _fail_if_ended(self) -> None:
        if self._child is not None and (returncode := self._child.poll()) is not None:
            raise EngineFailed(
                f"The engine ended while it started ({how_it_ended(returncode)}).",
                exit_code=returncode if returncode > 0 else 1,
            )
