"""A call from greeting to end: real LiveKit session, real plugin, a server that follows a script."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from livekit.agents import Agent

from antiphon.agent import history
from antiphon.agent.calls import Calls
from antiphon.agent.events import (
    HOPS,
    CallEvent,
    Cut,
    Ended,
    StateChanged,
    ToolEnded,
    ToolStarted,
    Transcript,
    TurnTimed,
)
from antiphon.ear.scripted_engine import Asked, Reply, ScriptedEngine
from tests.agent.conftest import CallsMaker
from tests.agent.phone import FRAME, Phone

LONG = Reply("one two three four five six seven eight nine ten", audio_ms=4000)


NO_TOOL = "Unknown function: fly - available tools: add, goodbye, refuse, slow"


def history_of(phone: Phone) -> list[tuple[str, str]]:
    """What the agent itself remembers: LiveKit's session history."""
    items = phone.call._session.history.items
    return [(item.role, item.text_content or "") for item in items if item.type == "message"]


def context_of(phone: Phone) -> list[tuple[str, str]]:
    """What the agent's own context holds, which handoffs and tools go on with."""
    items = phone.call._session.current_agent.chat_ctx.items
    return [(item.role, item.text_content or "") for item in items if item.type == "message"]


def mirror_of(phone: Phone) -> list[tuple[str, str]]:
    """What the plugin would replay after a reconnection."""
    remote = history.realtime_session(phone.call._session)
    assert remote is not None
    return [(item.role, item.text_content or "") for item in remote.chat_ctx.items if item.type == "message"]


async def test_the_agent_greets(engine: ScriptedEngine, calls: Calls) -> None:
    engine.script = lambda _: Reply("Good evening, how can I help?", audio_ms=400)
    async with Phone(calls) as phone:
        await phone.until_told(Transcript, final=True)
        await phone.until_idle()
        assert phone.texts() == [("agent", "Good evening, how can I help?")]
        assert phone.loud_samples == 400 * 24
        (timed,) = phone.told(TurnTimed)
        assert list(timed.stamps) == [hop for hop in HOPS if hop in timed.stamps]
        assert timed.stamps["turn_over"] <= timed.stamps["audio_sent"] <= timed.stamps["audio_played"]
        assert timed.user_segment_id == "" and timed.details == {"cached": True}
        assert phone.call.record.as_dict()["transcript"][0]["text"] == "Good evening, how can I help?"
    assert engine.asked[0].kind == "create"
    assert "Greet the caller" in engine.asked[0].instructions and "Be kind." in engine.asked[0].instructions
    assert phone.told(Ended) == [Ended("hang_up")]


async def test_what_the_server_is_told(engine: ScriptedEngine, calls: Calls) -> None:
    async with Phone(calls) as phone:
        await phone.until(lambda: engine.connections and len(engine.connections[0].append_samples) > 5)
        session = engine.connections[0].session
    assert session["instructions"] == "Be kind."
    assert session["output_modalities"] == ["audio"]
    assert session["audio"]["output"]["voice"] == "alloy"
    assert session["audio"]["input"]["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "create_response": True,
        "interrupt_response": True,
    }
    assert {tool["name"] for tool in session["tools"]} == {"add", "refuse", "slow", "goodbye"}
    assert set(engine.connections[0].append_samples) == {FRAME}, "the caller's audio leaves every 20 ms"
    assert engine.connections[0].query == {"antiphon": "events", "model": "gpt-realtime"}


async def test_a_spoken_turn(engine: ScriptedEngine, calls: Calls) -> None:
    engine.words = ["what time is it"]
    engine.script = lambda asked: Reply("Half past nine." if asked.words else "Hello.", audio_ms=200)
    async with Phone(calls) as phone:
        await phone.until_idle()
        await phone.say()
        await phone.until(
            lambda: phone.texts()[-1] == ("agent", "Half past nine.") and phone.loud_samples >= 9600
        )
        caller = phone.told(Transcript, speaker="caller")
        assert [event.text for event in caller] == [
            "what",
            "what time",
            "what time is",
            "what time is it",
            "what time is it",
        ]
        assert [event.final for event in caller] == [False] * 4 + [True]
        assert phone.told(TurnTimed)[-1].user_segment_id == caller[0].segment_id
        await phone.until(lambda: phone.states[-1:] == ["listening"])
        assert phone.states[-3:] == ["thinking", "speaking", "listening"]
        assert history_of(phone) == [
            ("assistant", "Hello."),
            ("user", "what time is it"),
            ("assistant", "Half past nine."),
        ]


