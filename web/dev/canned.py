"""A page server with canned answers, to work on the page alone: `python web/dev/canned.py --port 8130`.

It speaks the protocol of docs/ARCHITECTURE.md ("The page's protocol") over a real WebRTC peer, hears the caller by energy, answers with a
hum that has the rhythm of speech, and plays through what the page must show: speculation, tools, refusals, interruptions. The delay
between the caller's last sound and its own first one is known (`--answer-ms`), so the page's own measurement can be checked.
"""

from __future__ import annotations

import argparse
import asyncio
import fractions
import itertools
import json
import time
from typing import Any

import av
import numpy as np
from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from antiphon.lines.guard import HEADERS
from antiphon.page import ROOT

HZ = 48_000
FRAME = 960
WORD_MS = 260
GREETING = "Good evening, this is the Blue Door. How can I help you?"
ANSWERS: list[dict[str, Any]] = [
    {
        "heard": "What are your opening hours?",
        "say": "We are open from Tuesday to Sunday, from five in the afternoon until eleven at night.",
    },
    {
        "heard": "A table for four on Thursday at seven, please.",
        "tool": (
            "find_table",
            {"people": 4, "day": "2026-11-26", "time": "19:00"},
            '{"free": true, "table": 5, "seats": 4}',
            False,
        ),
        "say": "There is a table for four on Thursday at seven. Under which name shall I book it?",
    },
    {
        "heard": "Could you make it Monday instead?",
        "tool": (
            "find_table",
            {"people": 4, "day": "2026-11-23", "time": "19:00"},
            "We are closed on Mondays.",
            True,
        ),
        "say": "I am sorry, we are closed on Mondays. Would you like to stay with Thursday?",
    },
    {
        "heard": "Yes, under Miller.",
        "tool": (
            "book_table",
            {"name": "Miller", "people": 4, "day": "2026-11-26", "time": "19:00"},
            '{"booking": 17, "table": 5}',
            False,
        ),
        "say": "Your table is booked: Thursday at seven, four people, under Miller. Is there anything else?",
    },
]


def monotonic_ms() -> float:
    """Milliseconds on the machine's monotonic clock."""
    return time.monotonic_ns() / 1e6


def hum(words: int) -> np.ndarray:
    """Something with the rhythm of `words` words, int16 at HZ."""
    seconds = words * WORD_MS / 1000
    t = np.arange(int(seconds * HZ)) / HZ
    syllables = np.clip(np.sin(2 * np.pi * t * 1000 / WORD_MS - 0.5) + 0.75, 0, None) / 1.75
    voice = sum(np.sin(2 * np.pi * 120 * k * t + k) / k for k in range(1, 12)) / 3
    return (voice * syllables * 9000 * (0.7 + 0.3 * np.sin(2 * np.pi * t / 1.7))).astype(np.int16)


