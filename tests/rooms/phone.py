"""The ear's line through a LiveKit room: a caller of `livekit.rtc`, as any client of LiveKit's is.

`Caller(opener(...))` speaks and listens through it in exact 20 ms frames; what the room tells him comes as the page's messages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from livekit import api, rtc

from antiphon.ear.line import LINE_HZ, OnMessage, Opener
from antiphon.ear.signal import Pcm16
from antiphon.livekit_server import LiveKitServer

CUSHION = LINE_HZ * 60 // 1000
"""Samples that are gathered before they are taken: a network's frames come unevenly."""

EVENTS = ("tool", "cut", "turn", "problem", "recovered", "ended")

PRE_CONNECT = "lk.agent.pre-connect-audio-buffer"


@dataclass
class Stream:
    """A text stream as it came, with the attributes of its end."""

    topic: str
    sender: str
    stream_id: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    ended: bool = False


@dataclass
class RoomPhone:
    """A caller's end of a room.

    Attributes:
        identity, name, metadata, attributes: as his token gives them.
        room_config: what his token says of the room: which agents to send for.
        before: what he said before he was connected, sent as LiveKit's clients send it.
        streams: every text stream, in the order of their beginnings.
        agents: identities of the agents in the room.
        came: identities of all agents that ever came.
        reconnected: how often his line was lost and came back.
        gone: why he was put out of the room; None while he is in it.
    """

    livekit: LiveKitServer
    room_name: str
    identity: str = "caller"
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    room_config: api.RoomConfiguration | None = None
    before: Pcm16 | None = None
    streams: list[Stream] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    came: list[str] = field(default_factory=list)
    reconnected: int = 0
    gone: int | None = None

    def __post_init__(self) -> None:
        self.room = rtc.Room()
        self._tasks: set[asyncio.Task[None]] = set()
        self._tell: OnMessage = lambda _: None
        self._outbox: asyncio.Queue[Pcm16] = asyncio.Queue()
        self._heard: list[Pcm16] = []
        self._waiting = 0
        self._playing = False
        self.microphone = ""

    def opener(self) -> Opener:
        """Joins the room when the ear's caller opens his line."""

        async def open_line(tell: OnMessage) -> RoomPhone:
            self._tell = tell
            await self.join()
            return self

        return open_line

    def token(self) -> str:
        """What opens the room to him."""
        token = api.AccessToken(self.livekit.key, self.livekit.secret).with_identity(self.identity)
        token = token.with_name(self.name).with_metadata(self.metadata).with_attributes(self.attributes)
        if self.room_config is not None:
            token = token.with_room_config(self.room_config)
        return token.with_grants(
            api.VideoGrants(room_join=True, room=self.room_name, can_update_own_metadata=True)
        ).to_jwt()

    async def join(self) -> None:
        """Joins with an open microphone."""
        self._watch()
        await self.room.connect(self.livekit.url, self.token())
        for one in self.room.remote_participants.values():
            self._came(one)
        self._source = rtc.AudioSource(LINE_HZ, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_MICROPHONE, preconnect_buffer=self.before is not None
        )
        self.microphone = (await self.room.local_participant.publish_track(track, options)).sid
        self._spawn(self._send())
        if self.before is not None:
            self._spawn(self._send_before(self.before))

    # The ear's line

    def hear(self, pcm: Pcm16) -> None:
        """The caller's next samples."""
        self._outbox.put_nowait(pcm)

    def take(self, samples: int) -> Pcm16:
        """The agent's next samples; silence where there are none."""
        if not self._playing and self._waiting < CUSHION:
            return np.zeros(samples, np.int16)
        self._playing = self._waiting >= samples
        heard = np.concatenate([*self._heard, np.zeros(0, np.int16)])
        self._heard = [heard[samples:]] if len(heard) > samples else []
        self._waiting = max(0, self._waiting - samples)
        return np.pad(heard[:samples], (0, max(0, samples - len(heard))))

    def type_text(self, text: str) -> None:
        """Types something."""
        self._spawn(self._type(text))

    async def hang_up(self) -> None:
        """Leaves the room."""
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What he looks at

    def words(self) -> list[Stream]:
        """The streams of transcripts."""
        return [one for one in self.streams if one.topic == "lk.transcription"]

    def read(self, words: str) -> bool:
        """Whether the agent has said something with these words."""
        return any(words in one.text for one in self.words() if one.sender != self.identity)

    def rests(self) -> bool:
        """Whether the agent has said what it had to say, and listens."""
        state = [self.room.remote_participants[one].attributes.get("lk.agent.state") for one in self.agents]
        return state == ["listening"] and all(one.ended for one in self.words())

    def story(self) -> str:
        """What came, for a failed test."""
        return "\n".join(
            f"{one.topic} {one.sender} {'' if one.ended else '…'} {one.text}" for one in self.streams
        )

    # The room

    def _watch(self) -> None:
        room = self.room
        room.on("participant_connected", self._came)
        room.on("participant_disconnected", self._left)
        room.on("participant_attributes_changed", self._changed)
        room.on("track_subscribed", lambda track, *_: self._spawn(self._listen(track)))
        room.on("reconnected", self._back)
        room.on("disconnected", lambda reason: setattr(self, "gone", int(reason)))
        for topic in ("lk.transcription", *(f"antiphon.{kind}" for kind in EVENTS)):
            room.register_text_stream_handler(topic, lambda reader, who: self._spawn(self._read(reader, who)))

    def _came(self, who: rtc.RemoteParticipant) -> None:
        if who.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            self.agents.append(who.identity)
            self.came.append(who.identity)

    def _back(self) -> None:
        self.reconnected += 1

    def _left(self, who: rtc.RemoteParticipant) -> None:
        if who.identity in self.agents:
            self.agents.remove(who.identity)

    def _changed(self, changed: dict[str, str], who: rtc.Participant) -> None:
        if "lk.agent.state" in changed and who.identity != self.identity:
            self._tell({"topic": "lk.agent.state", "state": changed["lk.agent.state"]})

    async def _read(self, reader: rtc.TextStreamReader, sender: str) -> None:
        info = reader.info
        stream = Stream(info.topic, sender, info.stream_id, dict(info.attributes or {}))
        self.streams.append(stream)
        try:
            async for piece in reader:
                stream.text += piece
                if stream.topic == "lk.transcription":
                    self._tell_words(stream)
        except ConnectionError:  # the room is gone
            return
        stream.attributes = dict(info.attributes or {})
        stream.ended = True
        if stream.topic == "lk.transcription":
            self._tell_words(stream)
        else:
            self._tell(json.loads(stream.text))

    def _tell_words(self, stream: Stream) -> None:
        speaker = "caller" if stream.sender == self.identity else "agent"
        message = {"topic": stream.topic, "text": stream.text, "speaker": speaker}
        self._tell({**message, "attributes": stream.attributes})

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream.from_track(
            track=track, sample_rate=LINE_HZ, num_channels=1, frame_size_ms=20
        )
        try:
            async for event in stream:
                pcm = np.frombuffer(event.frame.data, dtype=np.int16)
                self._heard.append(pcm)
                self._waiting += len(pcm)
        finally:
            await stream.aclose()

    async def _send(self) -> None:
        while True:
            pcm = await self._outbox.get()
            await self._source.capture_frame(rtc.AudioFrame(pcm.tobytes(), LINE_HZ, 1, len(pcm)))

    async def _send_before(self, pcm: Pcm16) -> None:
        """As LiveKit's clients do: to the agent, as soon as it is there."""
        while not self.agents:  # noqa: ASYNC110 - the room has no such event
            await asyncio.sleep(0.01)
        writer = await self.room.local_participant.stream_bytes(
            "preconnect-buffer",
            topic=PRE_CONNECT,
            mime_type="audio/raw",
            destination_identities=[self.agents[0]],
            attributes={"trackId": self.microphone, "sampleRate": str(LINE_HZ), "channels": "1"},
        )
        await writer.write(pcm.tobytes())
        await writer.aclose()

    async def _type(self, text: str) -> None:
        await self.room.local_participant.send_text(text, topic="lk.chat")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


Dial = Callable[..., RoomPhone]
"""Makes a phone for a room; keyword arguments are RoomPhone's."""
