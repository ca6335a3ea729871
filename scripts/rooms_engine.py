"""A Realtime server without models, as a process of its own: the load benchmarks' engine.

    python scripts/rooms_engine.py PORT WORDS

It hears turns by loudness (200 ms of silence end one) and answers each at once with the same recorded sentence, paced like the engine: so
that what is measured is the agent and the media, not the models.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from tests.support.speech import flite

from antiphon.ear.scripted_engine import HZ, Asked, Reply, ScriptedEngine


async def main(port: int, words: str) -> None:
    """Serves until it is ended."""
    voice = flite(words, "slt", HZ).pcm

    def script(_: Asked) -> Reply:
        return Reply(words, audio_ms=len(voice) * 1000 // HZ)

    engine = ScriptedEngine(script, port, voice=voice)
    await engine.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
