"""What the page says and does when a call loses its microphone or its line."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.e2e.cable import Cable
from tests.e2e.chromium import chromium
from tests.web.visitor import ASKED_MICROPHONE, bubbles, opened, serving, state, tab, write

pytestmark = pytest.mark.e2e

CUT_S = 5.0

UNPLUG = """async () => {
    // What a browser does when a microphone is pulled out: its track ends, it is no longer listed, and the page is told.
    const media = navigator.mediaDevices;
    const used = tracks.at(-1);
    const left = (await media.enumerateDevices()).filter(d => d.kind === 'audioinput' && d.deviceId !== used.getSettings().deviceId);
    media.enumerateDevices = async () => left.slice(0, KEPT);
    used.stop();
    used.dispatchEvent(new Event('ended'));
    media.dispatchEvent(new Event('devicechange'));
}"""
PLUG = """() => {
    delete navigator.mediaDevices.enumerateDevices;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
}"""
KEEP_TRACKS = """() => {
    window.tracks = [];
    const media = navigator.mediaDevices;
    const get = media.getUserMedia.bind(media);
    media.getUserMedia = async wish => { const s = await get(wish); tracks.push(...s.getAudioTracks()); return s; };
}"""


async def test_a_microphone_that_is_pulled_out_in_mid_call_is_told_and_the_call_goes_on() -> None:
    async with serving() as server, opened(server.address, viewport={"width": 360, "height": 740}) as page:
        body, banner = page.locator("body"), page.get_by_test_id("banner")
        await page.evaluate(KEEP_TRACKS)
        await page.evaluate(
            "() => document.getElementById('microphone-choice').dispatchEvent(new Event('change'))"
        )
        await page.wait_for_function("() => tracks.length === 1")
        await page.get_by_test_id("talk").click()
        await state(page, "live")

        await page.evaluate(UNPLUG.replace("KEPT", "1"))  # another one is there
        await expect(banner).to_have_attribute("data-code", "mic_stopped")
        await expect(banner).to_contain_text("can take its place")
        await expect(body).to_have_attribute("data-mic", "off")
        await page.get_by_test_id("banner-button").click()
        await expect(body).to_have_attribute("data-mic", "on")
        await expect(banner).to_be_hidden()
        await page.evaluate(PLUG)

        await page.evaluate(UNPLUG.replace("KEPT", "0"))  # no other
        await expect(page.get_by_test_id("banner-button")).to_have_text("Type instead")
        box = await page.get_by_test_id("hang-up").bounding_box()
        assert box and box["x"] + box["width"] <= 360
        await page.get_by_test_id("banner-button").click()
        await expect(page.get_by_test_id("text")).to_be_focused()
        await write(page, "Are you still there?")
        await expect(bubbles(page, "agent").last).to_contain_text("We are open", timeout=20_000)
        await expect(body).to_have_attribute("data-mic", "off")
        await state(page, "live")
        await page.evaluate(PLUG)
        await page.get_by_test_id("mute").click()  # "Use mic"
        await expect(body).to_have_attribute("data-mic", "on")


async def test_a_microphone_that_is_taken_back_in_mid_call_is_told_and_typing_goes_on() -> None:
    """The browser's own revocation: Chromium ends the track."""
    async with (
        serving() as server,
        chromium(microphone=ASKED_MICROPHONE) as browser,
        tab(browser, server.address, permissions=["microphone"]) as page,
    ):
        await page.get_by_test_id("talk").click()
        await state(page, "live")
        await expect(page.locator("body")).to_have_attribute("data-mic", "on")
        await page.context.clear_permissions()
        banner = page.get_by_test_id("banner")
        await expect(banner).to_be_visible(timeout=10_000)
        await expect(banner).to_contain_text("just type")
        await expect(page.locator("body")).to_have_attribute("data-mic", "off")
        await write(page, "Are you still there?")
        await expect(bubbles(page, "agent").last).to_contain_text("We are open", timeout=20_000)


async def test_a_line_that_is_cut_for_five_seconds_is_told_and_the_call_goes_on() -> None:
    """Nothing gets through between page and server, as when the network is gone: no packet of the call, no request."""
    async with serving() as server, opened(server.address, viewport={"width": 1280, "height": 720}) as page:
        cable = Cable()
        await cable.lay(page)
        try:
            await page.get_by_test_id("talk").click()
            await state(page, "live")
            await expect(bubbles(page, "agent")).to_contain_text("Good evening")
            assert cable.carried > 10, "the call goes through the cable"
            (call_id,) = server._lines

            cable.is_cut = True
            await asyncio.sleep(CUT_S)
            status = page.get_by_test_id("agent-state")
            await expect(status).to_have_text(re.compile("^Line (interrupted|lost)"))
            assert cable.lost > 10
            cable.is_cut = False

            await expect(page.locator("body")).to_have_attribute("data-state", "live", timeout=30_000)
            await expect(status).to_have_text(re.compile("Listening|Speaking"), timeout=30_000)
            await write(page, "Are you there?")
            await expect(bubbles(page, "agent").last).to_contain_text("We are open", timeout=20_000)
            assert list(server._lines) == [call_id], "the same call"
            await expect(bubbles(page, "agent").first).to_contain_text("Good evening")
            await expect(page.get_by_test_id("banner")).to_be_hidden()
        finally:
            cable.close()
