"""Everybody can use the page: axe-core finds nothing in any state, the keyboard does everything, nothing moves that should not."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from antiphon.lines.browser import BrowserLine
from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.web.axe import Checker
from tests.web.visitor import (
    ASKED_MICROPHONE,
    bubbles,
    opened,
    serving,
    silent_microphone,
    state,
    tab,
    words,
    write,
)

pytestmark = pytest.mark.e2e

NO_NODE = pytest.mark.allowed_skip("axe-core comes from npm, which needs Node; the page itself needs none")
NARROW = (360,)
ANIMATIONS = "() => document.getAnimations().map(a => a.animationName ?? String(a))"


@NO_NODE
async def test_axe_finds_nothing_before_a_call_and_in_one(axe: str) -> None:
    """In the call: spoken and typed turns, a tool card, a refused one, words cut off, latencies, an open waterfall, a problem."""
    checker = Checker(axe)
    async with serving() as server, chromium() as browser, open_page(browser, server.address) as caller:
        page = caller.page
        found = await checker.check(page, "before the call")
        await caller.talk()
        await caller.until_quiet(600)
        await caller.say(words("what are your opening hours"))
        assert await caller.until_speaking(700)
        for question in ("A table for four?", "Monday?"):
            await write(page, question)
            await expect(bubbles(page, "caller").last.locator(".said")).to_have_text(question)
            await caller.until(lambda: False, timeout_ms=900)
        await expect(page.locator("[data-testid=tool][data-phase=failed]")).to_have_count(1)
        await expect(page.locator("[data-testid=bubble][data-cut=true]")).not_to_have_count(0)
        await expect(page.locator("#latency")).to_be_visible()
        await page.locator("[data-heard-kind=speech]").get_by_test_id("heard").click()
        await expect(page.get_by_test_id("waterfall")).to_be_visible()
        found += await checker.check(page, "in the call")
        await page.get_by_test_id("mute").click()
        await write(page, "/problem")
        await expect(page.get_by_test_id("banner")).to_be_visible()
        found += await checker.check(page, "muted, with a problem", NARROW)
        await caller.hang_up()
        found += await checker.check(page, "after the call", (360, 1440))
    assert checker.runs == 18
    assert not found, "\n".join(found)


@NO_NODE
async def test_axe_finds_nothing_in_any_problem(axe: str) -> None:
    checker = Checker(axe)
    found: list[str] = []

    async def look(page: Page, code: str) -> None:
        banner = page.get_by_test_id("banner")
        await expect(banner).to_have_attribute("data-code", code)
        await expect(banner.get_by_role("button")).to_have_count(1)
        assert (await banner.locator("p").inner_text()).count(". ") == 0, "one sentence"
        nonlocal found
        found += await checker.check(page, code, NARROW)

    async with (
        serving(places=0) as full,
        serving(token="open sesame") as closed,
        chromium(microphone=ASKED_MICROPHONE) as browser,
    ):
        async with tab(browser, closed.address) as page:
            await look(page, "unauthorised")
        async with tab(browser, full.address, permissions=[]) as page:
            await page.get_by_test_id("talk").click()
            await look(page, "mic_denied")
            await write(page, "Hello")
            await look(page, "busy")
            await full.close()
            await page.get_by_test_id("text").press("Enter")
            await look(page, "server_gone")
        async with tab(browser, f"{closed.address}/#token=open%20sesame", permissions=[]) as page:
            await write(page, "Hello")
            await state(page, "live")
            await page.route("**/api/calls", lambda route: route.abort())
            (line,) = closed._lines.values()
            assert isinstance(line, BrowserLine)
            assert line._peer is not None
            await line._peer.close()
            await state(page, "reconnecting")
            await expect(page.get_by_role("status")).to_have_text("Line lost, reconnecting…")
            found += await checker.check(page, "reconnecting", NARROW)
    assert checker.runs == 10
    assert not found, "\n".join(found)


async def tabbed(page: Page, most: int = 20) -> list[str]:
    """Presses Tab until the focus has left the page's end; gives what was focused, and holds that it was seen."""
    stops: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(
            """() => {
                const e = document.activeElement;
                if (e === document.body) return null;
                const { outlineStyle, outlineWidth } = getComputedStyle(e);
                const { width, height, top, left } = e.getBoundingClientRect();
                const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && width > 0 && height > 0 && top >= 0 && left >= 0;
                return [e.dataset.testid || e.id || e.className, seen];
            }"""
        )
        if stop is None:
            return stops
        name, seen = stop
        assert seen, f"the focus on {name} is not seen"
        stops.append(str(name))
    raise AssertionError(f"Tab never leaves: {stops}")


