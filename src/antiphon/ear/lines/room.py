"""A line to an agent in a LiveKit room: a caller as any client of LiveKit's is.

    opener = room.opener(RoomOptions("wss://my-project.livekit.cloud", key="…", secret="…", agent_name="desk"))
    opener = room.opener(RoomOptions("http://127.0.0.1:8000/api/token"))

Needs livekit, and livekit-api to make tokens (extra `agent`).
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import numpy as np
from livekit import rtc

from antiphon.audio.frames import LINE_HZ
from antiphon.ear.line import Line, OnMessage, Opener
from antiphon.ear.lines.live_playout import LOUD, LivePlayout
from antiphon.ear.lines.trouble import shown, status, unreachable
from antiphon.ear.signal import Pcm16
from antiphon.errors import LineError

PIECE = LINE_HZ // 100
"""10 ms: what WebRTC works in. A source without a queue takes nothing else."""

TOPICS = ("antiphon.cut", "antiphon.tool", "antiphon.turn", "antiphon.problem", "antiphon.ended")

OPEN_TIMEOUT_S = 15.0

AGENT_S = 15.0
"""So long after the caller an agent may come into the room; then the caller is told that none is there."""

TOKEN_PATH = "/api/token"


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """Where the room is, and what opens it: a token; a key and secret, that a token is made with; or an address that gives tokens.

    Attributes:
        url: of the LiveKit server (ws, wss, http, https); or of a token endpoint, whose path ends in /token.
        token: of a caller.
        key, secret: of the server. Of an endpoint, `key` is sent as a bearer token.
        room: its name; "": a new one for each call.
        identity: the caller's; "": a new one for each call.
        agent_name: which agent is sent for; "": those that come by themselves.
    """

    url: str
    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    room: str = ""
    identity: str = ""
    agent_name: str = ""

    @property
    def endpoint(self) -> bool:
        """Whether the address gives tokens."""
        return urlsplit(self.url).path.rstrip("/").endswith("/token")


class RoomLine:
    """The caller's end of a call in a room.

    The microphone's source has no queue: a piece that is handed in is encoded at once. What is heard is what came from WebRTC's jitter
    buffer; while the agent is silent, more than one piece that waits is thrown away, so that a stall of this process does not
    stay in the latencies after it.

    Attributes:
        first_sound: an agent was heard.
        first_sound_at: when, on `time.monotonic`.
    """

    def __init__(self, on_message: OnMessage) -> None:
        self.room = rtc.Room()
        self.first_sound = asyncio.Event()
        self.first_sound_at = 0.0
        self._on_message = on_message
        self._source = rtc.AudioSource(LINE_HZ, 1, queue_size_ms=0)
        self._said: asyncio.Queue[Pcm16] = asyncio.Queue()
        self._voices: dict[str, LivePlayout] = {}
        """Of each agent's track, by the track's id."""
        self._streams: list[rtc.AudioStream] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = False
        self._came = asyncio.Event()
        self.room.on("track_subscribed", lambda track, _, who: self._listen(track, who))
        self.room.on("participant_connected", self._joined)
        self.room.on("participant_disconnected", self._left)
        self.room.on("participant_attributes_changed", self._attributes)
        self.room.on("disconnected", lambda _: self._end("line_lost"))
        for topic in ("lk.transcription", *TOPICS):
            self.room.register_text_stream_handler(topic, lambda r, who: self._spawn(self._told(r, who)))

    async def connect(self, url: str, token: str) -> None:
        """Enters the room, with a microphone.

        Raises:
            LineError: why not.
        """
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self.room.connect(url, token)
                track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                await self.room.local_participant.publish_track(track, options)
        except (rtc.ConnectError, TimeoutError) as error:
            await self.hang_up()
            raise _closed_door(url, error) from error
        for who in self.room.remote_participants.values():
            self._joined(who)
        self._spawn(self._speak())
        self._spawn(self._look_for_agent())

    def hear(self, pcm: Pcm16) -> None:
        """The next frame of the microphone."""
        self._said.put_nowait(pcm)

    def take(self, samples: int) -> Pcm16:
        """What is heard next, of all agents together."""
        heard = [voice.take(samples) for voice in self._voices.values()]
        if len(heard) == 1:
            return heard[0]
        mixed = sum((voice.astype(np.int32) for voice in heard), np.zeros(samples, np.int32))
        return np.clip(mixed, -32768, 32767).astype(np.int16)

    def type_text(self, text: str) -> None:
        """Sends it on `lk.chat`."""
        self._spawn(self.room.local_participant.send_text(text, topic="lk.chat"))

    async def hang_up(self) -> None:
        """Leaves the room."""
        self._end("hang_up")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()
        for stream in self._streams:
            await stream.aclose()
        await self._source.aclose()

    async def _speak(self) -> None:
        while True:
            pcm = await self._said.get()
            for at in range(0, len(pcm), PIECE):
                piece = pcm[at : at + PIECE]
                await self._source.capture_frame(rtc.AudioFrame(piece.tobytes(), LINE_HZ, 1, len(piece)))

    def _listen(self, track: rtc.Track, who: rtc.RemoteParticipant) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO and _is_agent(who):
            self._came.set()
            stream = rtc.AudioStream(track, sample_rate=LINE_HZ, num_channels=1, frame_size_ms=10)
            self._streams.append(stream)
            voice = self._voices[track.sid] = LivePlayout(slack=PIECE)
            self._spawn(self._fetch(stream, voice))

    async def _fetch(self, stream: rtc.AudioStream, voice: LivePlayout) -> None:
        async for event in stream:
            piece = np.frombuffer(event.frame.data, np.int16).copy()
            if not self.first_sound_at and np.abs(piece).max() >= LOUD:
                self.first_sound_at = time.monotonic()
                self.first_sound.set()
            voice.push(piece)

    # Who is in the room

    def _joined(self, who: rtc.RemoteParticipant) -> None:
        if _is_agent(who):
            self._came.set()
            self._attributes(who.attributes, who)

    def _left(self, who: rtc.RemoteParticipant) -> None:
        if _is_agent(who) and not any(_is_agent(other) for other in self.room.remote_participants.values()):
            self._end("agent")

    async def _look_for_agent(self) -> None:
        try:
            async with asyncio.timeout(AGENT_S):
                await self._came.wait()
        except TimeoutError:
            message = (
                f"No agent came into the room within {AGENT_S:.0f} s. Is its worker running, and registered under the "
                "name that is sent for?"
            )
            self._on_message(
                {"topic": "antiphon.problem", "code": "no_agent", "message": message, "fatal": True}
            )

    def _attributes(self, changed: dict[str, str], who: rtc.Participant) -> None:
        if (state := changed.get("lk.agent.state")) is not None and who is not self.room.local_participant:
            self._on_message({"topic": "lk.agent.state", "state": state})

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._on_message({"topic": "antiphon.ended", "reason": reason})

    # What the room tells

    async def _told(self, reader: rtc.TextStreamReader, who: str) -> None:
        text = ""
        words = reader.info.topic == "lk.transcription"
        try:
            async for piece in reader:
                text += piece
                if words:
                    self._words(reader, who, text, over=False)
        except ConnectionError:  # the room is gone, or the sender stopped in the middle
            return
        if words:
            self._words(reader, who, text, over=True)
            return
        try:
            message = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            return  # not of this protocol
        if message.get("topic") == "antiphon.ended":
            self._end(str(message.get("reason", "agent")))
        else:
            self._on_message(message)

    def _words(self, reader: rtc.TextStreamReader, who: str, text: str, *, over: bool) -> None:
        """Words of a stream so far. Whether they are final its attributes say, at its end; a stream without them is final then."""
        given = reader.info.attributes or {}
        final = given.get("lk.transcription_final", "true") if over else "false"
        segment = given.get("lk.segment_id", reader.info.stream_id)
        self._on_message(
            {
                "topic": "lk.transcription",
                "text": text,
                "speaker": "caller" if who == self.room.local_participant.identity else "agent",
                "attributes": {"lk.segment_id": segment, "lk.transcription_final": final},
            }
        )

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def opener(options: RoomOptions) -> Opener:
    """Opens calls in rooms for the ear."""

    async def open_call(on_message: OnMessage) -> Line:
        url, token = await entrance(options)
        line = RoomLine(on_message)
        await line.connect(url, token)
        return line

    return open_call


async def entrance(options: RoomOptions) -> tuple[str, str]:
    """The server's address and a token for it.

    Raises:
        LineError: there is nothing to open a room with, or the endpoint gives none.
    """
    if options.endpoint:
        return await _fetched(options)
    if options.token:
        return options.url, options.token
    if not (options.key and options.secret):
        raise LineError(
            f"{shown(options.url)} is a LiveKit server, and there is nothing to open a room with.",
            mend="Give LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or the address of a token endpoint (…/api/token).",
        )
    return options.url, _made(options)


def _made(options: RoomOptions) -> str:
    from livekit import api

    number = secrets.token_hex(4)
    grants = api.VideoGrants(
        room_join=True, room=options.room or f"ear-{number}", can_update_own_metadata=True
    )
    token = api.AccessToken(options.key, options.secret).with_grants(grants)
    token = token.with_identity(options.identity or f"ear-{number}")
    if options.agent_name:
        dispatch = api.RoomAgentDispatch(agent_name=options.agent_name)
        token = token.with_room_config(api.RoomConfiguration(agents=[dispatch]))
    return token.to_jwt()


async def _fetched(options: RoomOptions) -> tuple[str, str]:
    asked = {"room_name": options.room, "participant_identity": options.identity}
    headers = {"Authorization": f"Bearer {options.key}"} if options.key else {}
    key = "The key is not the right one." if options.key else "Give a key: --key."
    where = "Is it a token endpoint? `antiphon up --livekit` has one at /api/token."
    try:
        async with (
            asyncio.timeout(OPEN_TIMEOUT_S),
            aiohttp.ClientSession(headers=headers) as http,
            http.post(options.url, json={name: value for name, value in asked.items() if value}) as response,
        ):
            if response.status not in (200, 201):
                raise status(options.url, response.status, key, where)
            answer = json.loads(await response.text())
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise unreachable(options.url, error, key, where) from error
    answer = answer if isinstance(answer, dict) else {}
    url = answer.get("server_url") or answer.get("serverUrl")
    token = answer.get("participant_token") or answer.get("participantToken")
    if not (isinstance(url, str) and isinstance(token, str)):
        raise LineError(
            f"{shown(options.url)} answered without server_url and participant_token.", mend=where
        )
    return url, token


def _is_agent(who: rtc.Participant) -> bool:
    return who.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT or "lk.agent.state" in who.attributes


def _closed_door(url: str, error: BaseException) -> LineError:
    why = str(getattr(error, "message", "") or error) or "it did not answer in time"
    if "401" in why or "invalid token" in why or "unauthorized" in why.lower():
        return LineError(
            f"{shown(url)} does not take the token.", mend="Are key and secret those of this server?"
        )
    return LineError(
        f"The LiveKit server at {shown(url)} cannot be reached: {why}.", mend="Is it running there?"
    )
