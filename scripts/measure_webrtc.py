"""What the direct line costs: one way between two peers on this machine, with and without loss, and CPU.

    .venv/bin/python -m scripts.measure_webrtc [--seconds 20] [--loss 0.01] [--stock]

A click leaves in a frame every 200 ms; its delay runs from the moment at which the sender takes that frame to the
moment at which the receiver hands it over. `--stock` leaves aiortc's receiver as it is, for comparison. Losses follow
a fixed pattern.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time

import numpy as np
from numpy.typing import NDArray

from antiphon.webrtc import patches
from antiphon.webrtc.peer import Peer, PeerCallbacks, PeerState

CLICK_EVERY = 10
"""Frames."""


class Clicks:
    """Speaks clicks, hears them, and keeps both times (s)."""

    def __init__(self) -> None:
        self.frames = 0
        self.left: list[float] = []
        self.came: list[float] = []

    def take(self, samples: int) -> NDArray[np.int16]:
        """Silence, or a frame of tone."""
        self.frames += 1
        if self.frames % CLICK_EVERY:
            return np.zeros(samples, np.int16)
        self.left.append(time.perf_counter())
        tone: NDArray[np.int16] = (14_000 * np.sin(np.arange(samples) * 0.3)).astype(np.int16)
        return tone

    def hear(self, pcm: NDArray[np.int16]) -> None:
        """Looks for a tone that was not there in the frame before."""
        now = time.perf_counter()
        if np.abs(pcm).max() > 6_000 and (not self.came or now - self.came[-1] > 0.1):
            self.came.append(now)

    def delays_ms(self) -> list[float]:
        """Each click that arrived, matched with the last one that had left before."""
        matched = [(came, max(left for left in self.left if left <= came)) for came in self.came]
        return [(came - left) * 1000 for came, left in matched]


def lose(peer: Peer, share: float) -> None:
    """Makes the sender's packets vanish in a fixed pattern."""
    pattern = random.Random(1)
    (sender,) = peer._pc.getSenders()
    transport = sender.transport
    send = transport._send_rtp

    async def lossy(data: bytes) -> None:
        if len(data) > 40 and pattern.random() < share:
            return
        await send(data)

    transport._send_rtp = lossy  # type: ignore[method-assign]


async def measure(seconds: float, loss: float) -> None:
    """One call; prints what it cost."""
    clicks = Clicks()
    began = time.perf_counter()
    speaker = Peer(PeerCallbacks(hear=lambda pcm: None, take=clicks.take, message=lambda text: None))
    listener = Peer(
        PeerCallbacks(hear=clicks.hear, take=lambda n: np.zeros(n, np.int16), message=lambda text: None)
    )
    await speaker.accept(await listener.answer(await speaker.offer()))
    while not (speaker.state is listener.state is PeerState.CONNECTED):  # noqa: ASYNC110 - measured, not waited for
        await asyncio.sleep(0.001)
    print(f"connected after {(time.perf_counter() - began) * 1000:.0f} ms")
    if loss:
        lose(speaker, loss)
    cpu = time.process_time()
    await asyncio.sleep(seconds)
    cpu = time.process_time() - cpu
    delays = clicks.delays_ms()
    third = len(delays) // 3
    p50, p95, worst = np.percentile(delays, [50, 95, 100])
    print(f"one way, {len(delays)} clicks: p50 {p50:.1f} ms, p95 {p95:.1f} ms, max {worst:.1f} ms")
    first, last = np.median(delays[:third]), np.median(delays[-third:])
    print(f"median of the first third {first:.1f} ms, of the last {last:.1f} ms")
    print(f"CPU of both peers together: {100 * cpu / seconds:.1f} % of a core")
    await speaker.close()
    await listener.close()


def main() -> None:
    """Reads the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--loss", type=float, default=0.0, help="share of packets lost, such as 0.01")
    parser.add_argument("--stock", action="store_true", help="aiortc's own receiver")
    options = parser.parse_args()
    if options.stock:
        patches.TESTED = ("none",)
    asyncio.run(measure(options.seconds, options.loss))


if __name__ == "__main__":
    main()
