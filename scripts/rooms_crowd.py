"""Many light callers in one process, for load: they speak a sentence, wait for the answer by the agent's state, and speak again.

    echo '{"url": …, "tokens": […], …}' | python scripts/rooms_crowd.py    started by bench_rooms.py

They do not look at what they hear: nothing is scored here. Each line of stdout is one JSON object about one call.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import uvloop
from livekit import rtc
from tests.support.speech import flite

HZ = 24_000
FRAME_MS = 100
"""Long frames cost the caller little; the agent's side does not see them."""

STEP = HZ * FRAME_MS // 1000
PATIENCE_S = 20.0


class Mouse:
    """One light caller."""

    def __init__(self, sentence: np.ndarray[Any, Any]) -> None:
        self.room = rtc.Room()
        self.answers = 0
        self.history: list[str] = []
        self.states: asyncio.Queue[str] = asyncio.Queue()
        self._frames = [sentence[at : at + STEP] for at in range(0, len(sentence) - STEP, STEP)]
        self._saying: list[np.ndarray[Any, Any]] = []
        self._source = rtc.AudioSource(HZ, 1, queue_size_ms=400)
        self.room.on("participant_attributes_changed", self._told)

    async def talk(self, url: str, token: str, *, turns: int, until: float) -> dict[str, Any]:
        """Calls, waits for the greeting, and says so many turns, or until a moment."""
        began = time.monotonic()
        await self.room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        speaking = asyncio.create_task(self._speak())
        try:
            await self._answered()
            joined = time.monotonic() - began
            while self.answers < turns and time.monotonic() < until:
                self._saying = list(self._frames)
                await self._answered()
                self.answers += 1
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
            await self.room.disconnect()
            await self._source.aclose()
        return {"answers": self.answers, "greeted_s": round(joined, 2)}

    async def _answered(self) -> None:
        """Waits until the agent has spoken, and listens again."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.states.get() != "speaking":
                pass
            while await self.states.get() != "listening":
                pass

    def _told(self, changed: dict[str, str], _: rtc.Participant) -> None:
        if (state := changed.get("lk.agent.state")) is not None:
            self.states.put_nowait(state)
            self.history.append(state)

    async def _speak(self) -> None:
        silence = np.zeros(STEP, np.int16)
        while True:  # the source's queue is the clock
            frame = self._saying.pop(0) if self._saying else silence
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), HZ, 1, STEP))


async def main(task: dict[str, Any]) -> None:
    """All callers, so many at once."""
    logging.getLogger("livekit").setLevel(
        logging.ERROR
    )  # it complains of its own handles at the end of each call
    sentence = flite("What are your opening hours?", "rms", HZ).pcm
    at_once = asyncio.Semaphore(task["at_once"])
    until = time.monotonic() + task["seconds"]

    async def one(number: int, token: str) -> None:
        async with at_once:
            await asyncio.sleep(task["apart_s"] * number if number < task["at_once"] else 0)
            mouse = Mouse(sentence)
            try:
                told = await mouse.talk(task["url"], token, turns=task["turns"], until=until)
            except Exception as error:  # a call that failed is a result
                told = {
                    "failed": f"{type(error).__name__} after {mouse.answers} answers, call {number}: {error}"
                }
                told["failed"] += f" {mouse.history}"
            print(json.dumps(told), flush=True)

    await asyncio.gather(*(one(number, token) for number, token in enumerate(task["tokens"])))


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.stdin.readline())))
