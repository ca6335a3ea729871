"""A Realtime server without models: fixed words, tones or one recording for speech, tool calls on cue.

For load tests of an agent alone (`python -m antiphon.ear.scripted_engine PORT`), and for tests of the protocol's paths: reconnection,
cancelling, tools, typed text. What a real engine does is tested with one.

It hears turns by loudness alone: a loud frame begins a turn and 200 ms of silence end it; `words` says what "was said". Its answers are
paced like the engine's: at most 200 ms ahead of real time.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from antiphon.child import LIFELINE, follow_parent

HZ = 24_000
CHUNK_MS = 40
LEAD_MS = 200
LOUD = 500
"""Mean absolute sample value from which a 20 ms frame counts as speech."""

_numbers = itertools.count()


def now_ms() -> float:
    """The clock that agent and engine share on one machine: the event loop's, which is the monotonic one."""
    return asyncio.get_running_loop().time() * 1000


@dataclass(frozen=True)
class Asked:
    """What an answer is wanted for.

    Attributes:
        kind: "turn" (spoken), "create" (asked for by the client).
        words: the last words of the caller, spoken or typed; "" if there are none.
        instructions: of this response alone.
        output: the output of the tool that was called last, if it is the last item.
    """

    kind: str
    words: str
    instructions: str
    output: str | None


@dataclass(frozen=True)
class Reply:
    """An answer: words with so much audio, or a tool call. `delay_ms` passes before the first event after response.created."""

    words: str = "All right."
    audio_ms: int = 400
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    delay_ms: float = 0.0
    status: str = "completed"


Script = Callable[[Asked], Reply]


