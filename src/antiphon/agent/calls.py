"""Many calls in one process: opens them, counts them, ends them."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
from livekit.agents import Agent, llm

from antiphon.agent import patches
from antiphon.agent.audio_io import CallAudio, LineAudio
from antiphon.agent.call import TIME_IS_UP, Call, DirectCall, OnConversation, OnEvent
from antiphon.agent.model import http_pool, realtime_model, warm_up
from antiphon.agent.records import CallRecord
from antiphon.agent.session import Caller, CallInfo, client_vad, new_session
from antiphon.clock import CivilClock, Monotonic, civil_clock, machine_zone, monotonic_ms
from antiphon.errors import CallRefused
from antiphon.settings import Settings

logger = logging.getLogger(__name__)

C = TypeVar("C", bound=Call)

AgentFactory = Callable[[], Agent]
"""Makes the agent of one call; calls share nothing but what the factory closes over."""


class Calls:
    """The calls of this process.

    Args:
        settings: of the whole process.
        agent_factory: makes an agent for each call.
        clock: milliseconds, monotonic.
        civil: date and time, for records.

    Attributes:
        agent_factory: as given.
        minute_s: the length of a minute; tests have no time for long ones.
    """

    minute_s = 60.0

    def __init__(
        self,
        settings: Settings,
        agent_factory: AgentFactory,
        *,
        clock: Monotonic = monotonic_ms,
        civil: CivilClock | None = None,
    ) -> None:
        self._settings = settings
        self.agent_factory = agent_factory
        self._clock = clock
        self._civil = civil or civil_clock(settings.timezone or machine_zone())
        self._calls: dict[str, Call] = {}
        self._keepers: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None
        self._vad: Any = None
        self._closed = False
        patches.quieten()
        warm_up()

    @property
    def closing(self) -> bool:
        """Whether this process takes no more calls, and ends those that it has."""
        return self._closed

    @property
    def settings(self) -> Settings:
        """Those of the whole process."""
        return self._settings

    @property
    def active(self) -> int:
        """Calls that are not over."""
        return len(self._calls)

    def find(self, call_id: str) -> Call | None:
        """A call that is not over, by its id."""
        return self._calls.get(call_id)

    async def open(self, on_event: OnEvent, *, line: str) -> DirectCall:
        """Opens a call whose line pushes and pulls frames; the agent greets.

        Args:
            on_event: told everything that happens, in the event loop's thread. Must not block.
            line: how the caller came in, for the record.

        Raises:
            CallRefused: there are `agent.max_calls` already, or the process is closing.
            SettingsError: the cloud's model is asked for and there is no key.
        """
        return await self._open(DirectCall, LineAudio(), on_event, line)

    async def open_with(
        self,
        audio: CallAudio,
        on_event: OnEvent,
        *,
        line: str,
        caller: Caller | None = None,
        call_id: str = "",
        before: llm.ChatContext | None = None,
        on_conversation: OnConversation | None = None,
    ) -> Call:
        """Opens a call with audio of its own, such as a room's.

        Args:
            audio: the caller's and the agent's.
            on_event: told everything that happens, in the event loop's thread. Must not block.
            line: how the caller came in, for the record.
            caller: who calls, for tools.
            call_id: of a call that is taken over; "": it is a new one.
            before: what was said in that call already, by an agent whose process died: it goes on from there, without a greeting.
            on_conversation: told the whole conversation whenever it has grown.

        Raises:
            CallRefused: there are `agent.max_calls` already, or the process is closing.
            SettingsError: the cloud's model is asked for and there is no key.
        """
        return await self._open(
            Call, audio, on_event, line, caller, call_id, before=before, on_conversation=on_conversation
        )

    async def _open(
        self,
        kind: Callable[..., C],
        audio: CallAudio,
        on_event: OnEvent,
        line: str,
        caller: Caller | None = None,
        call_id: str = "",
        *,
        before: llm.ChatContext | None = None,
        on_conversation: OnConversation | None = None,
    ) -> C:
        limit = self._settings.agent.max_calls
        if self._closed:
            raise CallRefused("No more calls are taken: this process is closing.")
        if len(self._calls) >= limit:
            raise CallRefused(f"All {limit} lines are taken. Please try again in a moment.")
        call_id = call_id or f"call_{uuid.uuid4().hex[:12]}"
        if self._http is None:
            self._http = http_pool()
            self._vad = client_vad(self._settings)
        model = realtime_model(self._settings, self._http)
        call = kind(
            call_id,
            session=new_session(model, CallInfo(call_id, line, caller or Caller()), vad=self._vad),
            audio=audio,
            on_event=on_event,
            record=CallRecord(call_id, line, self._civil().isoformat(timespec="seconds"), self._clock()),
            greeting=self._settings.agent.greeting,
            guess_heard=self._settings.agent.model == "openai",
            clock=self._clock,
            on_conversation=on_conversation,
        )
        model.on_session = call.watch
        self._calls[call_id] = call
        keeper = asyncio.create_task(self._keep(call), name=f"keep call {call_id}")
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        try:
            # a task of its own: start() leaves things in its context that are not for the next call
            await asyncio.create_task(call.start(self.agent_factory(), before), name=f"start call {call_id}")
        except BaseException:
            await call.hang_up("error")
            raise
        return call

    async def say_goodbye(self) -> None:
        """Ends every call with a spoken word; takes no more."""
        self._closed = True
        await asyncio.gather(*(call.say_goodbye() for call in list(self._calls.values())))

    async def aclose(self) -> None:
        """Hangs up every call and closes the connections."""
        self._closed = True
        await asyncio.gather(*(call.hang_up("shutdown") for call in list(self._calls.values())))
        await asyncio.gather(*self._keepers, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _keep(self, call: Call) -> None:
        """Sees a call to its end: no longer than allowed, its record kept."""
        try:
            async with asyncio.timeout(self._settings.agent.max_call_minutes * self.minute_s):
                await call.wait_ended()
        except TimeoutError:
            await call.say_goodbye(TIME_IS_UP, "too_long")
        del self._calls[call.id]
        if (directory := self._settings.agent.record_dir) is not None:
            await call.record.save(directory)
