"""What a room is told: order, streams that grow or are replaced, and a queue that has an end.

The room is a stand-in that writes down what it is sent; tests/rooms has the real one.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from antiphon.agent.events import CallEvent, Cut, Problem, StateChanged, Transcript
from antiphon.lines.livekit import teller
from antiphon.lines.livekit.teller import RoomTeller


@dataclass
class Stream:
    """A text stream that was opened in the room."""

    sender: str
    attributes: dict[str, str]
    text: str = ""
    closed: bool = False

    async def write(self, text: str) -> None:
        self.text += text

    async def aclose(self, *, attributes: dict[str, str] | None = None) -> None:
        self.attributes.update(attributes or {})
        self.closed = True

    @property
    def told(self) -> tuple[str, str, str]:
        return self.sender, self.text, self.attributes["lk.transcription_final"]


@dataclass
class Person:
    """Somebody in the room."""

    identity: str
    track_publications: dict[str, Any] = field(default_factory=dict)


class Room:
    """Room and local participant in one."""

    name = "kitchen"
    identity = "agent"

    def __init__(self) -> None:
        self.local_participant = self
        self.track_publications: dict[str, Any] = {}
        self.publish()
        self.streams: list[Stream] = []
        self.texts: list[tuple[str, dict[str, Any]]] = []
        self.states: list[str] = []
        self.fails = 0
        self.blocked = asyncio.Event()
        self.blocked.set()

    def publish(self) -> None:
        """The agent's track is there."""
        track = SimpleNamespace(sid="TR_agent", source=rtc.TrackSource.SOURCE_MICROPHONE)
        self.track_publications = {"TR_agent": track}

    def isconnected(self) -> bool:
        return True

    async def stream_text(self, *, topic: str, sender_identity: str, attributes: dict[str, str]) -> Stream:
        assert topic == "lk.transcription"
        await self._taken()
        self.streams.append(Stream(sender_identity, attributes))
        return self.streams[-1]

    async def send_text(self, text: str, *, topic: str) -> None:
        await self._taken()
        self.texts.append((topic, json.loads(text)))

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        await self._taken()
        self.states.append(attributes["lk.agent.state"])

    async def _taken(self) -> None:
        await self.blocked.wait()
        if self.fails:
            self.fails -= 1
            raise ConnectionError("cut")


async def tell(room: Room, *events: CallEvent, caller: Person | None = None) -> None:
    line = RoomTeller(room, lambda: caller)  # type: ignore[arg-type, return-value]
    for event in events:
        line.tell(event)
    line.start()
    await line.aclose()


async def test_the_agents_words_grow_in_one_stream_until_they_are_final() -> None:
    room = Room()
    await tell(
        room,
        StateChanged("speaking"),
        Transcript("a", "agent", "Good", False),
        Transcript("a", "agent", "Good evening.", False),
        Transcript("a", "agent", "Good evening.", True),
        StateChanged("listening"),
    )
    [stream] = room.streams
    assert stream.told == ("agent", "Good evening.", "true") and stream.closed
    assert stream.attributes["lk.segment_id"] == "a"
    assert room.states == ["speaking", "listening"]


async def test_the_first_words_wait_for_the_track_that_they_are_heard_on() -> None:
    room = Room()
    room.track_publications.clear()
    asyncio.get_running_loop().call_later(0.05, room.publish)
    await tell(room, Transcript("a", "agent", "Good evening.", True))
    assert room.streams[0].attributes["lk.transcribed_track_id"] == "TR_agent"


async def test_words_that_were_cut_are_replaced_by_those_that_were_heard() -> None:
    room = Room()
    await tell(
        room,
        Transcript("a", "agent", "Our address is twelve Mill Lane", False),
        Cut("a", "Our address", "is …"),
    )
    first, second = room.streams
    assert first.told == ("agent", "Our address is twelve Mill Lane", "false") and first.closed
    assert second.told == ("agent", "Our address", "true") and second.closed
    assert first.attributes["lk.segment_id"] == second.attributes["lk.segment_id"] == "a"
    [(topic, message)] = room.texts
    assert topic == "antiphon.cut" and message["unheard"] == "is …"


async def test_the_callers_words_are_told_as_his_and_typed_ones_not_again() -> None:
    room = Room()
    words = Transcript("u", "caller", "hello", False), Transcript("u", "caller", "Hello.", True)
    await tell(room, *words, Transcript("t", "caller", "typed", True, True), caller=Person("anna"))
    assert [stream.told for stream in room.streams] == [
        ("anna", "hello", "false"),
        ("anna", "Hello.", "true"),
    ]


async def test_a_caller_who_is_away_is_no_reason_to_stop() -> None:
    room = Room()
    await tell(room, Transcript("u", "caller", "hello", True), StateChanged("thinking"), caller=None)
    assert room.streams == [] and room.states == ["thinking"]


async def test_what_fails_is_passed_over_and_the_rest_is_told() -> None:
    room = Room()
    room.fails = 1
    await tell(room, Problem("x", "first"), Problem("x", "second"))
    assert [message["message"] for _, message in room.texts] == ["second"]


async def test_a_room_that_takes_nothing_holds_no_more_than_so_many_events(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(teller, "CLOSE_S", 0.05)
    room = Room()
    room.blocked.clear()
    line = RoomTeller(room, lambda: None)  # type: ignore[arg-type]
    for number in range(teller.MAX_WAITING + 5):
        line.tell(Problem("x", str(number)))
    assert caplog.text.count("could not be told") == 5
    line.start()
    await line.aclose()  # and ends all the same
    assert room.texts == []
