"""The Realtime client without a network: every event has its meaning, in every order that servers send them in."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from antiphon.ear.lines.realtime_client import THINKING_MS, RealtimeClient
from antiphon.ear.log import CallLog
from antiphon.ear.scenario import Agent, Tool
from antiphon.ear.signal import Pcm16

AGENT = Agent(instructions="", tools=(Tool(name="book", description="Books.", returns="table nine"),))


class Session:
    """A client, what it sent, and what it told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.log = CallLog()
        self.told: list[Mapping[str, Any]] = []
        self.sent: list[Mapping[str, Any]] = []
        self.client = RealtimeClient(self._tell, self.sent.append, AGENT, lambda: self.now)

    def _tell(self, message: Mapping[str, Any]) -> None:
        self.told.append(message)
        self.log.add(message, self.now)

    def event(self, kind: str, **fields: Any) -> None:
        self.client.feed(json.dumps({"type": kind, "event_id": "e"} | fields))

    def created(self, response: str = "r1") -> None:
        self.event("response.created", response={"id": response, "status": "in_progress"})

    def audio(self, item: str, ms: float, response: str = "r1", level: int = 5000) -> None:
        pcm = np.full(round(ms * 24), level, np.int16)
        delta = base64.b64encode(pcm.tobytes()).decode()
        self.event(
            "response.output_audio.delta", item_id=item, response_id=response, content_index=0, delta=delta
        )

    def words(self, item: str, text: str, response: str = "r1") -> None:
        self.event("response.output_audio_transcript.delta", item_id=item, response_id=response, delta=text)

    def done(self, response: str = "r1", status: str = "completed", **fields: Any) -> None:
        self.event("response.done", response={"id": response, "status": status, "output": []} | fields)

    def take(self, ms: float = 20) -> Pcm16:
        frames = []
        for _ in range(round(ms / 20)):
            frames.append(self.client.take(480))
            self.now += 20
        return np.concatenate(frames)

    def types(self) -> list[str]:
        return [str(event["type"]) for event in self.sent]


@pytest.fixture
def session() -> Session:
    return Session()


def test_audio_is_heard_as_it_comes_and_states_follow_what_is_heard(session: Session) -> None:
    session.event("input_audio_buffer.committed", item_id="u1")
    assert session.log.state == "thinking"
    session.created()
    session.audio("a1", 30)
    assert session.log.state == "thinking", "nothing is heard yet"
    assert session.take().all() and session.log.state == "speaking"
    late = session.take()
    assert late[:240].all() and not late[240:].any(), "the network is behind"
    assert session.log.state == "speaking"
    session.audio("a1", 20)
    session.done()
    assert session.take().all() and session.log.state == "listening"


def test_an_interruption_cuts_what_is_heard_what_waits_and_what_comes(session: Session) -> None:
    session.created()
    session.words("a1", "one two three four")
    session.audio("a1", 400)
    session.event("response.output_audio.done", item_id="a1", response_id="r1")
    session.words("a2", "and five")
    session.audio("a2", 200)
    session.words("a3", "and six")
    session.take(200)
    session.event("input_audio_buffer.speech_started", item_id="u1")
    assert not session.take(100).any() and session.log.state == "listening"
    truncated = [(e["item_id"], e["audio_end_ms"]) for e in session.sent]
    assert session.types() == ["conversation.item.truncate"] * 2
    assert truncated == [("a1", 200), ("a2", 0)]
    session.audio("a2", 100)
    session.audio("a3", 100)
    session.words("a3", " seven")
    session.audio("a4", 100)
    assert not session.take(400).any(), "the response is over for the caller"
    session.event("conversation.item.truncated", item_id="a1", content_index=0, audio_end_ms=200)
    assert (session.log.segments["a1"].text, session.log.segments["a1"].unheard) == ("one two", "three four")
    session.event(
        "antiphon.item.heard", item_id="a1", heard="one", unheard="two three four", audio_end_ms=200
    )
    assert session.log.segments["a1"].text == "one", "the server knows better"
    assert session.log.segments["a3"].unheard == "and six"
    session.done(status="cancelled")
    session.created("r2")
    session.audio("b1", 20, "r2")
    assert session.take().all()


def test_what_was_heard_whole_is_not_cut(session: Session) -> None:
    session.created()
    session.audio("a1", 100)
    session.done()
    session.take(120)
    session.event("input_audio_buffer.speech_started", item_id="u1")
    assert session.sent == []


def test_an_answer_that_goes_on_after_a_false_interruption_keeps_its_segment(session: Session) -> None:
    session.created()
    session.words("a1", "one two three four")
    session.audio("a1", 400)
    session.take(200)
    session.event("input_audio_buffer.speech_started", item_id="u1")
    session.event(
        "antiphon.item.heard", item_id="a1", heard="one two", unheard="three four", audio_end_ms=200
    )
    session.done(status="cancelled")
    session.created("r2")
    session.event("antiphon.resumed", interrupted_item_id="a1", item_id="a2")
    session.words("a2", "three four", "r2")
    assert session.log.said_by("agent") == ["one two three four"]
    assert session.log.segments["a1"].unheard == ""


@pytest.mark.parametrize(
    ("name", "arguments", "output", "failed"),
    [
        ("book", '{"seats": 4}', "table nine", False),
        ("sing", "{}", "Error: there is no tool sing.", True),
        ("book", "{broken", "Error: the arguments are no JSON object.", True),
        ("book", "[1]", "Error: the arguments are no JSON object.", True),
    ],
)
def test_tools_are_answered_once_the_response_is_done(
    session: Session, name: str, arguments: str, output: str, failed: bool
) -> None:
    call = {
        "type": "function_call",
        "call_id": "c1",
        "name": name,
        "arguments": arguments,
        "status": "completed",
    }
    session.created()
    session.event("response.output_item.done", response_id="r1", item=call)
    assert session.sent == [], "a response is in progress"
    session.done(output=[call])
    assert session.types() == ["conversation.item.create", "response.create"]
    assert session.sent[0]["item"] == {"type": "function_call_output", "call_id": "c1", "output": output}
    (tool,) = session.log.tools.values()
    assert (tool.output, tool.is_error) == (output, failed)
    assert session.log.state == "thinking"


