"""The page in a real Chromium, on the real line, with an agent whose answers are canned: what a caller sees, hears and can do."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.async_api import Locator, expect
from web.dev.canned import GREETING

from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import chromium
from tests.web.visitor import (
    BLOCKED_MICROPHONE,
    NO_MICROPHONE,
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


async def the_waterfall_adds_up(answer: Locator) -> None:
    """Opens an answer's waterfall: every hop is there, and they add up to what was heard."""
    await answer.get_by_test_id("heard").click()
    rows = await answer.locator("[data-hop]").evaluate_all("all => all.map(e => ({...e.dataset}))")
    hops = {str(row["hop"]): row for row in rows}
    assert list(hops) == [
        "speech_ended", "pause_seen", "recognised", "reply_ready", "turn_over", "audio_sent", "audio_played", "heard",
    ]  # fmt: skip
    heard_ms = float(await answer.get_attribute("data-heard-ms") or 0)
    assert float(hops["heard"]["endMs"]) == pytest.approx(heard_ms, abs=1)
    assert hops["recognised"]["kind"] == hops["reply_ready"]["kind"] == "hidden-work"
    assert float(hops["recognised"]["endMs"]) < float(hops["turn_over"]["endMs"])
    assert [hop for hop, row in hops.items() if row["kind"] == "longest"] == ["turn_over"]
    waited = [float(r["endMs"]) - float(r["startMs"]) for r in rows if r["kind"] != "hidden-work"]
    assert sum(waited) == pytest.approx(heard_ms, abs=1)
    await expect(answer.get_by_test_id("waterfall")).to_contain_text(re.compile(r"within ±\d"))


async def test_a_spoken_call_is_shown_with_tools_cuts_and_the_latency_that_was_heard() -> None:
    async with serving() as server, chromium() as browser, open_page(browser, server.address) as caller:
        page = caller.page
        await caller.talk()
        assert await caller.until_quiet(600)
        await caller.ask(words("what are your opening hours"))
        await caller.ask(words("a table for four on thursday at seven please"))
        await caller.say(words("could you make it monday instead"))
        assert await caller.until_speaking(700)
        await caller.say(words("yes under miller"))
        assert await caller.until_answered()
        measured = [turn.latency_ms for turn in caller.heard()]

        said = [text for speaker, text in await caller.transcript() if speaker == "caller"]
        assert said[0] == "What are your opening hours?" and said[3] == "Yes, under Miller."
        await expect(caller.tools("find_table")).to_have_count(1)  # the other one was refused
        await expect(page.locator("[data-testid=tool][data-phase=failed]")).to_contain_text(
            "closed on Mondays"
        )

        cut = page.locator("[data-testid=bubble][data-cut=true]")
        await expect(cut).to_have_count(1)
        heard, unheard = await cut.locator(".said").inner_text(), await cut.locator("del").inner_text()
        assert heard.startswith("I am sorry") and "Thursday?" in unheard

        shown = await page.locator("[data-heard-kind=speech]").evaluate_all(
            "all => all.map(e => Number(e.dataset.heardMs))"
        )
        assert len(shown) == len(measured) == 4
        print("here, exact (ms):", [(here, exact) for here, exact in zip(shown, measured, strict=True)])
        for here, exact in zip(shown, measured, strict=True):
            assert exact is not None
            assert here == pytest.approx(exact, abs=50), "the page's estimate against the exact instrument"
        assert float(await page.get_by_test_id("latency-last").get_attribute("data-ms") or 0) == shown[-1]
        await the_waterfall_adds_up(page.locator("[data-heard-kind=speech]").first)
        assert caller.complaints == []


async def test_without_a_microphone_typing_makes_a_call_and_the_timeline_draws_it() -> None:
    async with serving() as server, opened(server.address, microphone=NO_MICROPHONE) as page:
        await expect(page.get_by_test_id("microphone-note")).to_contain_text("Typing works")
        await page.get_by_test_id("talk").click()
        await expect(page.get_by_test_id("banner")).to_contain_text("no microphone")
        await page.get_by_test_id("banner-button").click()
        await expect(page.get_by_test_id("text")).to_be_focused()
        await write(page, "What are your opening hours?")
        await state(page, "live")
        await expect(bubbles(page, "agent").last).to_contain_text("at night.", timeout=20_000)
        await expect(bubbles(page, "caller")).to_have_count(1)
        await expect(page.locator("[data-heard-kind=typed][data-text-ms]")).to_have_count(1)
        assert await page.locator("body").get_attribute("data-mic") == "off"

        lanes = await page.evaluate("() => window.antiphon.lanes")
        assert lanes["agent"] and not lanes["caller"]
        syllable = np.mean([burst["endMs"] - burst["startMs"] for burst in lanes["agent"] if burst["endMs"]])
        assert 50 < syllable < 300
        await page.get_by_test_id("hang-up").click()
        label = await page.get_by_test_id("timeline").get_attribute("aria-label")
        assert label and re.search(r"you spoke 0 seconds, the agent [4-6] seconds", label)


