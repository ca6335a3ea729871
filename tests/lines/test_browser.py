"""A caller's line from HTTP to the call and back, over real WebRTC."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from antiphon.agent.events import StateChanged, Transcript, TurnTimed
from antiphon.clock import monotonic_ms
from antiphon.lines import browser, liveness, messenger
from antiphon.lines.page_server import PageServer
from tests.lines.fake_calls import FakeCalls
from tests.lines.page_caller import PageCaller, serving
from tests.webrtc.pair import tone, until


@pytest.fixture
async def calls() -> FakeCalls:
    return FakeCalls()


@pytest.fixture
async def server(calls: FakeCalls) -> AsyncIterator[PageServer]:
    async with serving(calls) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def caller(server: PageServer, http: aiohttp.ClientSession) -> AsyncIterator[PageCaller]:
    page = PageCaller(server.address, take=tone(300))
    await page.call(http)
    yield page
    await page.peer.close()


async def test_caller_and_agent_hear_each_other(calls: FakeCalls, caller: PageCaller) -> None:
    await caller.ear.heard(0.5)
    await until(lambda: len(calls.last.heard) > 30)
    assert caller.ear.loudness() > 3000 and calls.last.loudness() > 3000
    assert calls.last.taken_samples % 480 == 0


async def test_the_agents_audio_is_taken_only_once_somebody_hears_it(
    calls: FakeCalls, server: PageServer, http: aiohttp.ClientSession
) -> None:
    """Else the greeting's first word would be lost."""
    page = PageCaller(server.address)
    body = {"type": "offer", "sdp": await page.peer.offer()}
    async with http.post(f"{server.address}/api/calls", json=body) as response:
        answer = await response.json()
    await asyncio.sleep(0.2)
    assert calls.last.taken_samples == 0
    await page.peer.accept(answer["sdp"])
    await page.ear.heard(0.1)
    assert calls.last.taken_samples > 0
    await page.peer.close()


async def test_what_was_told_before_the_channel_opened_arrives(caller: PageCaller) -> None:
    await until(lambda: bool(caller.messages))
    assert caller.messages[0] == {"topic": "lk.agent.state", "state": "listening"}


async def test_typed_text_reaches_the_call_with_the_pages_id(calls: FakeCalls, caller: PageCaller) -> None:
    caller.send("lk.chat", id="c1", text=" When do you open? ")
    await until(lambda: bool(caller.told("lk.transcription")))
    assert calls.last.typed == [("c1", "When do you open?")]
    assert caller.told("lk.transcription")[0]["attributes"]["lk.segment_id"] == "c1"


async def test_the_clock_is_the_one_of_the_turns_stamps(calls: FakeCalls, caller: PageCaller) -> None:
    before = monotonic_ms()
    caller.send("antiphon.clock", id="p", sent_ms=5)
    calls.last.tell(TurnTimed("a", "b", {"turn_over": monotonic_ms()}))
    await until(lambda: bool(caller.told("antiphon.clock")) and bool(caller.told("antiphon.turn")))
    assert before <= caller.told("antiphon.clock")[0]["server_ms"] <= monotonic_ms()
    assert before <= caller.told("antiphon.turn")[0]["stamps"]["turn_over"] <= monotonic_ms()


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("not json", "not JSON"),
        (json.dumps({"topic": "lk.chat", "id": "1"}), "text must be a string"),
        (json.dumps({"topic": "lk.chat", "id": "1", "text": "x" * 5000}), "4000 are allowed"),
        ("x" * 20_000, "16384 are allowed"),
    ],
)
async def test_a_bad_message_is_told_and_the_call_goes_on(
    calls: FakeCalls, caller: PageCaller, message: str, complaint: str
) -> None:
    caller.peer.send(message)
    caller.peer.send(json.dumps({"topic": "lk.chat", "id": "2", "text": "still here"}))
    await until(lambda: bool(calls.last.typed) and bool(caller.told("antiphon.problem")))
    assert complaint in caller.told("antiphon.problem")[0]["message"]
    assert caller.told("antiphon.problem")[0]["fatal"] is False
    assert calls.last.reason is None


async def test_a_flood_of_typing_is_stemmed(calls: FakeCalls, caller: PageCaller) -> None:
    for n in range(50):
        caller.send("lk.chat", id=str(n), text=f"question {n}")
    await until(lambda: len(caller.told("antiphon.problem")) == 30)
    assert len(calls.last.typed) == messenger.MAX_CHATS


async def test_a_talkative_call_reaches_a_slow_page_complete(calls: FakeCalls, caller: PageCaller) -> None:
    """Ten thousand partial texts: old ones are left out, the last of each segment arrives, memory stays bounded."""
    for n in range(10_000):
        calls.last.tell(Transcript(f"s{n % 5}", "agent", f"text {n} " + "x" * 200, final=n >= 9_995))
    await until(
        lambda: (
            len(
                [
                    m
                    for m in caller.messages
                    if m.get("attributes", {}).get("lk.transcription_final") == "true"
                ]
            )
            == 5
        )
    )
    assert len(caller.messages) < 9_000
    assert calls.last.reason is None


