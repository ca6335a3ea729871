"""The engine's parts by themselves, with real models: what the voice says, the recogniser hears."""

from __future__ import annotations

import pytest
from openai import AsyncOpenAI

from tests.calls.engine import RunningEngine

pytestmark = pytest.mark.e2e


async def test_what_the_voice_says_the_recogniser_hears(engine: RunningEngine) -> None:
    url = f"http://127.0.0.1:{engine.port}/v1"
    async with AsyncOpenAI(base_url=url, api_key="local", max_retries=0) as client:
        spoken = await client.audio.speech.create(
            model="tts-1",
            voice="alloy",
            input="Good evening. We are open until ten o'clock tonight.",
            response_format="wav",
        )
        heard = await client.audio.transcriptions.create(file=("a.wav", spoken.content), model="whisper-1")
    assert "open until" in heard.text.lower()
    assert "good evening" in heard.text.lower()
