"""The shell around a session, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from antiphon import wire
from antiphon.engine.brains.brain import BrainRequest, Say
from antiphon.engine.effects import JudgeEndOfTurn, Recognise, Speak, Think, Work
from antiphon.engine.metrics import EngineMetrics
from antiphon.engine.outgoing import MAX_UNSENT_BYTES
from antiphon.engine.runner import SessionRunner
from antiphon.errors import InferenceError
from tests.engine.scripted_session import ScriptedSession, SlowParts
from tests.engine.virtual_loop import clock_ms, run

PCM = np.zeros(160, np.int16)
REQUEST = BrainRequest("", "", (), "auto", (), datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
WORK: dict[str, Work] = {
    "recognise": Recognise(PCM, ("names",)),
    "end_of_turn": JudgeEndOfTurn(PCM),
    "voice": Speak("Okay.", "alloy", 1.1),
    "brain": Think(REQUEST),
}

Step = str | bytes | float
"""A client's message, or milliseconds that it waits."""


class Client:
    """Sends what it is told at the times it is told, and keeps what it is sent."""

    def __init__(self, *steps: Step, reads: Callable[[], Awaitable[None]] | None = None) -> None:
        self.steps = steps
        self.sent: list[dict[str, Any]] = []
        self.sent_at: list[float] = []
        self._reads = reads

    async def messages(self) -> AsyncIterator[str | bytes]:
        for step in self.steps:
            if isinstance(step, float):
                await asyncio.sleep(step / 1000)
            else:
                self.sent_at.append(clock_ms())
                yield step

    async def send(self, data: bytes) -> None:
        if self._reads is not None:
            await self._reads()
        self.sent.append(json.loads(data))

    def types(self) -> list[str]:
        return [event["type"] for event in self.sent]


def call(
    session: ScriptedSession,
    client: Client,
    parts: SlowParts | None = None,
    metrics: EngineMetrics | None = None,
    stop_after_ms: float | None = None,
) -> str:
    """Runs a whole call in virtual time; returns why it ended."""

    async def main() -> str:
        runner = SessionRunner(
            session, (parts or SlowParts()).as_parts(), client.send, clock=clock_ms, metrics=metrics
        )
        if stop_after_ms is not None:
            asyncio.get_running_loop().call_later(stop_after_ms / 1000, runner.stop, "shutdown")
        return await runner.run(client.messages())

    return run(main())


def starting(*works: Work) -> Callable[[ScriptedSession, wire.ClientEvent, float], None]:
    """Starts works, numbered from 1, at the first event."""

    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        for number, work in enumerate(works, 1):
            session.start(number, work)

    return on_event


CLEAR = '{"type":"input_audio_buffer.clear","event_id":"e1"}'


def test_events_go_in_and_out_in_order() -> None:
    session = ScriptedSession(on_event=lambda s, e, t: s.send(wire.InputAudioBufferCleared()))
    client = Client(CLEAR, CLEAR, 10.0)
    assert call(session, client) == "client"
    assert session.names() == ["open", "receive", "receive"]
    assert client.types() == ["session.created", "input_audio_buffer.cleared", "input_audio_buffer.cleared"]
    assert session.closed


def test_a_malformed_event_is_refused_and_the_call_goes_on() -> None:
    session = ScriptedSession()
    client = Client('{"type":"nonsense","event_id":"e7"}', b"\xff", CLEAR, 10.0)
    call(session, client)
    assert session.names() == ["open", "refuse", "refuse", "receive"]
    assert client.sent[1]["error"]["param"] == "type"
    assert client.sent[1]["error"]["event_id"] == "e7"


def test_an_unknown_field_is_named_and_the_rest_applied() -> None:
    session = ScriptedSession()
    client = Client(
        '{"type":"session.update","event_id":"e1","session":{"voice":"ash","instructions":"Hi"}}', 5.0
    )
    call(session, client)
    assert session.names() == ["open", "refuse", "receive"]
    assert client.sent[1]["error"]["param"] == "session.voice"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("recognise", "160 names"),
        ("end_of_turn", 0.75),
        ("voice", "Okay./alloy/1.1"),
        ("brain", None),
    ],
)
def test_work_is_done_by_its_part_and_its_result_comes_back(kind: str, expected: object) -> None:
    session = ScriptedSession(on_event=starting(WORK[kind]))
    call(session, Client(CLEAR, 500.0))
    name, result, _ = session.given[-1]
    assert name == "finished"
    assert getattr(result, "text", result) == expected