async def test_a_blocked_microphone_is_told_in_words_with_one_button() -> None:
    async with serving() as server, opened(server.address, microphone=BLOCKED_MICROPHONE) as page:
        await page.get_by_test_id("talk").click()
        banner = page.get_by_test_id("banner")
        await expect(banner).to_have_attribute("data-code", "mic_denied")
        await expect(banner.get_by_role("button")).to_have_count(1)
        await state(page, "idle")


async def test_at_an_address_without_https_the_token_leaves_the_address_bar_and_the_mend_is_named() -> None:
    """Away from localhost: the link's token is used for the whole tab, also after a reload, and is no longer shown."""
    names = "--host-resolver-rules=MAP desk.example 127.0.0.1"
    async with (
        serving(token="open sesame") as server,
        chromium(names, microphone=NO_MICROPHONE) as browser,
    ):
        address = f"http://desk.example:{server.port}/"
        async with tab(browser, f"{address}#token=open%20sesame") as page:
            assert page.url == address
            await expect(page.get_by_test_id("microphone-note")).to_contain_text("start Antiphon with --tls")
            await page.get_by_test_id("talk").click()
            await expect(page.get_by_test_id("banner")).to_contain_text("start Antiphon with --tls")

            await page.reload()
            await page.locator("#skip").evaluate("link => link.click()")
            await expect(page.get_by_test_id("text")).to_be_focused()
            await page.reload()
            await write(page, "Hello")
            await state(page, "live")
            assert page.url == address

            async with page.expect_navigation():  # another token, put into the address of the same tab
                await page.evaluate("() => { location.hash = 'token=something%20else' }")
            await expect(page.get_by_test_id("banner")).to_have_attribute("data-code", "unauthorised")
            assert page.url == address
        async with tab(browser, address) as page:
            await expect(page.get_by_test_id("banner")).to_have_attribute("data-code", "unauthorised")


async def test_a_full_house_and_a_dead_server_are_told_and_the_text_is_kept() -> None:
    async with serving(places=0) as server, opened(server.address) as page:
        await page.get_by_test_id("talk").click()
        await expect(page.get_by_test_id("banner")).to_contain_text("All lines are taken")
        await expect(page.get_by_test_id("banner-button")).to_have_text("Call again")
        await expect(page.get_by_test_id("talk")).to_be_visible()
        await server.close()
        await write(page, "What are your opening hours?")
        await expect(page.get_by_test_id("banner")).to_have_attribute("data-code", "server_gone")
        await expect(page.get_by_test_id("text")).to_have_value("What are your opening hours?")


async def test_a_lost_line_is_won_back_and_the_call_goes_on() -> None:
    async with serving() as server, opened(server.address) as page:
        # The page's peer vanishes as it does when a network changes: nothing is said about it.
        await page.evaluate(
            """() => {
                const Peer = RTCPeerConnection;
                window.peers = [];
                window.RTCPeerConnection = class extends Peer { constructor(...a) { super(...a); peers.push(this); } };
            }"""
        )
        await page.get_by_test_id("talk").click()
        await state(page, "live")
        await page.evaluate("() => peers[0].close()")
        await write(page, "Are you there?")
        await expect(page.get_by_test_id("divider")).to_have_text(
            "The line was lost and is back", timeout=30_000
        )
        await state(page, "live")
        back_ms = await page.evaluate("() => performance.now()")
        await expect(bubbles(page, "agent").last).to_contain_text("We are open", timeout=20_000)
        heard = "since => window.antiphon.lanes.agent.some(burst => burst.startMs > since)"
        await page.wait_for_function(heard, arg=back_ms, timeout=20_000)


