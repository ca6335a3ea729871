"""A call's audio in a LiveKit room: LiveKit's RoomIO carries it, and this stands between it and the session.

RoomIO finds the caller, hears his microphone (with what he said before the agent was there: `lk.agent.pre-connect-audio-buffer`),
publishes the agent's track, and waits for the caller to have subscribed it before the first frame, so that no word of the greeting is
lost. What it does not do is done here: the caller's audio is bounded while the engine is away, and frames are as short as the media
profile says (RoomIO sends 50 ms ones). What was said before the agent was there may be stereo; it is made mono here, since RoomIO
takes it for mono as it is, which is speech at half the speed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice.io import (
    AudioInput,
    AudioOutput,
    AudioOutputCapabilities,
    PlaybackFinishedEvent,
    PlaybackStartedEvent,
)
from livekit.agents.voice.room_io import (
    AudioInputOptions,
    AudioOutputOptions,
    RoomIO,
    RoomOptions,
)

from antiphon.agent import media_events, patches
from antiphon.agent.audio_io import LINE_HZ, CallerAudio
from antiphon.settings import MediaSettings


class RoomAudio:
    """The audio of one caller in one room (`CallAudio`).

    Args:
        room: the room; it may be connected already, or by `start`.
        media: frame sizes and what is done to the caller's sound.
    """

    def __init__(self, room: rtc.Room, media: MediaSettings) -> None:
        self.on_frame: Callable[[], None] = lambda: None
        self.on_started: Callable[[], None] = lambda: None
        self.on_cleared: Callable[[], None] = lambda: None
        self._room = room
        self._media = media
        self._caller = _Heard(lambda: self.on_frame())
        self._agent: _Spoken | None = None
        self._room_io: RoomIO | None = None
        self.hold, self.go_on = self._caller.hold, self._caller.go_on

    @property
    def waiting(self) -> bool:
        """Whether there is agent's audio that will be played, unless an interruption comes."""
        return self._agent is not None and self._agent.waiting

    @property
    def dropped(self) -> int:
        """Frames of the caller that were thrown away while the engine was away."""
        return self._caller.dropped

    def end(self) -> None:
        """No more audio will come from the caller."""
        self._caller.end()

    async def start(self, session: AgentSession[Any], agent: Agent) -> None:
        """Starts the session in the room. The audio flows when the caller is there."""
        await session.start(agent, room=self._room, room_options=self._options())
        self._room_io = session.room_io
        if (source := session.input.audio) is not None:
            media_events.claim_streams(source)
            self._caller.listen_to(source)
            session.input.audio = self._caller
        if (sink := session.output.audio) is not None:
            patches.send_in_short_frames(session.room_io, self._media.frame_out_ms)
            self._agent = _Spoken(sink, lambda: self.on_started(), lambda: self.on_cleared())
            session.output.audio = self._agent

    def listen_to(self, identity: str) -> None:
        """Hears and reads this participant, and nobody else. RoomIO finds the first that comes by itself, and may find another."""
        room_io = self._room_io
        linked = room_io.linked_participant if room_io is not None else None
        if room_io is not None and linked is not None and linked.identity != identity:
            room_io.set_participant(identity)

    async def aclose(self) -> None:
        """Lets go of the caller's audio."""
        await self._caller.aclose()

    def _options(self) -> RoomOptions:
        media = self._media
        cleaned = media.noise_suppression or media.high_pass or media.auto_gain
        return RoomOptions(
            audio_input=AudioInputOptions(
                sample_rate=LINE_HZ,
                frame_size_ms=media.frame_in_ms,
                auto_gain_control=False,  # in _Cleaner, with the rest
                noise_cancellation=_Cleaner(media) if cleaned else _Mono(),
            ),
            audio_output=AudioOutputOptions(
                sample_rate=LINE_HZ,
                track_publish_options=rtc.TrackPublishOptions(
                    source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=media.dtx, red=media.red
                ),
            ),
            text_output=False,  # lines/livekit/teller.py: it knows the items' ids and what was heard
            text_input=False,  # lines/livekit/room_line.py
        )