def test_work_runs_side_by_side() -> None:
    session = ScriptedSession(on_event=starting(WORK["recognise"], WORK["end_of_turn"]))
    call(session, Client(CLEAR, 500.0))
    times = [at for name, _, at in session.given if name == "finished"]
    assert times[0] == times[1]


def test_a_brains_outputs_come_one_by_one_before_its_end() -> None:
    session = ScriptedSession(on_event=starting(WORK["brain"]))
    call(session, Client(CLEAR, 500.0))
    assert [(name, what) for name, what, _ in session.given[2:]] == [
        ("thought", Say("one ")),
        ("thought", Say("two")),
        ("finished", None),
    ]


def test_recognitions_are_trials_until_they_are_hastened() -> None:
    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        if isinstance(event, wire.InputAudioBufferClear):
            session.start(1, WORK["recognise"])
            session.start(2, WORK["recognise"])
        else:
            session.hasten(2)
            session.hasten(3)  # never begun, or done already: nothing to do

    parts = SlowParts(ms=500)
    call(
        ScriptedSession(on_event=on_event),
        Client(CLEAR, 10.0, '{"type":"input_audio_buffer.commit"}', 900.0),
        parts,
    )
    assert [urgency.final for urgency in parts.urgencies] == [False, True]


@pytest.mark.parametrize("kind", WORK)
def test_a_parts_failure_comes_back_as_failed(kind: str) -> None:
    session = ScriptedSession(on_event=starting(WORK[kind]))
    failure = InferenceError("the worker died")
    metrics = EngineMetrics()
    assert call(session, Client(CLEAR, 500.0), SlowParts(failure=failure), metrics) == "client"
    assert session.given[-1][:2] == ("failed", failure)
    assert f'antiphon_engine_work_failed_total{{work="{kind}"}} 1.0' in metrics.text().decode()


@pytest.mark.parametrize("kind", WORK)
def test_withdrawn_work_stops_and_says_nothing(kind: str) -> None:
    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        if isinstance(event, wire.InputAudioBufferClear):
            session.start(1, WORK[kind])
        else:
            session.withdraw(1)

    session, parts = ScriptedSession(on_event=on_event), SlowParts()
    call(session, Client(CLEAR, 50.0, '{"type":"input_audio_buffer.commit"}', 500.0), parts)
    assert session.names() == ["open", "receive", "receive"]
    assert (parts.running, parts.cancelled) == (0, 1)
    assert parts.closed_streams == (1 if kind == "brain" else 0)


def test_a_brain_that_is_withdrawn_by_its_own_output_stops() -> None:
    session = ScriptedSession(
        on_event=starting(WORK["brain"]), on_result=lambda s, work_id, result, t: s.withdraw(work_id)
    )
    parts = SlowParts()
    call(session, Client(CLEAR, 900.0), parts)
    assert [name for name in session.names() if name in ("thought", "finished", "failed")] == ["thought"]
    assert parts.closed_streams == 1


def test_withdrawing_finished_work_is_harmless() -> None:
    session = ScriptedSession(
        on_event=starting(WORK["voice"]), on_result=lambda s, work_id, result, t: s.withdraw(work_id)
    )
    assert call(session, Client(CLEAR, 500.0)) == "client"


def test_ticks_come_when_they_are_wanted() -> None:
    def on_tick(session: ScriptedSession, now_ms: float) -> None:
        if len(session.names()) < 4:
            session.next_ms = now_ms + 40

    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        session.next_ms = now_ms + 25

    session = ScriptedSession(on_event=on_event, on_tick=on_tick)
    call(session, Client(CLEAR, 500.0))
    received = session.given[1][2]
    ticks = [at - received for name, _, at in session.given if name == "tick"]
    assert ticks == pytest.approx([25, 65], abs=0.2)


def test_a_tick_may_be_moved_nearer_and_put_off() -> None:
    moves = iter([300.0, 50.0, 200.0])

    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        session.next_ms = now_ms + next(moves)

    session = ScriptedSession(on_event=on_event)
    call(session, Client(CLEAR, 20.0, CLEAR, 20.0, CLEAR, 900.0))
    received = [at for name, _, at in session.given if name == "receive"]
    ticks = [at for name, _, at in session.given if name == "tick"]
    assert ticks == pytest.approx([received[2] + 200], abs=0.2)


def test_a_session_that_is_behind_reads_no_more_until_it_has_caught_up() -> None:
    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        session.next_ms = now_ms  # more than it may do at once

    def on_tick(session: ScriptedSession, now_ms: float) -> None:
        if session.names().count("tick") % 10:
            session.next_ms = now_ms

    session = ScriptedSession(on_event=on_event, on_tick=on_tick)
    call(session, Client(CLEAR, CLEAR, CLEAR, 100.0))
    assert session.names() == ["open"] + (["receive"] + ["tick"] * 10) * 3


