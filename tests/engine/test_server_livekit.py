"""The server with LiveKit's own RealtimeModel: what the plugin waits for, it gets; what it complains of, it does not see."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, function_tool, llm
from livekit.plugins import openai
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from antiphon.engine.server import EngineServer
from tests.engine.test_server import engine


@function_tool
async def book(seats: int) -> str:
    """Books a table."""
    return f"table nine for {seats}"


@contextlib.asynccontextmanager
async def session(
    server: EngineServer, errors: list[Any], **options: Any
) -> AsyncIterator[openai.realtime.RealtimeSession]:
    """A RealtimeSession as the agent of this project makes it. What it complains of is kept."""
    async with aiohttp.ClientSession() as http:
        model = openai.realtime.RealtimeModel(
            base_url=server.url,
            api_key="local",
            voice="alloy",
            modalities=["text", "audio"],
            http_session=http,
            max_session_duration=None,
            conn_options=APIConnectOptions(max_retry=3, retry_interval=0.1, timeout=3),
            turn_detection=ServerVad(
                type="server_vad",
                threshold=0.5,
                prefix_padding_ms=300,
                silence_duration_ms=200,
                create_response=True,
                interrupt_response=True,
            ),
            **options,
        )
        realtime = model.session()
        realtime.on("error", errors.append)
        realtime.on(
            "openai_server_event_received",
            lambda event: errors.append(event) if event["type"] == "error" else None,
        )
        try:
            yield realtime
        finally:
            await realtime.aclose()
            await model.aclose()


async def words_of(generation: llm.GenerationCreatedEvent) -> str:
    text = ""
    async for message in generation.message_stream:
        async for delta in message.text_stream:
            text += delta
        async for _ in message.audio_stream:
            pass
    return text


async def speak(realtime: openai.realtime.RealtimeSession, ms: int = 500) -> None:
    """Half a second of speech and then silence, at real-time pace."""
    for n in range(10_000):
        level = 3000 if n * 20 < ms else 0
        pcm = np.full(480, level, np.int16)
        realtime.push_audio(
            rtc.AudioFrame(data=pcm.tobytes(), sample_rate=24000, num_channels=1, samples_per_channel=480)
        )
        await asyncio.sleep(0.02)


async def test_the_greeting_comes_without_a_time_out() -> None:
    errors: list[Any] = []
    async with engine() as server, session(server, errors) as realtime:
        await realtime.update_instructions("You take bookings.")
        generation = await asyncio.wait_for(realtime.generate_reply(instructions="Greet the caller."), 5)
        assert await asyncio.wait_for(words_of(generation), 10) == "Good evening to you."
    assert errors == []


async def test_a_spoken_turn_calls_the_tool_and_speaks_its_result() -> None:
    errors: list[Any] = []
    async with engine() as server, session(server, errors) as realtime:
        generations: asyncio.Queue[llm.GenerationCreatedEvent] = asyncio.Queue()
        heard: list[str] = []
        realtime.on("generation_created", generations.put_nowait)
        realtime.on(
            "input_audio_transcription_completed",
            lambda event: heard.append(event.transcript) if event.is_final else None,
        )
        await realtime.update_instructions("You take bookings.")
        await realtime.update_tools([book])
        caller = asyncio.create_task(speak(realtime))
        try:
            first = await asyncio.wait_for(generations.get(), 10)
            (call,) = [call async for call in first.function_stream]
            assert (call.name, json.loads(call.arguments)) == ("book", {"seats": 4})
            assert heard == ["four people please"]
            context = realtime.chat_ctx.copy()
            context.items.append(
                llm.FunctionCallOutput(call_id=call.call_id, name="book", output="table nine", is_error=False)
            )
            await asyncio.wait_for(realtime.update_chat_ctx(context), 5)
            reply = await asyncio.wait_for(realtime.generate_reply(), 5)
            assert await asyncio.wait_for(words_of(reply), 10) == "The desk says table nine."
        finally:
            caller.cancel()
    assert errors == []


async def test_typed_text_and_an_interruption() -> None:
    errors: list[Any] = []
    async with engine() as server, session(server, errors) as realtime:
        context = realtime.chat_ctx.copy()
        context.add_message(role="user", content="word " * 40)
        await asyncio.wait_for(realtime.update_chat_ctx(context), 5)
        generation = await asyncio.wait_for(realtime.generate_reply(), 5)
        async for message in generation.message_stream:
            async for _ in message.audio_stream:
                break
            realtime.interrupt()
            realtime.interrupt()  # as AgentSession does
            realtime.truncate(
                message_id=message.message_id,
                modalities=["audio"],
                audio_end_ms=600,
                audio_transcript="You said",
            )
            break
        after = await asyncio.wait_for(realtime.generate_reply(instructions="Go on."), 5)
        assert await asyncio.wait_for(words_of(after), 20)
        # a redundant cancel is answered by an error whose words the plugin knows and passes over
        refused = [event["error"]["message"] for event in errors if isinstance(event, dict)]
        assert all(message.startswith("Cancellation failed") for message in refused)
        assert len(refused) == len(errors)
        said = [
            item for item in realtime.chat_ctx.items if item.type == "message" and item.role == "assistant"
        ]
        assert said


async def test_items_are_deleted_and_acknowledged() -> None:
    errors: list[Any] = []
    async with engine() as server, session(server, errors) as realtime:
        context = realtime.chat_ctx.copy()
        context.add_message(role="user", content="one")
        context.add_message(role="assistant", content="two")
        context.add_message(role="system", content="three")
        await asyncio.wait_for(realtime.update_chat_ctx(context), 4)
        shorter = realtime.chat_ctx.copy()
        del shorter.items[0]
        await asyncio.wait_for(realtime.update_chat_ctx(shorter), 4)
        assert len(realtime.chat_ctx.items) == 2
    assert errors == []


async def test_a_call_goes_on_when_the_engine_comes_back() -> None:
    errors: list[Any] = []
    reconnected = asyncio.Event()
    async with engine() as server, session(server, errors) as realtime:
        realtime.on("session_reconnected", lambda _: reconnected.set())
        await realtime.update_instructions("You take bookings.")
        await asyncio.wait_for(words_of(await realtime.generate_reply()), 10)
        await server.stop()
        async with engine(port=server.settings.port):
            await asyncio.wait_for(reconnected.wait(), 10)
            generation = await asyncio.wait_for(realtime.generate_reply(), 5)
            assert await asyncio.wait_for(words_of(generation), 10)
            assert len(realtime.chat_ctx.items) == 2  # and remembers what was said before