async def test_tools_run_and_their_errors_are_told(engine: ScriptedEngine, calls: Calls) -> None:
    def script(asked: Asked) -> Reply:
        if asked.output is not None:
            return Reply(asked.output, audio_ms=80)
        if asked.kind == "turn":
            tool = asked.words
            return Reply(tool=tool, arguments={"a": 1, "b": 2} if tool == "add" else {})
        return Reply("Hello.", audio_ms=80)

    engine.script = script
    engine.words = ["add", "refuse", "fly"]
    async with Phone(calls) as phone:
        for words in ("It is 3.", "We are closed on Mondays.", NO_TOOL):
            await phone.until_idle()
            await phone.say()
            await phone.until_told(Transcript, text=words, final=True)
        started, ended = phone.told(ToolStarted), phone.told(ToolEnded)
        assert [(event.name, dict(event.arguments)) for event in started] == [
            ("add", {"a": 1, "b": 2}),
            ("refuse", {}),
            ("fly", {}),
        ]
        assert [(event.name, event.output, event.is_error) for event in ended] == [
            ("add", "It is 3.", False),
            ("refuse", "We are closed on Mondays.", True),
            ("fly", NO_TOOL, True),
        ]
        assert [event.call_id for event in started] == [event.call_id for event in ended]
        assert phone.events.index(started[0]) < phone.events.index(ended[0])


