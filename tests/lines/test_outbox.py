"""Messages that wait."""

from __future__ import annotations

import json

import pytest

from antiphon.agent.events import Ended, Problem, StateChanged, ToolStarted, Transcript
from antiphon.errors import LineError
from antiphon.lines.messages import encode
from antiphon.lines.outbox import HIGH_WATER_BYTES, MAX_WAITING, Outbox


def text(segment: str, words: str, final: bool = False) -> dict[str, object]:
    return encode(Transcript(segment, "agent", words, final))


def drain(outbox: Outbox) -> list[dict[str, object]]:
    out = []
    while (message := outbox.next(0)) is not None:
        out.append(json.loads(message))
    return out


def test_messages_leave_in_order() -> None:
    outbox = Outbox()
    messages = [encode(StateChanged("thinking")), text("a", "Yes"), encode(ToolStarted("c", "f", {}))]
    for message in messages:
        outbox.put(message)
    assert drain(outbox) == messages
    assert not outbox


def test_while_a_segment_waits_only_its_newest_text_does_and_in_its_place() -> None:
    outbox = Outbox()
    for message in (text("a", "We"), text("b", "No"), text("a", "We are"), text("a", "We are open", True)):
        outbox.put(message)
    assert drain(outbox) == [text("a", "We are open", True), text("b", "No")]
    assert outbox.replaced == 2


def test_only_the_last_state_is_told_after_what_led_to_it() -> None:
    outbox = Outbox()
    for message in (encode(StateChanged("thinking")), text("a", "We"), encode(StateChanged("speaking"))):
        outbox.put(message)
    assert drain(outbox) == [text("a", "We"), encode(StateChanged("speaking"))]


def test_tools_and_problems_are_never_dropped() -> None:
    outbox = Outbox()
    message = encode(Problem("p", "m"))
    for _ in range(3):
        outbox.put(message)
    assert drain(outbox) == [message] * 3


def test_nothing_leaves_while_the_channel_is_full() -> None:
    outbox = Outbox()
    outbox.put(text("a", "We"))
    assert outbox.next(HIGH_WATER_BYTES) is None
    assert outbox.next(HIGH_WATER_BYTES - 1) is not None


def test_a_page_that_takes_nothing_is_given_up() -> None:
    outbox = Outbox()
    for n in range(MAX_WAITING):
        outbox.put(text(f"s{n}", "words"))
    outbox.put(text("s0", "replaced, not added"))
    with pytest.raises(LineError):
        outbox.put(text("one more", "words"))


def test_after_a_broken_connection_the_latest_messages_are_told_again_before_new_ones() -> None:
    outbox = Outbox()
    for message in (
        text("a", "Hel"),
        text("a", "Hello", True),
        encode(Problem("once", "is enough")),
        encode(StateChanged("listening")),
    ):
        outbox.put(message)
        outbox.next(0)
    outbox.put(encode(Ended("agent")))
    outbox.recall()
    assert drain(outbox) == [
        text("a", "Hello", True),
        encode(StateChanged("listening")),
        encode(Ended("agent")),
    ]


def test_what_json_cannot_say_becomes_something_that_it_can() -> None:
    outbox = Outbox()
    outbox.put({"topic": "antiphon.turn", "details": {"nan": float("nan"), "type": object}})
    assert drain(outbox)[0]["details"] == {"nan": None, "type": "<class 'object'>"}
