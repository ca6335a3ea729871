"""`/healthz`, `/readyz` and `/metrics` of all worker processes together, on 127.0.0.1."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

HOST = "127.0.0.1"


class _Counts(Collector):
    """What all processes have counted, the dead ones too; each has a folder of its own."""

    def __init__(self, metrics_dir: Path) -> None:
        self._metrics_dir = metrics_dir

    def collect(self) -> Iterable[Metric]:
        files = [str(path) for path in self._metrics_dir.glob("*/*.db")]
        return MultiProcessCollector.merge(files, accumulate=True)  # type: ignore[no-any-return,no-untyped-call]


@asynccontextmanager
async def serve_health(port: int, ready: Callable[[], bool], metrics_dir: Path) -> AsyncIterator[int]:
    """Serves while the block runs.

    Args:
        port: 0: a free one.
        ready: whether calls can be taken.
        metrics_dir: where the processes keep what they count, a folder each (Prometheus's multiprocess mode).

    Yields:
        The port.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        now = ready()
        return web.json_response({"ready": now}, status=200 if now else 503)

    async def metrics(_: web.Request) -> web.Response:
        registry = CollectorRegistry()
        registry.register(_Counts(metrics_dir))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
