"""Turns: who hears that the caller has finished, and what a client-side VAD changes."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import metadata
from typing import Any

import numpy as np
import pytest
import soxr
from livekit.agents import inference
from livekit.plugins import silero as silero_plugin
from numpy.typing import NDArray

from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from tests.api_notes.talk import FRAME, LINE_HZ, talk
from tests.support.speech import recording

LONG = Reply("one two three four five six seven eight nine ten", audio_ms=6000)
SPOKEN = "goodbye"
"""A recorded word: silero takes no tone for speech."""


def words() -> list[NDArray[np.int16]]:
    clip = recording(SPOKEN)
    pcm = soxr.resample(clip.pcm, clip.rate_hz, LINE_HZ).astype(np.int16)
    return list(np.pad(pcm, (0, -len(pcm) % FRAME)).reshape(-1, FRAME))


def silero(min_silence_s: float) -> inference.VAD:
    """The VAD that comes with LiveKit Agents."""
    return inference.VAD(model="silero", min_silence_duration=min_silence_s)


async def a_turn(server: ScriptedEngine, vad: Any) -> tuple[list[str], float, list[Any]]:
    """Of one spoken turn: what happened in order, seconds from the server's first audio to the agent's, the history."""
    server.script = lambda _: Reply("Half past nine.", audio_ms=1000)
    loop = asyncio.get_running_loop()
    happened: dict[str, float] = {}
    async with talk(server, vad=vad) as call:
        call.remote.on(
            "openai_server_event_received",
            lambda event: happened.setdefault(event["type"], loop.time()),
        )
        for who in ("user", "agent"):
            call.session.on(
                f"{who}_state_changed",  # type: ignore[arg-type]
                lambda event, who=who: happened.setdefault(f"{who} {event.new_state}", loop.time()),
            )
        await asyncio.sleep(0.2)
        call.words = words()
        await call.until_quiet()
        history = [item for item in call.session.history.items if item.type == "message"]
    order = [
        name
        for name in happened
        if name in ("input_audio_buffer.speech_stopped", "user listening", "agent speaking")
    ]
    return order, happened["agent speaking"] - happened["response.output_audio.delta"], history


@pytest.mark.row(id="client-vad-holds")
async def test_a_client_vad_holds_the_reply_until_its_own_end_of_speech(server: ScriptedEngine) -> None:
    order, held_s, _ = await a_turn(server, silero(0.6))
    assert order == ["input_audio_buffer.speech_stopped", "user listening", "agent speaking"]
    assert held_s > 0.3


@pytest.mark.row(id="client-vad-holds")
@pytest.mark.parametrize("vad", [None, ...], ids=["None", "left out"])
async def test_without_one_the_reply_is_played_at_once(server: ScriptedEngine, vad: Any) -> None:
    _, held_s, _ = await a_turn(server, vad)
    assert held_s < 0.05


@pytest.mark.row(id="client-vad-does-not-interrupt")
async def test_a_client_vad_interrupts_nothing_while_the_server_takes_turns(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server, vad=silero(0.2)) as call:
        call.session.generate_reply()
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        server.rewrite = lambda event: None if "speech_started" in event["type"] else event
        call.connection.speaking = True  # the server hears nothing new
        call.words = words()
        await call.until(lambda: [e.new_state for e in call.told("user_state_changed")] == ["speaking"])
        await asyncio.sleep(0.5)
        assert call.states()[-1] == "speaking" and "conversation.item.truncate" not in call.types()
        server.rewrite = lambda event: event
        await call.connection.send("input_audio_buffer.speech_started", item_id="item_x", audio_start_ms=0)
        await call.until(lambda: "conversation.item.truncate" in call.types())


@pytest.mark.row(id="e2e-latency")
async def test_no_latency_is_measured_without_a_client_vad(server: ScriptedEngine) -> None:
    _, _, history = await a_turn(server, None)
    assert [item.role for item in history] == ["user", "assistant"]
    assert not any("e2e_latency" in item.metrics for item in history)


@pytest.mark.row(id="e2e-latency")
async def test_with_one_it_is_less_than_what_the_caller_hears(
    server: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(time, "time", lambda: 1.8e9 + loop.time())
    server.script = lambda _: Reply("Half past nine.", audio_ms=1000)
    async with talk(server, vad=silero(0.2)) as call:
        await asyncio.sleep(0.2)
        call.words = words()
        spoken_s = loop.time() + recording(SPOKEN).end_ms / 1000
        await call.until(lambda: "speaking" in call.states())
        heard_s = loop.time() - spoken_s  # no network, no media: as short as it can be
        await call.until_quiet()
        reported_s = call.session.history.items[-1].metrics["e2e_latency"]  # type: ignore[union-attr]
        assert 0 < reported_s < heard_s - 0.02


@pytest.mark.row(id="ttft")
async def test_ttft_begins_with_the_servers_word_that_it_has_begun(
    server: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(time, "time", lambda: 1.8e9 + loop.time())
    server.script = lambda _: Reply("Half past nine.", audio_ms=200, delay_ms=1000)
    async with talk(server) as call:
        await asyncio.sleep(0.2)
        measured: list[Any] = []
        call.remote.on("metrics_collected", measured.append)
        server.slow_ms = 3000  # on the way to the server, or in its queue
        call.talking = False
        asked_s = loop.time()
        call.session.input.audio = None
        call.session.generate_reply()
        await call.until(lambda: call.played > 0)
        heard_s = loop.time() - asked_s
        await call.until(lambda: measured)
        assert 0.9 < measured[0].ttft < 1.2, "the second after response.created"
        assert heard_s > 3.9, "a clock of one's own, from asking to the first sample played"


@pytest.mark.row(id="false-interruption")
async def test_nothing_is_resumed_while_the_server_takes_turns(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    resume = {"turn_detection": "realtime_llm", "interruption": {"resume_false_interruption": True}}
    async with talk(server, turn_handling=resume) as call:
        call.session.generate_reply()
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        server.words = [""]  # a cough
        await call.say()
        await asyncio.sleep(10)
        assert call.told("agent_false_interruption") == []
        assert call.states()[-1] == "listening" and len(server.asked) == 1, "the rest is never said"


@pytest.mark.row(id="false-interruption")
async def test_who_wants_the_rest_asks_for_it(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server) as call:
        call.session.generate_reply()
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        server.words = [""]
        await call.say()
        await call.until(lambda: call.messages()[-1:] == [("user", "")] or len(call.messages()) == 2)
        await call.session.generate_reply(
            instructions="You were cut off by a noise. Go on where you stopped."
        )
        assert server.asked[-1].instructions.endswith("Go on where you stopped.")


@pytest.mark.row(id="manual-turns")
async def test_without_any_turn_detection_nobody_answers_until_the_turn_is_committed(
    server: ScriptedEngine,
) -> None:
    async with talk(
        server, model={"turn_detection": None}, turn_handling={"turn_detection": "manual"}
    ) as call:
        await asyncio.sleep(1)
        assert call.connection.audio_samples and "input_audio_buffer.commit" not in call.types()
        call.session.commit_user_turn()
        await call.until(lambda: call.played > 0)
        assert [kind for kind in call.types() if kind != "session.update"] == [
            "input_audio_buffer.commit",
            "response.create",
        ]


@pytest.mark.row(id="local-inference-licence")
def test_the_bundled_models_have_a_licence_of_their_own() -> None:
    assert "LicenseRef-LiveKit-Model" in metadata("livekit-local-inference")["License"]
    assert metadata("livekit-plugins-silero")["License-Expression"] == "Apache-2.0"
    assert inference.VAD(model="silero").provider == "livekit-local-inference"
    assert "livekit.plugins.silero" in silero_plugin.VAD.__module__
