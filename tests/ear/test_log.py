"""Messages of the page's protocol fold into a conversation, tools and waterfalls."""

from __future__ import annotations

from typing import Any

from antiphon.agent.events import (
    Cut,
    Ended,
    Problem,
    StateChanged,
    ToolEnded,
    ToolStarted,
    Transcript,
    TurnTimed,
)
from antiphon.ear.log import CallLog
from antiphon.lines.messages import encode


def fold(*events: Any) -> CallLog:
    log = CallLog()
    for at, event in enumerate(events):
        log.add(encode(event), float(at))
    return log


def test_later_words_of_a_segment_replace_earlier_ones() -> None:
    log = fold(
        Transcript("a", "agent", "Good", False),
        Transcript("b", "caller", "four", True),
        Transcript("a", "agent", "Good evening.", True),
    )
    assert [(w.at_ms, w.speaker, w.text, w.final) for w in log.segments.values()] == [
        (0.0, "agent", "Good evening.", True),
        (1.0, "caller", "four", True),
    ]
    assert log.said_by("caller") == ["four"]


def test_a_cut_keeps_only_what_was_heard_and_a_resumption_takes_it_back() -> None:
    events = (Transcript("a", "agent", "We open at six.", True), Cut("a", "We open", "at six."))
    log = fold(*events)
    assert (log.segments["a"].text, log.segments["a"].unheard) == ("We open", "at six.")
    log = fold(*events, Cut("a", "We open", ""), Transcript("a", "agent", "We open at six.", True))
    assert (log.segments["a"].text, log.segments["a"].unheard) == ("We open at six.", "")


def test_tools_join_their_start_and_their_end() -> None:
    log = fold(
        ToolStarted("1", "book_table", {"people": 4}),
        ToolStarted("2", "find_table", {}),
        ToolEnded("1", "book_table", "closed on Mondays", True, 12.0),
    )
    first, second = log.tools.values()
    assert (first.name, first.arguments, first.output, first.is_error, first.took_ms) == (
        "book_table",
        {"people": 4},
        "closed on Mondays",
        True,
        12.0,
    )
    assert second.output is None


def test_states_waterfalls_problems_and_the_end() -> None:
    log = fold(
        StateChanged("thinking"),
        StateChanged("listening"),
        TurnTimed("a", "b", {"turn_over": 5.0}, {"cached": True}),
        Problem("engine_lost", "The line is lost."),
        Ended("hang_up"),
    )
    assert log.state == "listening"
    assert log.states == [(0.0, "thinking"), (1.0, "listening")]
    assert log.waterfalls[0].stamps == {"turn_over": 5.0}
    assert log.waterfalls[0].details == {"cached": True}
    assert log.problems == [
        {"at_ms": 3.0, "code": "engine_lost", "message": "The line is lost.", "fatal": False}
    ]
    assert log.ended == "hang_up"


def test_unknown_topics_are_passed_over() -> None:
    log = CallLog()
    log.add({"topic": "antiphon.clock", "id": "1"}, 0.0)
    log.add({"topic": "lk.something.new"}, 0.0)
    assert log == CallLog()
