"""The engine as a child process of `antiphon up`: started, watched, started anew when it dies, ended with all its workers."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType

from antiphon.child import STEADY_S, STOP_S, Child, how_it_ended, wait_before_start
from antiphon.errors import AntiphonError, PortInUseError, SettingsError
from antiphon.exposure import machine_addresses

START_S = 60.0
"""A cold disk and two busy cores may need long for the models; beyond this something is wrong."""
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


class EngineProcess(Child):
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
        super().__init__(command, env=env)
        self._host = host
        self._port = port
        self._say = say
        self._ready = False
        self._stopping = False

    @property
    def ready(self) -> bool:
        """Whether the present engine has answered that it is ready."""
        return self._ready

    def spawn(self) -> None:
        """Starts the engine and returns at once, so that the caller can do something useful meanwhile."""
        self._ready = False
        super().spawn()

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
            if self.lived_s > START_S:
                raise EngineFailed(
                    f"The engine did not become ready within {START_S:.0f} s.",
                    mend="`antiphon serve --log-level info` shows how far it comes.",
                )
            await asyncio.sleep(_POLL_S)
        self._fail_if_ended()
        self._ready = True
        return self.lived_s

    async def keep(self) -> None:
        """Starts a new engine whenever the present one ends. Runs until cancelled."""
        quick_deaths = 0
        while True:
            returncode = await self.ended()
            if self._stopping:
                return
            lived_s = self.lived_s
            wait_s = wait_before_start(lived_s, quick_deaths)
            quick_deaths = 0 if lived_s >= STEADY_S else quick_deaths + 1
            again = "Starting it again" + (f" in {wait_s:.1f} s" if wait_s else "")
            self._say(f"The engine ended ({how_it_ended(returncode)}). {again} …")
            self.sweep()
            await asyncio.sleep(wait_s)
            self.spawn()
            try:
                took_s = await self.wait_ready()
            except EngineFailed:
                continue  # `ended` returns at once, and the next wait is longer
            self._say(f"✓ The engine is back after {took_s:.1f} s; calls reconnect with their history.")

    async def stop(self) -> None:
        """Ends the engine and every worker of it within STOP_S and a little."""
        self._stopping = True
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended(), STOP_S)
        self.kill()

    def kill(self) -> None:
        """Ends the engine's whole group at once. Harmless if it has ended."""
        self._stopping = True
        super().kill()

    async def ended(self) -> int:
        """The return code, once there is one."""
        try:
            return await super().ended()
        finally:
            self._ready = False

    def _command_with(self, lifeline: int) -> list[str]:
        return [*self._command, "--lifeline", str(lifeline)]

    def _fail_if_ended(self) -> None:
        if self._child is not None and (returncode := self._child.poll()) is not None:
            raise EngineFailed(
                f"The engine ended while it started ({how_it_ended(returncode)}).",
                exit_code=returncode if returncode > 0 else 1,
            )
