"""A worker process for the benchmarks: what `agent.py start` runs, which also keeps a diary of itself.

python scripts/rooms_worker.py DIARY    started by rooms_house.py
"""

from __future__ import annotations

import asyncio
import collections
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import uvloop
from livekit.rtc._ffi_client import FfiClient

from antiphon.clock import civil_clock
from antiphon.desk.agent import desk_factory
from antiphon.settings import load
from antiphon.workers.process import run_worker
from antiphon.workers.server import CallServer

EVERY_S = 5.0


async def keep_diary(path: Path, server: CallServer) -> None:
    """Writes down, every EVERY_S seconds, what could grow."""
    me = psutil.Process()
    began, sweeps = 0.0, [0.0]

    def collected(phase: str, info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.monotonic()
        elif info["generation"] == 2:
            sweeps.append((time.monotonic() - began) * 1000)

    gc.callbacks.append(collected)
    with path.open("w") as out:
        while True:
            tasks: collections.Counter[str] = collections.Counter()
            for task in asyncio.all_tasks():
                code: Any = getattr(task.get_coro(), "__qualname__", "?")
                tasks[str(code)] += 1
            memory = me.memory_info()
            line = {
                "at_s": time.monotonic(),
                "calls": server.calls.active if server.calls is not None else 0,
                "rss_mb": memory.rss / 1e6,
                "fds": me.num_fds(),
                "threads": me.num_threads(),
                "tasks": sum(tasks.values()),
                "most_tasks": tasks.most_common(12),
                "ffi_subscribers": len(FfiClient.instance.queue._subscribers),
                "objects": len(gc.get_objects()),
                "sweeps": len(sweeps) - 1,
                "last_sweep_ms": round(sweeps[-1], 1),
                "streams": getattr(FfiClient.instance.queue, "streams", None),
            }
            out.write(json.dumps(line) + "\n")
            out.flush()
            await asyncio.sleep(EVERY_S)


async def main(diary: Path) -> None:
    """Runs until it is drained."""
    settings = load()
    server = CallServer(settings, desk_factory(settings.desk, civil_clock(settings.timezone)))
    keeping = asyncio.create_task(keep_diary(diary, server))
    try:
        await run_worker(server)
    finally:
        keeping.cancel()


if __name__ == "__main__":
    assert "_ANTIPHON_LIFELINE" in os.environ, "rooms_house.py starts it"
    uvloop.run(main(Path(sys.argv[1])))
