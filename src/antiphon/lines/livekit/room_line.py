"""One call in a LiveKit room: from the job that brings the agent there to the moment it leaves."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from typing import Any

from livekit import rtc
from livekit.agents import JobContext, llm
from livekit.agents.types import TOPIC_CHAT

from antiphon.agent.call import Call
from antiphon.agent.calls import Calls
from antiphon.agent.events import CallEvent, Ended, StateChanged
from antiphon.agent.room_audio import RoomAudio
from antiphon.agent.session import Caller
from antiphon.clock import monotonic_ms
from antiphon.errors import WireError
from antiphon.lines import metrics
from antiphon.lines.livekit.company import Company
from antiphon.lines.livekit.journal import Entry, Journal
from antiphon.lines.livekit.teller import RoomTeller
from antiphon.lines.messages import ClockPing, clock_answer, decode

log = logging.getLogger(__name__)

CLOCK = "antiphon.clock"
"""The topic of a page's pings, and of the answers to them."""

RESUME = "antiphon.resume"
"""Key of a job's metadata: the id of the call that this job takes over from a process that died."""

DOUBLED = "doubled"
"""Reason of an end that the room is not told: another agent has the call (company.py)."""

ROOM_STAYS = ("hang_up", "line_lost", DOUBLED)
"""Reasons of an end with which the caller is gone, or going, himself, or has another agent."""