async def test_a_whole_call_by_keyboard_alone() -> None:
    """From the first Tab to hanging up, with the focus always seen."""
    async with serving() as server, opened(server.address) as page:
        await expect(page.locator("body")).to_have_attribute("data-mic", "on")
        await expect(page.get_by_test_id("microphone-check")).to_be_hidden()
        assert await tabbed(page) == [
            "skip",
            "talk",
            "microphone-choice",
            "try",
            "try",
            "try",
            "text",
            "send",
        ]
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")  # the link to the text box
        await expect(page.get_by_test_id("text")).to_be_focused()
        assert "#" not in page.url, "a token that stands there would be lost"
        await page.keyboard.press("Escape")
        await page.evaluate("() => document.getElementById('skip').focus()")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await state(page, "live")
        body = page.locator("body")
        await expect(page.get_by_test_id("mute")).to_be_focused()
        await page.keyboard.press("Space")
        await expect(body).to_have_attribute("data-mic", "muted")
        await expect(page.get_by_role("status")).to_contain_text("muted")
        await page.evaluate("() => document.activeElement.blur()")
        await page.keyboard.press("Space")
        await expect(body).to_have_attribute("data-mic", "on")
        await page.keyboard.press("/")
        await expect(page.get_by_test_id("text")).to_be_focused()
        await page.keyboard.type("a b/")
        await expect(page.get_by_test_id("text")).to_have_value("a b/")
        await expect(body).to_have_attribute("data-mic", "on")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("heard")).to_have_count(
            2, timeout=20_000
        )  # the greeting's and this answer's

        await page.evaluate("() => document.activeElement.blur()")
        await page.keyboard.press("/")
        await page.keyboard.press("Shift+Tab")
        await expect(page.get_by_test_id("heard").last).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("waterfall")).to_be_visible()
        assert await tabbed(page) == ["text", "send"]
        stops = ["skip", "mute", "hang-up", "microphone-choice", "scroller", "heard", "heard", "text", "send"]
        assert await tabbed(page) == stops
        await page.keyboard.press("/")
        await page.keyboard.press("Escape")  # leaves the text box, not the call
        await state(page, "live")
        await page.keyboard.press("Escape")
        await state(page, "ended")


async def test_who_asked_for_less_motion_gets_none() -> None:
    async def drawn(page: Page) -> list[str]:
        """The shape, twice within a third of a second."""
        return [
            await page.evaluate(
                "ms => new Promise(done => setTimeout(() => done(document.getElementById('shape').toDataURL()), ms))",
                ms,
            )
            for ms in (100, 300)
        ]

    async def running(browser: Browser, address: str, motion: str) -> tuple[list[str], list[str]]:
        """What is animated in a call while words appear, and what the shape looks like meanwhile."""
        async with tab(browser, address, reduced_motion=motion) as page:
            assert await page.evaluate(ANIMATIONS) == []
            await page.get_by_test_id("talk").click()
            await page.wait_for_selector("body[data-agent=speaking]")
            await expect(bubbles(page, "agent").first).to_contain_text("evening")
            return await page.evaluate(ANIMATIONS), await drawn(page)

    async with serving() as server, chromium(microphone=silent_microphone()) as browser:
        _, (first, then) = await running(browser, server.address, "no-preference")
        assert first != then, "the shape moves with the agent's voice"
        animations, (first, then) = await running(browser, server.address, "reduce")
        assert animations == []
        assert first == then


async def test_the_page_can_be_used_on_a_telephone_on_its_side() -> None:
    async with serving() as server, opened(server.address, viewport={"width": 740, "height": 360}) as page:
        await write(page, "What are your opening hours?")
        await expect(bubbles(page, "agent").last).to_contain_text("We are open", timeout=20_000)
        box = await page.locator("#scroller").bounding_box()
        assert box and box["height"] > 150
        for name in ("mute", "hang-up", "text", "send", "timeline"):
            box = await page.get_by_test_id(name).bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= 740, name
            assert box["y"] >= 0 and box["y"] + box["height"] <= 360, name
