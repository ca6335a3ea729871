"""The agent's state for the line."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.agent.state import StateTracker

COMMITTED = {"type": "input_audio_buffer.committed"}


def done(
    status: str = "completed", output: tuple[dict[str, Any], ...] = ({"type": "message"},)
) -> dict[str, Any]:
    return {"type": "response.done", "response": {"status": status, "output": output}}


def shown(tracker: StateTracker) -> str:
    return tracker.state


@pytest.fixture
def tracker() -> StateTracker:
    tracker = StateTracker()
    assert shown(tracker) == "initializing"
    tracker.agent_state("listening")
    return tracker


def test_between_a_turn_and_its_answer_the_agent_thinks(tracker: StateTracker) -> None:
    tracker.feed(COMMITTED)
    assert shown(tracker) == "thinking"
    tracker.feed(done())  # the answer's audio may still be on its way
    assert shown(tracker) == "thinking"
    tracker.agent_state("speaking")
    assert shown(tracker) == "speaking"
    tracker.agent_state("listening")
    assert shown(tracker) == "listening"


def test_a_tool_is_thinking(tracker: StateTracker) -> None:
    tracker.agent_state("thinking")
    assert shown(tracker) == "thinking"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "conversation.item.input_audio_transcription.completed", "transcript": " "},
        {"type": "input_audio_buffer.speech_started"},
        done("failed"),
        done(output=()),
    ],
)
def test_what_will_not_be_answered_is_not_thought_about(tracker: StateTracker, event: dict[str, Any]) -> None:
    tracker.feed(COMMITTED)
    tracker.feed(event)
    assert shown(tracker) == "listening"


def test_typed_text_outlives_the_reply_that_it_cancels(tracker: StateTracker) -> None:
    tracker.agent_state("speaking")
    tracker.typed()
    tracker.feed(done("cancelled", output=()))
    tracker.agent_state("idle")
    assert shown(tracker) == "thinking"


def test_other_events_change_nothing(tracker: StateTracker) -> None:
    tracker.feed({"type": "session.created"})
    tracker.feed({"type": "conversation.item.input_audio_transcription.completed", "transcript": "hello"})
    assert shown(tracker) == "listening"
