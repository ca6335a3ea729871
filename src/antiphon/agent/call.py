"""One call: a LiveKit AgentSession between a caller and a Realtime server, with or without a room (`CallAudio`).

A line uses six methods (`hear`, `take`, `type_text`, `hang_up`, `wait_ended`, `id`) and is told everything else as
`agent/events.py`. All of them are for the event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import numpy as np
from livekit.agents import Agent, AgentSession, APIConnectionError, CloseReason, llm
from numpy.typing import NDArray

from antiphon.agent import history, patches
from antiphon.agent.answers import Answers
from antiphon.agent.audio_io import FRAME_MS, CallAudio, LineAudio
from antiphon.agent.events import (
    CallEvent,
    Ended,
    Problem,
    Recovered,
    StateChanged,
    Transcript,
)
from antiphon.agent.records import CallRecord
from antiphon.agent.state import StateTracker
from antiphon.agent.tool_watch import ToolWatch
from antiphon.agent.translate import Translator
from antiphon.clock import Monotonic, monotonic_ms

logger = logging.getLogger(__name__)

TEARDOWN_S = 5.0
"""A session that takes longer to close is left to be collected; its tools were given this long to finish."""

GOODBYE = "I am sorry, I have to end our call now. Please call again in a moment. Goodbye."
TIME_IS_UP = "I am sorry, our call has lasted as long as it may. Please call again if there is more. Goodbye."
GOODBYE_S = 8.0
"""A word of farewell that was not heard by then is given up: the call must end."""

REPLAY_S = 3.0
"""A server that has not confirmed the whole conversation by then, after a reconnection, is asked all the same."""

BACKLOG_FRAMES = 100
"""Frames that may wait in the plugin's queue: a server that is there but reads nothing would fill it without end."""

OnEvent = Callable[[CallEvent], None]

OnConversation = Callable[[llm.ChatContext], None]
"""Told the whole conversation: as heard, with tools and their results."""


