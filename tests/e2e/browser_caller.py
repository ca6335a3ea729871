"""A caller in a real Chromium: speaks clips into the page's microphone, hears what comes back, and reacts.

Caller and agent are recorded together inside the browser, on the clock of one AudioContext, after Opus, the network
and Chromium's own jitter buffer; what the caller said and what was heard are on one timeline, exact to the sample.
Latency is measured from that audio, by the ear's own definitions.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import tempfile
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import soxr
from playwright.async_api import Browser, Locator, Page

from antiphon.ear.caller import Utterance
from antiphon.ear.metrics import CallerTurn, HeardTurn, heard_turns
from antiphon.ear.signal import RECEIVED, ActivityMeter, Pcm16, Span, activity

HERE = Path(__file__).parent

HZ = 48_000
"""The sample rate in the browser."""

POLL_S = 0.05
"""How often what was heard is fetched: a person reacts more slowly."""


class BrowserCaller:
    """The page in a tab, with ears and a mouth. Made by `open_page`.

    Attributes:
        page: the tab.
        turns: what was said so far, with exact edges on the recording's timeline (ms).
        complaints: what the browser's console and the page's scripts complained of.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.turns: list[CallerTurn] = []
        self.complaints: list[str] = []
        self._recorded: list[Pcm16] = []
        self._frames = 0
        self._meter = ActivityMeter(HZ)
        self._began_at: float | None = None
        self._agent = ""

    # What the caller does

    async def talk(self) -> None:
        """Presses "Talk" and waits until the line stands."""
        await self.page.get_by_test_id("talk").click()
        await self.page.wait_for_selector("body[data-state=live]")

    async def hang_up(self) -> None:
        """Presses "Hang up"."""
        await self.page.get_by_test_id("hang-up").click()
        await self.page.wait_for_selector("body[data-state=ended]")

    async def type_text(self, text: str) -> float:
        """Types a message and sends it; gives the moment on the recording's timeline (ms)."""
        await self.page.get_by_test_id("text").fill(text)
        at = await self.now_ms()
        await self.page.get_by_test_id("text").press("Enter")
        return at

    async def say(self, words: Utterance, *, wait: bool = True) -> CallerTurn:
        """Speaks; returns when the last sample was spoken, or at once."""
        pcm = soxr.resample(words.pcm, 24_000, HZ) if len(words.pcm) else words.pcm
        first = await self.page.evaluate(
            "pcm => window.__ear.say(pcm)", base64.b64encode(pcm.astype("<i2").tobytes()).decode()
        )
        turn = words.turn(first * 1000 / HZ)
        if words.text:
            self.turns.append(turn)
        if wait:
            await self.until(lambda: self.heard_ms >= turn.end_ms)
        return turn

    # What the caller hears

    @property
    def heard_ms(self) -> float:
        """Up to where the recording was fetched."""
        return self._frames * 1000 / HZ

    async def listen(self) -> None:
        """Fetches what was recorded since the last time."""
        data = await self.page.evaluate("() => window.__ear.take()")
        self._agent = data["agent"]
        pcm = np.frombuffer(base64.b64decode(data["pcm"]), "<i2").reshape(-1, 2)
        if len(pcm):
            self._recorded.append(pcm)
            for at in range(0, len(pcm), HZ // 100):
                self._hear(pcm[at : at + HZ // 100])

    def _hear(self, pcm: Pcm16) -> None:
        self._frames += len(pcm)
        silent_before = self._meter.silent_ms
        onsets = self._meter.onsets
        self._meter.push(pcm[:, 1])
        if self._meter.onsets > onsets and (silent_before > RECEIVED.merge_ms or self._began_at is None):
            self._began_at = self.heard_ms
        if self._meter.silent_ms > RECEIVED.merge_ms:
            self._began_at = None

    async def until(self, holds: Callable[[], bool], timeout_ms: float = 30_000) -> bool:
        """Listens until a condition holds; False if it did not within `timeout_ms` of the recording's time."""
        deadline = self.heard_ms + timeout_ms
        await self.listen()
        while not holds():
            if self.heard_ms >= deadline:
                return False
            await asyncio.sleep(POLL_S)
            await self.listen()
        return True

    async def until_speaking(self, for_ms: float = 0, timeout_ms: float = 10_000) -> bool:
        """Waits until the agent has been heard speaking for so long."""
        return await self.until(
            lambda: self._began_at is not None and self.heard_ms - self._began_at >= for_ms, timeout_ms
        )

    async def until_quiet(self, quiet_ms: float = 800, timeout_ms: float = 60_000) -> bool:
        """Waits until the agent has been silent for so long, and listens, as the page shows it."""
        return await self.until(
            lambda: self._meter.silent_ms >= quiet_ms and self._agent in ("", "listening"), timeout_ms
        )

    async def until_answered(self, quiet_ms: float = 800, timeout_ms: float = 8_000) -> bool:
        """Waits for an answer and for its end; False if none began in time."""
        onsets = self._meter.onsets
        if not await self.until(lambda: self._meter.active or self._meter.onsets > onsets, timeout_ms):
            return False
        await self.until_quiet(quiet_ms)
        return True

    async def ask(self, words: Utterance) -> CallerTurn:
        """Speaks, and hears the answer to its end."""
        turn = await self.say(words)
        assert await self.until_answered(), f"no answer to {words.text!r}"
        return turn

    async def now_ms(self) -> float:
        """The recording's time now."""
        return float((await self.page.evaluate("() => window.__ear.clocks()"))["recordedMs"])

    def audio(self) -> tuple[Pcm16, Pcm16]:
        """All that was recorded so far: the caller's and the agent's, 48 kHz, on one timeline."""
        both = np.concatenate([np.zeros((0, 2), np.int16), *self._recorded])
        return both[:, 0], both[:, 1]

    def agent_between(self, start_ms: float, end_ms: float | None = None) -> Pcm16:
        """The agent's audio of a stretch of the timeline, at 16 kHz, for a recogniser."""
        to = None if end_ms is None else round(end_ms * HZ / 1000)
        pcm = self.audio()[1][round(start_ms * HZ / 1000) : to]
        return np.asarray(soxr.resample(pcm, HZ, 16_000), np.int16)

    def agent_spans(self) -> list[Span]:
        """When the agent was heard."""
        return activity(self.audio()[1], HZ)

    def heard(self) -> list[HeardTurn]:
        """The caller's turns with what was heard after each."""
        return heard_turns(self.turns, self.agent_spans())

    def save(self, path: Path) -> None:
        """Keeps the recording: left the caller, right the agent."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(HZ)
            file.writeframes(np.stack(self.audio(), axis=1).astype("<i2").tobytes())

    # What the caller sees

    def bubbles(self, speaker: str) -> Locator:
        """The bubbles of "caller" or "agent"."""
        return self.page.locator(f"[data-testid=bubble][data-speaker={speaker}]")

    def tools(self, name: str) -> Locator:
        """The finished cards of a tool."""
        return self.page.locator(f"[data-testid=tool][data-tool={name}][data-phase=done]")

    async def transcript(self) -> list[tuple[str, str]]:
        """Who said what, as the page shows it."""
        rows = await self.page.locator("[data-testid=bubble]").evaluate_all(
            "all => all.map(e => [e.dataset.speaker, e.querySelector('.said')?.textContent ?? ''])"
        )
        return [(speaker, text) for speaker, text in rows]


def _ear() -> str:
    """The script that runs before the page's own, with the recorder's source inside."""
    recorder = json.dumps((HERE / "recorder.js").read_text())
    return (HERE / "ear.js").read_text().replace("RECORDER", recorder)


@asynccontextmanager
async def open_page(browser: Browser, address: str) -> AsyncIterator[BrowserCaller]:
    """Opens the page in a new tab, with the caller inside."""
    # The recorder is a script that the page's policy rightly refuses; `test_page.py` opens the page with its policy in force.
    context = await browser.new_context(locale="en-GB", bypass_csp=True)
    try:
        page = await context.new_page()
        caller = BrowserCaller(page)
        page.on("pageerror", lambda error: caller.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: caller.complaints.append(message.text) if message.type == "error" else None,
        )
        await page.add_init_script(_ear())
        await page.goto(address)
        await page.evaluate("() => window.__ear.ready")
        try:
            yield caller
        except AssertionError:
            await _keep(caller)
            raise
    finally:
        await context.close()


async def _keep(caller: BrowserCaller) -> None:
    """Keeps what a failed test saw and heard."""
    folder = Path(tempfile.mkdtemp(prefix="antiphon-e2e-"))
    with contextlib.suppress(Exception):  # the tab may be what failed
        await caller.listen()
        await caller.page.screenshot(path=folder / "page.png", full_page=True)
    caller.save(folder / "call.wav")
    print(f"a picture of the page and the call's recording are in {folder}")