def test_the_answer_after_a_tool_is_the_turns(session: Session) -> None:
    session.event("input_audio_buffer.committed", item_id="u1")
    session.created()
    call = {"type": "function_call", "call_id": "c1", "name": "book", "arguments": "{}"}
    session.done(output=[call])
    session.now += 100
    session.created("r2")
    session.audio("a1", 20, "r2")
    session.take()
    session.done("r2")
    session.take()
    (fall,) = session.log.waterfalls
    assert fall.user_segment_id == "u1"
    assert fall.stamps == {"turn_over": 1000, "audio_sent": 1100, "audio_played": 1100}


def test_a_cancelled_tool_is_answered_without_asking_for_more(session: Session) -> None:
    call = {
        "type": "function_call",
        "call_id": "c1",
        "name": "book",
        "arguments": "{}",
        "status": "completed",
    }
    session.created()
    session.event("response.output_item.done", response_id="r1", item=call)
    session.done(status="cancelled")
    assert session.types() == ["conversation.item.create"]


def test_commits_that_are_never_answered_are_told_too(session: Session) -> None:
    """They count as cutoffs where they fall into a pause."""
    session.event("input_audio_buffer.speech_stopped")
    session.now += 5
    session.event("input_audio_buffer.committed", item_id="u1")
    session.created()
    session.event("input_audio_buffer.speech_started", item_id="u2")
    session.done(status="cancelled")
    session.event("input_audio_buffer.committed", item_id="u2")
    session.client.end("hang_up")
    session.client.end("line_lost")
    assert [(f.user_segment_id, f.stamps) for f in session.log.waterfalls] == [
        ("u1", {"turn_over": 1005}),
        ("u2", {"turn_over": 1005}),
    ]
    assert session.log.ended == "hang_up"


def test_stamps_of_another_machine_are_put_on_this_clock(session: Session) -> None:
    session.event("input_audio_buffer.committed", item_id="u1")
    session.created()
    session.audio("a1", 20)
    stamps = {"turn_over": 77_000, "audio_sent": 77_090}
    session.event("antiphon.turn", item_id="a1", response_id="r1", stamps=stamps, details={"cached": True})
    session.take()
    (fall,) = session.log.waterfalls
    assert fall.stamps == {"turn_over": 910, "audio_sent": 1000, "audio_played": 1000}
    assert fall.details["cached"] and "another machine" in fall.details["clock"]


def test_an_agent_that_never_begins_is_not_thinking_for_ever(session: Session) -> None:
    session.client.greet()
    assert session.log.state == "thinking"
    session.take(THINKING_MS + 40)
    assert session.log.state == "listening"


def test_a_turn_without_words_wants_no_answer(session: Session) -> None:
    session.event("input_audio_buffer.committed", item_id="u1")
    session.event("conversation.item.input_audio_transcription.completed", item_id="u1", transcript=" ")
    assert session.log.state == "listening" and not session.log.segments


def test_the_callers_words_grow_and_are_replaced(session: Session) -> None:
    for delta in ("four ", "peple"):
        session.event("conversation.item.input_audio_transcription.delta", item_id="u1", delta=delta)
    assert session.log.said_by("caller") == ["four peple"]
    session.event(
        "conversation.item.input_audio_transcription.completed", item_id="u1", transcript="four people"
    )
    assert session.log.said_by("caller") == ["four people"] and session.log.segments["u1"].final


def test_failures_are_problems_and_races_are_not(session: Session) -> None:
    session.event("error", error={"code": "response_cancel_not_active", "message": "no active response"})
    assert session.log.problems == []
    session.done(status="failed", status_details={"error": {"code": "rate_limit", "message": "Slow down."}})
    session.event("error", error={"type": "server_error"})
    assert [p["code"] for p in session.log.problems] == ["rate_limit", "server_error"]


@pytest.mark.parametrize(
    "data",
    [
        "no JSON",
        "[]",
        "{}",
        '{"type": 5}',
        '{"type": "response.created"}',
        '{"type": "response.output_audio.delta", "item_id": "a", "delta": "A"}',
        '{"type": "response.output_audio.delta", "item_id": [], "delta": "AAAA"}',
        '{"type": "antiphon.turn", "response_id": "r", "stamps": {"audio_sent": "soon"}}',
        '{"type": "conversation.item.truncated", "item_id": "a"}',
        '{"type": "error", "error": "plain words"}',
    ],
)
def test_nonsense_is_a_problem_and_the_call_goes_on(session: Session, data: str) -> None:
    session.client.feed(data)
    assert [p["code"] for p in session.log.problems] == ["bad_event"]
    session.created()
    session.audio("a1", 20)
    assert session.take().all()


def test_unknown_events_and_odd_deltas_are_passed_over(session: Session) -> None:
    session.event("rate_limits.updated", rate_limits=[])
    session.event("some.delta", delta={"a": 1}, item_id=None, content_index=None)
    session.event("response.output_audio.delta", item_id="a1", response_id="r1", delta=None)
    session.event("response.output_audio.delta", item_id="a1", response_id="r1", delta="")
    assert session.told == []
    session.created()
    session.audio("a1", 20)
    assert session.take().all()