class Call:
    """A running call. Made by `Calls.open`.

    Attributes:
        id: the call's id.
        record: what happened so far.
    """

    def __init__(
        self,
        call_id: str,
        *,
        session: AgentSession[Any],
        audio: CallAudio,
        on_event: OnEvent,
        record: CallRecord,
        greeting: str,
        guess_heard: bool,
        clock: Monotonic = monotonic_ms,
        on_conversation: OnConversation | None = None,
    ) -> None:
        self.id = call_id
        self.record = record
        self._session = session
        self._on_event = on_event
        self._on_conversation = on_conversation
        self._answers = Answers(session, greeting)
        self._greets = bool(greeting)
        self._clock = clock
        self._audio = audio
        audio.on_frame, audio.on_started = self._bound_backlog, self._audio_started
        audio.on_cleared = self._audio_cleared
        self._translator = Translator(guess_heard=guess_heard)
        self._state = StateTracker()
        self._shown_state = ""
        self._tools = ToolWatch(clock)
        self._remote: Any = None
        self._mirror = patches.KeptMirror()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._replaying: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    # What a line does

    def type_text(self, text: str, segment_id: str = "") -> None:
        """The caller typed something; the agent stops speaking and answers it.

        Args:
            text: what was typed; only blanks: nothing happens.
            segment_id: the line's own id of the message, which its Transcript will carry.
        """
        text = text.strip()
        if not text or self._closing is not None:
            return
        self._tell(Transcript(segment_id or f"typed_{uuid.uuid4().hex[:12]}", "caller", text, True, True))
        self._state.typed()
        self._show_state()
        self._spawn(self._answers.to_typed(text), "typed text")

    async def hang_up(self, reason: str = "hang_up") -> None:
        """Ends the call and everything that belongs to it. May be called many times and from anywhere."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(reason), name=f"close call {self.id}")
        await asyncio.shield(self._closing)

    async def say_goodbye(self, words: str = GOODBYE, reason: str = "shutdown") -> None:
        """Ends the call with a spoken word, when it is not the caller who ends it.

        Args:
            words: what is said, in place of anything that is being said.
            reason: as in `events.Ended`.
        """
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._answers.say(words)
        except TimeoutError:
            logger.debug("call %s: no time for a goodbye", self.id)
        await self.hang_up(reason)

    async def wait_ended(self) -> str:
        """Waits until the call is over and cleaned up.

        Returns:
            The reason, as in `events.Ended`.
        """
        return await asyncio.shield(self._ended)

    # Its life

    async def start(self, agent: Agent, before: llm.ChatContext | None = None) -> None:
        """Starts the session and greets the caller, unless the agent does something of its own on entering.

        Args:
            agent: who talks.
            before: what was said before, if the call is taken over from a process that died.
        """
        session = self._session
        if before is not None:
            await agent.update_chat_ctx(before)
        session.on("agent_state_changed", lambda ev: self._agent_state(ev.new_state))
        session.on("tool_execution_updated", lambda ev: self._tell_all(self._tools.updated(ev)))
        session.on("function_tools_executed", self._tools_executed)
        session.on("conversation_item_added", self._item_added)
        session.on("error", self._error)
        session.on("close", self._session_closed)
        await self._audio.start(session, agent)
        patches.bound_recorded_events(session)
        if self._remote is None and (remote := history.realtime_session(session)) is not None:
            self.watch(remote)
        self._agent_state(session.agent_state)
        if before is not None:
            self._spawn(self._answers.take_over(before.items), "taking over")
        elif self._greets and type(agent).on_enter is Agent.on_enter:
            self._spawn(self._answers.greet(), "greeting")

    def watch(self, remote: Any) -> None:
        """Listens to a Realtime session of the plugin."""
        self._remote = remote
        remote.on("openai_server_event_received", self._server_event)
        remote.on("session_reconnected", lambda _: self._reconnected())
        remote.on("remote_item_added", lambda _: self._conversation_grew())

    async def _close(self, reason: str) -> None:
        self._stop_waiting()
        self._audio.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(TEARDOWN_S):
                await self._session.aclose()
        except TimeoutError:
            logger.warning("call %s: the session took too long to close", self.id)
        except Exception as error:  # the plugin raises its connection's last error again
            logger.debug("call %s: closing the session: %s", self.id, error)
        await patches.sweep(self._session)
        await self._audio.aclose()
        self.record.dropped_audio_ms = self._audio.dropped * FRAME_MS
        self._tell(Ended(reason))
        if not self._ended.done():
            self._ended.set_result(reason)

    def _bound_backlog(self) -> None:
        if self._answers.connected.is_set():
            if patches.backlog(self._remote) > BACKLOG_FRAMES:
                self._audio.hold()
            else:
                self._audio.go_on()

    def _end_soon(self, reason: str) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(reason), name=f"close call {self.id}")

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._closing is not None:
            work.close()
            return
        task = asyncio.create_task(work, name=f"{name} of call {self.id}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("call %s: %s failed", self.id, task.get_name(), exc_info=error)

    # What the session and the server report

    def _server_event(self, event: dict[str, Any]) -> None:
        self._back()
        try:
            self._heed(event)
        except (
            Exception
        ):  # an event in an odd form must not break the plugin's receiving, from where this is called
            logger.exception("call %s: the server's event %s can't be used", self.id, event.get("type"))

    def _heed(self, event: dict[str, Any]) -> None:
        cut_before = len(self._translator.heard)
        self._tell_all(self._translator.feed(event, audio_waits=self._audio.waiting))
        kind = event.get("type")
        if len(self._translator.heard) != cut_before or (kind == "response.done" and cut_before):
            # after the plugin's own handling of the event, which comes next
            asyncio.get_running_loop().call_soon(self._keep_heard)
        self._forget_unheard()
        self._state.feed(event)
        self._show_state()

    def _item_added(self, event: Any) -> None:
        self._keep_heard()
        item = event.item
        if (
            isinstance(item, llm.ChatMessage)
            and item.role == "user"
            and not (item.text_content or "").strip()
        ):
            history.drop(self._session, item.id)  # a cough: nothing was said
        self._tell_conversation()

    def _tools_executed(self, event: Any) -> None:
        self._tell_all(self._tools.executed(event))
        self._tell_conversation()

    def _tell_conversation(self) -> None:
        if self._on_conversation is not None:
            self._on_conversation(self._session.history)

    def _conversation_grew(self) -> None:
        self._mirror.grew(self._remote)
        self._back()
        self._answers.conversation_grew()

    def _keep_heard(self) -> None:
        if self._translator.heard:
            history.keep_heard(self._session, self._translator.heard)
            self._tell_conversation()

    def _audio_started(self) -> None:
        self._tell_all(self._translator.audio_started(self._clock()))

    def _audio_cleared(self) -> None:
        self._tell_all(self._translator.audio_cleared())
        self._forget_unheard()

    def _forget_unheard(self) -> None:
        if items := self._translator.to_forget():
            self._spawn(self._forget(items), "forgetting what nobody heard")

    async def _forget(self, items: list[str]) -> None:
        try:
            await history.forget(self._session, items)
        except llm.RealtimeError as error:
            logger.warning("call %s: the server may keep a reply that nobody heard: %s", self.id, error)
        self._translator.heard.update(dict.fromkeys(items, ""))
        self._keep_heard()

    def _agent_state(self, state: str) -> None:
        self._state.agent_state(state)
        self._show_state()

    def _show_state(self) -> None:
        if self._state.state != self._shown_state:
            self._shown_state = self._state.state
            self._tell(StateChanged(self._state.state))

    def _error(self, event: Any) -> None:
        error = event.error
        if not isinstance(error, llm.RealtimeModelError):
            return
        cause = error.error
        if not error.recoverable:
            self._tell(Problem("model_gone", f"The speech model can't be used: {_said(cause)}", fatal=True))
            self._end_soon("error")
        elif isinstance(cause, APIConnectionError) and self._replaying is not None:
            self._stop_waiting()  # lost again, before the server knew the conversation
            self._mirror.lost(self._remote)
        elif isinstance(cause, APIConnectionError) and self._answers.connected.is_set():
            self._mirror.lost(self._remote)
            self._answers.lost(self._remote.chat_ctx.items)
            self._audio.hold()
            self._tell(Problem("engine_lost", "The line to the speech engine is lost; connecting again."))
        elif not isinstance(cause, APIConnectionError):
            logger.warning("call %s: the model's server reports: %s", self.id, _said(cause))

    def _session_closed(self, event: Any) -> None:
        if event.reason is CloseReason.PARTICIPANT_DISCONNECTED:
            self._end_soon("hang_up")
        elif event.reason is CloseReason.JOB_SHUTDOWN:
            self._end_soon("shutdown")
        elif event.reason is CloseReason.ERROR and self._closing is None:
            self._tell(Problem("agent_failed", "The agent failed and has to end the call.", fatal=True))
            self._end_soon("error")
        else:
            self._end_soon("agent")

    def _reconnected(self) -> None:
        self._back()
        if history.realtime_session(self._session) is self._remote:
            self._spawn(self._answers.after_outage(), "answer after an outage")

    def _back(self) -> None:
        """The server speaks again. What is asked of it before it knows the conversation again would stand before its beginning."""
        if self._answers.connected.is_set():
            return
        if self._mirror.whole(self._remote):
            self._recovered()
        elif self._replaying is None:
            self._replaying = asyncio.get_running_loop().call_later(REPLAY_S, self._recovered)

    def _recovered(self) -> None:
        self._stop_waiting()
        if self._closing is None:
            self._answers.connected.set()
            self._tell(Recovered("engine_lost"))
            self._audio.go_on()

    def _stop_waiting(self) -> None:
        if self._replaying is not None:
            self._replaying.cancel()
            self._replaying = None

    def _tell_all(self, events: Iterable[CallEvent]) -> None:
        for event in events:
            self._tell(event)

    def _tell(self, event: CallEvent) -> None:
        self.record.add(event, self._clock())
        try:
            self._on_event(event)
        except Exception:
            logger.exception("call %s: the line failed on %s", self.id, type(event).__name__)


def _said(error: Exception) -> str:
    body = getattr(error, "body", None)
    return str(getattr(body, "message", "") or getattr(error, "message", "") or error)


class DirectCall(Call):
    """A call whose line pushes and pulls frames."""

    def __init__(self, call_id: str, *, audio: LineAudio, **rest: Any) -> None:
        super().__init__(call_id, audio=audio, **rest)
        self._frames = audio

    def hear(self, pcm: NDArray[np.int16]) -> None:
        """The caller's next audio: mono, 24 kHz, 20 ms (480 samples). Never blocks."""
        self._frames.hear(pcm)

    def take(self, samples: int) -> NDArray[np.int16]:
        """The agent's audio for the next `samples` at 24 kHz; silence if there is none. Taken is played."""
        return self._frames.take(samples)
