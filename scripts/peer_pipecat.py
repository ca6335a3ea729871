"""A pipecat pipeline as pipecat's own template (`pipecat init`, cascade) builds one: speech to text, a language model, text to speech.

    .tools/peers/bin/python scripts/peer_pipecat.py --engine http://127.0.0.1:8001/v1 --desk http://127.0.0.1:9200 --port 9300

It runs in an environment of its own (`make peers`) and uses nothing of this project but a resampler that holds back 1 ms. The recogniser,
the voice and the brain are the engine's, over pipecat's OpenAI services; VAD is its SileroVADAnalyzer, turns are its default strategies
(start: VAD or transcript; stop: Smart Turn v3 on this machine), or with `--turns vad` SpeechTimeoutUserTurnStopStrategy. The transport is
its FastAPI websocket, with a serializer for the plain websocket that the ear calls (/api/line). The desk's instructions and tools
come from `peer_desk.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.responses import PlainTextResponse
from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    AudioRawFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMRunFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
from antiphon.audio.resample_speech import TwoThirdsRate

GREET = "Greet the caller warmly in one short sentence and ask how you can help."
IN_HZ, OUT_HZ = 16_000, 24_000
"""pipecat's own rates; the line has the second both ways."""


class PlainLine(FrameSerializer):
    """The ear's websocket: for each 20 ms that come, 20 ms go back.

    pipecat sends ahead of time, as telephone providers want it; what was sent and not played is dropped at an interruption, as they do.
    """

    def __init__(self, websocket: WebSocket) -> None:
        super().__init__()
        self._websocket = websocket
        self._resample = TwoThirdsRate()
        self._waiting = bytearray()

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """Keeps audio until it is played; messages leave at once."""
        if isinstance(frame, InterruptionFrame):
            self._waiting.clear()
        elif isinstance(frame, AudioRawFrame):
            self._waiting += frame.audio
        elif isinstance(frame, OutputTransportMessageFrame | OutputTransportMessageUrgentFrame):
            return None if self.should_ignore_frame(frame) else json.dumps(frame.message)
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """The caller's frame, for which one goes back."""
        if isinstance(data, str):
            return None
        played = bytes(self._waiting[: len(data)])
        del self._waiting[: len(data)]
        await self._websocket.send_bytes(played.ljust(len(data), b"\0"))
        heard = self._resample(np.frombuffer(data, "<i2"))
        return InputAudioRawFrame(audio=heard.tobytes(), sample_rate=IN_HZ, num_channels=1)


class Desk:
    """The agent's instructions and tools."""

    def __init__(self, url: str, http: aiohttp.ClientSession, agent: dict[str, Any]) -> None:
        self._url, self._http = url, http
        self.instructions: str = agent["instructions"]
        self._tools: list[dict[str, Any]] = agent["tools"]

    def schema(self, tell: Any) -> ToolsSchema:
        """The tools, whose calls are told of."""

        async def call(params: FunctionCallParams) -> None:
            name, call_id, began = params.function_name, params.tool_call_id, time.monotonic()
            await tell(
                "antiphon.tool", call_id=call_id, name=name, phase="started", arguments=dict(params.arguments)
            )
            async with self._http.post(f"{self._url}/tools/{name}", json=dict(params.arguments)) as answer:
                result = await answer.json()
            took_ms = (time.monotonic() - began) * 1000
            await tell("antiphon.tool", call_id=call_id, name=name, phase="ended", took_ms=took_ms, **result)
            await params.result_callback(result["output"])

        return ToolsSchema(
            standard_tools=[
                FunctionSchema(
                    name=tool["name"],
                    description=tool["description"],
                    properties=tool["parameters"]["properties"],
                    required=tool["parameters"].get("required", []),
                    handler=call,
                )
                for tool in self._tools
            ]
        )


async def run_call(websocket: WebSocket, engine: str, desk: Desk, turns: str) -> None:
    """One call, from pickup to hang-up."""
    params = FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, serializer=PlainLine(websocket)
    )
    transport = FastAPIWebsocketTransport(websocket, params)
    key = {"api_key": "local", "base_url": engine}
    stt = OpenAISTTService(**key)
    tts = OpenAITTSService(**key)
    llm = OpenAILLMService(
        **key, settings=OpenAILLMService.Settings(model="antiphon", system_instruction=desk.instructions)
    )

    async def tell(topic: str, **message: Any) -> None:
        await transport.output().send_message(OutputTransportMessageFrame({"topic": topic} | message))

    context = LLMContext(tools=desk.schema(tell))
    user_params = LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    if turns == "vad":
        user_params.user_turn_strategies = UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()])
    user, assistant = LLMContextAggregatorPair(context, user_params=user_params)
    pipeline = Pipeline([transport.input(), stt, user, llm, tts, transport.output(), assistant])
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(audio_in_sample_rate=IN_HZ, audio_out_sample_rate=OUT_HZ, enable_metrics=True),
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    async def said(speaker: str, text: str) -> None:
        if text:
            attributes = {"lk.segment_id": uuid.uuid4().hex, "lk.transcription_final": "true"}
            await tell("lk.transcription", speaker=speaker, text=text, typed=False, attributes=attributes)

    @transport.event_handler("on_client_connected")
    async def _connected(_: Any, __: Any) -> None:
        context.add_message({"role": "developer", "content": GREET})
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def _disconnected(_: Any, __: Any) -> None:
        await runner.cancel()

    @user.event_handler("on_user_turn_stopped")
    async def _user(_: Any, __: Any, message: Any) -> None:
        await said("caller", message.content)

    @assistant.event_handler("on_assistant_turn_stopped")
    async def _assistant(_: Any, message: Any) -> None:
        await said("agent", message.content)

    await runner.run()


def main() -> None:
    """Serves calls."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", required=True, metavar="URL")
    parser.add_argument("--desk", required=True, metavar="URL")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--turns", choices=["default", "vad"], default="default")
    parser.add_argument("--log-level", default="WARNING")
    given = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level=given.log_level)
    app = FastAPI()

    @app.get("/readyz")
    async def _ready() -> PlainTextResponse:
        return PlainTextResponse("ready\n")

    @app.websocket("/api/line")
    async def _call(websocket: WebSocket) -> None:
        await websocket.accept()
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{given.desk}/agent") as answer:
                desk = Desk(given.desk, http, await answer.json())
            await run_call(websocket, given.engine, desk, given.turns)

    SileroVADAnalyzer()  # models are loaded before the first call
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