def test_a_core_that_never_catches_up_does_not_stall_the_loop() -> None:
    def always(session: ScriptedSession, now_ms: float) -> None:
        session.next_ms = now_ms

    session = ScriptedSession(on_event=lambda s, e, t: always(s, t), on_tick=always)
    assert call(session, Client(CLEAR, CLEAR), stop_after_ms=50) == "shutdown"
    assert session.names().count("tick") <= 50


def test_a_client_that_does_not_read_is_let_go() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        for _ in range(10):
            session.send(
                wire.ResponseOutputAudioDelta(
                    response_id="r", item_id="i", delta=bytes(MAX_UNSENT_BYTES // 20)
                )
            )

    session = ScriptedSession(on_event=on_event)
    assert call(session, Client(CLEAR, 10.0, CLEAR, 10.0, CLEAR, 10_000.0, reads=never)) == "slow_client"
    assert session.closed


def test_a_client_that_reads_late_gets_all_of_it() -> None:
    async def late() -> None:
        await asyncio.sleep(0.05)

    session = ScriptedSession(on_event=lambda s, e, t: s.send(wire.InputAudioBufferCleared()))
    client = Client(*([CLEAR] * 20), 2000.0, reads=late)
    call(session, client)
    assert len(client.sent) == 21


def test_a_client_that_is_gone_ends_the_call_and_its_work() -> None:
    async def gone() -> None:
        raise ConnectionResetError

    session, parts = ScriptedSession(on_event=starting(*WORK.values())), SlowParts(ms=60_000)
    assert call(session, Client(CLEAR, 60_000.0, reads=gone), parts) == "client"
    assert parts.running == 0
    assert session.closed


def test_hanging_up_withdraws_all_work() -> None:
    session, parts = ScriptedSession(on_event=starting(*WORK.values())), SlowParts(ms=60_000)
    call(session, Client(CLEAR, 10.0), parts)
    assert (parts.running, parts.cancelled) == (0, 4)
    assert session.names() == ["open", "receive"]


def test_shutdown_ends_the_call() -> None:
    session, parts = ScriptedSession(on_event=starting(*WORK.values())), SlowParts(ms=60_000)
    assert call(session, Client(CLEAR, 60_000.0), parts, stop_after_ms=30) == "shutdown"
    assert parts.running == 0


def test_cancelling_the_call_leaves_nothing_running() -> None:
    session, parts = ScriptedSession(on_event=starting(*WORK.values())), SlowParts(ms=60_000)
    client = Client(CLEAR, 60_000.0)

    async def main() -> None:
        runner = SessionRunner(session, parts.as_parts(), client.send, clock=clock_ms)
        task = asyncio.create_task(runner.run(client.messages()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert session.closed
    assert parts.running == 0


@pytest.mark.parametrize("where", ["event", "result", "tick"])
def test_a_bug_in_the_core_ends_this_call_and_tells_the_client(where: str) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        session.start(1, WORK["voice"])
        session.next_ms = now_ms + 5
        if where == "event":
            broken()

    session = ScriptedSession(
        on_event=on_event,
        on_tick=broken if where == "tick" else lambda s, t: None,
        on_result=broken if where == "result" else lambda s, i, r, t: None,
    )
    client = Client(CLEAR, 60_000.0)
    assert call(session, client) == "failed"
    assert client.sent[-1]["error"]["type"] == "server_error"
    assert session.closed


def test_what_is_counted() -> None:
    def on_event(session: ScriptedSession, event: wire.ClientEvent, now_ms: float) -> None:
        session.start(1, WORK["voice"])
        session.start(2, WORK["brain"])
        session.record("speculation_kept", now_ms)

    metrics = EngineMetrics()
    call(ScriptedSession(on_event=on_event), Client(CLEAR, '{"type":"x"}', 900.0), metrics=metrics)
    text = metrics.text().decode()
    for line in (
        'antiphon_engine_events_received_total{type="input_audio_buffer.clear"} 1.0',
        'antiphon_engine_events_sent_total{type="session.created"} 1.0',
        'antiphon_engine_errors_total{code="invalid_value"} 1.0',
        'antiphon_engine_work_seconds_count{work="voice"} 1.0',
        "antiphon_engine_voice_cached_total 1.0",
        "antiphon_engine_brain_first_seconds_count 1.0",
        'antiphon_engine_decisions_total{topic="speculation_kept"} 1.0',
    ):
        assert line in text
