"""Debian's Chromium, headless, with a microphone that needs no permission."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from antiphon.errors import MissingPartError

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",  # for machines without a network
)

FAKE_DEVICE = "--use-fake-device-for-media-stream"
"""Chromium has a microphone on machines without sound."""

FAKE_MICROPHONE = (FAKE_DEVICE, "--use-fake-ui-for-media-stream")
"""And gives it to pages without asking."""


def chromium_path() -> Path:
    """Where Chromium is.

    Raises:
        MissingPartError: it is not installed.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise MissingPartError("Chromium is not installed;", mend="apt-get install chromium")
    return Path(found)


@asynccontextmanager
async def chromium(*flags: str, microphone: Sequence[str] = FAKE_MICROPHONE) -> AsyncIterator[Browser]:
    """A browser; `flags` are added to the usual ones."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, headless=True, chromium_sandbox=False, args=[*FLAGS, *microphone, *flags]
        )
        try:
            yield browser
        finally:
            await browser.close()