class Connection:
    """One client's session."""

    def __init__(self, engine: ScriptedEngine, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.engine = engine
        self.ws = ws
        self.query = dict(request.query)
        self.transport: Any = request.transport
        self.session: dict[str, Any] = {}
        self.items: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.audio_samples = 0
        self.append_samples: list[int] = []
        self.speaking = False
        self.silent_ms = 0.0
        self.turn_item = ""
        self.answering: asyncio.Task[None] | None = None
        self.response: dict[str, Any] = {}

    async def send(self, kind: str, **fields: Any) -> None:
        """Sends an event; a client that went is no error."""
        event = self.engine.rewrite({"type": kind, "event_id": f"event_{next(_numbers)}", **fields})
        if event is not None and not self.ws.closed:
            await self.ws.send_str(json.dumps(event))

    async def receive(self, event: dict[str, Any]) -> None:
        """Acts on a client's event."""
        await asyncio.sleep(self.engine.slow_ms / 1000)
        kind = event["type"]
        if self.engine.deaf_after is not None and len(self.received) > self.engine.deaf_after:
            self.transport.abort()
            return
        if kind == "input_audio_buffer.append":
            await self._hear(np.frombuffer(base64.b64decode(event["audio"]), dtype=np.int16))
            return
        self.received.append(event)
        if self.engine.refuse(event):
            error = {
                "type": "server_error",
                "code": "refused",
                "message": "Not now.",
                "event_id": event["event_id"],
            }
            await self.send("error", error=error)
            return
        match kind:
            case "session.update":
                _merge(self.session, event["session"])
                await self.send("session.updated", session=self.session)
            case "conversation.item.create":
                await self._add(
                    {"id": f"item_{next(_numbers)}", **event["item"]}, event.get("previous_item_id")
                )
            case "conversation.item.delete":
                self.items = [item for item in self.items if item["id"] != event["item_id"]]
                await self.send("conversation.item.deleted", item_id=event["item_id"])
            case "conversation.item.truncate":
                await self._truncate(event["item_id"], event["audio_end_ms"])
            case "response.create":
                await self._create(event.get("response") or {})
            case "response.cancel":
                await self.cancel()
            case _:
                pass

    async def cancel(self) -> None:
        """Stops the answer that is being given."""
        if self.answering is None or self.answering.done():
            await self.send(
                "error",
                error={
                    "type": "invalid_request_error",
                    "code": "response_cancel_not_active",
                    "message": "Cancellation failed: no active response found",
                },
            )
            return
        self.answering.cancel()
        await asyncio.gather(self.answering, return_exceptions=True)
        self.response.update(status="cancelled")
        await self.send("response.done", response=self.response)

    async def _hear(self, pcm: np.ndarray[Any, Any]) -> None:
        self.audio_samples += len(pcm)
        self.append_samples.append(len(pcm))
        length_ms = len(pcm) * 1000 / HZ
        loud = float(np.abs(pcm.astype(np.float32)).mean()) >= LOUD
        if loud and not self.speaking:
            self.speaking, self.silent_ms = True, 0.0
            self.turn_item = f"item_turn_{next(_numbers)}"
            await self.send("input_audio_buffer.speech_started", item_id=self.turn_item, audio_start_ms=0)
            if self.answering is not None and not self.answering.done():
                await self.cancel()
        elif loud:
            self.silent_ms = 0.0
        elif self.speaking:
            self.silent_ms += length_ms
            if self.silent_ms >= 200:
                self.speaking = False
                await self._turn_over()

    async def _turn_over(self) -> None:
        words = self.engine.words.pop(0) if self.engine.words else "Hello."
        await self.send("input_audio_buffer.speech_stopped", item_id=self.turn_item, audio_end_ms=0)
        await self.send("input_audio_buffer.committed", item_id=self.turn_item, previous_item_id=None)
        await self._add(
            {
                "id": self.turn_item,
                "type": "message",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": None}],
            },
            None,
        )
        for part in words.split(" "):
            await self.send(
                "conversation.item.input_audio_transcription.delta",
                item_id=self.turn_item,
                content_index=0,
                delta=part + " ",
            )
        await self.send(
            "conversation.item.input_audio_transcription.completed",
            item_id=self.turn_item,
            content_index=0,
            transcript=words,
            usage={"type": "duration", "seconds": 1.0},
        )
        self.items[-1]["content"] = [{"type": "input_text", "text": words}]
        if words:
            self._answer(Asked("turn", words, "", None), None)

    async def _create(self, config: dict[str, Any]) -> None:
        said = [item for item in self.items if item.get("role") == "user"]
        words = said[-1]["content"][0].get("text") or "" if said else ""
        last = self.items[-1] if self.items else {}
        self._answer(
            Asked("create", words, config.get("instructions") or "", last.get("output")),
            config.get("metadata"),
        )

    def _answer(self, asked: Asked, metadata: dict[str, str] | None) -> None:
        if self.answering is not None and not self.answering.done():
            self.answering.cancel()
        self.engine.asked.append(asked)
        self.answering = asyncio.create_task(self._speak(self.engine.script(asked), metadata))

    async def _speak(self, reply: Reply, metadata: dict[str, str] | None) -> None:
        number = next(_numbers)
        response_id, item_id = f"resp_{number}", f"item_reply_{number}"
        response: dict[str, Any] = {
            "id": response_id,
            "object": "realtime.response",
            "status": "in_progress",
            "output": [],
            "metadata": metadata,
        }
        item: dict[str, Any] = {}
        self.response = response
        await self.send("response.created", response=response)
        await asyncio.sleep(reply.delay_ms / 1000)
        if reply.tool:
            item = {
                "id": item_id,
                "type": "function_call",
                "name": reply.tool,
                "status": "completed",
                "call_id": f"call_{number}",
                "arguments": json.dumps(reply.arguments),
            }
            await self.send(
                "response.output_item.added",
                response_id=response_id,
                output_index=0,
                item=item | {"arguments": "", "status": "in_progress"},
            )
            await self._add(item, None)
        elif reply.status == "completed" and reply.words:
            item = {
                "id": item_id,
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_audio", "transcript": reply.words}],
            }
            await self._say(response_id, item, reply)
        if item:
            await self.send("response.output_item.done", response_id=response_id, output_index=0, item=item)
            response["output"] = [item]
        response.update(status=reply.status)
        await self.send("response.done", response=response)

    async def _say(self, response_id: str, item: dict[str, Any], reply: Reply) -> None:
        where = {"response_id": response_id, "item_id": item["id"], "output_index": 0, "content_index": 0}
        empty = item | {"content": [], "status": "in_progress"}
        await self.send("response.output_item.added", response_id=response_id, output_index=0, item=empty)
        await self._add(item, None, shown=empty)
        await self.send("response.content_part.added", **where, part={"type": "audio", "transcript": ""})
        words, chunks = reply.words.split(" "), max(1, reply.audio_ms // CHUNK_MS)
        step = HZ * CHUNK_MS // 1000
        voice = self.engine.voice
        began, said = now_ms(), 0
        for chunk in range(chunks):
            due = len(words) if chunk == chunks - 1 else max(1, len(words) * (chunk + 1) // chunks)
            for word in words[said:due]:
                await self.send(
                    "response.output_audio_transcript.delta", **where, delta=f" {word}" if said else word
                )
                said += 1
            sound = np.take(voice, range(chunk * step, (chunk + 1) * step), mode="wrap").tobytes()
            await self.send("response.output_audio.delta", **where, delta=base64.b64encode(sound).decode())
            if chunk == 0 and self.engine.antiphon_events:
                stamps = {"turn_over": began, "audio_sent": now_ms()}
                turn = {"item_id": item["id"], "response_id": response_id, "stamps": stamps}
                await self.send("antiphon.turn", **turn, details={"cached": True})
            await asyncio.sleep(max(0.0, (began + chunk * CHUNK_MS - LEAD_MS - now_ms()) / 1000))
        await self.send(
            "response.content_part.done", **where, part={"type": "audio", "transcript": reply.words}
        )

    async def _truncate(self, item_id: str, audio_end_ms: int) -> None:
        await self.send(
            "conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=audio_end_ms
        )
        for item in self.items:
            if item["id"] == item_id:
                words = item["content"][0]["transcript"].split(" ")
                heard = words[: audio_end_ms // self.engine.word_ms]
                item["content"][0]["transcript"] = " ".join(heard)
                if self.engine.antiphon_events:
                    await self.send(
                        "antiphon.item.heard",
                        item_id=item_id,
                        heard=" ".join(heard),
                        unheard=" ".join(words[len(heard) :]),
                        audio_end_ms=audio_end_ms,
                    )

    async def _add(
        self, item: dict[str, Any], after: str | None, shown: dict[str, Any] | None = None
    ) -> None:
        ids = [each["id"] for each in self.items]
        at = 0 if after == "root" else ids.index(after) + 1 if after in ids else len(ids)
        previous = ids[at - 1] if at else None
        self.items.insert(at, item)
        await self.send("conversation.item.added", previous_item_id=previous, item=shown or item)


class ScriptedEngine:
    """The server.

    Args:
        script: what is answered; by default "All right." with 400 ms of tone.
        port: 0 takes a free one; it is kept over `stop` and `start`.
        voice: what answers sound like, over and over; by default a tone.

    Attributes:
        words: what the caller's next turns will have said; "Hello." when used up.
        asked: every answer that was asked for.
        connections: every connection so far, the newest last.
        word_ms: how long one word counts in a truncated reply.
        antiphon_events: send the namespaced events.
        refuse: client events that are answered with an error.
        rewrite: changes each server event before it is sent, or leaves it out by None: a server with a fault.
        slow_ms: how long each client event takes.
        deaf_after: a connection is dropped after so many client events (audio not counted).
        newcomer: set at every connection.
    """

    def __init__(
        self, script: Script | None = None, port: int = 0, voice: np.ndarray[Any, Any] | None = None
    ) -> None:
        tone = 8000 * np.sin(np.arange(HZ * CHUNK_MS // 1000) * 2 * np.pi * 500 / HZ)
        self.voice = tone.astype(np.int16) if voice is None else voice
        self.script: Script = script or (lambda _: Reply())
        self.port = port
        self.words: list[str] = []
        self.asked: list[Asked] = []
        self.connections: list[Connection] = []
        self.word_ms = 100
        self.antiphon_events = True
        self.refuse: Callable[[dict[str, Any]], Any] = lambda _: False
        self.rewrite: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda event: event
        self.slow_ms = 0.0
        self.deaf_after: int | None = None
        self.newcomer = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The Realtime base address."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def live(self) -> list[Connection]:
        """Connections that are open."""
        return [connection for connection in self.connections if not connection.ws.closed]

    async def start(self) -> None:
        """Listens."""
        app = web.Application()
        app.router.add_get("/v1/realtime", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        if self.port == 0:
            assert site._server is not None
            self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

    async def stop(self) -> None:
        """Goes away as a process that dies: sockets closed without a word."""
        for connection in self.live:
            if connection.answering is not None:
                connection.answering.cancel()
            connection.transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> ScriptedEngine:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        connection = Connection(self, ws, request)
        self.connections.append(connection)
        self.newcomer.set()
        await connection.send("session.created", session={"type": "realtime"})
        try:
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    await connection.receive(json.loads(message.data))
        except ConnectionError:
            pass
        finally:
            if connection.answering is not None:
                connection.answering.cancel()
        return ws


def _merge(into: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _voice(path: str) -> np.ndarray[Any, Any]:
    from antiphon.ear.audio_file import read_audio

    return read_audio(Path(path))


async def _serve(arguments: argparse.Namespace) -> None:
    voice = _voice(arguments.voice) if arguments.voice else None
    audio_ms = len(voice) * 1000 // HZ if voice is not None else arguments.audio_ms
    reply = Reply(arguments.words, audio_ms=audio_ms)
    async with ScriptedEngine(lambda _: reply, arguments.port, voice=voice):
        await asyncio.Event().wait()


def main() -> None:
    """A server for load tests: fixed words, no models."""
    import uvloop

    parser = argparse.ArgumentParser(
        description="A Realtime server without models, which always says the same."
    )
    parser.add_argument("port", type=int)
    parser.add_argument("--words", default="All right, that is fine with us.")
    parser.add_argument("--voice", metavar="WAV", help="what it sounds like; else a tone")
    parser.add_argument("--audio-ms", type=int, default=2000, help="how long the tone lasts")
    arguments = parser.parse_args()
    if lifeline := os.environ.get(LIFELINE):
        follow_parent(int(lifeline))
    uvloop.run(_serve(arguments))


if __name__ == "__main__":
    main()