async def test_a_greeting_can_be_interrupted_at_once_and_history_holds_what_was_heard(
    engine: ScriptedEngine, calls: Calls
) -> None:
    engine.word_ms = 400
    engine.words = ["stop"]
    engine.script = lambda asked: LONG if not asked.words else Reply("Yes?", audio_ms=80)
    async with Phone(calls) as phone:
        await phone.until(lambda: phone.loud_samples >= 24 * 900)  # deep in LiveKit's 3 s of deafness
        await phone.say()
        cut = await phone.until_told(Cut)
        await phone.until_told(Transcript, text="Yes?", final=True)
        (truncate,) = [e for e in engine.connections[0].received if e["type"] == "conversation.item.truncate"]
        words = LONG.words.split(" ")
        heard = words[: truncate["audio_end_ms"] // 400]
        assert 2 <= len(heard) < 10
        assert (cut.heard.split(), cut.unheard.split()) == (heard, words[len(heard) :])
        assert history_of(phone)[0] == ("assistant", cut.heard)
        await phone.until(lambda: mirror_of(phone)[0] == ("assistant", cut.heard))
        assert phone.texts()[0] == ("agent", cut.heard)
        # what was played until the cut is exactly what the server was told
        loud = np.flatnonzero(np.concatenate(phone.heard))
        pauses = np.flatnonzero(np.diff(loud) > FRAME)
        played = loud[pauses[0] if len(pauses) else -1] + 1 - loud[0]
        assert abs(played / 24 - truncate["audio_end_ms"]) <= 1


@pytest.fixture
def cloud(engine: ScriptedEngine, make_calls: CallsMaker, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Calls to a server that does not tell what was heard, as OpenAI's."""
    engine.antiphon_events = False
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    monkeypatch.setenv("OPENAI_BASE_URL", engine.url)
    return make_calls(model="openai")


@pytest.mark.parametrize("by", ["voice", "text"])
async def test_a_reply_that_was_interrupted_before_its_first_frame_is_forgotten_everywhere(
    engine: ScriptedEngine, cloud: Calls, by: str
) -> None:
    engine.words = ["stop"]
    engine.script = lambda asked: LONG if not asked.words else Reply("Yes?", audio_ms=80)
    async with Phone(cloud) as phone:
        phone.playing = False
        await phone.until_told(Transcript, speaker="agent")
        await phone.until(lambda: phone.call._audio.waiting)
        if by == "voice":
            await phone.say()
        else:
            phone.call.type_text("stop")
        cut = await phone.until_told(Cut)
        assert cut.heard == "" and LONG.words.startswith(cut.unheard)
        phone.playing = True
        await phone.until_told(Transcript, text="Yes?", final=True)
        await phone.until_idle()
        whole = [("user", "stop"), ("assistant", "Yes?")]
        assert history_of(phone) == context_of(phone) == whole
        assert [item["role"] for item in engine.connections[0].items] == ["user", "assistant"]
        await phone.until(lambda: len(mirror_of(phone)) == 2)
        assert phone.texts() == [("caller", "stop"), ("agent", "Yes?")]
        changes = [
            e["item_id"] for e in engine.connections[0].received if "conversation.item.delete" in e["type"]
        ]
        assert changes == [cut.segment_id], "deleted once, and nothing else with it"
        assert len(engine.asked) == 2


async def test_words_that_cross_the_cancelling_are_forgotten_too(
    engine: ScriptedEngine, cloud: Calls
) -> None:
    """The reply is interrupted before it begins, and the server begins it before it hears of that: LiveKit then deletes nothing."""
    late = Reply(LONG.words, audio_ms=4000, delay_ms=200)
    engine.script = lambda asked: late if not asked.words else Reply("Yes?", audio_ms=80)
    async with Phone(cloud) as phone:
        phone.playing = False
        await phone.until(lambda: engine.asked)
        (connection,) = engine.connections
        cancel = connection.cancel

        async def cancel_late() -> None:
            await phone.until_told(Transcript, speaker="agent")
            await cancel()

        connection.cancel = cancel_late  # type: ignore[method-assign]
        phone.call.type_text("stop")
        cut = await phone.until_told(Cut)
        assert cut.heard == "" and LONG.words.startswith(cut.unheard)
        phone.playing = True
        await phone.until_told(Transcript, text="Yes?", final=True)
        await phone.until_idle()
        await phone.until(lambda: [item["role"] for item in connection.items] == ["user", "assistant"])
        await phone.until(lambda: len(mirror_of(phone)) == 2)
        await phone.until(lambda: len(context_of(phone)) == 2)
        assert history_of(phone) == context_of(phone) == [("user", "stop"), ("assistant", "Yes?")]
        assert phone.texts() == [("caller", "stop"), ("agent", "Yes?")]


async def test_a_turn_without_words_leaves_no_trace(engine: ScriptedEngine, calls: Calls) -> None:
    engine.words = [""]
    async with Phone(calls) as phone:
        await phone.until_idle()
        await phone.say()
        await phone.until(lambda: any(item.get("role") == "user" for item in engine.connections[0].items))
        await phone.until(lambda: phone.states[-2:] == ["thinking", "listening"])
        assert history_of(phone) == [("assistant", "All right.")]
        assert phone.told(Transcript, speaker="caller") == []


async def test_typing_while_the_agent_speaks(engine: ScriptedEngine, calls: Calls) -> None:
    engine.script = lambda asked: LONG if not asked.words else Reply(f"You typed {asked.words}.", audio_ms=80)
    async with Phone(calls) as phone:
        await phone.until(lambda: phone.agent_is_loud)
        phone.call.type_text("  hello there ", "chat-1")
        await phone.until_told(Transcript, text="You typed hello there.", final=True)
        assert phone.told(Transcript, speaker="caller") == [
            Transcript("chat-1", "caller", "hello there", final=True, typed=True)
        ]
        assert phone.told(Cut)[0].unheard
        assert ("user", "hello there") in history_of(phone)


async def test_typing_while_the_caller_speaks(engine: ScriptedEngine, calls: Calls) -> None:
    engine.script = lambda asked: Reply(f"Heard {asked.words or 'nothing'}.", audio_ms=80)
    async with Phone(calls) as phone:
        await phone.until_idle()
        phone.talking = True
        await phone.until(lambda: engine.connections[0].speaking)
        phone.call.type_text("typed")
        await phone.until_told(Transcript, text="Heard typed.", final=True)
        phone.talking = False


async def test_texts_that_follow_each_other_at_once_all_arrive_in_order(
    engine: ScriptedEngine, calls: Calls
) -> None:
    engine.script = lambda asked: Reply(f"Heard {asked.words or 'nothing'}.", audio_ms=400, delay_ms=50)
    async with Phone(calls) as phone:
        for text in ("first", "second", "third"):
            phone.call.type_text(text)
        phone.call.type_text("   ")
        await phone.until_told(Transcript, text="Heard third.", final=True)
        typed = [
            item["content"][0]["text"] for item in engine.connections[0].items if item.get("role") == "user"
        ]
        assert typed == ["first", "second", "third"]


async def test_hanging_up_in_mid_word_leaves_nothing_behind(engine: ScriptedEngine, calls: Calls) -> None:
    engine.script = lambda _: LONG
    tasks_before = asyncio.all_tasks()
    phone = Phone(calls)
    async with phone:
        await phone.until(lambda: phone.agent_is_loud)
        phone.talking = True
        await phone.until(lambda: engine.connections[0].speaking)
        await asyncio.gather(phone.call.hang_up("gone"), phone.call.hang_up())
        assert await phone.call.wait_ended() == "gone"
        assert not np.any(phone.call.take(FRAME))
        phone.call.hear(np.ones(FRAME, np.int16))
        phone.call.type_text("too late")
    await asyncio.sleep(0.1)  # the server's side of the socket
    left = [task for task in asyncio.all_tasks() - tasks_before if not task.done()]
    assert left == [], left
    assert engine.live == []
    assert calls.active == 0
    assert phone.told(Ended) == [Ended("gone")]


async def test_a_tool_that_runs_when_the_caller_hangs_up_is_finished(
    engine: ScriptedEngine, make_calls: CallsMaker
) -> None:
    agents: list[Agent] = []

    def factory() -> Agent:
        from tests.agent.conftest import Helper

        agents.append(Helper())
        return agents[-1]

    engine.script = lambda asked: Reply(tool="slow") if asked.kind == "turn" else Reply("Hello.", audio_ms=80)
    async with Phone(make_calls(factory)) as phone:
        await phone.until_idle()
        await phone.say()
        await phone.until_told(ToolStarted)
    assert agents[0].finished == 1  # type: ignore[attr-defined]
    assert phone.told(ToolEnded)[0].output == "Done at last."


async def test_an_agent_may_end_the_call(engine: ScriptedEngine, calls: Calls) -> None:
    engine.script = lambda asked: (
        Reply(tool="goodbye") if asked.kind == "turn" else Reply("Hello.", audio_ms=80)
    )
    async with Phone(calls) as phone:
        await phone.until_idle()
        await phone.say()
        assert await phone.call.wait_ended() == "agent"


async def test_an_agent_that_greets_by_itself_is_not_made_to_greet_twice(
    engine: ScriptedEngine, make_calls: CallsMaker
) -> None:
    class Eager(Agent):
        async def on_enter(self) -> None:
            self.session.generate_reply(instructions="Say ahoy.")

    async with Phone(make_calls(lambda: Eager(instructions="Be quick."))) as phone:
        await phone.until_told(Transcript, final=True)
        await phone.until_idle()
        assert len(engine.asked) == 1
        assert "Say ahoy." in engine.asked[0].instructions


async def test_a_client_side_vad_may_listen_too(engine: ScriptedEngine, make_calls: CallsMaker) -> None:
    calls = make_calls(client_vad=True)
    async with Phone(calls) as phone:
        await phone.until_idle()
        await phone.say()
        await phone.until(lambda: len(phone.texts()) == 3)
        assert phone.call._session.vad is not None
        detection = engine.connections[0].session["audio"]["input"]["turn_detection"]
        assert detection["type"] == "server_vad", "turns are still the server's"


async def test_a_line_that_fails_does_not_end_the_call(engine: ScriptedEngine, calls: Calls) -> None:
    seen: list[CallEvent] = []

    def fragile(event: CallEvent) -> None:
        seen.append(event)
        raise ValueError("the line is broken")

    call = await calls.open(fragile, line="test")
    for _ in range(100):
        call.take(FRAME)
        await asyncio.sleep(0.01)
        if any(isinstance(event, Transcript) for event in seen):
            break
    await call.hang_up()
    assert any(isinstance(event, Transcript) for event in seen)
    assert isinstance(seen[-1], Ended)


async def test_twelve_calls_do_not_cross(engine: ScriptedEngine, calls: Calls) -> None:
    engine.script = lambda asked: Reply(f"You said {asked.words or 'nothing'}.", audio_ms=80)

    async def one(number: int) -> None:
        async with Phone(calls) as phone:
            phone.call.type_text(f"number {number}")
            await phone.until_told(Transcript, text=f"You said number {number}.", final=True)
            others = [
                text for _, text in phone.texts() if "number" in text and f"number {number}" not in text
            ]
            assert others == []

    await asyncio.gather(*(one(number) for number in range(12)))


@pytest.mark.parametrize("name", ["initializing", "idle"])
def test_states_are_those_of_lk_agent_state(name: str) -> None:
    from antiphon.agent.state import StateTracker

    tracker = StateTracker()
    tracker.agent_state(name)
    assert StateChanged(tracker.state).state in ("initializing", "listening")