class RoomLine:
    """One caller's call in a room.

    Args:
        ctx: the job, whose room is not connected yet.
        calls: those of this process.
        journal: where the call is noted while it runs.
    """

    def __init__(self, ctx: JobContext, calls: Calls, journal: Journal) -> None:
        self._ctx = ctx
        self._room = ctx.room
        self._calls = calls
        self._settings = calls.settings.livekit
        self._journal = journal
        self._company = Company(ctx.room)
        self._teller = RoomTeller(ctx.room, lambda: self._company.caller)
        self._audio = RoomAudio(ctx.room, self._settings.media)
        self._caller = Caller()
        self._call: Call | None = None
        self._entry: Entry | None = None
        self._alone: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = False
        self._joining_since: float | None = monotonic_ms()

    async def run(self) -> str:
        """Holds the call; returns when it is over and the room is left.

        Returns:
            Why it ended, as in `agent.events.Ended`.

        Raises:
            CallRefused: there are as many calls in this process as there may be.
        """
        entry = self._journal.read(call_id) if (call_id := resumed(self._ctx.job.metadata)) else None
        self._caller.metadata = entry.metadata if entry else self._ctx.job.metadata
        self._watch_room()
        reason = "error"
        metrics.CALLS_OPENED.labels("livekit").inc()
        metrics.CALLS_ACTIVE.labels("livekit").inc()
        if entry is not None:
            metrics.CALLS_TAKEN_OVER.inc()
        try:
            self._call = await self._calls.open_with(
                self._audio,
                self._tell,
                line="livekit",
                caller=self._caller,
                call_id=entry.call_id if entry else "",
                before=llm.ChatContext.from_dict(entry.conversation) if entry else None,
                on_conversation=self._note,
            )
            self._entry = entry or Entry(
                self._call.id,
                room=self._ctx.job.room.name,
                agent_name=self._ctx.job.agent_name,
                metadata=self._caller.metadata,
            )
            self._entry.pid = os.getpid()
            self._entry.identity = self._room.local_participant.identity
            self._journal.note(self._entry)
            self._teller.start()
            self._people_changed()
            reason = await self._call.wait_ended()
        except asyncio.CancelledError:
            # LiveKit ends the job: the room is gone, or the agent was put out of it, or this process ends
            reason = "shutdown" if self._calls.closing else "line_lost"
            raise
        finally:
            await asyncio.shield(self._end(reason))
        return reason

    async def _end(self, reason: str) -> None:
        if self._alone is not None:
            self._alone.cancel()
        self._room.unregister_text_stream_handler(TOPIC_CHAT)
        if self._call is not None:
            await self._call.hang_up(reason)
            await self._teller.aclose()
            await self._journal.remove(self._call.id)
        metrics.CALLS_ACTIVE.labels("livekit").dec()
        metrics.CALLS_ENDED.labels("livekit", reason).inc()
        log.info(
            "call %s in room %s ended: %s", self._call and self._call.id, self._ctx.job.room.name, reason
        )
        if self._settings.delete_room and reason not in ROOM_STAYS and self._room.isconnected():
            try:
                await self._ctx.delete_room()
            except Exception as error:  # the server's answer; it ends an empty room by itself
                log.warning("room %s could not be closed: %s", self._ctx.job.room.name, error)
        await self._room.disconnect()
        # not every disconnection is told to the pool, which would hold the job, and its place, for ever
        self._ctx.shutdown(reason)

    def _tell(self, event: CallEvent) -> None:
        if isinstance(event, StateChanged) and event.state == "speaking" and self._joining_since is not None:
            metrics.JOIN_SECONDS.observe((monotonic_ms() - self._joining_since) / 1000)
            self._joining_since = None
        metrics.count(event, "livekit")
        if event != Ended(DOUBLED):
            self._teller.tell(event)

    def _note(self, conversation: llm.ChatContext) -> None:
        """The conversation has grown."""
        if self._entry is not None:
            self._entry.conversation = conversation.to_dict(exclude_timestamp=False)
            self._journal.note(self._entry)

    def _chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._spawn(self._read_chat(reader, identity))

    async def _read_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        """Takes what the caller typed; RoomIO would drop what comes before it knows him again after the server was away."""
        try:
            text = await reader.read_all()
        except ConnectionError as error:  # cut off in the middle: he will see that it was not answered
            log.debug("room %s: a text of %s: %s", self._ctx.job.room.name, identity, error)
            return
        if self._call is not None and self._company.is_caller(identity):
            self._call.type_text(text)

    # Who is there

    def _watch_room(self) -> None:
        self._room.on("participant_connected", lambda _: self._people_changed())
        self._room.on("participant_disconnected", lambda _: self._people_changed())
        self._room.on("participant_attributes_changed", lambda *_: self._people_changed())
        self._room.on("participant_metadata_changed", lambda *_: self._people_changed())
        self._room.on("disconnected", self._disconnected)
        self._room.on("data_received", self._data)
        self._room.register_text_stream_handler(TOPIC_CHAT, self._chat)

    def _people_changed(self) -> None:
        if self._leaving:
            return
        if self._call is not None and (elder := self._company.elder):
            log.info("room %s has an agent already (%s)", self._ctx.job.room.name, elder)
            self._leave(DOUBLED)
            return
        person = self._company.caller
        if person is None:
            if self._alone is None and self._call is not None:
                loop = asyncio.get_running_loop()
                self._alone = loop.call_later(self._settings.alone_s, self._leave, "line_lost")
            return
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None
        self._audio.listen_to(person.identity)
        self._caller.identity, self._caller.name = person.identity, person.name
        self._caller.participant_metadata = person.metadata
        self._caller.attributes = dict(person.attributes)

    def _disconnected(self, reason: Any) -> None:
        log.debug("room %s: disconnected: %s", self._ctx.job.room.name, reason)
        self._leave("line_lost")

    def _leave(self, reason: str) -> None:
        if self._call is not None and not self._leaving:
            self._leaving = True
            self._spawn(self._call.hang_up(reason))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The page's pings

    def _data(self, packet: rtc.DataPacket) -> None:
        if packet.topic == CLOCK and packet.participant is not None:
            self._spawn(self._answer_clock(packet.data, packet.participant.identity))

    async def _answer_clock(self, data: bytes, identity: str) -> None:
        try:
            ping = decode(data.decode("utf-8", "replace"))
        except WireError as error:
            log.debug("room %s: a ping of %s: %s", self._ctx.job.room.name, identity, error.message)
            return
        if isinstance(ping, ClockPing):
            answer = json.dumps(clock_answer(ping, monotonic_ms()))
            await self._room.local_participant.publish_data(
                answer, reliable=True, destination_identities=[identity], topic=CLOCK
            )


def resumed(metadata: str) -> str:
    """The id of the call that a job with this metadata takes over; "" if it is a new call."""
    try:
        found = json.loads(metadata or "{}")
    except ValueError:
        return ""
    call_id = found.get(RESUME, "") if isinstance(found, dict) else ""
    return call_id if isinstance(call_id, str) and call_id.replace("_", "").isalnum() else ""