async def test_a_page_that_takes_nothing_loses_its_call(calls: FakeCalls, caller: PageCaller) -> None:
    for n in range(2_000):
        calls.last.tell(Transcript(f"s{n}", "agent", "x" * 1000, final=True))
    await until(lambda: calls.last.reason == "error")


async def test_the_page_hangs_up(
    calls: FakeCalls, caller: PageCaller, http: aiohttp.ClientSession, server: PageServer
) -> None:
    async with http.delete(f"{server.address}/api/calls/{caller.call_id}") as response:
        assert response.status == 204
    await until(lambda: bool(caller.told("antiphon.ended")))
    assert calls.last.reason == "hang_up"
    async with http.delete(f"{server.address}/api/calls/{caller.call_id}") as response:
        assert response.status == 404 or response.status == 204


async def test_a_closing_tab_hangs_up_by_its_beacon(
    calls: FakeCalls, caller: PageCaller, http: aiohttp.ClientSession, server: PageServer
) -> None:
    async with http.post(f"{server.address}/api/calls/{caller.call_id}/end", data=b"") as response:
        assert response.status == 204
    await until(lambda: calls.last.reason == "hang_up")


async def test_the_agent_ends_the_call_and_its_last_words_arrive(
    calls: FakeCalls, caller: PageCaller
) -> None:
    calls.last.tell(Transcript("bye", "agent", "Goodbye.", final=True))
    await calls.last.hang_up("agent")
    await until(lambda: bool(caller.told("antiphon.ended")))
    assert [m["topic"] for m in caller.messages[-2:]] == ["lk.transcription", "antiphon.ended"]
    assert caller.told("antiphon.ended")[0]["reason"] == "agent"


async def test_a_caller_who_vanishes_in_mid_word_leaves_nothing(
    calls: FakeCalls,
    server: PageServer,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liveness, "RESUME_S", 0.2)
    monkeypatch.setattr(browser, "WATCH_S", 0.05)
    async with http.get(f"{server.address}/healthz"):
        pass  # opens the connection that the session keeps
    threads, tasks = threading.active_count(), len(asyncio.all_tasks())
    for _ in range(3):
        page = PageCaller(server.address, take=tone(300))
        await page.call(http)
        await until(lambda: len(calls.last.heard) > 5)
        await page.peer.close()
        await until(lambda: calls.last.reason == "line_lost")
    await asyncio.sleep(0.3)
    gc.collect()
    assert threading.active_count() <= threads
    assert len(asyncio.all_tasks()) <= tasks
    async with http.get(f"{server.address}/readyz") as response:
        assert (await response.json())["calls"] == 0


async def test_a_page_that_never_connects_frees_its_place(
    calls: FakeCalls, server: PageServer, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "CONNECT_TIMEOUT_S", 0.2)
    monkeypatch.setattr(browser, "WATCH_S", 0.05)
    page = PageCaller(server.address)
    body = {"type": "offer", "sdp": await page.peer.offer()}
    async with http.post(f"{server.address}/api/calls", json=body) as response:
        assert response.status == 201
    await until(lambda: calls.last.reason == "line_lost")
    await page.peer.close()


async def test_a_page_that_lost_its_line_takes_the_call_up_again(
    calls: FakeCalls, caller: PageCaller, server: PageServer, http: aiohttp.ClientSession
) -> None:
    calls.last.tell(Transcript("a", "agent", "We open at noon.", final=True))
    calls.last.tell(StateChanged("listening"))
    await until(lambda: bool(caller.told("lk.transcription")))
    await caller.peer.close()
    again = PageCaller(server.address, take=tone(300))
    await again.call(http, resume=caller.call_id)
    assert again.call_id == caller.call_id and len(calls.opened) == 1
    before = len(calls.last.heard)
    await again.ear.heard(0.3)
    await until(lambda: len(calls.last.heard) > before + 10)
    await until(lambda: bool(again.told("lk.transcription")))
    assert again.told("lk.transcription")[0]["text"] == "We open at noon."
    assert calls.last.reason is None
    await again.peer.close()


async def test_a_call_that_is_over_is_not_resumed(
    calls: FakeCalls, server: PageServer, http: aiohttp.ClientSession
) -> None:
    page = PageCaller(server.address)
    await page.call(http, resume="long gone")
    assert page.call_id != "long gone" and len(calls.opened) == 1
    await page.peer.close()


@pytest.mark.parametrize("what", ["hear", "type"])
async def test_a_bug_in_the_agent_ends_its_call_and_no_other(
    calls: FakeCalls, caller: PageCaller, server: PageServer, http: aiohttp.ClientSession, what: str
) -> None:
    other = PageCaller(server.address, take=tone(300))
    await other.call(http)
    first, second = calls.opened
    if what == "hear":
        first.broken = True
    else:
        first.type_text = _fail  # type: ignore[assignment,method-assign]
        caller.send("lk.chat", id="1", text="hello")
    await until(lambda: first.reason == "error")
    before = len(second.heard)
    await until(lambda: len(second.heard) > before + 10)
    assert second.reason is None
    await other.peer.close()


def _fail(*_: Any) -> None:
    raise RuntimeError("a bug in the agent")
