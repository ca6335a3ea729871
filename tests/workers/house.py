"""A livekit-server, and `agent.py start` with its processes, as somebody runs them; and callers in rooms."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from livekit import api, rtc

from antiphon.livekit_server import LiveKitServer

AGENT_FILE = Path(__file__).parents[2] / "agent.py"
PATIENCE_S = 30.0


def free_ports() -> int:
    """A port that is free, with the two after it."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if port < 65_000 and all(_free(port + more) for more in (1, 2)):
                return port


def _free(port: int) -> bool:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def until(holds: Callable[[], Any], within_s: float = PATIENCE_S) -> None:
    """Waits until something holds; fails the test if it never does."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - processes and rooms have no event of ours
            await asyncio.sleep(0.05)


@asynccontextmanager
async def livekit_server() -> AsyncIterator[LiveKitServer]:
    """A real livekit-server."""
    server = LiveKitServer(free_ports())
    server.spawn()
    try:
        await server.wait_ready()
        yield server
    finally:
        server.kill()


class Workers:
    """`python agent.py start` in a process group of its own.

    Args:
        livekit: the server that they work for.
        engine_url: who answers.
        folder: where they work.
        settings: environment variables.
        agent_file: whose.
    """

    def __init__(
        self,
        livekit: LiveKitServer,
        engine_url: str,
        folder: Path,
        settings: dict[str, str],
        agent_file: Path = AGENT_FILE,
    ) -> None:
        self._agent_file = agent_file
        self.port = free_ports()
        self.journal = folder / "journal"
        self.output = folder / "output.txt"
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LIVEKIT_", "ANTIPHON_"))}
        self._env = env | {
            "LIVEKIT_URL": livekit.url,
            "LIVEKIT_API_KEY": livekit.key,
            "LIVEKIT_API_SECRET": livekit.secret,
            "ANTIPHON_AGENT__ENGINE_URL": engine_url,
            "ANTIPHON_LIVEKIT__PORT": str(self.port),
            "ANTIPHON_LIVEKIT__JOURNAL_DIR": str(self.journal),
            "ANTIPHON_DESK__DATABASE": str(folder / "desk.sqlite3"),
            **settings,
        }
        self._folder = folder

    async def __aenter__(self) -> Workers:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(  # noqa: ASYNC220 - it outlives this call
                [sys.executable, str(self._agent_file), "start"],
                cwd=self._folder,
                env=self._env,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.poll() is None:
            for _again in range(3):
                self.process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.1)
        await until(lambda: self.process.poll() is not None)

    async def until_ready(self, count: int) -> None:
        """Waits until so many processes are registered."""
        await until(lambda: self.said("registered worker") >= count)

    def said(self, words: str) -> int:
        """How often its output has these words."""
        return self.output.read_text().count(words)

    def metric(self, name: str) -> float:
        """What `/metrics` says of it, over all labels; 0 if it says nothing."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{"))
        )

    def entry(self, room: str) -> dict[str, Any]:
        """What the journal says of a room's call; {} if it has none."""
        for path in self.journal.glob("*.json"):
            found: dict[str, Any] = json.loads(path.read_text())
            if found["room"] == room:
                return found
        return {}


@dataclass
class RoomCaller:
    """A person in a room, who types and reads.

    Attributes:
        agents: identities of the agents that are there.
        words: text of each segment, in order.
        events: what came on the `antiphon.*` topics.
    """

    livekit: LiveKitServer
    room_name: str
    identity: str = "caller"
    agents: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    gone: bool = False

    async def __aenter__(self) -> RoomCaller:
        self._tasks: set[asyncio.Task[None]] = set()
        self.room = rtc.Room()
        self.room.on("participant_connected", lambda who: self.agents.append(who.identity))
        self.room.on("participant_disconnected", self._left)
        self.room.on("disconnected", lambda _: setattr(self, "gone", True))
        for topic in ("lk.transcription", "antiphon.ended", "antiphon.problem", "antiphon.tool"):
            self.room.register_text_stream_handler(topic, self._stream)
        grants = api.VideoGrants(room_join=True, room=self.room_name)
        token = api.AccessToken(self.livekit.key, self.livekit.secret).with_identity(self.identity)
        await self.room.connect(self.livekit.url, token.with_grants(grants).to_jwt())
        self.agents.extend(self.room.remote_participants)
        # a microphone: an agent that hears nothing has nobody to speak to
        source = rtc.AudioSource(48_000, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.room.disconnect()

    async def types(self, text: str) -> None:
        """Types something."""
        await self.room.local_participant.send_text(text, topic="lk.chat")

    def read(self, words: str) -> bool:
        """Whether the agent has said something with these words."""
        return any(words in text for text in self.words.values())

    def _left(self, who: rtc.RemoteParticipant) -> None:
        if who.identity in self.agents:
            self.agents.remove(who.identity)

    def _stream(self, reader: rtc.TextStreamReader, _: str) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(self._take(reader))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, reader: rtc.TextStreamReader) -> None:
        text = await reader.read_all()
        if reader.info.topic == "lk.transcription":
            self.words[reader.info.attributes["lk.segment_id"]] = text  # type: ignore[index]
        else:
            self.events.append(json.loads(text))
