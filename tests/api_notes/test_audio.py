"""Audio: what is heard, and in which pieces."""

from __future__ import annotations

import asyncio

import pytest

from tests.api_notes.talk import FRAME, talk
from tests.support.scripted_engine import Reply, ScriptedEngine

LONG = Reply("one two three four five six seven eight nine ten", audio_ms=6000)


@pytest.mark.row("aec-warmup")
async def test_the_greeting_can_not_be_interrupted_by_default(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server, aec_warmup_duration=...) as call:
        assert call.session.options.aec_warmup_duration == 3.0
        call.session.generate_reply(instructions="Greet.")
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        await call.say(1000)
        await asyncio.sleep(0.5)
        assert not call.connection.speaking and "response.cancel" not in call.types()
        assert call.states()[-1] == "speaking", "the caller was replaced by silence"
        await asyncio.sleep(2)
        await call.say(300)
        await call.until(lambda: "conversation.item.truncate" in call.types())
    

@pytest.mark.row("aec-warmup")
async def test_without_a_warm_up_it_can(server: ScriptedEngine) -> None:
    server.script = lambda _: LONG
    async with talk(server) as call:
        call.session.generate_reply(instructions="Greet.")
        await call.until(lambda: call.states()[-1:] == ["speaking"])
        await call.say(300)
        await call.until(lambda: "conversation.item.truncate" in call.types())


@pytest.mark.row("append-chunks")
async def test_audio_leaves_in_100_ms_chunks(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await asyncio.sleep(1)
        assert set(call.connection.append_samples) == {5 * FRAME}
