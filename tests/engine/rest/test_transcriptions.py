"""Transcriptions, with the client that people use."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import aiohttp
import numpy as np
import openai
import pytest

from antiphon.audio.encode import Encoder
from antiphon.engine.rest import transcriptions
from antiphon.engine.rest.transcriptions import cuts
from antiphon.engine.speech.parts import RECOGNISER_HZ
from tests.engine.rest.conftest import House, open_house, until


def tone(seconds: float, rate_hz: int = 24_000) -> np.ndarray[Any, np.dtype[np.int16]]:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(np.sin(2 * np.pi * 220 * t) * 8000, np.int16)


def wav(seconds: float, rate_hz: int = 24_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(tone(seconds, rate_hz).tobytes())
    return file.getvalue()


async def test_a_file_is_recognised_at_once_as_a_turn_that_is_over(house: House) -> None:
    found = await house.client.audio.transcriptions.create(file=("a.wav", wav(2.5)), model="whisper-1")

    assert found.text == "2.5 seconds"
    ((seconds, likely, urgency),) = house.parts.pieces
    assert seconds == pytest.approx(2.5, abs=0.001)
    assert likely == () and urgency is None  # None: somebody waits
    assert house.metric('antiphon_engine_requests_total{path="/v1/audio/transcriptions",status="200"} 1.0')


@pytest.mark.parametrize("form", ["mp3", "opus", "flac", "aac"])
async def test_other_formats_than_wav_are_heard(house: House, form: str) -> None:
    encoder = Encoder(form, 24_000)
    data = encoder.begin() + encoder.encode(tone(1.0)) + encoder.finish()

    found = await house.client.audio.transcriptions.create(file=(f"a.{form}", data), model="m")

    assert found.text.endswith("seconds")
    assert house.parts.pieces[0][0] == pytest.approx(1.0, abs=0.1)  # codecs pad


async def test_text_and_verbose_answers(house: House) -> None:
    create = house.client.audio.transcriptions.create
    text: Any = await create(file=("a.wav", wav(1)), model="m", response_format="text")
    assert text == "1.0 seconds\n"

    verbose = await create(file=("a.wav", wav(1)), model="m", response_format="verbose_json", language="en")
    assert verbose.duration == pytest.approx(1.0)
    assert verbose.language == "english"
    assert verbose.segments is not None
    (segment,) = verbose.segments
    assert (segment.start, segment.text, segment.avg_logprob) == (0, "1.0 seconds", -0.2)


async def test_likely_words_reach_the_recogniser(house: House) -> None:
    await house.client.audio.transcriptions.create(
        file=("a.wav", wav(1)), model="m", extra_body={"keywords": ["Miller", "Brown"]}
    )
    assert house.parts.pieces[0][1] == ("Miller", "Brown")


async def test_a_long_file_is_cut_and_its_words_are_joined(house: House) -> None:
    found = await house.client.audio.transcriptions.create(
        file=("a.wav", wav(60, 16_000)), model="m", response_format="verbose_json"
    )
    lengths = [seconds for seconds, _, _ in house.parts.pieces]
    assert sum(lengths) == pytest.approx(60)
    assert max(lengths) <= 28
    assert len(lengths) == 3 and found.segments is not None
    assert found.text == " ".join(segment.text for segment in found.segments)
    assert [round(segment.end, 3) for segment in found.segments][:-1] == [
        round(segment.start, 3) for segment in found.segments
    ][1:]


def test_the_cut_stands_where_it_is_quiet() -> None:
    pcm = tone(40, RECOGNISER_HZ)
    pcm[24 * RECOGNISER_HZ : 24 * RECOGNISER_HZ + 3200] = 0
    (start, end), (again, last) = cuts(pcm)
    assert start == 0 and end == again and last == len(pcm)
    assert 24.0 <= end / RECOGNISER_HZ <= 24.2


async def test_silence_has_no_words(house: House) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(bytes(32_000))
    found = await house.client.audio.transcriptions.create(file=("a.wav", file.getvalue()), model="m")
    assert found.text == ""


@pytest.mark.parametrize(
    ("options", "param", "says"),
    [
        ({"model": " "}, "model", "empty"),
        ({"response_format": "srt"}, "response_format", "json, text, verbose_json"),
        ({"language": "de"}, "language", "English"),
        ({"file": ("a.wav", b"no audio at all")}, "file", "cannot be read as audio"),
        ({"file": ("a.wav", b"")}, "file", "audio"),
        ({"timestamp_granularities": ["word"]}, "timestamp_granularities", "segments"),
        ({"extra_body": {"stream": "true"}}, "stream", "not served"),
    ],
)
async def test_a_mistake_is_told_by_its_field(
    house: House, options: dict[str, Any], param: str, says: str
) -> None:
    given = {"file": ("a.wav", wav(1)), "model": "m"} | options
    with pytest.raises(openai.BadRequestError, match=says) as error:
        await house.client.audio.transcriptions.create(**given)
    assert error.value.param == param
    assert house.parts.pieces == []


async def test_what_is_no_form_and_what_is_too_large(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{house.server.url}/audio/transcriptions"
    async with aiohttp.ClientSession() as http:
        async with http.post(url, json={"model": "m"}) as answer:
            assert answer.status == 415
            assert "multipart/form-data" in (await answer.json())["error"]["message"]
        async with http.post(url, data=aiohttp.FormData({"model": "m"}, default_to_multipart=True)) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]["param"] == "file"
        broken = {"Content-Type": "multipart/form-data; boundary=x"}
        async with http.post(url, data=b"nothing of the kind", headers=broken) as answer:
            assert answer.status == 400
    with pytest.raises(openai.APIStatusError, match="25600 KiB") as error:
        await house.client.audio.transcriptions.create(file=("a.wav", bytes(26 * 1024 * 1024)), model="m")
    assert error.value.status_code == 413
    monkeypatch.setattr(transcriptions, "MAX_S", 1.0)
    with pytest.raises(openai.BadRequestError, match="longer than"):
        await house.client.audio.transcriptions.create(file=("a.wav", wav(1.5)), model="m")


async def test_who_may_ask() -> None:
    async with open_house(token="a token of tests", key="another") as house:
        with pytest.raises(openai.AuthenticationError):
            await house.client.audio.transcriptions.create(file=("a.wav", wav(1)), model="m")
    async with open_house(token="a token of tests", key="a token of tests") as house:
        await house.client.audio.transcriptions.create(file=("a.wav", wav(1)), model="m")
    async with open_house() as house, aiohttp.ClientSession() as http:
        for path in ("audio/transcriptions", "audio/speech", "chat/completions"):
            foreign = {"Origin": "https://elsewhere.example"}
            async with http.post(f"{house.server.url}/{path}", headers=foreign) as answer:
                assert answer.status == 403


async def test_work_is_withdrawn_when_the_client_leaves(house: House) -> None:
    house.parts.go.clear()
    asking = asyncio.ensure_future(
        house.client.audio.transcriptions.create(file=("a.wav", wav(1)), model="m")
    )
    await until(lambda: bool(house.parts.pieces))
    asking.cancel()
    await until(lambda: house.parts.withdrawn == 1)


async def test_no_more_at_once_than_there_are_places() -> None:
    async with open_house(max_sessions=1) as house:
        house.parts.go.clear()
        create = house.client.audio.transcriptions.create
        first = asyncio.ensure_future(create(file=("a.wav", wav(1)), model="m"))
        await until(lambda: bool(house.parts.pieces))
        with pytest.raises(openai.APIStatusError, match="under way") as error:
            await create(file=("b.wav", wav(1)), model="m")
        assert error.value.status_code == 503
        house.parts.go.set()
        assert (await first).text == "1.0 seconds"
