"""A visitor of the page: the page's server with canned answers, and Chromium as it is at a caller's desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
from web.dev.canned import ABOUT, CannedCalls

from antiphon.ear.caller import Utterance
from antiphon.lines.page_server import PageServer, serve_page
from antiphon.settings import load
from tests.e2e.chromium import FAKE_DEVICE, FAKE_MICROPHONE, chromium
from tests.lines.page_caller import free_port
from tests.support.clip import silence, write_wav
from tests.support.speech import cache_dir, flite

NO_MICROPHONE = ()
"""Chromium's flags on a machine without one."""

ASKED_MICROPHONE = (FAKE_DEVICE,)
"""There is one, and the context's permissions say whether the page gets it."""

BLOCKED_MICROPHONE = (FAKE_DEVICE, "--deny-permission-prompts")


@cache
def silent_microphone() -> tuple[str, ...]:
    """Flags of a microphone in a silent room."""
    path = write_wav(cache_dir() / "silence.wav", silence(1000, 48_000).pcm, 48_000)
    return (*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={path}")


@asynccontextmanager
async def serving(answer_ms: float = 360, places: int = 4, **page: Any) -> AsyncIterator[PageServer]:
    """The page's server; `page` are settings of it."""
    server = await serve_page(load(page={"port": free_port()} | page), CannedCalls(answer_ms, places), ABOUT)
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def opened(
    address: str, *, microphone: tuple[str, ...] | None = None, **context: Any
) -> AsyncIterator[Page]:
    """A `tab` in a fresh browser. The microphone is a silent one, unless flags say otherwise."""
    flags = silent_microphone() if microphone is None else microphone
    async with chromium(microphone=flags) as browser, tab(browser, address, **context) as page:
        yield page


@asynccontextmanager
async def tab(browser: Browser, address: str, **context: Any) -> AsyncIterator[Page]:
    """The page in a fresh context of a browser, its Content-Security-Policy in force. It must not complain in the console."""
    complaints: list[str] = []
    fresh = await browser.new_context(locale="en-GB", **context)
    try:
        page = await fresh.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        await page.goto(address)
        yield page
    finally:
        await fresh.close()
    assert complaints == []


async def state(page: Page, wanted: str) -> None:
    """Waits for a state of the call."""
    await expect(page.locator("body")).to_have_attribute("data-state", wanted, timeout=20_000)


async def write(page: Page, text: str) -> None:
    """Types a message and sends it."""
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("text").press("Enter")


def bubbles(page: Page, speaker: str) -> Locator:
    """The bubbles of "caller" or "agent" that are seen."""
    return page.locator(f"[data-testid=bubble][data-speaker={speaker}]:visible")


def words(text: str) -> Utterance:
    """Something to say, in flite's voice."""
    clip = flite(text, rate_hz=24_000)
    return Utterance(clip.pcm, text, (clip.start, clip.end))
