"""Drives one session: the shell around the sans-I/O core.

Client events, results of work and the time go into the session; its effects are carried out in order. All tasks belong to
`run` and end with it. A session that is behind with what it was given reads no more until it has caught up, and a client
that does not read what it asked for is let go: neither can make memory grow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, assert_never

from antiphon import wire
from antiphon.clock import Monotonic, monotonic_ms
from antiphon.engine.brains.brain import BrainOutput
from antiphon.engine.effects import Effect, Hasten, Record, Result, Send, Start, Withdraw, Work
from antiphon.engine.metrics import EngineMetrics
from antiphon.engine.outgoing import Outgoing
from antiphon.engine.parts import EngineParts
from antiphon.engine.records import CallRecord
from antiphon.engine.speech.parts import Urgency
from antiphon.engine.work import KINDS, perform
from antiphon.errors import AntiphonError, WireError

log = logging.getLogger(__name__)

FAREWELL_S = 0.5
"""How long a client may take to hear that its call failed."""

SOON_MS = 1.0
"""A session whose tick is overdue is ticked this much later: other calls come in between, and a core that never catches up cannot
stall the loop."""

Ending = str
"""Why a call ended: "client" (it left), "slow_client", "shutdown", "failed" (a bug: see the log)."""


class SessionCore(Protocol):
    """The part of `engine.session.Session` that a shell uses (its docstrings tell what each does)."""

    id: str

    def open(self, now_ms: float) -> None: ...  # noqa: D102
    def receive(self, event: wire.ClientEvent, now_ms: float) -> None: ...  # noqa: D102
    def refuse(self, error: WireError, now_ms: float) -> None: ...  # noqa: D102
    def thought(self, work_id: int, output: BrainOutput, now_ms: float) -> None: ...  # noqa: D102
    def finished(self, work_id: int, result: Result, now_ms: float) -> None: ...  # noqa: D102
    def failed(self, work_id: int, error: Exception, now_ms: float) -> None: ...  # noqa: D102
    def tick(self, now_ms: float) -> None: ...  # noqa: D102
    def next_tick_ms(self) -> float | None: ...  # noqa: D102
    def effects(self) -> list[Effect]: ...  # noqa: D102
    def close(self, now_ms: float) -> None: ...  # noqa: D102


class SessionRunner:
    """Runs one session over a pair of streams.

    Args:
        session: the core, not yet opened.
        parts: what does the work.
        send: sends one event's JSON text; waits while the client does not read; raises ConnectionError when it is gone.
        clock: monotonic milliseconds.
        metrics: where to count.
        record: the call's record, if one is kept. The caller closes it.
    """

    def __init__(
        self,
        session: SessionCore,
        parts: EngineParts,
        send: Callable[[bytes], Awaitable[None]],
        *,
        clock: Monotonic = monotonic_ms,
        metrics: EngineMetrics | None = None,
        record: CallRecord | None = None,
    ) -> None:
        self._session = session
        self._parts = parts
        self._send = send
        self._clock = clock
        self._metrics = metrics or EngineMetrics()
        self._record = record
        self._outgoing = Outgoing(send)
        self._work: dict[int, tuple[asyncio.Task[None], Urgency]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = 0.0
        self._caught_up = asyncio.Event()
        self._caught_up.set()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def run(self, incoming: AsyncIterator[str | bytes]) -> Ending:
        """Runs the call until the client leaves, `stop` is called, or it fails.

        Args:
            incoming: the client's text messages; its end is the client's leaving.

        Returns:
            Why the call ended. All work has been cancelled by then.
        """
        try:
            async with asyncio.TaskGroup() as self._group:
                reader = self._group.create_task(self._read(incoming), name=f"{self._session.id} reader")
                sender = self._group.create_task(self._outgoing.run(), name=f"{self._session.id} sender")
                self._give(self._session.open)
                try:
                    await asyncio.wait((reader, sender, self._ending), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self.stop("client")
                    self._close()
                    reader.cancel()
                    sender.cancel()
        finally:
            self._group = None
        if self._ending.result() == "failed":
            await self._say_that_it_failed()
        return self._ending.result()

    def stop(self, ending: Ending) -> None:
        """Ends the call, if it has not ended yet."""
        if not self._ending.done():
            self._ending.set_result(ending)

    def refuse(self, error: WireError) -> None:
        """Tells the client of a message that is no event."""
        self._give(self._session.refuse, error)

    # ---------------------------------------------------------------- streams

    async def _read(self, incoming: AsyncIterator[str | bytes]) -> None:
        async for text in incoming:
            self._receive(text)
            await self._caught_up.wait()

    def _receive(self, text: str | bytes) -> None:
        try:
            event = wire.parse_client_event(text)
        except WireError as error:
            self._give(self._session.refuse, error)
            return
        self._metrics.received.labels(type(event).__struct_config__.tag).inc()
        if self._record is not None:
            self._record.event("received", event, self._clock())
        for name in wire.unknown_fields(text):
            self._give(self._session.refuse, wire.unknown_field_error(name, event.event_id))
        self._give(self._session.receive, event)

    def _queue(self, event: wire.ServerEvent) -> None:
        self._metrics.sent.labels(type(event).__struct_config__.tag).inc()
        if isinstance(event, wire.ErrorEvent):
            self._metrics.errors.labels(event.error.code or "").inc()
        if self._record is not None:
            self._record.event("sent", event, self._clock())
        if not self._outgoing.put(wire.encode(event)):
            log.warning("%s: the client does not read; the call ends", self._session.id)
            self.stop("slow_client")

    async def _say_that_it_failed(self) -> None:
        failure = AntiphonError("The engine failed and ends this call; its log says why.")
        failure.code = "engine_failed"
        event = wire.error_event(failure)
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._send(wire.encode(event))
        except (ConnectionError, TimeoutError):
            log.debug("%s: the client could not be told", self._session.id)

    # ---------------------------------------------------------------- session

    def _give(self, take: Callable[..., None], *what: object) -> None:
        """Gives something to the session, with the time, and carries out what it asks for.

        A bug in the session ends this call and no other.
        """
        if self._ending.done():
            return
        try:
            take(*what, self._clock())
            self._carry_out()
            self._arrange_tick()
        except Exception:
            log.exception("%s: the session failed; the call ends", self._session.id)
            self.stop("failed")

    def _carry_out(self) -> None:
        for effect in self._session.effects():
            match effect:
                case Send(event):
                    self._queue(event)
                case Start(work_id, work):
                    self._start(work_id, work)
                case Withdraw(work_id):
                    if (under_way := self._work.pop(work_id, None)) is not None:
                        under_way[0].cancel()
                case Hasten(work_id):
                    if (under_way := self._work.get(work_id)) is not None:
                        under_way[1].final = True
                case Record(topic, at_ms, detail):
                    self._metrics.decisions.labels(topic).inc()
                    if self._record is not None:
                        self._record.write(topic, at_ms, detail)
                case _:
                    assert_never(effect)

    def _arrange_tick(self) -> None:
        next_ms = self._session.next_tick_ms()
        if next_ms is None:
            self._caught_up.set()
            return
        delay_ms = next_ms - self._clock()
        if delay_ms > 0:
            self._caught_up.set()
        else:
            self._caught_up.clear()  # it has more than it may do at once: nothing is read until it has done it
        if self._timer is not None:
            if self._timer_ms <= next_ms:
                return
            self._timer.cancel()
        self._timer_ms = next_ms
        wait_ms = (
            max(delay_ms, 0.05) if delay_ms > 0 else SOON_MS
        )  # a timer may fire a rounding error too early
        self._timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._tick)

    def _tick(self) -> None:
        self._timer = None
        next_ms = self._session.next_tick_ms()
        if next_ms is not None and next_ms <= self._clock():
            self._give(self._session.tick)
        else:
            self._arrange_tick()  # it was put off meanwhile

    def _close(self) -> None:
        """Ends the session and withdraws all work. The client is not told: the connection's end tells it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for task, _ in self._work.values():
            task.cancel()
        self._work.clear()
        try:
            self._session.close(self._clock())
            for effect in self._session.effects():
                if isinstance(effect, Record) and self._record is not None:
                    self._record.write(effect.topic, effect.at_ms, effect.detail)
        except Exception:
            log.exception("%s: the session failed to close", self._session.id)

    # ------------------------------------------------------------------- work

    def _start(self, work_id: int, work: Work) -> None:
        if self._group is not None and not self._ending.done():
            urgency = Urgency(final=False)
            self._work[work_id] = (self._group.create_task(self._do(work_id, work, urgency)), urgency)

    async def _do(self, work_id: int, work: Work, urgency: Urgency) -> None:
        kind = KINDS[type(work)]
        began_ms = self._clock()
        try:
            result = await perform(
                work,
                self._parts,
                urgency=urgency,
                thought=lambda output: self._thought(work_id, output),
                metrics=self._metrics,
                clock=self._clock,
            )
        except asyncio.CancelledError:
            self._metrics.withdrawn.labels(kind).inc()
            raise
        except Exception as error:
            if self._work.pop(work_id, None) is None:
                return
            log.warning("%s: %s failed: %s", self._session.id, kind, error, exc_info=_unexpected(error))
            self._metrics.work_failed.labels(kind).inc()
            self._give(self._session.failed, work_id, error)
        else:
            if self._work.pop(work_id, None) is None:
                return
            self._metrics.work.labels(kind).observe((self._clock() - began_ms) / 1000)
            self._give(self._session.finished, work_id, result)

    def _thought(self, work_id: int, output: BrainOutput) -> bool:
        if work_id in self._work:  # else it was withdrawn, perhaps by what its own last output led to
            self._give(self._session.thought, work_id, output)
        return work_id in self._work


def _unexpected(error: Exception) -> bool:
    """Whether an error of a part deserves its traceback in the log."""
    return not isinstance(error, AntiphonError)