async def test_problems_and_ends_that_the_server_tells_are_shown() -> None:
    async with serving() as server, opened(server.address) as page:
        await page.get_by_test_id("talk").click()
        await state(page, "live")
        await write(page, "/problem")
        await expect(page.get_by_test_id("banner")).to_contain_text("connecting again")
        await write(page, "Hello?")
        await expect(page.get_by_test_id("banner")).to_be_hidden()  # the agent speaks again
        await write(page, "/problem")
        await write(page, "/recovered")
        await expect(page.get_by_test_id("banner")).to_be_hidden()
        await expect(page.get_by_test_id("divider")).to_have_text("The speech engine was lost and is back")
        await write(page, "/end")
        await state(page, "ended")
        await expect(page.get_by_test_id("divider").last).to_have_text("The agent hung up")
        await page.get_by_test_id("talk").click()
        await state(page, "live")
        await write(page, "/fatal")
        await state(page, "ended")
        await expect(page.get_by_test_id("banner-button")).to_have_text("Call again")


@pytest.mark.parametrize("width", [360, 768, 1440])
async def test_nothing_is_wider_than_the_window(width: int) -> None:
    size = {"width": width, "height": 740}
    async with serving() as server, opened(server.address, viewport=size, reduced_motion="reduce") as page:
        too_wide = "() => document.documentElement.scrollWidth - innerWidth"
        assert await page.evaluate(too_wide) <= 0
        await page.get_by_test_id("talk").click()
        await write(page, "What are your opening hours?")
        await expect(bubbles(page, "agent").last).to_contain_text("We are open", timeout=20_000)
        await page.get_by_test_id("heard").last.click()
        await expect(page.get_by_test_id("waterfall")).to_be_visible()
        assert await page.evaluate(too_wide) <= 0
        for name in ("mute", "hang-up", "text", "send"):
            box = await page.get_by_test_id(name).bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, name


async def test_a_screen_reader_is_told_what_was_said_and_the_state() -> None:
    async with serving() as server, opened(server.address) as page:
        await page.get_by_test_id("talk").click()
        await expect(page.get_by_role("status")).to_have_text("Speaking")
        await expect(page.get_by_test_id("announcer")).to_contain_text(f"Agent: {GREETING}", timeout=20_000)
        await expect(page.get_by_role("status")).to_have_text("Listening")
        await write(page, "Hello?")
        await expect(bubbles(page, "agent").last).to_contain_text("We are")
        await write(page, "Stop.")
        await expect(page.get_by_test_id("announcer")).to_contain_text(
            re.compile(r"Agent: We.* \(interrupted\)")
        )


async def test_the_list_follows_its_end_only_while_it_is_there() -> None:
    size = {"width": 360, "height": 560}
    async with serving() as server, opened(server.address, viewport=size) as page:
        scroller = page.locator("#scroller")
        from_end = "e => e.scrollHeight - e.scrollTop - e.clientHeight"
        for index in range(4):
            await write(page, f"Question number {index}, said at some length so that it fills a line or two.")
            await expect(bubbles(page, "agent")).to_have_count(index + 2, timeout=20_000)  # and the greeting
        assert await scroller.evaluate(from_end) < 5
        await scroller.evaluate("e => { e.scrollTop = 0; }")
        await expect(page.locator("#to-end")).to_be_visible()
        await write(page, "One more.")
        await expect(bubbles(page, "agent")).to_have_count(6, timeout=20_000)
        assert await scroller.evaluate("e => e.scrollTop") == 0
        await page.locator("#to-end").click()
        assert await scroller.evaluate(from_end) < 5
        await expect(page.locator("#to-end")).to_be_hidden()


async def test_a_script_that_does_not_start_or_breaks_is_told_in_words() -> None:
    async with serving() as server, chromium(microphone=silent_microphone()) as browser:
        page = await browser.new_page()
        await page.route("**/page.js", lambda route: route.abort())
        await page.goto(server.address)
        stuck = page.locator("#stuck")
        await expect(stuck).to_be_hidden()
        await page.evaluate("() => document.getAnimations().forEach(animation => animation.finish())")  # 5 s
        await expect(stuck).to_be_visible()
        await expect(stuck).to_contain_text("reload")

        await page.unroute("**/page.js")
        await page.reload()
        await expect(stuck).to_have_count(0)
        await page.evaluate("() => { setTimeout(() => { throw new Error('a bug'); }); }")
        await expect(page.get_by_test_id("banner")).to_have_attribute("data-code", "page_broke")
        await page.get_by_test_id("banner-button").click()
        await expect(page.get_by_test_id("banner")).to_be_hidden()
        await expect(page.get_by_test_id("talk")).to_be_visible()
