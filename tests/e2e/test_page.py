"""The page when things are not as they should be: no microphone, an engine that dies, a second call."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser_caller import open_page
from tests.e2e.chromium import FAKE_DEVICE, chromium
from tests.e2e.guest import PATIENCE_MS, Guest
from tests.e2e.house import House, wait_for
from tests.support.clip import join, silence, write_wav
from tests.support.listen import holds
from tests.support.speech import flite

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


async def test_without_a_microphone_the_caller_types(house: House) -> None:
    """A real refusal by the browser. The page's security policy is in force."""
    async with chromium(microphone=(FAKE_DEVICE,)) as browser:
        context = await browser.new_context()
        await context.grant_permissions([])  # everything that is not granted here is refused
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        await page.goto(house.address)
        await page.get_by_test_id("talk").click()
        banner = page.get_by_test_id("banner")
        await expect(banner).to_be_visible()
        await expect(banner).to_contain_text("just type")
        await page.get_by_test_id("text").fill("When are you open?")
        await page.get_by_test_id("text").press("Enter")
        await page.wait_for_selector("body[data-state=live]")
        answer = page.locator("[data-testid=bubble][data-speaker=agent]")
        await expect(answer.last).to_contain_text("noon", timeout=PATIENCE_MS)
        assert complaints == []


async def test_a_second_call_after_hanging_up(house: House) -> None:
    async with chromium() as browser, open_page(browser, house.address) as caller:
        guest = Guest(caller)
        await caller.talk()
        await guest.greeted()
        await caller.hang_up()
        await caller.until_quiet()
        at = caller.heard_ms
        await caller.talk()
        greeting = await guest.greeted()
        assert holds(await guest.heard_words(at), greeting) > 0.8
        assert "noon" in (await guest.say("What are your opening hours?")).lower(), await guest.story()
        await caller.hang_up()
        assert caller.complaints == []


async def test_the_engine_dies_in_mid_call_and_the_call_goes_on(house: House) -> None:
    async with chromium() as browser, open_page(browser, house.address) as caller:
        guest = Guest(caller)
        await caller.talk()
        await guest.greeted()
        await guest.say("What are your opening hours?")
        dead = house.engine()
        dead.kill()
        await expect(caller.page.get_by_test_id("banner")).to_be_visible(timeout=10_000)
        told = await caller.page.get_by_test_id("banner").inner_text()
        assert "engine" in told.lower(), told
        assert await asyncio.to_thread(wait_for, lambda: "engine is back" in "".join(house.output), 60)
        # It says so by itself, before anybody speaks.
        await expect(caller.page.get_by_test_id("banner")).to_be_hidden(timeout=10_000)
        await expect(caller.page.get_by_test_id("divider")).to_have_text(
            "The speech engine was lost and is back"
        )
        await caller.until_quiet()
        assert "parking" in (await guest.say("Is there parking?")).lower(), await guest.story()
        await expect(caller.page.get_by_test_id("banner")).to_be_hidden()
        assert await caller.bubbles("caller").count() == 2  # the same call, with what was said before
        await caller.hang_up()


async def test_chromiums_own_microphone_is_heard(house: House, tmp_path: Path) -> None:
    """No script in between: the browser's capture of a file, with its gain control, noise suppression and policy."""
    question = join([silence(9_000), flite("Is there parking?"), silence(30_000)], "Is there parking?")
    write_wav(tmp_path / "microphone.wav", question.at_rate(48_000).pcm, 48_000)
    flag = f"--use-file-for-fake-audio-capture={tmp_path / 'microphone.wav'}%noloop"
    async with chromium(flag) as browser:
        page = await browser.new_page()
        await page.goto(house.address)
        await page.get_by_test_id("talk").click()
        await page.wait_for_selector("body[data-state=live]")
        agent = page.locator("[data-testid=bubble][data-speaker=agent]")
        await expect(page.locator("[data-testid=bubble][data-speaker=caller]").first).to_contain_text(
            "parking", ignore_case=True, timeout=60_000
        )
        await expect(agent.last).to_contain_text("parking", timeout=PATIENCE_MS)
