"""History: what was said, and what was heard."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from tests.api_notes.talk import Talk, talk

LONG = Reply(
    "This is quite a long answer that goes on and on for a while, so that a caller who has heard enough of it can stop "
    "it in the middle, long before its last word.",
    audio_ms=9000,
)


def words_first(server: ScriptedEngine) -> None:
    """Makes the server send a reply's whole text before its audio, as OpenAI's is far ahead of what is heard."""
    told: set[str] = set()

    def rewrite(event: dict[str, Any]) -> dict[str, Any] | None:
        if event["type"] != "response.output_audio_transcript.delta":
            return event
        if event["item_id"] in told:
            return None
        told.add(event["item_id"])
        return event | {"delta": LONG.words}

    server.script = lambda _: LONG
    server.rewrite = rewrite


async def interrupted(call: Talk) -> list[str]:
    """What session, agent and plugin remember of a reply that was cut after a second of it."""
    call.session.generate_reply()
    await call.until(lambda: call.played > 24_000)
    await call.say()
    await call.until(lambda: "conversation.item.truncate" in call.types())
    await asyncio.sleep(0.2)
    contexts = (call.session.history, call.session.current_agent.chat_ctx, call.remote.chat_ctx)
    return [
        next(item.text_content or "" for item in context.messages() if item.role == "assistant")
        for context in contexts
    ]


@pytest.mark.row(id="unheard-words")
async def test_without_a_synchronizer_a_cut_reply_keeps_all_its_words(server: ScriptedEngine) -> None:
    words_first(server)
    async with talk(server) as call:
        assert await interrupted(call) == [LONG.words] * 3


@pytest.mark.row(id="unheard-words")
async def test_with_one_session_and_agent_keep_what_was_heard(
    server: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(time, "time", lambda: 1.8e9 + loop.time())
    words_first(server)
    async with talk(server, synchronised=True) as call:
        session, agent, plugin = await interrupted(call)
        assert session == agent and LONG.words.startswith(session) and len(session) < len(LONG.words) / 2
        assert plugin == LONG.words, "the plugin's copy, which is replayed after an outage, is not cut"


@pytest.mark.row(id="unheard-reply")
async def test_a_reply_of_which_nothing_was_played_stays_on_the_server(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await unplayed(call)
        assert LONG.words in str(call.connection.items), "the model believes that it has said it"
        assert "conversation.item.delete" not in call.types()
        assert call.messages() == [("user", "Hello.")]


@pytest.mark.row(id="unheard-reply")
async def test_one_that_began_and_got_no_further_is_deleted(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await unplayed(call, taken=10)
        assert "conversation.item.delete" in call.types() and "truncate" not in str(call.types())
        assert LONG.words not in str(call.connection.items)


@pytest.mark.row(id="unheard-reply")
async def test_an_agents_context_without_it_deletes_it(server: ScriptedEngine) -> None:
    async with talk(server) as call:
        await unplayed(call)
        kept = {item.id for item in call.session.history.items}
        context = call.session.current_agent.chat_ctx.copy()
        context.items = [item for item in context.items if item.type != "message" or item.id in kept]
        await call.session.current_agent.update_chat_ctx(context)
        assert LONG.words not in str(call.connection.items)
        assert call.messages() == [("user", "Hello.")]


async def unplayed(call: Talk, taken: int = 0) -> None:
    """A reply is interrupted when so many samples of it were played; the caller's words are not answered."""
    call.server.script = lambda _: LONG
    call.playing = False
    call.session.generate_reply()
    await call.until(lambda: call.connection.items and call.agent.playout.waiting)
    call.agent.playout.take(taken)
    await asyncio.sleep(0.1)
    call.server.script = lambda _: Reply("", audio_ms=0)
    await call.say()
    await call.until(lambda: "response.cancel" in call.types())
    await asyncio.sleep(1)
