"""Page and line together, without an agent behind: what happens to a call when line, tab or places are lost."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from antiphon.lines.browser import BrowserLine
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.e2e.echo_calls import EchoCalls
from tests.e2e.test_harness import words
from tests.lines.page_caller import serving
from tests.webrtc.pair import until

pytestmark = pytest.mark.e2e


async def test_a_broken_line_is_taken_up_again_within_the_same_call() -> None:
    calls = EchoCalls()
    async with serving(calls) as server, chromium() as browser, open_page(browser, server.address) as caller:
        await caller.talk()
        await caller.type_text("before")
        await expect(caller.bubbles("caller")).to_have_count(1)
        (line,) = server._lines.values()
        assert isinstance(line, BrowserLine)
        assert line._peer is not None
        await line._peer.close()
        await expect(caller.page.locator("body")).to_have_attribute("data-state", "reconnecting")
        await expect(caller.page.locator("body")).to_have_attribute("data-state", "live")
        assert len(calls.opened) == 1 and calls.last.reason is None
        heard = len(calls.last.heard)
        await caller.say(words("thursday"))
        assert await caller.until_answered(300)
        assert len(calls.last.heard) > heard
        await caller.type_text("after")
        await until(lambda: [text for _, text in calls.last.typed] == ["before", "after"])
        await expect(caller.bubbles("caller")).to_have_count(2)  # nothing twice
        await caller.hang_up()
        await until(lambda: calls.last.reason == "hang_up")
        assert caller.complaints == []


async def test_a_tab_that_is_closed_in_mid_word_frees_its_place() -> None:
    calls = EchoCalls()
    async with serving(calls) as server, chromium() as browser:
        async with open_page(browser, server.address) as caller:
            await caller.talk()
            await caller.say(words("five five five one two three four"), wait=False)
            await caller.until(lambda: caller.heard_ms > 2000)
            await caller.page.close(run_before_unload=False)
            await until(lambda: calls.last.reason is not None, seconds=15)
        assert calls.last.reason == "hang_up"
        await until(lambda: not server._lines)


async def test_when_every_line_is_taken_the_page_says_so_and_can_try_again() -> None:
    calls = EchoCalls(places=1)
    async with (
        serving(calls) as server,
        chromium() as browser,
        open_page(browser, server.address) as first,
        open_page(browser, server.address) as second,
    ):
        await first.talk()
        await second.page.get_by_test_id("talk").click()
        banner = second.page.get_by_test_id("banner")
        await expect(banner).to_contain_text("All lines are busy")
        await first.hang_up()
        await until(lambda: calls.last.reason is not None)
        await second.page.get_by_test_id("banner-button").click()
        await second.page.wait_for_selector("body[data-state=live]")
        await second.hang_up()


async def test_muted_means_silent_at_the_server_and_the_line_stays() -> None:
    calls = EchoCalls()
    async with serving(calls) as server, chromium() as browser, open_page(browser, server.address) as caller:
        await caller.talk()
        await caller.say(words("thursday"))
        await until(lambda: calls.last.loudness() < 300)
        await caller.page.get_by_test_id("mute").click()
        heard = len(calls.last.heard)
        await caller.say(words("friday"))
        await until(lambda: len(calls.last.heard) > heard + 50)
        loudest = max(abs(frame.astype(int)).max() for frame in calls.last.heard[heard + 5 :])
        assert loudest < 30
        await caller.page.get_by_test_id("mute").click()
        await caller.say(words("friday"))
        assert await caller.until_answered(300)
        assert calls.last.reason is None


async def test_a_page_with_its_token_calls_and_without_it_says_why() -> None:
    calls = EchoCalls()
    async with (
        serving(calls, token="open sesame") as server,
        chromium() as browser,
    ):
        async with open_page(browser, server.address) as stranger:
            await expect(stranger.page.get_by_test_id("banner")).to_contain_text("token")
        async with open_page(browser, f"{server.address}/#token=open%20sesame") as caller:
            await caller.talk()
            await caller.say(words("thursday"))
            assert await caller.until_answered(300)
            await caller.hang_up()
            await until(lambda: calls.last.reason == "hang_up")
