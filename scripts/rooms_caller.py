"""A caller in a LiveKit room as the ear's `Line`, on one monotonic clock."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import Any

import numpy as np
from livekit import rtc

from antiphon.audio.frames import LINE_HZ
from antiphon.ear.line import Line, OnMessage, Opener
from antiphon.ear.signal import Pcm16

PIECE = LINE_HZ // 100
"""10 ms: what WebRTC works in. A source without a queue takes nothing else."""

LOUD = 300
"""A sample this large is the agent's voice: its silence is digital, and Opus's noise stays below."""

TOPICS = ("antiphon.cut", "antiphon.tool", "antiphon.turn", "antiphon.problem", "antiphon.ended")


class RoomLine:
    """The caller's end of a call in a room.

    The microphone's source has no queue: a piece that is handed in is encoded at once. What is heard is what came from WebRTC's jitter
    buffer; while the agent is silent, more than one piece that waits is thrown away, so that a stall of this process does not
    stay in the latencies after it.
    """

    def __init__(self, on_message: OnMessage) -> None:
        self.room = rtc.Room()
        self.first_sound = asyncio.Event()
        self.first_sound_at = 0.0
        self._on_message = on_message
        self._source = rtc.AudioSource(LINE_HZ, 1, queue_size_ms=0)
        self._said: asyncio.Queue[Pcm16] = asyncio.Queue()
        self._heard: deque[Pcm16] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stream: rtc.AudioStream | None = None
        self.room.on("track_subscribed", lambda track, *_: self._listen(track))
        self.room.on("participant_attributes_changed", self._attributes)
        self.room.on("disconnected", lambda _: on_message({"topic": "antiphon.ended", "reason": "line_lost"}))
        for topic in ("lk.transcription", *TOPICS):
            self.room.register_text_stream_handler(topic, lambda r, who: self._spawn(self._told(r, who)))

    async def connect(self, url: str, token: str) -> None:
        """Enters the room, with a microphone."""
        await self.room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self._spawn(self._speak())

    def hear(self, pcm: Pcm16) -> None:
        """The next frame of the microphone."""
        self._said.put_nowait(pcm)

    def take(self, samples: int) -> Pcm16:
        """What is heard next."""
        waiting = sum(len(piece) for piece in self._heard)
        while waiting - samples > PIECE and np.abs(self._heard[0]).max() < LOUD:
            waiting -= len(self._heard.popleft())
        taken = [self._heard.popleft() for _ in range(min(samples // PIECE, len(self._heard)))]
        silence = np.zeros(samples - sum(len(piece) for piece in taken), np.int16)
        return np.concatenate([*taken, silence])

    def type_text(self, text: str) -> None:
        """Sends it on `lk.chat`."""
        self._spawn(self.room.local_participant.send_text(text, topic="lk.chat"))

    async def hang_up(self) -> None:
        """Leaves the room."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()
        if self._stream is not None:
            await self._stream.aclose()
        await self._source.aclose()

    async def _speak(self) -> None:
        while True:
            pcm = await self._said.get()
            for at in range(0, len(pcm), PIECE):
                piece = pcm[at : at + PIECE]
                await self._source.capture_frame(rtc.AudioFrame(piece.tobytes(), LINE_HZ, 1, len(piece)))

    def _listen(self, track: rtc.Track) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._stream = rtc.AudioStream(track, sample_rate=LINE_HZ, num_channels=1, frame_size_ms=10)
            self._spawn(self._fetch(self._stream))

    async def _fetch(self, stream: rtc.AudioStream) -> None:
        async for event in stream:
            piece = np.frombuffer(event.frame.data, np.int16).copy()
            if not self.first_sound_at and np.abs(piece).max() >= LOUD:
                self.first_sound_at = time.monotonic()
                self.first_sound.set()
            self._heard.append(piece)

    def _attributes(self, changed: dict[str, str], who: rtc.Participant) -> None:
        if (state := changed.get("lk.agent.state")) is not None:
            self._on_message({"topic": "lk.agent.state", "state": state})

    async def _told(self, reader: rtc.TextStreamReader, who: str) -> None:
        text = await reader.read_all()
        if reader.info.topic == "lk.transcription":
            speaker = "caller" if who == self.room.local_participant.identity else "agent"
            self._on_message(
                {
                    "topic": "lk.transcription",
                    "text": text,
                    "speaker": speaker,
                    "attributes": {"lk.transcription_final": "true", **(reader.info.attributes or {})},
                }
            )
        else:
            self._on_message(json.loads(text))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def opener(url: str, token: str) -> Opener:
    """Opens a call in a room for the ear."""

    async def open_call(on_message: OnMessage) -> Line:
        line = RoomLine(on_message)
        await line.connect(url, token)
        return line

    return open_call
