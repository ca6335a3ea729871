"""The caller in Chromium proves itself, on an agent that echoes: what it says and hears is what it reports."""

from __future__ import annotations

import numpy as np
import pytest

from antiphon.ear.caller import Utterance
from antiphon.ear.signal import activity
from tests.e2e.browser_caller import HZ, open_page
from tests.e2e.chromium import chromium
from tests.e2e.echo_calls import EchoCalls
from tests.lines.page_caller import serving
from tests.support.speech import say

pytestmark = pytest.mark.e2e


def words(text: str) -> Utterance:
    clip = say(text, rate_hz=24_000)
    return Utterance(clip.pcm, text, (clip.start, clip.end))


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two loudness curves (20 ms steps) at the best lag: Chromium stretches and squeezes what it plays."""
    a, b = (np.sqrt(np.mean(x[: len(x) // 960 * 960].reshape(-1, 960) ** 2, axis=1)) for x in (a, b))
    return float(np.max(np.correlate(a, b, "full")) / np.sqrt(np.dot(a, a) * np.dot(b, b)))


async def test_what_is_said_and_heard_stands_on_one_exact_timeline() -> None:
    calls = EchoCalls(delay_ms=3000)
    async with serving(calls) as server, chromium() as browser, open_page(browser, server.address) as caller:
        await caller.talk()
        first = await caller.say(words("thursday"))
        assert await caller.until_answered(300)
        second = await caller.say(words("at seven p m"))
        assert await caller.until_answered(300)

        said, heard = (channel.astype(float) for channel in caller.audio())
        spans = activity(said.astype(np.int16), HZ)
        assert len(spans) == 2
        for turn, span in zip((first, second), spans, strict=True):
            assert span.start_ms == pytest.approx(turn.start_ms, abs=12)
            assert span.end_ms == pytest.approx(turn.end_ms, abs=25)
        # The echo is the same words, after two times Opus and Chromium's jitter buffer, and later by at least the delay.
        for answer in caller.heard():
            asked = answer.turn
            assert answer.onset_ms is not None and answer.onset_ms - asked.start_ms >= 3000
            length = round((asked.end_ms - asked.start_ms) * HZ / 1000)
            at, echo = round(asked.start_ms * HZ / 1000), round(answer.onset_ms * HZ / 1000)
            assert agreement(heard[echo - 960 : echo + length], said[at - 960 : at + length]) > 0.8
        # What arrived at the server is what was said, too.
        assert calls.last.loudness() < 300  # silence again by now
        assert caller.complaints == []


async def test_the_caller_reacts_while_the_agent_speaks() -> None:
    """The harness can interrupt: it speaks again once the echo has begun, before it ends."""
    async with (
        serving(EchoCalls(delay_ms=500)) as server,
        chromium() as browser,
        open_page(browser, server.address) as caller,
    ):
        await caller.talk()
        await caller.say(words("five five five one two three four"), wait=False)
        assert await caller.until_speaking(for_ms=400)
        interruption = await caller.say(words("no"))
        await caller.until_answered(300)
        heard = caller.heard()[0]
        assert heard.onset_ms is not None
        assert heard.onset_ms < interruption.start_ms
