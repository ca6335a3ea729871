"""LiveKit's media alone: one way between two participants of a room, by frame sizes, queues, DTX and RED.

    python scripts/bench_room_media.py [--bursts 20] [--only RED,DTX] [--loss 3]

Both participants are in this process, on one clock. A way begins when the first loud sample is handed in, and ends when the frame with it
is handed over. On a busy machine the jitter buffer grows, and what is measured is the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

import numpy as np
import uvloop
from bench_common import median, progress
from livekit import rtc
from lossy_relay import LossyRelay
from rooms_house import free_ports, token

from antiphon.bench import machine
from antiphon.livekit_server import LiveKitServer

HZ = 24_000
LOUD = 1_000
TONE_MS = 400
EVERY_S = 1.0
RELAY_IP = "127.0.0.2"
"""Where the relay that loses packets stands in for the server."""


def tone(length_ms: int) -> np.ndarray[Any, Any]:
    """A tone from its first sample on."""
    return (9_000 * np.cos(np.arange(HZ * length_ms // 1000) * 2 * np.pi * 440 / HZ)).astype(np.int16)


async def one_way(
    server: LiveKitServer,
    name: str,
    bursts: int,
    *,
    live: bool,
    queue_ms: int,
    out_ms: int,
    in_ms: int,
    dtx: bool,
    red: bool,
) -> dict[str, Any]:
    """Bursts of tone from one participant to the other.

    Args:
        server: where.
        name: of the room.
        bursts: how many.
        live: as a microphone: a frame each `out_ms`, silence too; else as an agent: nothing but the burst, as fast as it is taken.
        queue_ms: of the source.
        out_ms: of frames that are handed in.
        in_ms: of frames that are handed over.
        dtx: of the track.
        red: of the track.
    """
    speaker, listener = rtc.Room(), rtc.Room()
    heard: asyncio.Queue[float] = asyncio.Queue()
    tasks: list[asyncio.Task[None]] = []

    async def listen(track: rtc.Track) -> None:
        quiet_s = 1.0
        async for event in rtc.AudioStream(track, sample_rate=HZ, num_channels=1, frame_size_ms=in_ms):
            loud = bool(np.abs(np.frombuffer(event.frame.data, np.int16)).max() >= LOUD)
            if loud and quiet_s > 0.2:
                heard.put_nowait(time.monotonic())
            quiet_s = 0.0 if loud else quiet_s + in_ms / 1000

    listener.on("track_subscribed", lambda track, *_: tasks.append(asyncio.create_task(listen(track))))
    await listener.connect(server.url, token(server, name, "listener"))
    await speaker.connect(server.url, token(server, name, "speaker"))
    source = rtc.AudioSource(HZ, 1, queue_size_ms=queue_ms)
    track = rtc.LocalAudioTrack.create_audio_track("voice", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=dtx, red=red)
    publication = await speaker.local_participant.publish_track(track, options)
    await publication.wait_for_subscription()
    step, sent = HZ * out_ms // 1000, asyncio.Queue[float]()

    async def push(pcm: np.ndarray[Any, Any]) -> None:
        await source.capture_frame(rtc.AudioFrame(pcm.tobytes(), HZ, 1, len(pcm)))

    async def speak() -> None:
        burst, begin = tone(TONE_MS), time.monotonic()
        for number in range(bursts):
            while live and time.monotonic() < begin + (number + 1) * EVERY_S:
                await asyncio.sleep(out_ms / 1000 - (time.monotonic() - begin) % (out_ms / 1000))
                await push(np.zeros(step, np.int16))
            if not live:
                await asyncio.sleep(max(0.0, begin + (number + 1) * EVERY_S - time.monotonic()))
            sent.put_nowait(time.monotonic())
            for at in range(0, len(burst), step):
                await push(burst[at : at + step])
                if live:
                    await asyncio.sleep(out_ms / 1000 - (time.monotonic() - begin) % (out_ms / 1000))

    await asyncio.wait_for(speak(), bursts * EVERY_S * 3 + 10)
    await asyncio.sleep(1)
    stats = await listener.get_rtc_stats()
    mine = await speaker.get_rtc_stats()
    took = []
    arrivals = [heard.get_nowait() for _ in range(heard.qsize())]
    for at in [sent.get_nowait() for _ in range(sent.qsize())]:
        after = [one for one in arrivals if 0 <= one - at < EVERY_S / 2]
        took += [(after[0] - at) * 1000] if after else []
    inbound = [
        one.inbound_rtp
        for one in (*stats.subscriber_stats, *stats.publisher_stats)
        if one.WhichOneof("stats") == "inbound_rtp"
    ]
    outbound = [one.outbound_rtp for one in mine.publisher_stats if one.WhichOneof("stats") == "outbound_rtp"]
    for room in (speaker, listener):
        await room.disconnect()
    await asyncio.gather(*tasks)
    await source.aclose()
    seconds = bursts * EVERY_S + 1
    return {
        "bursts": bursts,
        "not_heard": bursts - len(took),
        "p50_ms": median(took),
        "p90_ms": round(float(np.percentile(took, 90)), 1) if took else None,
        "kbit_s": round(sum(one.sent.bytes_sent for one in outbound) * 8 / 1000 / seconds, 1),
        "packets_s": round(sum(one.sent.packets_sent for one in outbound) / seconds, 1),
        "packets_lost": sum(one.received.packets_lost for one in inbound),
        "concealed_ms": round(
            sum(one.inbound.concealed_samples - one.inbound.silent_concealed_samples for one in inbound) / 48
        ),
        "jitter_buffer_ms": round(
            sum(
                1000 * one.inbound.jitter_buffer_delay / max(1, one.inbound.jitter_buffer_emitted_count)
                for one in inbound
            ),
            1,
        ),
    }


LIVE = {"live": True, "queue_ms": 0, "out_ms": 10, "in_ms": 10, "dtx": True, "red": True}
AGENT = {"live": False, "queue_ms": 200, "out_ms": 20, "in_ms": 10, "dtx": True, "red": True}
CASES: dict[str, dict[str, Any]] = {
    **{f"caller → agent, frames in of {ms} ms": {**LIVE, "in_ms": ms} for ms in (10, 20, 50, 100)},
    **{f"caller → agent, the caller's queue {ms} ms": {**LIVE, "queue_ms": ms} for ms in (20, 50, 200)},
    **{f"agent → caller, frames out of {ms} ms": {**AGENT, "out_ms": ms} for ms in (10, 20, 50, 100)},
    **{f"agent → caller, the agent's queue {ms} ms": {**AGENT, "queue_ms": ms} for ms in (50, 100, 1000)},
    "agent → caller, without DTX": {**AGENT, "dtx": False},
    "agent → caller, without RED": {**AGENT, "red": False},
    "agent → caller, with neither": {**AGENT, "dtx": False, "red": False},
}


async def main(options: argparse.Namespace) -> dict[str, Any]:
    """All cases."""
    port = free_ports()
    behind = {
        "tcp_port": port + 1,
        "udp_port": port + 2,
        "use_external_ip": False,
        "node_ip": RELAY_IP,
        "allow_tcp_fallback": False,
        "stun_servers": [f"127.0.0.1:{port + 2}"],
        "interfaces": {"includes": ["lo"]},
        "enable_loopback_candidate": True,
    }
    server = LiveKitServer(port, {"rtc": behind} if options.loss else {})
    server.spawn()
    figures: dict[str, Any] = {"machine": machine(), "loss_percent": options.loss, "cases": {}}
    try:
        await server.wait_ready()
        if options.loss:
            relay = LossyRelay(("127.0.0.1", port + 2), options.loss / 100)
            await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: relay, local_addr=(RELAY_IP, port + 2)
            )
        for number, (name, case) in enumerate(CASES.items()):
            if options.only and not any(word in name for word in options.only.split(",")):
                continue
            progress(name)
            found = figures["cases"][name] = await one_way(server, f"media-{number}", options.bursts, **case)
            if not options.json:
                print(
                    f"{name}: p50 {found['p50_ms']} ms, p90 {found['p90_ms']}; {found['kbit_s']} kbit/s, {found['packets_s']} packets/s; "
                    f"lost {found['packets_lost']}, concealed {found['concealed_ms']} ms, jitter buffer {found['jitter_buffer_ms']} ms, "
                    f"not heard {found['not_heard']} of {found['bursts']}",
                    flush=True,
                )
    finally:
        server.kill()
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One way through LiveKit, on this machine.")
    parser.add_argument("--bursts", type=int, default=20, help="of each case")
    parser.add_argument("--only", default="", help="cases with one of these words in their name, by commas")
    parser.add_argument("--loss", type=float, default=0.0, help="percent of media packets lost, each way")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    given = parser.parse_args()
    result = uvloop.run(main(given))
    if given.json:
        print(json.dumps(result, indent=1))