class Voice(MediaStreamTrack):
    """The agent's track: what is queued, else silence, one 20 ms frame at a time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.samples = np.zeros(0, np.int16)
        self.taken_at: asyncio.Future[float] | None = None
        self._start = time.monotonic()
        self._pts = 0

    async def recv(self) -> av.AudioFrame:
        """The next frame, in real time."""
        await asyncio.sleep(max(0.0, self._start + self._pts / HZ - time.monotonic()))
        chunk, self.samples = self.samples[:FRAME], self.samples[FRAME:]
        if len(chunk) and self.taken_at and not self.taken_at.done():
            self.taken_at.set_result(monotonic_ms())
        padded = np.zeros(FRAME, np.int16)
        padded[: len(chunk)] = chunk
        frame = av.AudioFrame.from_ndarray(padded.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = HZ, self._pts, fractions.Fraction(1, HZ)
        self._pts += FRAME
        return frame


class CannedCall:
    """One call: hears by energy, answers from the list."""

    def __init__(self, answer_ms: float) -> None:
        self.peer = RTCPeerConnection()
        self.voice = Voice()
        self.answer_ms = answer_ms
        self.channel: Any = None
        self.ids = itertools.count(1)
        self.answers = itertools.cycle(ANSWERS)
        self.tasks: set[asyncio.Task[None]] = set()
        self.saying: asyncio.Task[None] | None = None
        self.current: tuple[str, list[str], float] | None = None
        self.peer.addTrack(self.voice)
        self.peer.on("datachannel", self.on_channel)
        self.peer.on("track", lambda track: self.run(self.listen(track)))

    def run(self, work: Any) -> asyncio.Task[None]:
        """Starts work that ends with the call."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def send(self, topic: str, **fields: Any) -> None:
        """One message to the page."""
        if self.channel and self.channel.readyState == "open":
            self.channel.send(json.dumps({"topic": topic, **fields}))

    def transcript(self, segment: str, speaker: str, text: str, final: bool, typed: bool = False) -> None:
        """Words of a segment, the whole so far."""
        attributes = {"lk.segment_id": segment, "lk.transcription_final": "true" if final else "false"}
        self.send("lk.transcription", text=text, speaker=speaker, typed=typed, attributes=attributes)

    def on_channel(self, channel: Any) -> None:
        """The page's data channel is there: greet."""
        self.channel = channel
        channel.on("message", self.on_message)
        self.send("lk.agent.state", state="initializing")
        self.saying = self.run(self.say(GREETING, "", {}))

    def on_message(self, data: str) -> None:
        """A message of the page's."""
        message = json.loads(data)
        if message["topic"] == "antiphon.clock":
            self.send(**(message | {"server_ms": monotonic_ms()}))
        elif message["topic"] == "lk.chat":
            self.interrupt()
            self.transcript(message["id"], "caller", message["text"], final=True, typed=True)
            self.saying = self.run(self.command(message["text"]))

    async def command(self, text: str) -> None:
        """Answers typed text; a few words play failures."""
        match text.strip().lower():
            case "/problem":
                self.send(
                    "antiphon.problem",
                    code="engine_gone",
                    message="The speech engine has stopped; it is being started again.",
                    fatal=False,
                )
            case "/fatal":
                self.send(
                    "antiphon.problem",
                    code="engine_gone",
                    message="The speech engine does not come back.",
                    fatal=True,
                )
            case "/end":
                self.send("antiphon.ended", reason="agent")
            case "/drop":
                await self.peer.close()
            case _:
                now = monotonic_ms()
                await self.answer("", {"reply_ready": now + 20, "audio_sent": now + 24})

    async def listen(self, track: MediaStreamTrack) -> None:
        """Dates the caller's speech by energy and answers."""
        speaking, quiet_ms, loud_ms, segment, asked = False, 0, 0, "", ANSWERS[0]
        upcoming = itertools.cycle(ANSWERS)
        while True:
            frame = await track.recv()
            level = float(np.sqrt(np.mean(frame.to_ndarray().astype(np.float64) ** 2)))
            if level > 250:
                quiet_ms, loud_ms = 0, loud_ms + 20
                ended = monotonic_ms()
                if not speaking and loud_ms >= 60:
                    speaking, segment, asked = True, f"user_{next(self.ids)}", next(upcoming)
                    self.interrupt()
                    self.send("lk.agent.state", state="listening")
                if speaking:
                    words = asked["heard"].split()
                    self.transcript(segment, "caller", " ".join(words[: loud_ms // WORD_MS + 1]), final=False)
                continue
            quiet_ms += 20
            if speaking and quiet_ms >= self.answer_ms:
                self.transcript(segment, "caller", asked["heard"], final=True)
                stamps = {
                    "speech_ended": ended + 10,
                    "pause_seen": ended + 74,
                    "recognised": ended + 74 + 138,
                    "reply_ready": ended + 74 + 138 + 31,
                }
                stamps |= {"turn_over": monotonic_ms() - 6, "audio_sent": monotonic_ms()}
                speaking, loud_ms = False, 0
                self.saying = self.run(self.answer(segment, stamps))
            elif not speaking:
                loud_ms = 0

    def interrupt(self) -> None:
        """Stops the agent and tells what was heard."""
        if self.saying and not self.saying.done():
            self.saying.cancel()
        if self.current:
            segment, words, start = self.current
            heard = int((monotonic_ms() - start) / WORD_MS)
            self.voice.samples = self.voice.samples[:0]
            self.current = None
            self.send(
                "antiphon.cut",
                segment_id=segment,
                heard=" ".join(words[:heard]),
                unheard=" ".join(words[heard:]),
            )

    async def answer(self, user_segment: str, stamps: dict[str, float]) -> None:
        """The next canned answer, with its tool."""
        canned = next(self.answers)
        if tool := canned.get("tool"):
            self.send("lk.agent.state", state="thinking")
            name, arguments, output, is_error = tool
            call_id = f"call_{next(self.ids)}"
            self.send("antiphon.tool", call_id=call_id, name=name, phase="started", arguments=arguments)
            await asyncio.sleep(0.012)
            self.send(
                "antiphon.tool",
                call_id=call_id,
                name=name,
                phase="ended",
                output=output,
                is_error=is_error,
                took_ms=11.6,
            )
        await self.say(canned["say"], user_segment, stamps)

    async def say(self, text: str, user_segment: str, stamps: dict[str, float]) -> None:
        """Speaks words one by one, then tells the times."""
        segment, words = f"item_{next(self.ids)}", text.split()
        self.send("lk.agent.state", state="speaking")
        self.voice.taken_at = asyncio.get_running_loop().create_future()
        self.voice.samples = np.concatenate([self.voice.samples, hum(len(words))])
        self.transcript(segment, "agent", words[0], final=False)
        start = await self.voice.taken_at
        self.current = (segment, words, start)
        details = {"speculation": "kept", "end_of_turn": 0.94, "cache": "hit"} if user_segment else {}
        self.send(
            "antiphon.turn",
            segment_id=segment,
            user_segment_id=user_segment,
            stamps=stamps | {"audio_played": start},
            details=details,
        )
        for count in range(1, len(words) + 1):
            self.transcript(segment, "agent", " ".join(words[:count]), final=count == len(words))
            await asyncio.sleep(WORD_MS / 1000)
        self.current = None
        self.send("lk.agent.state", state="listening")

    async def close(self) -> None:
        """Ends the call."""
        for task in tuple(self.tasks):
            task.cancel()
        await self.peer.close()


def application(answer_ms: float, full: bool) -> web.Application:
    """The page's HTTP side."""
    calls: dict[str, CannedCall] = {}

    async def offer(request: web.Request) -> web.Response:
        if full:
            error = {
                "code": "busy",
                "message": "All 40 lines are taken just now; please try again in a minute.",
            }
            return web.json_response({"error": error}, status=503)
        body = await request.json()
        call = CannedCall(answer_ms)
        await call.peer.setRemoteDescription(RTCSessionDescription(body["sdp"], body["type"]))
        await call.peer.setLocalDescription(await call.peer.createAnswer())
        call_id = f"call-{len(calls) + 1}"
        calls[call_id] = call
        local = call.peer.localDescription
        return web.json_response({"sdp": local.sdp, "type": local.type, "call_id": call_id}, status=201)

    async def hang_up(request: web.Request) -> web.Response:
        if call := calls.pop(request.match_info["id"], None):
            await call.close()
        return web.Response(status=204)

    async def about(_: web.Request) -> web.Response:
        trying = [
            "What are your opening hours?",
            "A table for four on Thursday at seven, please.",
            "Change my booking to eight.",
        ]
        parts = {
            "line": "direct WebRTC",
            "recogniser": "Whisper tiny.en",
            "voice": "Piper joe",
            "brain": "form",
        }
        return web.json_response({"name": "Antiphon", **parts, "try_saying": trying})

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(ROOT / "index.html")

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS | {"Cache-Control": "no-cache"})

    app = web.Application()
    app.on_response_prepare.append(add_headers)
    app.router.add_post("/api/calls", offer)
    app.router.add_delete("/api/calls/{id}", hang_up)
    app.router.add_get("/api/about", about)
    app.router.add_get("/", index)
    app.router.add_static("/", ROOT)
    return app


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--port", type=int, default=8130)
    options.add_argument("--answer-ms", type=float, default=360, help="silence after which it answers")
    options.add_argument("--full", action="store_true", help="refuse every call")
    given = options.parse_args()
    web.run_app(application(given.answer_ms, given.full), host="127.0.0.1", port=given.port, print=None)
