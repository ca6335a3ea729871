"""Speech, with the client that people use."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import numpy as np
import openai
import pytest

from antiphon.audio.decode import decode
from antiphon.engine.speech.parts import VOICE_HZ
from tests.engine.rest.conftest import CLAUSE_SAMPLES, House, open_house, until

TEXT = "Good evening to you. We are open until ten. Would you like to book a table?"


async def test_a_text_is_spoken_clause_by_clause(house: House) -> None:
    spoken = await house.client.audio.speech.create(
        model="tts-1", voice="alloy", input=TEXT, response_format="pcm", speed=1.25
    )
    pcm = np.frombuffer(spoken.content, np.int16)

    assert [clause for clause, _, _ in house.parts.clauses] == [
        "Good evening to you.",
        "We are open until ten.",
        "Would you like to book a table?",
    ]
    assert {(voice, speed) for _, voice, speed in house.parts.clauses} == {("alloy", 1.25)}
    assert len(pcm) == 3 * CLAUSE_SAMPLES
    assert pcm[::CLAUSE_SAMPLES].tolist() == [1000, 2000, 3000]  # in order
    assert spoken.response.headers["content-type"] == "audio/pcm"
    assert spoken.response.headers["x-request-id"].startswith("req_")
    assert house.metric('antiphon_engine_requests_total{path="/v1/audio/speech",status="200"} 1.0')


async def test_the_first_clause_leaves_before_the_last_is_made(house: House) -> None:
    made = asyncio.Event()
    speak = house.parts.speak

    async def slow_third(clause: str, *, voice: str = "", speed: float = 1.0) -> Any:
        if clause.startswith("Would"):
            await made.wait()
        return await speak(clause, voice=voice, speed=speed)

    house.parts.speak = slow_third  # type: ignore[method-assign]
    async with house.client.audio.speech.with_streaming_response.create(
        model="m", voice="alloy", input=TEXT, response_format="pcm"
    ) as stream:
        got = b""
        async for chunk in stream.iter_bytes():
            got += chunk
            if len(got) >= 2 * 2 * CLAUSE_SAMPLES:
                made.set()
    assert len(got) == 3 * 2 * CLAUSE_SAMPLES


@pytest.mark.parametrize("form", ["wav", "mp3", "opus", "aac", "flac"])
async def test_every_format_can_be_decoded(house: House, form: Any) -> None:
    spoken = await house.client.audio.speech.create(
        model="m", voice={"id": "alloy"}, input=TEXT, response_format=form
    )
    samples, rate_hz = decode(spoken.content, max_s=10)
    assert len(samples) / rate_hz == pytest.approx(1.5, abs=0.1)
    assert rate_hz in (VOICE_HZ, 48_000)


async def test_mp3_is_what_is_sent_when_nothing_is_said(house: House) -> None:
    spoken = await house.client.audio.speech.create(model="m", voice="alloy", input="Hello there.")
    assert spoken.response.headers["content-type"] == "audio/mpeg"


async def test_server_sent_events(house: House) -> None:
    spoken = await house.client.audio.speech.create(
        model="m", voice="alloy", input=TEXT, response_format="pcm", stream_format="sse"
    )
    assert spoken.response.headers["content-type"] == "text/event-stream"
    events = [json.loads(line[6:]) for line in spoken.text.splitlines() if line.startswith("data: ")]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert len(b"".join(base64.b64decode(event["audio"]) for event in deltas)) == 3 * 2 * CLAUSE_SAMPLES


@pytest.mark.parametrize(
    ("options", "param", "says"),
    [
        ({"input": ""}, "input", "length >= 1"),
        ({"input": "…"}, "input", "nothing in it that can be said"),
        ({"input": "a" * 5000}, "input", "4096"),
        ({"model": ""}, "model", "empty"),
        ({"response_format": "ulaw"}, "response_format", "ulaw"),
        ({"speed": 9}, "speed", "<= 4.0"),
        ({"voice": 7}, "voice", "Expected"),
        ({"stream_format": "chunks"}, "stream_format", "chunks"),
    ],
)
async def test_a_mistake_is_told_by_its_field(
    house: House, options: dict[str, Any], param: str, says: str
) -> None:
    given: dict[str, Any] = {"model": "m", "voice": "alloy", "input": "Hello."} | options
    with pytest.raises(openai.BadRequestError, match=says) as error:
        await house.client.audio.speech.create(**given)
    assert error.value.param == param
    assert house.parts.clauses == []


async def test_a_missing_field_and_no_json(house: House) -> None:
    with pytest.raises(openai.BadRequestError, match="`voice` is required") as error:
        await house.client.post("/audio/speech", body={"model": "m", "input": "Hi."}, cast_to=object)
    assert error.value.param == "voice"
    with pytest.raises(openai.BadRequestError, match="not JSON"):
        await house.client.post("/audio/speech", content=b"{", cast_to=object)


async def test_work_is_withdrawn_when_the_client_leaves(house: House) -> None:
    house.parts.go.clear()
    asking = asyncio.ensure_future(house.client.audio.speech.create(model="m", voice="alloy", input=TEXT))
    await until(lambda: len(house.parts.clauses) == 2)
    asking.cancel()
    await until(lambda: house.parts.withdrawn == 2)
    assert len(house.parts.clauses) == 2  # and no more were begun


async def test_a_voice_that_breaks_is_told_before_the_first_sound(house: House) -> None:
    house.parts.fail_at = 0
    with pytest.raises(openai.InternalServerError, match="the voice broke"):
        await house.client.audio.speech.create(model="m", voice="alloy", input=TEXT)


async def test_what_breaks_off_later_is_not_taken_for_the_whole(house: House) -> None:
    house.parts.fail_at = 2
    with pytest.raises(openai.APIConnectionError):
        await house.client.audio.speech.create(model="m", voice="alloy", input=TEXT, response_format="pcm")


async def test_a_closing_engine_takes_no_more() -> None:
    async with open_house() as house:
        house.server._closing = True
        with pytest.raises(openai.InternalServerError, match="closing"):
            await house.client.audio.speech.create(model="m", voice="alloy", input=TEXT)
