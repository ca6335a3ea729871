"""Tells a room what happens in a call, on LiveKit's topics and attributes, which any LiveKit front end reads.

* Words of caller and agent: text streams `lk.transcription` with `lk.segment_id` (the item's id), `lk.transcription_final` and
  `lk.transcribed_track_id`; the caller's carry his identity as the sender's. A later stream of a segment replaces the earlier ones.
* The agent's state: its attribute `lk.agent.state`.
* Tools, cuts, times, problems: text streams `antiphon.tool`, `antiphon.cut`, `antiphon.turn`, `antiphon.problem`, `antiphon.recovered`
  and `antiphon.ended`, each one JSON object as on the page's data channel (docs/ARCHITECTURE.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from livekit import rtc
from livekit.agents.types import (
    ATTRIBUTE_AGENT_STATE,
    ATTRIBUTE_TRANSCRIPTION_FINAL,
    ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID,
    ATTRIBUTE_TRANSCRIPTION_TRACK_ID,
    TOPIC_TRANSCRIPTION,
)

from antiphon.agent.events import CallEvent, Cut, StateChanged, Transcript
from antiphon.lines.messages import encode

log = logging.getLogger(__name__)

MAX_WAITING = 1000
"""Events that may wait for a room that takes none: while the line to the server is cut."""

TRACK_S = 2.0
"""An agent whose track is not published by then tells its words without it."""

_POLL_S = 0.02

CLOSE_S = 2.0
"""What is still to be told when a call ends gets this long."""


class RoomTeller:
    """Sends a call's events to its room, one after the other.

    Args:
        room: where; before it is connected, events wait.
        caller: gives whose words the caller's are; None while he is not there.
    """

    def __init__(self, room: rtc.Room, caller: Callable[[], rtc.Participant | None]) -> None:
        self._room = room
        self._caller = caller
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue(MAX_WAITING)
        self._open: tuple[str, str, rtc.TextStreamWriter] | None = None
        """The agent's segment that is being told: its id, its text so far, and its stream."""
        self._task: asyncio.Task[None] | None = None

    def tell(self, event: CallEvent) -> None:
        """Takes an event. Never blocks; when the room takes none for long, the newest are dropped."""
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("room %s: %s could not be told", self._room.name, type(event).__name__)

    def start(self) -> None:
        """The room is connected."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"tell room {self._room.name}")

    async def aclose(self) -> None:
        """Tells what is left, if the room still takes it."""
        if self._task is None:
            return
        if self._room.isconnected():
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self._events.join()
            except TimeoutError:
                pass
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            event = await self._events.get()
            try:
                await self._tell(event)
            except Exception as error:  # a line that is cut: what comes after it will be told
                log.debug("room %s: %s was not told: %s", self._room.name, type(event).__name__, error)
                self._open = None
            finally:
                self._events.task_done()

    async def _tell(self, event: CallEvent) -> None:
        match event:
            case Transcript(segment_id, "agent", text, final):
                await self._agent_said(segment_id, text, final=final)
            case Transcript(typed=True):
                pass  # it came by `lk.chat`, which shows it already
            case Transcript(segment_id, _, text, final):
                if (caller := self._caller()) is not None:
                    await self._send_words(segment_id, text, caller, final=final)
            case StateChanged(state):
                await self._room.local_participant.set_attributes({ATTRIBUTE_AGENT_STATE: state})
            case _:
                if isinstance(event, Cut):
                    await self._agent_said(event.segment_id, event.heard, final=True)
                message = encode(event)
                await self._room.local_participant.send_text(json.dumps(message), topic=message["topic"])

    async def _agent_said(self, segment_id: str, text: str, *, final: bool) -> None:
        """Goes on in the segment's stream if the text only grows; else a new stream takes its place."""
        if self._open is not None and (self._open[0] != segment_id or not text.startswith(self._open[1])):
            await self._end_stream(final=self._open[0] != segment_id)
        if self._open is None:
            writer = await self._stream(segment_id, self._room.local_participant, final=False)
            self._open = segment_id, "", writer
        _, told, writer = self._open
        if text != told:
            await writer.write(text[len(told) :])
            self._open = segment_id, text, writer
        if final:
            await self._end_stream(final=True)

    async def _end_stream(self, *, final: bool) -> None:
        assert self._open is not None
        _, _, writer = self._open
        self._open = None
        await writer.aclose(attributes={ATTRIBUTE_TRANSCRIPTION_FINAL: "true"} if final else None)

    async def _send_words(self, segment_id: str, text: str, speaker: rtc.Participant, *, final: bool) -> None:
        writer = await self._stream(segment_id, speaker, final=final)
        await writer.write(text)
        await writer.aclose()

    async def _track(self, speaker: rtc.Participant) -> str:
        """The id of a speaker's track. The agent's first words are there before its track is published."""
        for _ in range(round(TRACK_S / _POLL_S) if speaker is self._room.local_participant else 0):
            if track := _microphone(speaker):
                return track
            await asyncio.sleep(_POLL_S)
        return _microphone(speaker)

    async def _stream(
        self, segment_id: str, speaker: rtc.Participant, *, final: bool
    ) -> rtc.TextStreamWriter:
        attributes = {
            ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID: segment_id,
            ATTRIBUTE_TRANSCRIPTION_FINAL: "true" if final else "false",
        }
        if track := await self._track(speaker):
            attributes[ATTRIBUTE_TRANSCRIPTION_TRACK_ID] = track
        return await self._room.local_participant.stream_text(
            topic=TOPIC_TRANSCRIPTION, sender_identity=speaker.identity, attributes=attributes
        )


def _microphone(speaker: rtc.Participant) -> str:
    """The id of a participant's audio track; "" if there is none."""
    for publication in speaker.track_publications.values():
        if publication.source == rtc.TrackSource.SOURCE_MICROPHONE:
            return publication.sid
    return ""
