"""Tokens and rooms, as far as the Python side alone shows them: no LiveKit server runs here."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any, cast

import jwt
import pytest
from google.protobuf.json_format import ParseDict, ParseError
from livekit import api, rtc
from livekit.agents import AgentSession, JobContext, JobExecutorType, JobProcess
from livekit.agents import types as conventions
from livekit.agents.job import JobAcceptArguments, RunningJobInfo
from livekit.agents.voice.room_io import RoomIO, RoomOptions, TextInputOptions, TextOutputOptions
from livekit.agents.voice.room_io._pre_connect_audio import PRE_CONNECT_AUDIO_BUFFER_STREAM
from livekit.protocol import agent
from livekit.protocol.room import RoomConfiguration

KEY, SECRET = "devkey", "a-secret-that-is-long-enough-for-a-signature"
JOIN = api.VideoGrants(room_join=True, room="room")


def claims(token: api.AccessToken) -> dict[str, Any]:
    return jwt.decode(token.to_jwt(), options={"verify_signature": False})


def token() -> api.AccessToken:
    return api.AccessToken(KEY, SECRET).with_identity("caller").with_grants(JOIN)


@pytest.mark.row(id="token-room-config")
def test_a_room_config_is_no_dict() -> None:
    asked = {"agents": [{"agent_name": "desk", "metadata": "m"}]}
    with pytest.raises(AttributeError):
        token().with_room_config(cast(Any, asked)).to_jwt()
    right = token().with_room_config(ParseDict(asked, RoomConfiguration()))
    assert claims(right)["roomConfig"] == {"agents": [{"agentName": "desk", "metadata": "m"}]}


@pytest.mark.row(id="token-unknown-field")
def test_a_field_that_is_passed_over_dispatches_nobody() -> None:
    asked = {"agents": [{"agentname": "desk"}]}
    loose = ParseDict(asked, RoomConfiguration(), ignore_unknown_fields=True)
    assert claims(token().with_room_config(loose))["roomConfig"] == {"agents": [{}]}
    with pytest.raises(ParseError, match="agentname"):
        ParseDict(asked, RoomConfiguration())


@pytest.mark.row(id="token-no-agents")
def test_a_token_asks_for_a_named_agent_only_if_it_says_so() -> None:
    assert "roomConfig" not in claims(token())
    desk = ParseDict({"agents": [{"agentName": "desk"}]}, RoomConfiguration())
    assert claims(token().with_room_config(desk))["roomConfig"]["agents"] == [{"agentName": "desk"}]


@pytest.mark.row(id="token-identity")
def test_joining_wants_an_identity_and_a_room() -> None:
    for wrong in (
        api.AccessToken(KEY, SECRET).with_grants(JOIN),
        api.AccessToken(KEY, SECRET).with_identity("caller").with_grants(api.VideoGrants(room_join=True)),
    ):
        with pytest.raises(ValueError, match="identity and room must be set"):
            wrong.to_jwt()
    assert claims(token())["sub"] == "caller" and claims(token())["video"]["room"] == "room"


@pytest.mark.row(id="token-ttl")
def test_a_token_is_good_for_six_hours() -> None:
    made = claims(token())
    assert made["exp"] - made["nbf"] == 6 * 3600
    short = claims(token().with_ttl(datetime.timedelta(minutes=10)))
    assert short["exp"] - short["nbf"] == 600


@pytest.mark.row(id="page-topics")
async def test_names_that_a_page_has_to_know() -> None:
    assert conventions.TOPIC_CHAT == "lk.chat"
    assert conventions.TOPIC_TRANSCRIPTION == "lk.transcription"
    assert conventions.ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID == "lk.segment_id"
    assert conventions.ATTRIBUTE_TRANSCRIPTION_FINAL == "lk.transcription_final"
    assert conventions.ATTRIBUTE_TRANSCRIPTION_TRACK_ID == "lk.transcribed_track_id"
    assert conventions.ATTRIBUTE_AGENT_STATE == "lk.agent.state"
    assert PRE_CONNECT_AUDIO_BUFFER_STREAM == "lk.agent.pre-connect-audio-buffer"
    room = rtc.Room()
    room_io = RoomIO(AgentSession(vad=None), room, options=RoomOptions())
    await room_io.start()
    assert PRE_CONNECT_AUDIO_BUFFER_STREAM in room._byte_stream_handlers
    await room_io.aclose()


@pytest.mark.row(id="pre-connect-stereo")
async def test_stereo_of_before_the_agent_came_is_taken_for_mono() -> None:
    def halves(channels: int) -> list[rtc.AudioFrame]:
        return [rtc.AudioFrame(bytes(48_000 * channels), 48_000, channels, 24_000)] * 2

    room_io = RoomIO(AgentSession(vad=None), rtc.Room(), options=RoomOptions())
    await room_io.start()
    resample = cast(Any, room_io.audio_input)._resample_frames
    second, twice = (sum(frame.duration for frame in resample(halves(n))) for n in (1, 2))
    await room_io.aclose()
    assert second == pytest.approx(1, abs=0.02)
    assert twice == pytest.approx(2, abs=0.02)


@pytest.mark.row(id="chat-handler")
async def test_chat_has_one_handler(caplog: pytest.LogCaptureFixture) -> None:
    def mine(reader: rtc.TextStreamReader, identity: str) -> None:
        """Never called."""

    async def typed(session: AgentSession[Any], event: Any) -> None:
        """Never called."""

    room = rtc.Room()
    room_io = RoomIO(AgentSession(vad=None), room, options=RoomOptions())
    room_io.register_text_input(typed)
    with pytest.raises(ValueError, match="lk.chat"):
        room.register_text_stream_handler("lk.chat", mine)
    first = rtc.Room()
    first.register_text_stream_handler("lk.chat", mine)
    RoomIO(AgentSession(vad=None), first, options=RoomOptions()).register_text_input(typed)
    assert any("already set, ignoring" in record.getMessage() for record in caplog.records)

    options = RoomOptions(text_input=TextInputOptions(text_input_cb=typed)).get_text_input_options()
    assert options is not None and options.text_input_cb is typed


@pytest.mark.row(id="simulator-attribute")
async def test_a_caller_that_calls_itself_a_simulator_ends_the_job_when_it_leaves() -> None:
    reasons: list[str] = []
    context = JobContext(
        proc=JobProcess(executor_type=JobExecutorType.THREAD, user_arguments=None, http_proxy=None),
        info=RunningJobInfo(JobAcceptArguments("", "", ""), agent.Job(), "", "", "", fake_job=True),
        room=rtc.Room(),
        on_connect=lambda: None,
        on_shutdown=reasons.append,
        inference_executor=cast(Any, None),
    )
    for attributes in ({}, {"lk.simulator": "true"}):
        leaver = cast(rtc.RemoteParticipant, SimpleNamespace(attributes=attributes))
        context._on_simulator_disconnected(leaver)
    assert reasons == ["simulation completed"]


@pytest.mark.row(id="transcript-sync")
async def test_a_room_paces_the_words_unless_it_is_told_not_to() -> None:
    paced = RoomIO(AgentSession(vad=None), rtc.Room(), options=RoomOptions())
    unpaced = RoomIO(
        AgentSession(vad=None),
        rtc.Room(),
        options=RoomOptions(text_output=TextOutputOptions(sync_transcription=False)),
    )
    for room_io, synchronised in ((paced, True), (unpaced, False)):
        await room_io.start()
        assert (room_io._tr_synchronizer is not None) is synchronised
        await room_io.aclose()