class _Heard(CallerAudio):
    """The caller's frames, fetched from RoomIO as they come."""

    def __init__(self, on_frame: Callable[[], None]) -> None:
        super().__init__()
        self._on_frame = on_frame
        self._source: AudioInput | None = None
        self._pump: asyncio.Task[None] | None = None

    def listen_to(self, source: AudioInput) -> None:
        self._source = source
        self._pump = asyncio.create_task(self._fetch(source), name="the caller's audio from the room")

    def on_attached(self) -> None:
        if self._source is not None:
            self._source.on_attached()

    def on_detached(self) -> None:
        if self._source is not None:
            self._source.on_detached()

    async def aclose(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def _fetch(self, source: AudioInput) -> None:
        async for frame in source:
            self.push(np.frombuffer(frame.data, dtype=np.int16))
            self._on_frame()


class _Spoken(AudioOutput):
    """The agent's frames on their way to RoomIO: tells when a message is first heard, and of interruptions."""

    def __init__(
        self, sink: AudioOutput, on_started: Callable[[], None], on_cleared: Callable[[], None]
    ) -> None:
        super().__init__(
            label="antiphon room",
            capabilities=AudioOutputCapabilities(pause=False),
            next_in_chain=sink,
            sample_rate=LINE_HZ,
        )
        self._told_started, self._told_cleared = on_started, on_cleared
        self.waiting = False
        self.on("playback_started", self._began)
        self.on("playback_finished", self._finished)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.waiting = True
        await super().capture_frame(frame)
        assert self.next_in_chain is not None
        await self.next_in_chain.capture_frame(frame)

    def flush(self) -> None:
        super().flush()
        assert self.next_in_chain is not None
        self.next_in_chain.flush()

    def clear_buffer(self) -> None:
        assert self.next_in_chain is not None
        self.next_in_chain.clear_buffer()
        self.waiting = False
        self._told_cleared()

    def _began(self, _: PlaybackStartedEvent) -> None:
        self._told_started()

    def _finished(self, _: PlaybackFinishedEvent) -> None:
        self.waiting = False


class _Mono(rtc.FrameProcessor[rtc.AudioFrame]):
    """Mixes frames down to one channel. Live ones are mono already; see docs/API_NOTES.md, `pre-connect-stereo`."""

    @property
    def enabled(self) -> bool:
        return True

    @enabled.setter
    def enabled(self, value: bool) -> None:
        raise NotImplementedError

    def _process(self, frame: rtc.AudioFrame) -> rtc.AudioFrame:
        if frame.num_channels == 1:
            return frame
        samples = np.frombuffer(frame.data, dtype=np.int16).reshape(-1, frame.num_channels)
        mono = samples.mean(axis=1).astype(np.int16)
        return rtc.AudioFrame(mono.tobytes(), frame.sample_rate, 1, len(mono))

    def _close(self) -> None:
        pass


class _Cleaner(_Mono):
    """WebRTC's own processing of the caller's sound, in 10 ms frames as it wants them."""

    def __init__(self, media: MediaSettings) -> None:
        super().__init__()
        self._module = rtc.AudioProcessingModule(
            noise_suppression=media.noise_suppression,
            high_pass_filter=media.high_pass,
            auto_gain_control=media.auto_gain,
        )

    def _process(self, frame: rtc.AudioFrame) -> rtc.AudioFrame:
        frame = super()._process(frame)
        step = frame.sample_rate // 100
        samples = np.frombuffer(frame.data, dtype=np.int16).copy()
        for start in range(0, len(samples) - step + 1, step):
            piece = rtc.AudioFrame(samples[start : start + step].tobytes(), frame.sample_rate, 1, step)
            self._module.process_stream(piece)
            samples[start : start + step] = np.frombuffer(piece.data, dtype=np.int16)
        return rtc.AudioFrame(samples.tobytes(), frame.sample_rate, 1, len(samples))
