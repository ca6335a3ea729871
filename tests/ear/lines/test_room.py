"""The room line, against a real livekit-server and an agent made of tones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from livekit import api, rtc

from antiphon.ear.caller import Caller, Utterance
from antiphon.ear.line import FRAME_SAMPLES, LINE_HZ
from antiphon.ear.lines import room
from antiphon.ear.lines.room import RoomOptions, entrance, opener
from antiphon.errors import LineError
from antiphon.livekit_server import LiveKitServer
from tests.ear.agents import ToneAgent, quiet, tone
from tests.lines.page_caller import free_port
from tests.workers.house import free_ports

FINAL = "lk.transcription_final"
SEGMENT = "lk.segment_id"


@pytest.fixture(scope="module")
def livekit() -> Iterator[LiveKitServer]:
    server = LiveKitServer(free_ports())
    server.spawn()
    asyncio.run(server.wait_ready())
    yield server
    server.kill()


class RoomAgent:
    """`ToneAgent` in a room, with a clock of its own; tells its state and words as LiveKit's agents do."""

    def __init__(self, livekit: LiveKitServer, name: str) -> None:
        self.agent = ToneAgent(silence_ms=200, greeting_ms=500, answer_ms=800)
        self.room = rtc.Room()
        self.chats: list[str] = []
        self._livekit, self._name = livekit, name
        self._source = rtc.AudioSource(LINE_HZ, 1, queue_size_ms=0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.room.on("track_subscribed", lambda track, *_: self._spawn(self._listen(track)))
        self.room.register_text_stream_handler("lk.chat", lambda reader, _: self._spawn(self._chat(reader)))

    async def join(self) -> None:
        grants = api.VideoGrants(room_join=True, room=self._name, can_update_own_metadata=True)
        token = api.AccessToken(self._livekit.key, self._livekit.secret).with_grants(grants)
        await self.room.connect(self._livekit.url, token.with_identity("agent").with_kind("agent").to_jwt())
        track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )
        await self.room.local_participant.set_attributes({"lk.agent.state": "listening"})
        await self.agent.open(lambda _: None)
        self.agent._out = np.concatenate((quiet(600), self.agent._out))  # until the caller has subscribed
        self._spawn(self._speak())

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            pcm = self.agent.take(FRAME_SAMPLES)
            for piece in (pcm[:240], pcm[240:]):
                await self._source.capture_frame(rtc.AudioFrame(piece.tobytes(), LINE_HZ, 1, 240))
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=LINE_HZ, num_channels=1, frame_size_ms=20)
        async for event in stream:
            self.agent.hear(np.frombuffer(event.frame.data, np.int16))

    async def _chat(self, reader: rtc.TextStreamReader) -> None:
        self.chats.append(await reader.read_all())

    async def tell(self, text: str, segment: str, *, parts: int = 1, sender: str = "agent") -> None:
        writer = await self.room.local_participant.stream_text(
            topic="lk.transcription", sender_identity=sender, attributes={SEGMENT: segment, FINAL: "false"}
        )
        for part in np.array_split(list(text), parts):
            await writer.write("".join(part))
        await writer.aclose(attributes={FINAL: "true"})

    def _spawn(self, work: object) -> None:
        assert asyncio.iscoroutine(work)
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def leave(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()


def options(livekit: LiveKitServer, name: str) -> RoomOptions:
    return RoomOptions(livekit.url, key=livekit.key, secret=livekit.secret, room=name)


async def test_a_whole_call(livekit: LiveKitServer) -> None:
    agent = RoomAgent(livekit, "whole")
    async with Caller(opener(options(livekit, "whole"))) as caller:
        await agent.join()
        assert await caller.until_speaking()
        assert await caller.until_quiet(300)
        turn = await caller.say(Utterance(np.concatenate((quiet(200), tone(500))), "hello"))
        assert await caller.until_answered(turn, quiet_ms=300)
        me = next(iter(agent.room.remote_participants))
        await agent.tell("Hello there", "u1", sender=me)
        await agent.tell("Good evening to you", "a1", parts=3)
        await agent.room.local_participant.send_text(
            '{"topic": "antiphon.cut", "segment_id": "a1", "heard": "Good", "unheard": "evening to you"}',
            topic="antiphon.cut",
        )
        caller.type_text("typed")
        await agent.room.local_participant.set_attributes({"lk.agent.state": "thinking"})
        assert await caller.until(lambda: bool(agent.chats) and caller.log.state == "thinking", 3000)
        await agent.leave()
        assert await caller.until(lambda: caller.log.ended == "agent", 3000)
    assert agent.chats == ["typed"]
    assert caller.log.said_by("caller") == ["Hello there"]
    assert caller.log.segments["u1"].final
    assert (caller.log.segments["a1"].text, caller.log.segments["a1"].unheard) == ("Good", "evening to you")
    (heard,) = caller.heard()
    assert heard.latency_ms is not None and not heard.cut_off
    lengths = [span.duration_ms for span in caller.agent_spans()]
    assert len(lengths) == 2 and abs(lengths[0] - 500) < 80 and abs(lengths[1] - 800) < 80
    assert not caller.log.problems


async def test_a_room_without_an_agent_is_told_of(
    livekit: LiveKitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AGENT_S", 0.3)
    async with Caller(opener(options(livekit, "empty"))) as caller:
        assert await caller.until(lambda: bool(caller.log.problems), 5000)
        assert caller.log.problems[0]["code"] == "no_agent"
    assert caller.log.ended == "hang_up"


async def test_what_cannot_be_entered(livekit: LiveKitServer) -> None:
    with pytest.raises(LineError, match="does not take the token") as wrong:
        await opener(RoomOptions(livekit.url, key=livekit.key, secret="x" * 32))(lambda _: None)
    assert "x" * 32 not in str(wrong.value)
    with pytest.raises(LineError, match="cannot be reached"):
        await opener(RoomOptions(f"ws://127.0.0.1:{free_port()}", token="t"))(lambda _: None)
    with pytest.raises(LineError, match="nothing to open a room with"):
        await entrance(RoomOptions(livekit.url))


# ---------------------------------------------------------------- token endpoints


@asynccontextmanager
async def endpoint(status: int, body: object) -> AsyncIterator[tuple[str, list[dict[str, object]]]]:
    asked: list[dict[str, object]] = []

    async def give(request: web.Request) -> web.Response:
        asked.append(await request.json() | {"authorization": request.headers.get("Authorization")})
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_post("/api/token", give)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/api/token", asked
    finally:
        await runner.cleanup()


async def test_a_token_comes_from_an_endpoint() -> None:
    for answer in (
        {"server_url": "ws://there", "participant_token": "t"},
        {"serverUrl": "ws://there", "participantToken": "t"},
    ):
        async with endpoint(201, answer) as (url, asked):
            assert await entrance(RoomOptions(url, key="k", room="r")) == ("ws://there", "t")
            assert asked == [{"room_name": "r", "authorization": "Bearer k"}]


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, {}, "asks for a key"),
        (404, {}, "has nothing at this address"),
        (201, {"token": "t"}, "without server_url and participant_token"),
        (201, [], "without server_url"),
    ],
)
async def test_an_endpoint_that_gives_none(status: int, body: object, says: str) -> None:
    async with endpoint(status, body) as (url, _):
        with pytest.raises(LineError, match=says):
            await entrance(RoomOptions(url))


async def test_a_made_token_sends_for_the_agent() -> None:
    _, token = await entrance(RoomOptions("ws://host", key="k", secret="s" * 32, agent_name="desk"))
    claims = api.TokenVerifier("k", "s" * 32).verify(token)
    assert claims.video is not None and claims.video.room.startswith("ear-")
    assert claims.room_config is not None and claims.room_config.agents[0].agent_name == "desk"
    assert "s" * 32 not in repr(RoomOptions("ws://host", key="k", secret="s" * 32))
