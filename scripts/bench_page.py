"""What the page weighs, and how soon it is painted: bytes as they travel, and Chromium's first contentful paint with an empty cache.

python scripts/bench_page.py [--loads N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from playwright.async_api import Browser
from tests.e2e.chromium import chromium
from tests.lines.page_caller import free_port
from web.dev.canned import ABOUT, CannedCalls

from antiphon.lines.page_server import serve_page
from antiphon.page import FILES, ROOT
from antiphon.settings import load

PAINT = """() => new Promise(done => new PerformanceObserver(list => {
    const paint = list.getEntriesByName('first-contentful-paint')[0];
    if (paint) done(paint.startTime);
}).observe({ type: 'paint', buffered: true }))"""


async def first_paint_ms(browser: Browser, address: str) -> float:
    """One load in a fresh context, whose cache is empty: from the navigation's start to the first text or picture."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(address)
        return float(await page.evaluate(PAINT))
    finally:
        await context.close()


async def measure(loads: int) -> dict[str, Any]:
    """The figures."""
    port = free_port()
    server = await serve_page(load(page={"port": port}), CannedCalls(), ABOUT)
    try:
        async with chromium() as browser:
            await first_paint_ms(browser, server.address)  # starts the renderer
            paints = [await first_paint_ms(browser, server.address) for _ in range(loads)]
    finally:
        await server.close()
    bodies = [(ROOT / name).read_bytes() for name in sorted(FILES)]
    return {
        "gzip_bytes": sum(len(gzip.compress(body)) for body in bodies),
        "bytes": sum(map(len, bodies)),
        "first_contentful_paint_ms": {
            "p50": float(np.percentile(paints, 50)),
            "p95": float(np.percentile(paints, 95)),
            "max": max(paints),
            "loads": loads,
        },
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="The page's weight and first paint.")
    parser.add_argument("--loads", type=int, default=20, help="how often it is loaded")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.loads))
    if options.json:
        print(json.dumps(figures))
        return
    paint = figures["first_contentful_paint_ms"]
    print(f"page: {figures['gzip_bytes'] / 1000:.1f} kB gzipped ({figures['bytes'] / 1000:.1f} kB as served)")
    print(
        f"first contentful paint, empty cache, {paint['loads']} loads: "
        f"p50 {paint['p50']:.0f} ms, p95 {paint['p95']:.0f} ms, longest {paint['max']:.0f} ms"
    )


if __name__ == "__main__":
    main()
