"""The turn detector that every session has by default, and whom it asks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiohttp import web
from livekit.agents import Agent, AgentSession, inference, utils

from antiphon.agent.audio_io import CallerAudio
from antiphon.ear.scripted_engine import Reply, ScriptedEngine
from tests.api_notes.talk import FRAME, TURNS, talk
from tests.api_notes.test_turns import silero, words


@pytest.fixture
def dev_mode(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Keys in the environment, and the command `dev` or `console`."""
    for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.setenv(name, "a-value-that-is-long-enough-for-a-signature")
    monkeypatch.setenv("LIVEKIT_DEV_MODE", "1")
    return monkeypatch


@contextlib.asynccontextmanager
async def gateway(environment: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Stands where LiveKit's cloud would be asked; yields the paths that are asked for."""
    asked: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=401)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    environment.setenv("LIVEKIT_INFERENCE_URL", f"http://127.0.0.1:{port}/v1")
    async with utils.http_context.open():
        yield asked
    await runner.cleanup()


@pytest.mark.row(id="turn-detector")
async def test_it_is_the_clouds_in_dev_mode_only(dev_mode: pytest.MonkeyPatch) -> None:
    detector = AgentSession(vad=None).turn_detection
    assert isinstance(detector, inference.TurnDetector) and detector.model == "turn-detector-v1"
    assert detector._cloud_opts is not None and "livekit.cloud" in detector._cloud_opts.base_url
    dev_mode.delenv("LIVEKIT_DEV_MODE")
    local = AgentSession(vad=None).turn_detection
    assert isinstance(local, inference.TurnDetector) and local.model == "turn-detector-v1-mini"


@pytest.mark.row(id="turn-detector")
async def test_a_session_without_a_realtime_model_asks_the_cloud(dev_mode: pytest.MonkeyPatch) -> None:
    async with gateway(dev_mode) as asked:
        session: AgentSession[None] = AgentSession(vad=silero(0.3))
        session.input.audio = caller = CallerAudio()
        await session.start(Agent(instructions="x"))
        for frame in [*words(), *[np.zeros(FRAME, np.int16)] * 50]:
            caller.push(frame)
            await asyncio.sleep(0.02)
        await session.aclose()
    assert asked and set(asked) == {"/v1/eot"}


@pytest.mark.row(id="turn-detector")
@pytest.mark.parametrize("named", [False, True], ids=["left out", "realtime_llm"])
async def test_a_model_that_takes_turns_itself_asks_nobody(
    server: ScriptedEngine, dev_mode: pytest.MonkeyPatch, named: bool
) -> None:
    server.script = lambda _: Reply("Hello.", audio_ms=80)
    async with gateway(dev_mode) as asked, talk(server, turn_handling=TURNS if named else ...) as call:
        call.words = words()
        await call.until_quiet()
        assert call.session.turn_detection == "realtime_llm" if named else call.session.turn_detection
    assert asked == []


@pytest.mark.row(id="turn-detector-vad")
async def test_it_wants_a_vad_that_waits_a_quarter_of_a_second(caplog: pytest.LogCaptureFixture) -> None:
    quick: AgentSession[None] = AgentSession(vad=silero(0.2))
    quick.input.audio = CallerAudio()
    with pytest.raises(ValueError, match="min_silence_duration"):
        await quick.start(Agent(instructions="x"))
    slow: AgentSession[None] = AgentSession(vad=silero(0.25))
    slow.input.audio = CallerAudio()
    await slow.start(Agent(instructions="x"))
    await slow.aclose()
