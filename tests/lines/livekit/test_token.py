"""The door to LiveKit rooms: what may be asked for, and what the tokens open."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from livekit import api

from antiphon.lines.livekit.token import AT_ONCE, LIVES_S, LiveKitDoor, RateLimit, grant
from antiphon.lines.page_server import PageServer, serve_page
from antiphon.lines.refusal import Refusal
from antiphon.settings import load
from tests.calls.engine import free_port
from tests.lines.fake_calls import FakeCalls

SECRET = "a secret that is long enough for a signature"
DOOR = LiveKitDoor("wss://livekit.example.com", "key", SECRET, origins=("https://app.example.com",))


def claims(token: str) -> api.access_token.Claims:
    return api.TokenVerifier("key", SECRET).verify(token)


def granted(body: dict[str, Any], door: LiveKitDoor = DOOR) -> dict[str, str]:
    answer = grant(door, json.dumps(body))
    assert not isinstance(answer, Refusal), answer
    return answer


def test_nothing_asked_is_a_room_and_a_name_of_its_own() -> None:
    one, other = (claims(granted({})["participant_token"]) for _ in range(2))
    assert one.identity != other.identity and one.video and other.video
    assert one.video.room and one.video.room != other.video.room


def test_a_token_opens_one_room_for_a_caller_and_nothing_else() -> None:
    answer = granted({"room_name": "r", "participant_identity": "i"})
    assert answer["server_url"] == DOOR.url
    payload = json.loads(_payload(answer["participant_token"]))
    assert payload["video"] == {
        "roomJoin": True,
        "room": "r",
        "canPublish": True,
        "canPublishSources": ["microphone"],
        "canPublishData": True,
        "canSubscribe": True,
    }
    assert payload["sub"] == "i" and payload["exp"] - payload["nbf"] <= LIVES_S


def _payload(token: str) -> bytes:
    import base64

    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_what_is_asked_for_is_in_the_token_and_the_room_config_as_it_came() -> None:
    config = {"agents": [{"agent_name": "front-desk", "metadata": '{"a": 1}'}], "empty_timeout": 30}
    answer = granted(
        {
            "participant_name": "Ann",
            "participant_metadata": "m",
            "participant_attributes": {"a": "b"},
            "room_config": config,
        }
    )
    found = claims(answer["participant_token"])
    assert (found.name, found.metadata, found.attributes) == ("Ann", "m", {"a": "b"})
    assert found.room_config is not None and found.room_config.empty_timeout == 30
    [agent] = found.room_config.agents
    assert (agent.agent_name, agent.metadata) == ("front-desk", '{"a": 1}')


def test_who_asks_in_camel_case_is_answered_so() -> None:
    answer = granted({"roomName": "r", "roomConfig": {"agents": [{"agentName": "x"}]}})
    assert set(answer) == {"serverUrl", "participantToken"}
    found = claims(answer["participantToken"])
    assert found.video and found.video.room == "r"
    assert found.room_config and found.room_config.agents[0].agent_name == "x"


def test_an_agent_that_must_be_sent_for_is_sent_for() -> None:
    door = LiveKitDoor(DOOR.url, "key", SECRET, agent_name="front-desk")
    found = claims(granted({}, door)["participant_token"])
    assert found.room_config and [one.agent_name for one in found.room_config.agents] == ["front-desk"]
    own = claims(granted({"room_config": {"empty_timeout": 5}}, door)["participant_token"])
    assert own.room_config is not None and not own.room_config.agents, "untouched"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("[]", 400, ""),
        ("{", 400, ""),
        ('{"room": "r"}', 400, "room"),
        ('{"room_name": 7}', 400, "room_name"),
        ('{"room_name": "' + "r" * 300 + '"}', 400, "room_name"),
        ('{"participant_attributes": {"a": 1}}', 400, "participant_attributes"),
        ('{"participant_attributes": {"lk.agent.state": "x"}}', 403, "participant_attributes"),
        ('{"room_config": []}', 400, "room_config"),
        ('{"room_config": {"nonsense": 1}}', 400, "room_config"),
        ('{"room_config": {"egress": {"room": {}}}}', 403, "room_config"),
        ('{"video": {"roomAdmin": true}}', 400, "video"),
    ],
)
def test_what_is_wrong_is_named(body: str, status: int, field: str) -> None:
    answer = grant(DOOR, body)
    assert isinstance(answer, Refusal)
    assert (answer.status, answer.field) == (status, field)
    assert SECRET not in answer.message


def test_a_caller_gets_some_at_once_and_then_waits() -> None:
    limit = RateLimit(at_once=3, a_minute=60)
    assert [limit.wait_s("a", 0.0) for _ in range(3)] == [0, 0, 0]
    assert limit.wait_s("a", 0.0) == pytest.approx(1.0)
    assert limit.wait_s("b", 0.0) == 0
    assert limit.wait_s("a", 1.01) == 0


async def served(door: LiveKitDoor | None, **page: Any) -> PageServer:
    settings = load(page={"port": free_port(), **page})
    return await serve_page(settings, FakeCalls(), {"name": "x"}, livekit=door)


async def test_the_pages_server_gives_tokens_to_its_page_and_to_invited_sites() -> None:
    server = await served(DOOR)
    try:
        async with aiohttp.ClientSession(server.address) as http:
            async with http.post("/api/token", json={"room_name": "r"}) as answer:
                assert answer.status == 201 and answer.headers["Cache-Control"] == "no-store"
                assert claims((await answer.json())["participant_token"]).video
                policy = answer.headers["Content-Security-Policy"]
                assert "wss://livekit.example.com https://livekit.example.com" in policy
            async with http.get("/api/about") as about:
                assert (await about.json())["livekit"] is True
            invited = {"Origin": "https://app.example.com", "Sec-Fetch-Site": "cross-site"}
            async with http.options("/api/token", headers=invited) as answer:
                assert answer.status == 204 and answer.headers["Access-Control-Allow-Methods"] == "POST"
            async with http.post("/api/token", json={}, headers=invited) as answer:
                assert answer.status == 201
                assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
            foreign = {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}
            async with http.post("/api/token", json={}, headers=foreign) as answer:
                assert answer.status == 403
                assert "Access-Control-Allow-Origin" not in answer.headers
            async with http.post("/api/token", json={"room": "r"}, headers=invited) as answer:
                assert answer.status == 400, "and the invited site's page can read why"
                assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
            statuses = [(await http.post("/api/token", json={})).status for _ in range(AT_ONCE)]
            assert statuses[-1] == 429
    finally:
        await server.close()


async def test_the_pages_token_is_asked_for_here_too() -> None:
    server = await served(DOOR, token="12345678")
    try:
        async with aiohttp.ClientSession(server.address) as http:
            async with http.post("/api/token", json={}) as answer:
                assert answer.status == 401
            invited = {"Origin": "https://app.example.com"}
            async with http.post("/api/token", json={}, headers=invited) as answer:
                assert answer.status == 401
            right = {"Authorization": "Bearer 12345678"}
            async with http.post("/api/token", json={}, headers=right | invited) as answer:
                assert answer.status == 201
    finally:
        await server.close()


async def test_without_livekit_there_are_no_tokens() -> None:
    server = await served(None)
    try:
        async with (
            aiohttp.ClientSession(server.address) as http,
            http.post("/api/token", json={}) as answer,
        ):
            assert answer.status == 404 and "up --livekit" in (await answer.json())["error"]["message"]
    finally:
        await server.close()
